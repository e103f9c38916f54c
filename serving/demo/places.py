"""Where people live: real divisions with centre points, and cities abroad."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from serving.demo.frames import Frame

EARTH_KM: Final = 6371.0
AXIS: Final = 6378245.0
ECCENTRICITY: Final = 0.00669342162296594323


def _read(name: str) -> Frame:
    """Read one of the lists shipped beside this module."""
    import pandas as pd

    source = files("serving.demo").joinpath("data", name)
    with source.open("r", encoding="utf-8") as lines:
        return pd.read_csv(
            lines, dtype={"adcode": str, "postal_prefix": str}, keep_default_na=False
        )


@lru_cache(maxsize=1)
def places() -> Frame:
    """List every place a parcel may go to: districts at home first, then cities abroad.

    Returns
    -------
    Frame
        ``country, adcode, province, city, district, townships, region_code, postal_prefix, lat,
        lon`` (WGS-84), ``utc_offset_min, currency, weight, is_rural``.
    """
    import pandas as pd

    home = _read("divisions.csv").assign(
        country="CN", region_code="", postal_prefix="", utc_offset_min=480, currency="CNY"
    )
    abroad = _read("abroad.csv").rename(columns={"region": "province"})
    abroad = abroad.assign(adcode="", district="", townships="")
    both = pd.concat([home, abroad], ignore_index=True)
    # Counties proper lie far from the outlets in town; districts and county-level cities do not.
    both["is_rural"] = both["district"].str.endswith(("县", "旗"))
    both["weight"] = np.where(both["is_rural"], both["weight"] * 0.5, both["weight"])
    return both


def kilometres(lat1: Any, lon1: Any, lat2: Any, lon2: Any) -> Any:
    """Give the great-circle distance in kilometres.

    Examples
    --------
    >>> int(kilometres(31.23, 121.47, 39.90, 116.40))
    1069
    """
    p1, l1, p2, l2 = (np.radians(np.asarray(x, dtype=np.float64)) for x in (lat1, lon1, lat2, lon2))
    h = np.sin((p2 - p1) / 2) ** 2 + np.cos(p1) * np.cos(p2) * np.sin((l2 - l1) / 2) ** 2
    return 2 * EARTH_KM * np.arcsin(np.sqrt(h))


def gcj02(lat: Any, lon: Any) -> tuple[Any, Any]:
    """Shift WGS-84 points in China to the datum its maps use (GCJ-02).

    Returns
    -------
    tuple
        Latitude and longitude, degrees.

    Examples
    --------
    >>> lat, lon = gcj02(30.5723, 104.0657)
    >>> round(float(lat), 4), round(float(lon), 4)
    (30.5699, 104.0682)
    """
    lat, lon = np.asarray(lat, dtype=np.float64), np.asarray(lon, dtype=np.float64)
    x, y = lon - 105.0, lat - 35.0
    waves = 20 * np.sin(6 * x * np.pi) + 20 * np.sin(2 * x * np.pi)
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * np.sqrt(np.abs(x))
    north += (waves + 20 * np.sin(y * np.pi) + 40 * np.sin(y / 3 * np.pi)) * 2 / 3
    north += (160 * np.sin(y / 12 * np.pi) + 320 * np.sin(y * np.pi / 30)) * 2 / 3
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * np.sqrt(np.abs(x))
    east += (waves + 20 * np.sin(x * np.pi) + 40 * np.sin(x / 3 * np.pi)) * 2 / 3
    east += (150 * np.sin(x / 12 * np.pi) + 300 * np.sin(x / 30 * np.pi)) * 2 / 3
    rad = np.radians(lat)
    magic = 1 - ECCENTRICITY * np.sin(rad) ** 2
    north *= 180 / (AXIS * (1 - ECCENTRICITY) / (magic * np.sqrt(magic)) * np.pi)
    east *= 180 / (AXIS / np.sqrt(magic) * np.cos(rad) * np.pi)
    return lat + north, lon + east

"""Where people live: real divisions with centre points, and cities abroad."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from serving.demo.frames import Frame

EARTH_KM: Final = 6371.0


def _read(name: str) -> Frame:
    """Read one of the lists shipped beside this module."""
    import pandas as pd

    source = files("serving.demo").joinpath("data", name)
    with source.open("r", encoding="utf-8") as lines:
        return pd.read_csv(
            lines, dtype={"adcode": str, "postal_prefix": str}, keep_default_na=False
        )


@cache
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
    1067
    """
    p1, l1, p2, l2 = (np.radians(np.asarray(x, dtype=np.float64)) for x in (lat1, lon1, lat2, lon2))
    h = np.sin((p2 - p1) / 2) ** 2 + np.cos(p1) * np.cos(p2) * np.sin((l2 - l1) / 2) ** 2
    return 2 * EARTH_KM * np.arcsin(np.sqrt(h))

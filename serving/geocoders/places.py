"""What a provider answers, whoever it is: a place in WGS-84, how exact and how sure."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from features.address.datum import bd09_to_wgs84, gcj02_to_wgs84

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Datum = Literal["WGS-84", "GCJ-02", "BD-09"]

TO_WGS84: Final[dict[Datum, Callable[[float, float], tuple[float, float]]]] = {
    "WGS-84": lambda lat, lon: (lat, lon),
    "GCJ-02": gcj02_to_wgs84,
    "BD-09": bd09_to_wgs84,
}


@dataclass(frozen=True, slots=True)
class Geocode:
    """A place as a provider answers it; None is unknown.

    Parameters
    ----------
    provider
        Who answered.
    address
        The address in the provider's words.
    lat, lon
        Degrees, WGS-84.
    source_datum
        Datum in which the provider gave them.
    level
        How exactly the place is known: 0 unknown to 9 unit.
    quality
        How surely the provider means this place, in [0, 1].
    country, province, city, district, street, house
        Parts, as far as the provider names them.
    adcode
        GB/T 2260 code of the county.
    """

    provider: str
    address: str
    lat: float
    lon: float
    source_datum: Datum
    level: int
    quality: float
    country: str | None = None
    province: str | None = None
    city: str | None = None
    district: str | None = None
    street: str | None = None
    house: str | None = None
    adcode: str | None = None

    def document(self) -> dict[str, Any]:
        """Write the place as a JSON-able document that :class:`Geocode` takes back."""
        return asdict(self)


def text_of(document: Mapping[str, Any], name: str) -> str | None:
    """Give a text of an answer; what is missing, empty or an empty list is unknown.

    Examples
    --------
    >>> text_of({"city": []}, "city"), text_of({"city": "杭州市"}, "city"), text_of({}, "city")
    (None, '杭州市', None)
    """
    value = document.get(name)
    return value.strip() or None if isinstance(value, str) else None


def to_wgs84(lat: Any, lon: Any, datum: Datum) -> tuple[float, float]:
    """Give a point of a datum in WGS-84.

    Raises
    ------
    ValueError
        When it is no point on the globe.

    Examples
    --------
    >>> [round(degrees, 5) for degrees in to_wgs84("39.90874", "116.39713", "GCJ-02")]
    [39.90734, 116.39089]
    """
    north, east = float(lat), float(lon)
    if not (-90 <= north <= 90 and -180 <= east <= 180):
        raise ValueError("coordinates are not on the globe")
    return TO_WGS84[datum](north, east)

"""The resolver that is shipped, behind the same interface; it calls nobody."""

from __future__ import annotations

from typing import Any

from geopy.geocoders.base import DEFAULT_SENTINEL, Geocoder

from features.address.resolve import resolve
from serving.geocoders.found import Found
from serving.geocoders.places import Geocode


class Offline(Geocoder):  # type: ignore[misc]  # geopy has no types
    """The shipped resolver as a geopy geocoder.

    Examples
    --------
    >>> found = Offline().geocode("杭州市西湖区文三路398号")
    >>> found.place.adcode, found.place.level, found.address
    ('330106', 7, '浙江省杭州市西湖区文三路398号')
    >>> Offline().geocode("13800138000") is None
    True
    """

    name = "offline"

    def __init__(self, *, is_async: bool = False) -> None:
        super().__init__()
        self._is_async = is_async

    def geocode(
        self,
        query: str,
        *,
        exactly_one: bool = True,
        timeout: Any = DEFAULT_SENTINEL,
        city: str | None = None,
    ) -> Any:
        """Resolve an address; the point is the centre of the deepest division known."""
        found = _found(query, city)
        answer = found if exactly_one or found is None else [found]
        return _soon(answer) if self._is_async else answer


async def _soon(answer: Any) -> Any:
    return answer


def _found(query: str, city: str | None) -> Found | None:
    resolved = resolve(query if city is None or city in query else f"{city}{query}")
    if resolved.lat is None or resolved.lon is None:
        return None
    place = Geocode(
        provider="offline",
        address=resolved.standard,
        lat=resolved.lat,
        lon=resolved.lon,
        source_datum="WGS-84",
        level=resolved.level,
        quality=resolved.confidence,
        country=resolved.country,
        province=resolved.province,
        city=resolved.city,
        district=resolved.district,
        street=resolved.street,
        house=resolved.house,
        adcode=resolved.adcode,
    )
    return Found(place, resolved.document())

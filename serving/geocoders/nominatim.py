"""Nominatim: WGS-84, a server of one's own or OpenStreetMap's, which takes one call a second.

Fields are those of the project's reference [1]_.

.. [1] Nominatim: Search queries, and Place output (``jsonv2``).
"""

from __future__ import annotations

from typing import Any, ClassVar, Final

from serving.geocoders.base import Provider
from serving.geocoders.found import Found
from serving.geocoders.places import Datum, Geocode, text_of, to_wgs84

RANKS: Final = ((30, 7, 0.8), (26, 6, 0.6), (17, 5, 0.4), (13, 3, 0.4), (10, 4, 0.4), (5, 2, 0.4),
                (4, 1, 0.4))  # fmt: skip
"""Least ``place_rank``, our level, and how surely such a place is the one asked for."""
CITIES: Final = ("city", "town", "village", "municipality")
DISTRICTS: Final = ("city_district", "district", "county", "suburb")


class Nominatim(Provider):
    """Search of Nominatim."""

    name = "nominatim"
    path = "/search"
    datum: ClassVar[Datum] = "WGS-84"

    def parameters(self, query: str, city: str | None) -> dict[str, str | None]:
        """Give the parameters of a call."""
        wanted = query if city is None or city in query else f"{query}, {city}"
        return {"q": wanted, "format": "jsonv2", "addressdetails": "1", "limit": "3"}

    def read(self, document: Any) -> list[Found]:
        """Read an answer: a list, or an object that says what is wrong."""
        if isinstance(document, dict):
            raise self.refuse("error", document.get("error", ""))
        return [self._found(item) for item in document]

    def _found(self, item: dict[str, Any]) -> Found:
        lat, lon = to_wgs84(item["lat"], item["lon"], self.datum)
        rank = int(item.get("place_rank", 0))
        level, quality = next(((lv, q) for least, lv, q in RANKS if rank >= least), (0, 0.0))
        parts = item.get("address") or {}
        country = text_of(parts, "country_code")
        place = Geocode(
            provider=self.name,
            address=text_of(item, "display_name") or "",
            lat=lat,
            lon=lon,
            source_datum=self.datum,
            level=level,
            quality=quality,
            country=country.upper() if country else None,
            province=text_of(parts, "state") or text_of(parts, "province"),
            city=next(filter(None, (text_of(parts, name) for name in CITIES)), None),
            district=next(filter(None, (text_of(parts, name) for name in DISTRICTS)), None),
            street=text_of(parts, "road"),
            house=text_of(parts, "house_number"),
        )
        return Found(place, item)

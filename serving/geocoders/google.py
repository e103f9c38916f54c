"""Google: WGS-84 outside mainland China; inside, the datum is not said, so it is not asked there.

Codes and fields are those of the vendor's reference [1]_.

.. [1] Google Maps Platform: Geocoding API, request and response.
"""

from __future__ import annotations

from typing import Any, ClassVar, Final

from geopy.exc import (
    GeocoderAuthenticationFailure,
    GeocoderQueryError,
    GeocoderQuotaExceeded,
    GeocoderRateLimited,
    GeocoderUnavailable,
)

from serving.geocoders.base import Errors, Provider, listed
from serving.geocoders.found import Found
from serving.geocoders.places import Datum, Geocode, text_of, to_wgs84

LEVELS: Final[tuple[tuple[str, int], ...]] = (
    ("subpremise", 9),
    ("premise", 7),
    ("street_address", 7),
    ("point_of_interest", 7),
    ("establishment", 7),
    ("intersection", 6),
    ("route", 6),
    ("neighborhood", 5),
    ("sublocality", 5),
    ("postal_code", 5),
    ("administrative_area_level_2", 4),
    ("locality", 3),
    ("administrative_area_level_1", 2),
    ("country", 1),
)
"""The vendor's kind of place in our levels, the most exact first."""
QUALITY: Final = {
    "ROOFTOP": 0.95,
    "RANGE_INTERPOLATED": 0.8,
    "GEOMETRIC_CENTER": 0.6,
    "APPROXIMATE": 0.4,
}
PARTIAL: Final = 0.6
"""Share of its quality that a place keeps which fits only a part of the question."""


class Google(Provider):
    """Geocoding API of Google."""

    name = "google"
    path = "/maps/api/geocode/json"
    datum: ClassVar[Datum] = "WGS-84"
    errors: ClassVar[Errors] = {
        "REQUEST_DENIED": GeocoderAuthenticationFailure,
        "OVER_DAILY_LIMIT": GeocoderQuotaExceeded,
        "OVER_QUERY_LIMIT": GeocoderRateLimited,
        "INVALID_REQUEST": GeocoderQueryError,
        "UNKNOWN_ERROR": GeocoderUnavailable,
    }

    def parameters(self, query: str, city: str | None) -> dict[str, str | None]:
        """Give the parameters of a call."""
        wanted = query if city is None or city in query else f"{query}, {city}"
        return {"key": self.key, "address": wanted}

    def read(self, document: Any) -> list[Found]:
        """Read an answer."""
        answer = listed(document)
        status = str(answer["status"])
        if status == "ZERO_RESULTS":
            return []
        if status != "OK":
            raise self.refuse(status, answer.get("error_message", ""))
        found = [self._found(item) for item in answer["results"]]
        return [each for each in found if each.place.country != "CN"]

    def _found(self, item: dict[str, Any]) -> Found:
        point = item["geometry"]["location"]
        lat, lon = to_wgs84(point["lat"], point["lng"], self.datum)
        kinds = set(item.get("types", ()))
        quality = QUALITY.get(str(item["geometry"].get("location_type")), 0.4)
        parts = item.get("address_components", ())
        place = Geocode(
            provider=self.name,
            address=text_of(item, "formatted_address") or "",
            lat=lat,
            lon=lon,
            source_datum=self.datum,
            level=next((level for kind, level in LEVELS if kind in kinds), 0),
            quality=quality * PARTIAL if item.get("partial_match") else quality,
            country=_part(parts, "country", "short_name"),
            province=_part(parts, "administrative_area_level_1"),
            city=_part(parts, "locality") or _part(parts, "postal_town"),
            district=_part(parts, "administrative_area_level_2"),
            street=_part(parts, "route"),
            house=_part(parts, "street_number"),
        )
        return Found(place, item)


def _part(parts: Any, kind: str, form: str = "long_name") -> str | None:
    return next((text_of(part, form) for part in parts if kind in part.get("types", ())), None)

"""Tencent 腾讯: GCJ-02, one place an answer.

Codes and fields are those of the vendor's reference [1]_.

.. [1] Tencent Location Service WebService API: Geocoder, and its table of status codes.
"""

from __future__ import annotations

from typing import Any, ClassVar, Final

from geopy.exc import (
    GeocoderAuthenticationFailure,
    GeocoderInsufficientPrivileges,
    GeocoderQueryError,
    GeocoderQuotaExceeded,
    GeocoderRateLimited,
    GeocoderUnavailable,
)

from serving.geocoders.base import Errors, Provider, listed
from serving.geocoders.found import Found
from serving.geocoders.places import Datum, Geocode, text_of, to_wgs84

LEVELS: Final = {1: 3, 2: 4, 3: 5, 4: 5, 5: 5, 6: 5, 7: 6, 8: 6, 9: 7, 10: 7, 11: 7}
"""The vendor's figure for how exact a place is, in our levels."""
NOTHING: Final = "347"


class Tencent(Provider):
    """Geocoder v1 of Tencent."""

    name = "tencent"
    path = "/ws/geocoder/v1/"
    datum: ClassVar[Datum] = "GCJ-02"
    errors: ClassVar[Errors] = {
        **dict.fromkeys(("111", "190", "301", "311"), GeocoderAuthenticationFailure),
        **dict.fromkeys(("110", "112", "113", "199"), GeocoderInsufficientPrivileges),
        **dict.fromkeys(("120", "122"), GeocoderRateLimited),
        **dict.fromkeys(("121", "123"), GeocoderQuotaExceeded),
        **dict.fromkeys(("300", "306", "310", "320", "348"), GeocoderQueryError),
        **dict.fromkeys(("500", "510"), GeocoderUnavailable),
    }

    def parameters(self, query: str, city: str | None) -> dict[str, str | None]:
        """Give the parameters of a call."""
        return {"key": self.key, "address": query, "region": city, "output": "json"}

    def read(self, document: Any) -> list[Found]:
        """Read an answer."""
        answer = listed(document)
        code = str(answer["status"])
        if code == NOTHING:
            return []
        if code != "0":
            raise self.refuse(code, answer.get("message", ""))
        result = answer.get("result")
        return [self._found(result)] if result and result.get("location") else []

    def _found(self, result: dict[str, Any]) -> Found:
        point = result["location"]
        lat, lon = to_wgs84(point["lat"], point["lng"], self.datum)
        parts = result.get("address_components") or {}
        named = [text_of(parts, name) for name in ("province", "city", "district", "street")]
        house = text_of(parts, "street_number")
        place = Geocode(
            provider=self.name,
            address="".join(dict.fromkeys(filter(None, (*named, house, text_of(result, "title"))))),
            lat=lat,
            lon=lon,
            source_datum=self.datum,
            level=LEVELS.get(int(result.get("level", 0)), 0),
            quality=max(min(float(result.get("reliability", 0)) / 10, 1.0), 0.0),
            country="CN",
            province=named[0],
            city=named[1],
            district=named[2],
            street=named[3],
            house=house,
            adcode=text_of(result.get("ad_info") or {}, "adcode"),
        )
        return Found(place, result)

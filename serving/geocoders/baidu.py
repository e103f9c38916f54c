"""Baidu 百度: BD-09, one place an answer, and no words for it.

The class of geopy reads the answer as a list and calls the level an address, so this one reads
it by itself. Codes and fields are those of the vendor's reference [1]_.

.. [1] Baidu Maps Web API: Geocoding v3, and its appendix of status codes.
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

LEVELS: Final[dict[str, int]] = {
    "国家": 1, "省": 2, "城市": 3, "区县": 4, "乡镇": 5, "村庄": 6, "商圈": 5, "道路": 6,
    "交叉路口": 6, "绿地": 6, "门址": 7, "NoClass": 0, "UNKNOWN": 0,
}  # fmt: skip
"""The vendor's word for how exact a place is; every other word names a kind of building."""
_POINT: Final = 7
NOTHING: Final = "无相关结果"
MAX_BYTES: Final = 128
"""Bytes of an address at most, in UTF-8; the vendor refuses longer ones."""


class Baidu(Provider):
    """Geocoding v3 of Baidu."""

    name = "baidu"
    path = "/geocoding/v3/"
    datum: ClassVar[Datum] = "BD-09"
    errors: ClassVar[Errors] = {
        "1": GeocoderUnavailable,
        "2": GeocoderQueryError,
        "3": GeocoderInsufficientPrivileges,
        "4": GeocoderQuotaExceeded,
        "5": GeocoderAuthenticationFailure,
        "8": GeocoderQueryError,
        "9": GeocoderInsufficientPrivileges,
        **dict.fromkeys(
            ("101", "102", "200", "201", "202", "203", "211", "250", "251", "252"),
            GeocoderAuthenticationFailure,
        ),
        **dict.fromkeys(("210", "220", "230", "240", "260", "261"), GeocoderInsufficientPrivileges),
        **dict.fromkeys(("301", "302"), GeocoderQuotaExceeded),
        **dict.fromkeys(("401", "402"), GeocoderRateLimited),
    }

    def parameters(self, query: str, city: str | None) -> dict[str, str | None]:
        """Give the parameters of a call."""
        address = query.encode()[:MAX_BYTES].decode("utf-8", "ignore")
        return {
            "ak": self.key,
            "address": address,
            "city": city,
            "output": "json",
            "ret_coordtype": "bd09ll",
        }

    def read(self, document: Any) -> list[Found]:
        """Read an answer."""
        answer = listed(document)
        words = str(answer.get("message") or answer.get("msg") or "")
        if answer["status"] != 0:
            if NOTHING in words:
                return []
            raise self.refuse(str(answer["status"]), words)
        result = answer.get("result")
        if not result or not result.get("location"):
            return []
        return [self._found(result)]

    def _found(self, result: dict[str, Any]) -> Found:
        point = result["location"]
        lat, lon = to_wgs84(point["lat"], point["lng"], self.datum)
        sure = min(int(result.get("confidence", 0)), int(result.get("comprehension", 100)))
        place = Geocode(
            provider=self.name,
            address="",
            lat=lat,
            lon=lon,
            source_datum=self.datum,
            level=LEVELS.get(text_of(result, "level") or "UNKNOWN", _POINT),
            quality=max(min(sure / 100, 1.0), 0.0),
            country="CN",
        )
        return Found(place, result)

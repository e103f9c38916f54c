"""AMap 高德: GCJ-02, errors inside HTTP 200, empty fields as empty lists.

Codes and fields are those of the vendor's web service reference [1]_.

.. [1] AMap Web Service API: Geocoding (v3), and its table of ``infocode``.
"""

from __future__ import annotations

from typing import Any, ClassVar, Final

from geopy.exc import (
    GeocoderAuthenticationFailure,
    GeocoderInsufficientPrivileges,
    GeocoderQueryError,
    GeocoderQuotaExceeded,
    GeocoderRateLimited,
    GeocoderServiceError,
    GeocoderTimedOut,
    GeocoderUnavailable,
)

from serving.geocoders.base import Errors, Provider, listed
from serving.geocoders.found import Found
from serving.geocoders.places import Datum, Geocode, text_of, to_wgs84

LEVELS: Final[dict[str, int]] = {
    "国家": 1, "省": 2, "省份": 2, "市": 3, "城市": 3, "区县": 4, "开发区": 5, "乡镇": 5,
    "热点商圈": 5, "村庄": 6, "道路": 6, "道路交叉路口": 6, "公交站台、地铁站": 7, "兴趣点": 7,
    "门牌号": 7, "门址": 7, "住宅区": 7, "楼栋号": 8, "单元号": 9,
}  # fmt: skip
"""The vendor's word for how exact a place is, in our levels."""

QUALITY: Final = {6: 0.7, 7: 0.9, 8: 0.95, 9: 0.95}
"""How surely a place of a level is the one asked for: the vendor gives no figure."""


class AMap(Provider):
    """Geocoding v3 of AMap."""

    name = "amap"
    path = "/v3/geocode/geo"
    datum: ClassVar[Datum] = "GCJ-02"
    errors: ClassVar[Errors] = {
        **dict.fromkeys(("10001", "10007", "10008", "10013"), GeocoderAuthenticationFailure),
        **dict.fromkeys(
            ("10002", "10005", "10006", "10009", "10011", "10012", "10026", "10041"),
            GeocoderInsufficientPrivileges,
        ),
        **dict.fromkeys(
            ("10003", "10010", "10029", "10044", "10045", "40000", "40002", "40003"),
            GeocoderQuotaExceeded,
        ),
        **dict.fromkeys(("10004", "10014", "10019", "10020", "10021"), GeocoderRateLimited),
        "10015": GeocoderTimedOut,
        **dict.fromkeys(("10016", "10017"), GeocoderUnavailable),
        **dict.fromkeys(("20000", "20001", "20002"), GeocoderQueryError),
        "20003": GeocoderServiceError,
    }

    def parameters(self, query: str, city: str | None) -> dict[str, str | None]:
        """Give the parameters of a call."""
        return {"key": self.key, "address": query, "city": city, "output": "JSON"}

    def read(self, document: Any) -> list[Found]:
        """Read an answer."""
        answer = listed(document)
        if str(answer["status"]) != "1":
            raise self.refuse(str(answer.get("infocode", "")), answer.get("info", ""))
        return [self._found(item) for item in answer["geocodes"] if text_of(item, "location")]

    def _found(self, item: dict[str, Any]) -> Found:
        east, _, north = item["location"].partition(",")
        lat, lon = to_wgs84(north, east, self.datum)
        level = LEVELS.get(text_of(item, "level") or "", 0)
        province = text_of(item, "province")
        place = Geocode(
            provider=self.name,
            address=text_of(item, "formatted_address") or "",
            lat=lat,
            lon=lon,
            source_datum=self.datum,
            level=level,
            quality=QUALITY.get(level, 0.4),
            country="CN",
            province=province,
            # A municipality is its own city, and the field is then an empty list.
            city=text_of(item, "city") or province,
            district=text_of(item, "district"),
            street=text_of(item, "street"),
            house=text_of(item, "number"),
            adcode=text_of(item, "adcode"),
        )
        return Found(place, item)

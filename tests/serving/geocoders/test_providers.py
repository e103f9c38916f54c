from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from geopy import exc

from features.address.datum import distance_m
from serving.geocoders.base import Access, Provider
from serving.geocoders.register import PROVIDERS
from tests.serving.geocoders.replay import AMAP, BAIDU, DOOR, GOOGLE, NOMINATIM, TENCENT

if TYPE_CHECKING:
    from tests.serving.geocoders.replay import Script

KEY = "k-3c1f9a7e52"
CHINESE = ("amap", "baidu", "tencent")
ALL = tuple(PROVIDERS)


def provider(name: str, script: Script, **changes: Any) -> Provider:
    return PROVIDERS[name].kind(replace(Access(script.url, KEY, timeout=2), **changes))


@pytest.mark.parametrize("name", CHINESE)
def test_an_address_in_china_comes_back_in_wgs84(script: Script, name: str) -> None:
    found = provider(name, script).geocode("杭州市西湖区文三路398号")

    assert distance_m(found.latitude, found.longitude, *DOOR) < 0.2
    assert found.place.level == 7
    assert found.place.quality >= 0.8
    assert found.place.source_datum == {"baidu": "BD-09"}.get(name, "GCJ-02")
    assert found.raw is not None


@pytest.mark.parametrize("name", ["amap", "tencent"])
def test_parts_of_the_answer_are_read(script: Script, name: str) -> None:
    place = provider(name, script).geocode("文三路398号", city="杭州市").place

    assert (place.province, place.city, place.district) == ("浙江省", "杭州市", "西湖区")
    assert (place.street, place.house, place.adcode) == ("文三路", "398号", "330106")
    assert "杭州市" in script.asked[0][1].values()


@pytest.mark.parametrize("name", ["google", "nominatim"])
def test_an_address_abroad_is_read(script: Script, name: str) -> None:
    found = provider(name, script).geocode("5 Main St, Boston")

    assert (found.latitude, found.longitude) == (42.372, -71.061)
    assert (found.place.country, found.place.city, found.place.house) == ("US", "Boston", "5")
    assert found.place.level == 7


@pytest.mark.parametrize("name", ALL)
def test_several_places_can_be_asked_for(script: Script, name: str) -> None:
    found = provider(name, script).geocode("x", exactly_one=False)

    assert [type(each.place.level) for each in found] == [int]


@pytest.mark.parametrize("name", ALL)
def test_a_coroutine_gives_the_same(script: Script, name: str) -> None:
    found = provider(name, script).geocode("x")
    soon = asyncio.run(_ask(provider(name, script, is_async=True)))

    assert soon.place == found.place


async def _ask(asked: Provider) -> Any:
    async with asked:
        return await asked.geocode("x")


EMPTY: list[tuple[str, Any]] = [
    ("amap", AMAP | {"count": "0", "geocodes": []}),
    ("amap", AMAP | {"geocodes": [{"location": [], "level": []}]}),
    ("baidu", {"status": 0, "result": {}}),
    ("baidu", {"status": 0, "result": []}),
    ("baidu", {"status": 1, "msg": "Internal Service Error:无相关结果", "results": []}),
    ("tencent", {"status": 347, "message": "查询无结果"}),
    ("tencent", {"status": 0, "message": "query ok", "result": {}}),
    ("google", {"status": "ZERO_RESULTS", "results": []}),
    ("nominatim", []),
]


@pytest.mark.parametrize(("name", "answer"), EMPTY)
def test_nothing_found_is_none_and_no_error(script: Script, name: str, answer: Any) -> None:
    script.answers[name] = answer

    assert provider(name, script).geocode("x") is None


def test_empty_lists_in_place_of_texts_are_unknown(script: Script) -> None:
    item = AMAP["geocodes"][0] | {
        "province": "上海市", "city": [], "street": [], "number": [], "level": "区县",
    }  # fmt: skip
    script.answers["amap"] = AMAP | {"geocodes": [item]}

    place = provider("amap", script).geocode("x").place

    assert (place.city, place.street, place.house, place.level) == ("上海市", None, None, 4)


def test_google_is_not_trusted_with_points_in_mainland_china(script: Script) -> None:
    item = GOOGLE["results"][0] | {
        "address_components": [{"long_name": "China", "short_name": "CN", "types": ["country"]}]
    }
    script.answers["google"] = {"status": "OK", "results": [item]}

    assert provider("google", script).geocode("x") is None


def test_a_baidu_place_has_no_level_for_an_address(script: Script) -> None:
    assert provider("baidu", script).geocode("x").place.address == ""


INSIDE: list[tuple[str, Any, type[exc.GeopyError]]] = [
    ("amap", ("10001", "INVALID_USER_KEY"), exc.GeocoderAuthenticationFailure),
    ("amap", ("10007", "INVALID_USER_SIGNATURE"), exc.GeocoderAuthenticationFailure),
    ("amap", ("10002", "SERVICE_NOT_AVAILABLE"), exc.GeocoderInsufficientPrivileges),
    ("amap", ("10005", "INVALID_USER_IP"), exc.GeocoderInsufficientPrivileges),
    ("amap", ("10003", "DAILY_QUERY_OVER_LIMIT"), exc.GeocoderQuotaExceeded),
    ("amap", ("10044", "USER_DAILY_QUERY_OVER_LIMIT"), exc.GeocoderQuotaExceeded),
    ("amap", ("10004", "ACCESS_TOO_FREQUENT"), exc.GeocoderRateLimited),
    ("amap", ("10021", "CUQPS_HAS_EXCEEDED_THE_LIMIT"), exc.GeocoderRateLimited),
    ("amap", ("10016", "SERVER_IS_BUSY"), exc.GeocoderUnavailable),
    ("amap", ("20000", "INVALID_PARAMS"), exc.GeocoderQueryError),
    ("amap", ("30001", "ENGINE_RESPONSE_DATA_ERROR"), exc.GeocoderServiceError),
    ("baidu", (1, "服务器内部错误"), exc.GeocoderUnavailable),
    ("baidu", (2, "Parameter Invalid"), exc.GeocoderQueryError),
    ("baidu", (4, "Quota Failure"), exc.GeocoderQuotaExceeded),
    ("baidu", (200, "APP不存在，AK有误请检查再重试"), exc.GeocoderAuthenticationFailure),
    ("baidu", (210, "APP IP校验失败"), exc.GeocoderInsufficientPrivileges),
    ("baidu", (240, "APP 服务被禁用"), exc.GeocoderInsufficientPrivileges),
    ("baidu", (302, "天配额超限，限制访问"), exc.GeocoderQuotaExceeded),
    ("baidu", (401, "当前并发量已经超过约定并发配额"), exc.GeocoderRateLimited),
    ("tencent", (190, "无效的KEY"), exc.GeocoderAuthenticationFailure),
    ("tencent", (311, "key格式错误"), exc.GeocoderAuthenticationFailure),
    ("tencent", (199, "此key未开启webservice功能"), exc.GeocoderInsufficientPrivileges),
    ("tencent", (120, "此key每秒请求量已达到上限"), exc.GeocoderRateLimited),
    ("tencent", (121, "此key每日调用量已达到上限"), exc.GeocoderQuotaExceeded),
    ("tencent", (310, "请求参数信息有误"), exc.GeocoderQueryError),
    ("google", "REQUEST_DENIED", exc.GeocoderAuthenticationFailure),
    ("google", "OVER_DAILY_LIMIT", exc.GeocoderQuotaExceeded),
    ("google", "OVER_QUERY_LIMIT", exc.GeocoderRateLimited),
    ("google", "INVALID_REQUEST", exc.GeocoderQueryError),
    ("google", "UNKNOWN_ERROR", exc.GeocoderUnavailable),
    ("nominatim", {"error": "Unable to geocode"}, exc.GeocoderServiceError),
]


def inside(name: str, code: Any) -> Any:
    """Write an error as a provider puts it into an answer of HTTP 200."""
    if name == "amap":
        return {"status": "0", "infocode": code[0], "info": f"{code[1]} {KEY}"}
    if name == "google":
        return {"status": code, "error_message": f"key {KEY}", "results": []}
    return code if name == "nominatim" else {"status": code[0], "message": f"{code[1]} {KEY}"}


@pytest.mark.parametrize(("name", "code", "kind"), INSIDE)
def test_an_error_inside_http_200_becomes_its_class(
    script: Script, name: str, code: Any, kind: type[exc.GeopyError]
) -> None:
    script.answers[name] = inside(name, code)

    with pytest.raises(exc.GeopyError) as raised:
        provider(name, script).geocode("x")

    assert type(raised.value) is kind
    assert KEY not in str(raised.value)


HTTP: list[tuple[int, type[exc.GeopyError]]] = [
    (401, exc.GeocoderAuthenticationFailure),
    (402, exc.GeocoderQuotaExceeded),
    (403, exc.GeocoderInsufficientPrivileges),
    (429, exc.GeocoderRateLimited),
    (500, exc.GeocoderServiceError),
    (302, exc.GeocoderServiceError),
]


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize(("status", "kind"), HTTP)
def test_a_status_of_http_becomes_its_class(
    script: Script, name: str, status: int, kind: type[exc.GeopyError]
) -> None:
    script.answers[name] = status
    script.headers = {"Retry-After": "7", "Location": f"{script.url}/elsewhere"}

    with pytest.raises(kind) as raised:
        provider(name, script).geocode("x")

    if isinstance(raised.value, exc.GeocoderRateLimited):
        assert raised.value.retry_after == 7
    assert script.calls("/elsewhere") == 0


GARBAGE = (b"", b"<html>busy</html>", b"[" * 100_000, b"\xff\xfe\x00", b"null", b"7", b'"x"', b"{}")


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("garbage", GARBAGE)
def test_garbage_is_a_parse_error_or_a_service_error(
    script: Script, name: str, garbage: bytes
) -> None:
    script.answers[name] = garbage

    with pytest.raises(exc.GeocoderServiceError):
        provider(name, script).geocode("x")


SHAPES: list[tuple[str, Any]] = [
    ("amap", AMAP | {"geocodes": [{"location": "east,north"}]}),
    ("amap", AMAP | {"geocodes": [{"location": "200,95"}]}),
    ("amap", AMAP | {"geocodes": "none"}),
    ("baidu", {"status": 0, "result": {"location": {"lng": None, "lat": 3}}}),
    ("baidu", BAIDU | {"result": {"location": {"lng": 1, "lat": 1}, "confidence": "x"}}),
    ("tencent", TENCENT | {"result": {"location": [1, 2]}}),
    ("google", {"status": "OK", "results": [{"geometry": {}}]}),
    ("nominatim", [NOMINATIM[0] | {"lat": "north"}]),
]


@pytest.mark.parametrize(("name", "answer"), SHAPES)
def test_an_answer_of_another_shape_is_a_parse_error(
    script: Script, name: str, answer: Any
) -> None:
    script.answers[name] = answer

    with pytest.raises(exc.GeocoderParseError):
        provider(name, script).geocode("x")


@pytest.mark.parametrize("name", ALL)
def test_a_slow_answer_times_out(script: Script, name: str) -> None:
    script.delay = 0.5

    with pytest.raises(exc.GeocoderTimedOut):
        provider(name, script, timeout=0.1).geocode("x")


def test_an_answer_that_trickles_times_out(script: Script) -> None:
    script.trickle = 0.08

    with pytest.raises(exc.GeocoderTimedOut):
        provider("amap", script, timeout=0.2).geocode("x")


def test_an_endless_answer_is_cut(script: Script) -> None:
    script.answers["amap"] = b"[" + b"1," * 400_000 + b"1]"

    with pytest.raises(exc.GeocoderParseError, match="more than"):
        provider("amap", script).geocode("x")


def test_a_server_that_is_away_is_unavailable() -> None:
    away = PROVIDERS["amap"].kind(Access("http://127.0.0.1:9", KEY))

    with pytest.raises(exc.GeocoderUnavailable):
        away.geocode("x")


def test_only_the_configured_host_is_called(script: Script) -> None:
    asked = provider("amap", script)

    with pytest.raises(exc.ConfigurationError, match="not configured"):
        asked.adapter.get_text("http://127.0.0.2:80/", timeout=1, headers={})


def test_a_key_does_not_travel_in_clear() -> None:
    with pytest.raises(exc.ConfigurationError, match="https"):
        PROVIDERS["amap"].kind(Access("http://maps.example.com", KEY))


def test_the_key_is_in_no_log_and_no_error(
    script: Script, caplog: pytest.LogCaptureFixture
) -> None:
    script.fail_all(403)
    asked = provider("amap", script)

    with caplog.at_level(logging.DEBUG), pytest.raises(exc.GeopyError) as raised:
        asked.geocode("x")

    assert KEY not in caplog.text
    assert KEY not in repr(raised.value)
    assert KEY not in repr(asked._access)
    assert script.asked[0][1]["key"] == KEY


def test_an_empty_question_is_not_asked(script: Script) -> None:
    with pytest.raises(exc.GeocoderQueryError):
        provider("amap", script).geocode("  ")

    assert script.asked == []

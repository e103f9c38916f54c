"""Whatever comes: no exception, no certainty about nothing, and a word on what was unusable."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.address.keys import address_keys
from features.address.resolve import resolve, resolve_parts

PIECES = (
    *(
        "上海市",
        "浦东新区",
        "朝阳区",
        "张江路288弄",
        "3栋2单元501室",
        "13800138000",
        "010-88888888",
    ),
    *("北京", "No. 5 Main St", "東京都", "São Paulo - SP", "10115 Berlin", "SW1A 2AA", "Hong Kong"),
    *("<script>alert(1)</script>", "'; DROP TABLE orders;--", "\x00\x1f", "\u202e", "\ue000", "😀"),
    *(
        "a@b.cn",
        "收件人:",
        "**",
        "(",
        "（",
        "路",
        "号",
        "市",
        "县",
        "区",
        "镇",
        "Москва",
        "서울",
        "القاهرة",
    ),
    *("0" * 30, "一二三", "\ud800", "\u3000", ",", "，", "\n"),
)


def honest(place_confidence: float, level: int) -> bool:
    """Tell whether nothing is claimed about an unknown place."""
    return 0.0 <= place_confidence <= 1.0 and (level > 1 or place_confidence <= 0.3)


@given(st.text(max_size=300))
@settings(max_examples=300, deadline=None)
def test_any_text_is_answered(text: str) -> None:
    place = resolve(text)
    address_keys(place)

    assert honest(place.confidence, place.level)
    assert place.level > 0 or place.unusable


@given(st.lists(st.sampled_from(PIECES), max_size=12), st.sampled_from(["", " ", ","]))
@settings(max_examples=400, deadline=None)
def test_any_mixture_of_addresses_and_attacks_is_answered(pieces: list[str], by: str) -> None:
    place = resolve(by.join(pieces))
    address_keys(place)

    assert honest(place.confidence, place.level)
    assert len(place.candidates) <= 3
    assert sum(candidate.confidence for candidate in place.candidates) <= 1.001
    assert place.level > 0 or place.unusable


@given(
    line=st.none() | st.sampled_from(PIECES) | st.text(max_size=60),
    city=st.none() | st.sampled_from(PIECES) | st.text(max_size=20),
    country=st.none() | st.sampled_from(["CN", "US", "JP", "HK", "TW", "XX", "", "cn", "中"]),
)
@settings(max_examples=200, deadline=None)
def test_any_parts_are_answered(line: str | None, city: str | None, country: str | None) -> None:
    place = resolve_parts(line, city=city, country=country)

    assert 0.0 <= place.confidence <= 1.0


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("", "empty text"),
        ("   \n\t ", "empty text"),
        ("13800138000", "no place in the text"),
        ("上海市浦东新区张江路288弄" * 800, "text beyond 600 characters"),
        ("杭州市西湖区文三路1号<script>alert(1)</script>", "markup"),
        ("杭州市西湖区\x00文三路1号", "control characters"),
        ("'; DROP TABLE orders; --", "no place recognised"),
        ("улица Ленина 5", "no place recognised"),
        ("广州市天河区体育西路1号，深圳市南山区科苑路15号", "a second address"),
        ("上海市浦东新区张江路288弄 上海市徐汇区漕溪北路88号", "a second address"),
        ("南京市鼓楼区中山北路1号，或鼓楼区汉口路22号", "a second address"),
    ],
)
def test_what_was_unusable_is_named(text: str, cause: str) -> None:
    assert cause in resolve(text).unusable


@pytest.mark.parametrize(
    "text",
    [
        "<html><body onload=x>北京</body></html>",
        "SELECT * FROM orders WHERE city='上海'",
        "广州市天河区体育西路1号，深圳市南山区科苑路15号",
        "杭州市西湖区文三路1号或者杭州市余杭区文一西路969号",
        "上海市浦东新区张江路288弄" * 800,
        "شارع التحرير، القاهرة",
        "서울특별시 강남구 테헤란로 152",
    ],
)
def test_rubbish_is_never_certain(text: str) -> None:
    assert resolve(text).confidence < 0.97

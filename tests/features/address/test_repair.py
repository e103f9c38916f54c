from __future__ import annotations

import pytest

from features.address.gazetteer import china
from features.address.repair import NEAR_SOUND, SAME_SOUND, spelling_index
from features.address.resolve import resolve


@pytest.mark.parametrize(
    ("text", "corrected", "path"),
    [
        ("杭洲市西湖区文三路1号", ("杭洲市", "杭州市"), ("杭州市", "西湖区")),
        ("厦门市恩明区湖滨南路1号", ("恩明区", "思明区"), ("厦门市", "思明区")),
        ("洛阳市涧溪区南昌路1号", ("涧溪区", "涧西区"), ("洛阳市", "涧西区")),
        ("呼和浩待市新城区新华街1号", ("呼和浩待市", "呼和浩特市"), ("呼和浩特市", "新城区")),
        ("杭洲西湖区文三路1号", ("杭洲", "杭州"), ("杭州市", "西湖区")),
    ],
)
def test_a_misspelt_name_is_read_and_reported(
    text: str, corrected: tuple[str, str], path: tuple[str, str]
) -> None:
    place = resolve(text)

    assert (place.city, place.district) == path
    assert place.corrected == (corrected,)


@pytest.mark.parametrize(
    "text", ["成都市高新区天府大道1号", "长春市净月区生态大街1号", "武汉市东湖区民族大道1号"]
)
def test_a_zone_is_not_taken_for_a_misspelt_county(text: str) -> None:
    place = resolve(text)

    assert place.district is None
    assert place.corrected == ()


def test_a_repair_costs_confidence() -> None:
    spelt, misspelt = resolve("厦门市思明区湖滨南路1号"), resolve("厦门市恩明区湖滨南路1号")

    assert misspelt.district == spelt.district
    assert misspelt.confidence < spelt.confidence


def test_likeness_is_of_sound_before_shape() -> None:
    index = spelling_index(china())

    assert index.likeness("洲", "州") == SAME_SOUND
    assert index.likeness("锦", "景") == NEAR_SOUND
    assert index.likeness("恩", "思") < NEAR_SOUND
    assert index.likeness("大", "浦") == 0.0


@pytest.mark.parametrize(
    ("text", "corrected", "street"),
    [
        ("广西难宁市青秀区民族大道5号", ("难宁市", "南宁市"), "民族大道"),
        ("上海市浦东新曲世纪大道5号", ("浦东新曲", "浦东新区"), "世纪大道"),
        ("深圳市保安区新安街道创业路5号", ("保安区", "宝安区"), "创业路"),
    ],
)
def test_a_misspelt_name_is_put_right_where_the_place_is_known_without_it(
    text: str, corrected: tuple[str, str], street: str
) -> None:
    place = resolve(text)

    assert (place.corrected, place.street) == ((corrected,), street)


def test_what_begins_a_road_is_no_misspelt_kind() -> None:
    place = resolve("新疆库尔勒石化大道8号")

    assert (place.street, place.corrected) == ("石化大道", ())


@pytest.mark.parametrize(
    ("text", "district", "township", "street"),
    [
        ("上海市宝山去友谊路1016号", "宝山区", None, "友谊路"),
        ("台州市椒江区白云街到市府大道391号", "椒江区", "白云街道", "市府大道"),
        ("上海市浦东新区张疆镇孙桥路100号", "浦东新区", "张江镇", "孙桥路"),
    ],
)
def test_what_stands_for_a_kind_and_a_township_is_put_right(
    text: str, district: str, township: str | None, street: str
) -> None:
    place = resolve(text)

    assert (place.district, place.township, place.street) == (district, township, street)
    assert place.corrected

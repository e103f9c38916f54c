from __future__ import annotations

import pytest

from features.address.keys import address_keys
from features.address.resolve import resolve, resolve_parts

SAME_DOOR = [
    "上海市浦东新区张江路288弄3号楼2单元501室",
    "上海浦东张江路288弄3栋2单元501",
    "浦东新区 张江路 288弄 三栋二单元 501室",
    "上海市浦东新区張江路288弄3幢2單元501室",
    "上海市上海市浦东新区张江路２８８弄３号楼２单元５０１室（放门口）",
    "张三 13800138000 上海市浦东新区张江路288弄3#楼2单元501室",
]


@pytest.mark.parametrize("raw", SAME_DOOR[1:])
def test_one_door_written_differently_has_one_key(raw: str) -> None:
    assert address_keys(resolve(raw)) == address_keys(resolve(SAME_DOOR[0]))


def test_neighbours_share_building_and_road_but_not_the_unit() -> None:
    one = address_keys(resolve("杭州市西湖区文三路1号3栋2单元501室"))
    other = address_keys(resolve("杭州市西湖区文三路1号3栋2单元502室"))

    assert one.unit != other.unit
    assert (one.building, one.road) == (other.building, other.road)


@pytest.mark.parametrize(
    "other",
    [
        "杭州市西湖区文三路11号3栋2单元501室",
        "杭州市西湖区文二路1号3栋2单元501室",
        "杭州市拱墅区文三路1号3栋2单元501室",
        "杭州市西湖区文三路1号13栋2单元501室",
        "杭州市西湖区文三路1号3栋1单元501室",
    ],
)
def test_different_doors_never_share_a_unit(other: str) -> None:
    one = address_keys(resolve("杭州市西湖区文三路1号3栋2单元501室"))

    assert address_keys(resolve(other)).unit != one.unit


def test_a_lane_is_not_a_number() -> None:
    lane = address_keys(resolve("上海市浦东新区张江路288弄"))
    number = address_keys(resolve("上海市浦东新区张江路288号"))

    assert lane.building != number.building


def test_an_unplaced_road_has_no_key() -> None:
    keys = address_keys(resolve("中山路1号"))

    assert (keys.unit, keys.building, keys.road) == (None, None, None)


def test_a_masked_room_leaves_the_building() -> None:
    keys = address_keys(resolve("杭州市西湖区文三路1号3栋****"))

    assert keys.unit is None
    assert keys.building == address_keys(resolve("杭州市西湖区文三路1号3栋501")).building


def test_abroad_the_postal_code_places_the_street() -> None:
    one = resolve_parts("221B Baker Street, Flat 2", country="GB", city="London", postal="NW1 6XE")
    two = resolve_parts("Flat 2, 221b baker street", country="GB", city="LONDON", postal="NW1 6XE")

    assert address_keys(one) == address_keys(two)
    assert address_keys(one).unit is not None

from __future__ import annotations

import pytest

from features.address.gazetteer import china
from features.address.resolve import resolve


@pytest.mark.parametrize(
    ("text", "district"),
    [
        ("清华大学紫荆公寓5号楼", "海淀区"),
        ("广州塔旁阅江西路222号", "海珠区"),
        ("香港铜锣湾轩尼诗道500号", "湾仔区"),
        ("陆家嘴环路1000号", "浦东新区"),
        ("中国海洋大学崂山校区松岭路238号", "崂山区"),
        ("杭州电子科技大学下沙校区", "钱塘区"),
        ("无名大学松江校区", "松江区"),
        ("广州白马服装市场", "越秀区"),
        ("北京大学东区2号楼", "海淀区"),
        ("长沙湖南大学南区3栋", "岳麓区"),
    ],
)
def test_a_landmark_is_evidence_for_its_county(text: str, district: str) -> None:
    assert resolve(text).district == district


@pytest.mark.parametrize(
    ("text", "city"),
    [
        ("深圳市福田区北京大学深圳医院", "深圳市"),
        ("成都市武侯区武汉大学成都研究院", "成都市"),
        ("广州市天河区中山大学附属第三医院", "广州市"),
        ("兰州大学威海校区", "威海市"),
        ("武汉理工大学南湖校区", "武汉市"),
        ("南京对外经贸大学", "南京市"),
    ],
)
def test_what_only_has_its_name_from_a_landmark_is_elsewhere(text: str, city: str) -> None:
    assert resolve(text).city == city


def test_a_name_of_two_characters_needs_its_city() -> None:
    assert resolve("中环德辅道中1号").province is None
    assert resolve("香港中环德辅道中1号").district == "中西区"


def test_no_landmark_hides_a_division() -> None:
    divisions = {node.name for node in china().nodes}

    assert not divisions.intersection(name.rstrip("!") for name in china().landmarks)


def test_a_road_begins_behind_an_old_town() -> None:
    place = resolve("山西平遥古城西大街16号")

    assert (place.district, place.street, place.house) == ("平遥县", "西大街", "16号")

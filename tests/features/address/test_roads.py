from __future__ import annotations

import pytest

from features.address.gazetteer import china
from features.address.resolve import resolve
from features.address.roads import mend_kind, mend_name


@pytest.mark.parametrize(
    ("typed", "right"),
    [
        ("中山露168号", "中山路168号"),
        ("漕溪北陆398号", "漕溪北路398号"),
        ("建国门外大接1号", "建国门外大街1号"),
        ("解放大到688号", "解放大道688号"),
        ("深南东路5002浩", "深南东路5002号"),
    ],
)
def test_the_kind_of_a_road_is_known_by_its_sound(typed: str, right: str) -> None:
    assert mend_kind(typed)[0] == right


@pytest.mark.parametrize("text", ["新大陆12号", "水岸白鹿3栋", "大街12号", "12好邻居超市"])
def test_what_is_no_road_stays(text: str) -> None:
    assert mend_kind(text) == (text, None)


@pytest.mark.parametrize(
    ("typed", "right"),
    [("解方路", "解放路"), ("芙容中路二段", "芙蓉中路二段"), ("人名南路", "人民南路")],
)
def test_a_known_name_is_read_behind_one_wrong_character(typed: str, right: str) -> None:
    mended = mend_name(typed, china())

    assert mended is not None
    assert mended.right == right


@pytest.mark.parametrize("street", ["解放路", "钟山路", "潮阳路", "新化路", "前景路", "南进路"])
def test_a_road_of_its_own_name_is_left_alone(street: str) -> None:
    assert mend_name(street, china()) is None


def test_a_mended_road_is_reported_and_leaves_the_divisions_as_sure() -> None:
    right, wrong = resolve("西安市新城区解放路77号"), resolve("西安市新城区解方路77号")

    assert wrong.street == "解放路"
    assert wrong.corrected == (("解方路", "解放路"),)
    assert wrong.confidence == right.confidence

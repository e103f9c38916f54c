"""Names that are cut out of other words are none."""

from __future__ import annotations

import pytest

from features.address.gazetteer import china
from features.address.hits.cut import is_no_name
from features.address.hits.hit import Hit


@pytest.mark.parametrize(
    ("text", "start", "end", "expected"),
    [
        ("江宁县", 1, 3, True),
        ("宁县", 0, 2, False),
        ("住宁县", 1, 3, False),
        ("钱清镇", 1, 3, True),
        ("哈市南岗区", 1, 3, True),
        ("东北京大学", 1, 5, True),
        ("9号北京大学", 2, 6, False),
    ],
)
def test_a_part_of_a_longer_word_is_no_name(
    text: str, start: int, end: int, *, expected: bool
) -> None:
    names = china().names[text[start:end]]

    assert is_no_name(text, start, end, names, [], china()) is expected


def test_a_landmark_behind_a_place_elsewhere_is_its_namesake() -> None:
    text = "上海对外经贸大学"
    names = china().names["对外经贸大学"]
    shanghai = Hit(0, 2, china().names["上海"])

    assert is_no_name(text, 2, 8, names, [shanghai], china())
    assert not is_no_name(text[2:], 0, 6, names, [], china())

"""Every name of a text, from left to right."""

from __future__ import annotations

import pytest

from features.address.gazetteer import china
from features.address.hits import find_hits


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("浙江省杭州市西湖区文三路", ["浙江省", "杭州市", "西湖区"]),
        ("青岛市北区", ["青岛", "市北区"]),
        ("宁波镇海", ["宁波", "镇海"]),
        ("昆山路9号", []),
        ("河北省大名县大名府路", ["河北省", "大名县"]),
        ("天津大学附属中学", ["天津"]),
        ("", []),
    ],
)
def test_names_are_found_from_left_to_right(text: str, expected: list[str]) -> None:
    found = find_hits(text, china())

    assert [text[hit.start : hit.end] for hit in found] == expected


def test_a_short_name_behind_the_house_number_hardly_counts() -> None:
    before, behind = find_hits("杭州市文三路9号上海", china())

    assert (before.factor, before.is_late) == (1.0, False)
    assert behind.is_late
    assert behind.factor < 0.5

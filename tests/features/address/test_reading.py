"""The divisions of a cleaned Chinese text: its words put together."""

from __future__ import annotations

import pytest

from features.address.gazetteer import china
from features.address.reading import read_china


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("浙 江 省 杭 州 市", "浙江省杭州市"),
        ("杭州市，西湖区", "杭州市西湖区"),
        ("中华人民共和国浙江省", "浙江省"),
        ("中国人民大学", "中国人民大学"),
        ("杭州市***西湖区", "杭州市西湖区"),
        ("琼海口市", "海口市"),
        ("", ""),
    ],
)
def test_words_are_put_together(text: str, expected: str) -> None:
    done, _ = read_china(text, china())

    assert done.text == expected


def test_commas_are_remembered_and_spaces_inside_a_road_are_not() -> None:
    _, at_commas = read_china("杭州市，西湖区", china())
    _, in_road = read_china("中山 北路", china())

    assert at_commas == (3,)
    assert in_road == ()

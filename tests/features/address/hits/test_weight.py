"""What follows a name decides whether it is one of a division."""

from __future__ import annotations

import pytest

from features.address.gazetteer import china
from features.address.hits.weight import weigh


@pytest.mark.parametrize(
    ("text", "end", "expected"),
    [
        ("芒市镇", 2, (2, 0.0)),
        ("昆山市前进路", 2, (3, 1.0)),
        ("昆山区前进路", 2, (3, 1.0)),
        ("昆山路9号", 2, (2, 0.0)),
        ("昆山大厦", 2, (2, 0.0)),
        ("昆山医院", 2, (2, 0.3)),
        ("唐山路北区", 2, (2, 1.0)),
        ("河北大学", 2, (2, 0.7)),
        ("川沙新镇", 2, (2, 0.0)),
        ("昆山前进东路", 2, (2, 1.0)),
        ("三江国际花园", 2, (2, 0.3)),
        ("江北新区", 2, (2, 0.3)),
        ("北京大学深圳医院", 4, (4, 0.3)),
    ],
)
def test_what_follows_a_name_weighs_it(text: str, end: int, expected: tuple[int, float]) -> None:
    found = weigh(text, 0, end, china().names[text[:end]], china())

    assert found == expected


def test_a_county_may_be_called_a_city_but_no_district() -> None:
    names = china().names

    as_city = weigh("在德清市", 1, 3, names["德清"], china())
    as_district = weigh("在德清区", 1, 3, names["德清"], china())

    assert as_city == (4, 1.0)
    assert as_district == (4, 0.0)

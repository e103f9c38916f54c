"""Ways of orders share what is worked out of their ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from features.engines import plans
from features.engines.plans import Ends, PlanBook

if TYPE_CHECKING:
    import pytest

    from features.engines.plans import Plans

WAREHOUSES = {name: {"warehouse": name} for name in ("JX", "DG")}
OUTLETS = {name: {"carrier": name[:2], "outlet": name} for name in ("sf-1", "yd-1")}


def ask(book: PlanBook, *ways: tuple[str, str]) -> Plans:
    ends = tuple(way[0] for way in ways), tuple(way[1] for way in ways)
    return book.plans(ends, lambda at: WAREHOUSES[ends[0][at]], lambda at: OUTLETS[ends[1][at]])


def test_each_way_has_the_columns_of_its_own_ends() -> None:
    book = PlanBook()

    before = ask(book, ("JX", "sf-1"))
    after = ask(book, ("DG", "yd-1"), ("JX", "sf-1"))

    assert before.one(0) == {"warehouse": "JX", "carrier": "sf", "outlet": "sf-1"}
    assert after.one(0) == {"warehouse": "DG", "carrier": "yd", "outlet": "yd-1"}
    assert after.one(1) == before.one(0)


def test_what_is_made_of_plans_is_made_once_for_each_maker() -> None:
    book = PlanBook()
    made: list[Plans] = []

    def count(found: Plans) -> int:
        made.append(found)
        return len(made)

    found = [ask(book, ("JX", "sf-1")).once(maker, count) for maker in ("a", "b", "a")]

    assert found == [1, 2, 1]
    assert made[0] is made[1]


def test_the_texts_of_ends_come_back_as_texts_and_an_unknown_one_as_none() -> None:
    ends = Ends()
    names = ("known", "unknown")
    regions = {"known": "x", "unknown": None}
    places = ends.places(names, lambda at: {"region": regions[names[at]]})

    found = ends.each(lambda row: np.array(row["region"], object), places)

    assert [type(each) for each in found] == [str, type(None)]
    assert found.tolist() == ["x", None]


def test_too_many_kept_ways_are_forgotten_and_made_again_alike(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(plans, "MOST_KEPT", 2)
    book = PlanBook()

    first = ask(book, ("JX", "sf-1"))
    ask(book, ("JX", "sf-1"), ("DG", "sf-1"))
    again = ask(book, ("JX", "sf-1"))

    assert again is not first
    assert again.one(0) == first.one(0)

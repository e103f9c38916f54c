"""The acceptance of identity links on two smaller towns; the command prints the whole table."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from tests.benchmarks.links.measuring import Findings, measured, total
from tests.benchmarks.links.people import Habits, Size
from tests.benchmarks.links.rings import WAYS


@cache
def findings() -> Findings:
    return measured(range(101, 103), Habits(), Size().over(2), 25)


def test_rings_are_found_by_their_fourth_order() -> None:
    found = total(findings().in_time, *WAYS)

    assert found.of == 350
    assert found.rate >= 0.95


def test_households_are_not_taken_for_rings() -> None:
    found = findings().sets["household"]

    assert found.of == 5_000
    assert found.rate <= 0.01


def test_colleagues_are_not_taken_for_rings() -> None:
    buyers = total(findings().buyers, "office", "small office")
    offices = total(findings().sets, "office", "small office")

    assert buyers.of > 4_000
    assert buyers.rate <= 0.01
    assert offices.of > 200
    assert offices.rate <= 0.01


def test_a_shared_identifier_alone_links_nobody() -> None:
    """People who share only an address, or only a shop's tablet, are never linked."""
    alone = Habits(
        card=0, tablet=0, contact=0, mailbox=0, gift=0, company_card=0, reception=0, lent=0,
        recycled=0,
    )  # fmt: skip
    town = replace(Size().over(4), assistants=0)

    found = measured(range(103, 104), alone, town, 1)

    kinds = ("household", "flat", "office", "small office", "dormitory", "station", "counter")

    assert total(found.sets, *kinds).n == 0

"""What the address resolver must reach on its own evaluation set; the commands print it all."""

from __future__ import annotations

from collections import Counter

import pytest

from features.address.gazetteer import china
from tests.benchmarks.addresses.__main__ import ours
from tests.benchmarks.addresses.cases import ADMIN, PARTS, abroad, chinese
from tests.benchmarks.addresses.confidence import CHECK_SEED, check
from tests.benchmarks.addresses.linking import link
from tests.benchmarks.addresses.scoring import table

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("part", PARTS)
def test_chinese_addresses_are_right_or_left_open(part: str) -> None:
    points = table(chinese(part), ours)["all families"]

    assert points["admin"] >= 0.95 * points["n"]
    assert points["all"] >= 0.90 * points["n"]
    assert points["wrong"] <= 0.015 * points["n"]


def test_addresses_abroad_are_right() -> None:
    questions = [question for part in PARTS for question in abroad(part)]
    points = table(questions, ours, ("country", *ADMIN[:2]))["all families"]

    assert points["n"] >= 100
    assert points["admin"] >= 0.85 * points["n"]


def test_confidence_is_honest_on_a_fresh_seed() -> None:
    found = check(2_000, seed=CHECK_SEED + 1)

    assert found.error <= 0.03
    assert found.right_when_sure >= 0.995
    assert found.wrong <= 0.005


def test_disguised_doors_are_linked_and_neighbours_are_not() -> None:
    found = link(60)

    assert found.n_linked >= 0.99 * found.n_variants
    assert found.n_false == 0


@pytest.mark.parametrize("part", PARTS)
def test_every_truth_is_a_division_of_today(part: str) -> None:
    gazetteer = china()
    known = {tuple(gazetteer.nodes[i].name for i in path) for path in gazetteer.paths}

    for question in chinese(part):
        names = [question.truth.get(name) for name in ADMIN]
        path = tuple(dict.fromkeys(name for name in names if name))
        assert not path or path in known, question.raw


def test_every_family_of_a_later_part_stands_in_the_first() -> None:
    families = {part: Counter(q.family for q in chinese(part)) for part in PARTS}
    texts = [question.raw for part in PARTS for question in chinese(part)]

    assert sum(counted.total() for counted in families.values()) >= 1_000
    assert all(set(counted) <= set(families["seen"]) for counted in families.values())
    assert len(texts) == len(set(texts))

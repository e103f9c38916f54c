from __future__ import annotations

import pytest

from models.detectors.links import LinkedBuyers


@pytest.mark.parametrize(
    ("n_buyers", "score"), [(1.0, 0.0), (2.0, 0.0), (3.0, 0.5), (6.0, 0.9), (12.0, 0.95)]
)
def test_more_linked_buyers_are_worse_and_two_are_none_of_our_business(
    n_buyers: float, score: float
) -> None:
    assert LinkedBuyers().assess({"links__n_buyers": n_buyers}).score == pytest.approx(score)


def test_a_known_fraud_among_two_is_enough() -> None:
    finding = LinkedBuyers().assess({"links__n_buyers": 2.0, "links__fraud_count__known_90d": 1.0})

    assert finding.score == 0.5
    assert finding.reasons[0].en == "1 known frauds of the other linked buyers in 90 d (limit 1)"
    assert finding.reasons[0].zh.startswith("90 天内其他关联买家的已知欺诈订单数：1")


def test_a_history_without_links_raises_nothing() -> None:
    assert LinkedBuyers().assess({"links__n_buyers": None}).score == 0.0

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from models.evaluation.metrics import (
    Ranking,
    Scored,
    expected_calibration_error,
    flagged,
    measure,
)

RANDOM = np.random.default_rng(4)
SCORE = RANDOM.random(3_000).round(2)
LABEL = (RANDOM.random(3_000) < SCORE).astype(float)
DAY = np.arange(3_000) // 100


def test_weighted_ranking_agrees_with_scikit_learn() -> None:
    ranking = Ranking(LABEL, SCORE)
    weight = RANDOM.integers(0, 4, 3_000).astype(float)

    assert ranking.auc(weight) == pytest.approx(roc_auc_score(LABEL, SCORE, sample_weight=weight))
    assert ranking.ap(weight) == pytest.approx(
        average_precision_score(LABEL, SCORE, sample_weight=weight)
    )


def test_an_interval_holds_its_value() -> None:
    report = measure(Scored(LABEL, SCORE, DAY))

    for name in ("auc", "ap", "brier", "base_rate"):
        assert report[name]["low"] < report[name]["value"] < report[name]["high"]


def test_days_that_differ_make_wider_intervals_than_orders_alone() -> None:
    bad_days = (DAY % 10 == 0).astype(float)
    label = ((RANDOM.random(3_000) < 0.02) | ((bad_days == 1) & (RANDOM.random(3_000) < 0.5))) * 1.0

    by_day = measure(Scored(label, SCORE, DAY))["base_rate"]
    by_order = measure(Scored(label, SCORE, np.arange(3_000)))["base_rate"]

    assert by_day["high"] - by_day["low"] > 2 * (by_order["high"] - by_order["low"])


def test_orders_of_few_days_are_resampled_by_themselves() -> None:
    two_days = (np.arange(3_000) >= 1_500).astype(int)

    report = measure(Scored(LABEL, SCORE, two_days))

    assert report == measure(Scored(LABEL, SCORE, np.arange(3_000)))


def test_the_same_seed_gives_the_same_intervals() -> None:
    scored = Scored(LABEL, SCORE, DAY)

    assert measure(scored, seed=1) == measure(scored, seed=1)
    assert measure(scored, seed=1)["auc"] != measure(scored, seed=2)["auc"]


def test_one_class_cannot_be_judged() -> None:
    assert measure(Scored(np.zeros(10), SCORE[:10], DAY[:10])) == {}


def test_recall_and_precision_of_the_flagged_share() -> None:
    label = np.array([1, 0, 1, 0, 0, 0, 0, 0, 0, 1])
    score = np.linspace(1.0, 0.1, 10)

    report = flagged(label, score, 0.2)

    assert report["recall"] == pytest.approx(1 / 3)
    assert report["precision"] == pytest.approx(1 / 2)
    assert report["threshold"] == pytest.approx(0.9)


@pytest.mark.parametrize("equal_rows", [True, False])
def test_calibration_error_is_the_mean_gap(equal_rows: bool) -> None:
    label = np.array([0.0, 0.0, 0.0, 1.0])
    score = np.full(4, 0.5)

    gap = expected_calibration_error(label, score, equal_rows=equal_rows)

    assert gap == pytest.approx(0.5 if equal_rows else 0.25)

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from models.evaluation.foreseen import LIMITS, foresee


def test_calibrated_scores_foresee_what_comes() -> None:
    random = np.random.default_rng(1)
    score = random.beta(0.4, 6, 8_000)
    label = random.random(8_000) < score

    told = foresee(score)

    assert told["auc"]["value"] == pytest.approx(roc_auc_score(label, score), abs=0.03)
    assert told["base_rate"]["low"] <= label.mean() <= told["base_rate"]["high"]


def test_a_new_trick_is_not_foreseen() -> None:
    """Scores that have become worthless still promise what they did: the limit that is stated."""
    random = np.random.default_rng(2)
    score = random.beta(0.4, 6, 8_000)
    label = random.random(8_000) < score.mean()

    promised = foresee(score)["auc"]["low"]

    assert roc_auc_score(label, score) < 0.55 < promised
    assert "new trick" in LIMITS["en"]


def test_no_orders_foresee_nothing() -> None:
    assert foresee(np.array([])) == {}

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pandas as pd
import pytest

from models.training.binary import Fitted, RiskConfig, fit_binary, raw_of

N_ROWS = 1_200
NEWEST = slice(840, None)
"""What the newest folds judge: three tenths of the rows."""


def rows(share_bad: float) -> tuple[pd.DataFrame, np.ndarray]:
    """Orders of 1,200 hours; of the newest three tenths twice as many go bad."""
    random = np.random.default_rng(5)
    sign = random.normal(size=N_ROWS)
    level = np.where(np.arange(N_ROWS) < 840, share_bad, 2 * share_bad)
    label = (random.random(N_ROWS) < level * np.exp(sign) / np.exp(0.5)).astype(float)
    placed = pd.Timestamp("2026-01-01", tz="UTC") + pd.to_timedelta(np.arange(N_ROWS), unit="h")
    return pd.DataFrame({"placed_at": placed, "sign": sign}), label


def newest_said(fitted: Fitted, frame: pd.DataFrame) -> float:
    raw = raw_of(fitted.text, fitted.encoding.many(frame.iloc[NEWEST]))
    return float(fitted.knots.probability(raw).mean())


def test_few_bad_orders_set_the_level_of_the_model_that_learned_from_them() -> None:
    frame, label = rows(0.06)
    assert 30 < label[NEWEST].sum() < 80

    fitted = fit_binary(
        frame, label, {"sign": False}, maturity=timedelta(hours=1), config=RiskConfig()
    )

    assert newest_said(fitted, frame) == pytest.approx(label[NEWEST].mean(), abs=1e-6)

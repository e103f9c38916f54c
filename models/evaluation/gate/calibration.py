"""Whether the challenger's probabilities happen as often as they say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from models.evaluation.gate.finding import Finding
from models.evaluation.gate.limits import CALIBRATION, CALIBRATION_CHANCE, CALIBRATION_GROWTH
from models.evaluation.metrics import N_BINS, expected_calibration_error

if TYPE_CHECKING:
    from models.evaluation.gate.evidence import Evidence

N_DRAWS: Final = 300


@dataclass(frozen=True)
class Calibration:
    """The calibration error is no larger than chance, or than the champion's."""

    name: str = "calibration"
    zh: str = "校准"
    en: str = "calibration"

    def find(self, evidence: Evidence) -> Finding:
        """Hold the error against what a calibrated model shows by chance, and the champion's."""
        label, score = evidence.orders.label, evidence.asking.score
        error = expected_calibration_error(label, score, equal_rows=True)
        limits = [CALIBRATION.value, error_by_chance(score)]
        if evidence.champion is not None:
            before = expected_calibration_error(label, evidence.champion.score, equal_rows=True)
            limits.append(before * CALIBRATION_GROWTH.value)
        limit = max(limits)
        more = {"challenger": reliability(label, score)}
        if evidence.champion is not None:
            more["champion"] = reliability(label, evidence.champion.score)
        return Finding(
            self.name,
            error <= limit,
            f"{CALIBRATION.zh} {error:.4f}，上限 {limit:.4f}",
            f"{CALIBRATION.en} {error:.4f}, at most {limit:.4f}",
            error,
            limit,
            CALIBRATION.unit,
            more,
        )


def error_by_chance(score: np.ndarray, *, seed: int = 7) -> float:
    """Calibration error that true probabilities exceed only rarely on as many orders.

    Examples
    --------
    >>> error_by_chance(np.full(100, 0.2)) > error_by_chance(np.full(10_000, 0.2))
    True
    """
    random = np.random.default_rng(seed)
    draws = [
        expected_calibration_error(
            (random.random(len(score)) < score).astype(float), score, equal_rows=True
        )
        for _ in range(N_DRAWS)
    ]
    return float(np.quantile(draws, 1 - CALIBRATION_CHANCE.value))


def reliability(label: np.ndarray, score: np.ndarray) -> list[dict[str, float]]:
    """Mean probability and share of bad orders in bins of equal rows, for a picture.

    Examples
    --------
    >>> score = np.repeat([0.1, 0.9], 50)
    >>> bins = reliability((np.arange(100) % 10 == 0).astype(float), score)
    >>> bins[0]["said"], round(bins[-1]["said"], 1), sum(part["rows"] for part in bins)
    (0.1, 0.9, 100)
    """
    parts = np.array_split(np.argsort(score, kind="stable"), N_BINS)
    return [
        {"said": float(score[part].mean()), "came": float(label[part].mean()), "rows": len(part)}
        for part in parts
        if len(part)
    ]

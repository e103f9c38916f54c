"""Whether the reviewers would be flooded, or left without work, from one day to the next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from models.evaluation.gate.finding import Finding
from models.evaluation.gate.limits import SHIFT, SHIFT_GROWTH
from models.evaluation.money import stopped_share

if TYPE_CHECKING:
    from models.evaluation.gate.evidence import Evidence

N_BINS: Final = 20


@dataclass(frozen=True)
class Shift:
    """On the most recent traffic the challenger stops about as many orders as the champion."""

    name: str = "shift"
    zh: str = "近日流量的分数变化"
    en: str = "score shift on recent traffic"

    def find(self, evidence: Evidence) -> Finding:
        """Compare the shares of recent orders that would not simply be released."""
        recent, value = evidence.asking.recent, evidence.orders.recent_value_minor
        if evidence.champion is None or not len(recent):
            return Finding(
                self.name,
                True,
                "没有现用模型或近日订单可供比较",
                "there is no champion or recent order",
            )
        after = stopped_share(evidence.name, recent, value, evidence.policy)
        before = stopped_share(evidence.name, evidence.champion.recent, value, evidence.policy)
        low = min(before - SHIFT.value, before / SHIFT_GROWTH.value)
        high = max(before + SHIFT.value, before * SHIFT_GROWTH.value)
        return Finding(
            self.name,
            low <= after <= high,
            f"近日 {len(recent):,} 单中拦审比例 {before:.2%} → {after:.2%}，"
            f"允许 {max(low, 0):.2%} – {high:.2%}",
            f"of {len(recent):,} recent orders {before:.2%} → {after:.2%} are not released, "
            f"allowed {max(low, 0):.2%} – {high:.2%}",
            after,
            high if after > before else max(low, 0.0),
            SHIFT.unit,
            {"before": _bars(evidence.champion.recent), "after": _bars(recent)},
        )


def _bars(score: np.ndarray) -> list[int]:
    """Orders by log-odds, for a picture."""
    odds = np.log(score / (1 - score))
    counts, _ = np.histogram(np.clip(odds, -10, 5), bins=N_BINS, range=(-10, 5))
    return [int(count) for count in counts]

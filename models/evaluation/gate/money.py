"""Whether the challenger costs less than the champion at the policy's own thresholds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from models.evaluation.gate.finding import Finding
from models.evaluation.gate.limits import SURENESS

if TYPE_CHECKING:
    from models.evaluation.gate.evidence import Evidence

N_BARS = 24


@dataclass(frozen=True)
class Money:
    """Deciding by the challenger would have cost less, surely enough."""

    name: str = "money"
    zh: str = "按策略计的花费"
    en: str = "money at the policy's threshold"

    def find(self, evidence: Evidence) -> Finding:
        """Compare cost order by order and resample whole days."""
        saved = evidence.saved
        sure = saved.is_above_zero
        needed = 1 - (1 - SURENESS.value) / evidence.n_challengers
        digits = int(evidence.asking.document.get("currency_digits", 2))
        per = 1_000 / len(evidence.orders.label) / 10**digits
        low, high = (per * end for end in saved.interval())
        figure = per * saved.value
        against = ("全部放行", "releasing everything")
        if evidence.champion is not None:
            against = ("现用模型", "the champion")
        counts, edges = np.histogram(saved.draws * per, bins=N_BARS)
        return Finding(
            self.name,
            sure >= needed and saved.value > 0,
            f"每千单比{against[0]}省 {figure:,.2f}（95% 区间 {low:,.2f} – {high:,.2f}）；"
            f"{SURENESS.zh} {sure:.1%}，至少 {needed:.1%}",
            f"saves {figure:,.2f} per 1,000 orders against {against[1]} "
            f"(95 % {low:,.2f} – {high:,.2f}); {SURENESS.en}: {sure:.1%}, at least {needed:.1%}",
            round(sure, 4),
            round(needed, 4),
            SURENESS.unit,
            {
                "saved_per_1000": figure,
                "low": low,
                "high": high,
                "spent_minor": float(evidence.spent.sum()),
                "spent_before_minor": float(evidence.spent_before.sum()),
                "bars": counts.tolist(),
                "edges": edges.tolist(),
            },
        )

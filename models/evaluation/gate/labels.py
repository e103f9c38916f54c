"""Whether labels still come in, and whether the challenger learned from fresh ones."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

import pandas as pd

from features.windows import DAY
from models.evaluation.gate.finding import Finding
from models.evaluation.gate.limits import LABEL_RHYTHM, LABEL_SILENCE, LEARNED_AGE

if TYPE_CHECKING:
    from models.evaluation.gate.evidence import Evidence

LONG_GAP: Final = 0.99


@dataclass(frozen=True)
class Labels:
    """Labels became known lately, and the newest order learned from is as new as it can be."""

    name: str = "labels"
    zh: str = "标签新鲜度"
    en: str = "fresh labels"

    def find(self, evidence: Evidence) -> Finding:
        """Refuse after a silence of labels, and a challenger that learned from old orders only."""
        known = evidence.labels_known_at
        silence, allowed = _silence(known, evidence.cut)
        if silence > allowed:
            return Finding(
                self.name,
                False,
                f"{LABEL_SILENCE.zh} {silence:.1f} 天，上限 {allowed:.1f} 天：标签可能中断了",
                f"{LABEL_SILENCE.en}: {silence:.1f} d, at most {allowed:.1f} d: "
                "labels may have stopped coming in",
                silence,
                allowed,
                LABEL_SILENCE.unit,
            )
        newest = datetime.fromisoformat(str(evidence.asking.document["trained_to"]))
        age = (evidence.orders.begins - newest) / DAY
        limit = evidence.maturity / DAY + LEARNED_AGE.value
        return Finding(
            self.name,
            age <= limit,
            f"最新训练订单比检验周早 {age:.1f} 天，上限 {limit:.1f} 天；"
            f"{LABEL_SILENCE.zh} {silence:.1f} 天",
            f"the newest order learned from is {age:.1f} d older than the judged weeks, "
            f"at most {limit:.1f} d; {LABEL_SILENCE.en}: {silence:.1f} d",
            age,
            limit,
            LEARNED_AGE.unit,
        )


def _silence(known: pd.Series | None, cut: datetime) -> tuple[float, float]:
    """Days since a label last became known, and the days allowed at the usual rhythm."""
    if known is None or known.empty:
        return float("inf"), LABEL_SILENCE.value
    silence = (pd.Timestamp(cut) - known.iloc[-1]) / DAY
    gaps = known.drop_duplicates().diff().dropna()
    days = gaps.dt.total_seconds() / DAY.total_seconds()
    usual = float(days.quantile(LONG_GAP)) if len(days) else 0.0
    return silence, max(LABEL_SILENCE.value, LABEL_RHYTHM.value * usual)

"""Whether the lines of orders are told apart as well as before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from models.evaluation.gate.finding import Finding
from models.evaluation.gate.limits import SLICE_AUC, SLICE_DOUBT
from models.evaluation.paired import ranking_fall

if TYPE_CHECKING:
    from models.evaluation.gate.evidence import Evidence


@dataclass(frozen=True)
class Lines:
    """The part that answers for single lines ranks them not clearly worse than the champion's."""

    name: str = "lines"
    zh: str = "逐行排序不退步"
    en: str = "ranking of single lines"

    def find(self, evidence: Evidence) -> Finding:
        """Compare both on the lines of the judged orders."""
        lines, champion = evidence.orders.lines, evidence.champion
        before = None if champion is None else champion.lines
        after = evidence.asking.lines
        if lines is None or before is None or after is None or not 0 < lines.sum() < len(lines):
            return Finding(
                self.name,
                True,
                "没有两个模型都逐行作答的订单行",
                "there are no lines that both models answer for",
            )
        fall = ranking_fall(lines, before, after, doubt=SLICE_DOUBT.value)
        told = f"AUC {fall.before:.3f} → {fall.after:.3f}"
        limit = SLICE_AUC.value
        return Finding(
            self.name,
            fall.sure <= limit,
            f"{len(lines):,} 个订单行的 {told}（最多降 {limit}）",
            f"{len(lines):,} single lines: {told} (may fall by {limit})",
            fall.before - fall.after,
            limit,
            SLICE_AUC.unit,
        )

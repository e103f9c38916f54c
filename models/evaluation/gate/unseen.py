"""Whether the judged weeks were new to both models."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from models.evaluation.gate.finding import Finding

if TYPE_CHECKING:
    from models.evaluation.gate.evidence import Evidence


@dataclass(frozen=True)
class Unseen:
    """Neither model learned from an order of the judged weeks."""

    name: str = "unseen"
    zh: str = "检验周未参与训练"
    en: str = "judged weeks were not learned from"

    def find(self, evidence: Evidence) -> Finding:
        """Compare what each learned from with the first judged order.

        The challenger may not even know a label that became known later; the champion, which was
        fixed earlier, is only asked not to have learned from the orders themselves.
        """
        begins = evidence.orders.begins
        known = datetime.fromisoformat(str(evidence.asking.document["data_cutoff"]))
        learned = [str(evidence.asking.document["trained_to"])]
        if evidence.champion is not None:
            learned.append(str(evidence.champion.document["trained_to"]))
        newest = max(datetime.fromisoformat(at) for at in learned)
        passed = known <= begins and newest < begins
        latest = max(known, newest)
        word = ("早于", "before") if passed else ("晚于", "after")
        return Finding(
            self.name,
            passed,
            f"训练所用信息截至 {latest:%Y-%m-%d}，{word[0]}检验周起点 {begins:%Y-%m-%d}",
            f"what was learned ends on {latest:%Y-%m-%d}, {word[1]} the judged weeks "
            f"(from {begins:%Y-%m-%d})",
        )

"""Whether some part of the orders pays for what the whole gains."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from models.evaluation.gate.finding import Finding
from models.evaluation.gate.limits import SLICE_AUC, SLICE_DOUBT, SLICE_LOSS
from models.evaluation.paired import paired_difference, ranking_fall

if TYPE_CHECKING:
    from models.evaluation.gate.evidence import Evidence

MIN_ROWS: Final = 150
MIN_BAD: Final = 15


@dataclass(frozen=True)
class Slices:
    """No channel, amount band or kind of buyer is served clearly worse than by the champion."""

    name: str = "slices"
    zh: str = "分群底线"
    en: str = "floor of every slice"

    def find(self, evidence: Evidence) -> Finding:
        """Look for a slice with a clear loss of money or of ranking."""
        if evidence.champion is None:
            return Finding(
                self.name, True, "没有现用模型可供比较", "there is no champion to compare with"
            )
        masks = {
            name: mask for name, mask in evidence.orders.slices.items() if _is_large(evidence, mask)
        }
        told = {name: _compare(evidence, mask, len(masks)) for name, mask in masks.items()}
        worst = max(told.items(), key=lambda item: item[1]["excess"], default=None)
        if worst is None or worst[1]["excess"] <= 0:
            return Finding(
                self.name,
                True,
                f"{len(told)} 个分群中没有一个明显变差",
                f"none of {len(told)} slices is clearly worse",
                more={"slices": told},
            )
        name, found = worst
        return Finding(
            self.name,
            False,
            f"分群「{name}」（{found['rows']:,} 单）明显变差：花费变化 {found['loss']:+.1%}"
            f"（上限 {SLICE_LOSS.value:.0%}），AUC {found['auc_before']:.3f} → {found['auc']:.3f}"
            f"（最多降 {SLICE_AUC.value}）",
            f"slice “{name}” ({found['rows']:,} orders) is clearly worse: "
            f"cost {found['loss']:+.1%} (at most {SLICE_LOSS.value:.0%}), "
            f"AUC {found['auc_before']:.3f} → {found['auc']:.3f} (may fall by {SLICE_AUC.value})",
            found["auc_before"] - found["auc"],
            SLICE_AUC.value,
            SLICE_AUC.unit,
            {"slices": told},
        )


def _is_large(evidence: Evidence, mask: np.ndarray) -> bool:
    n_bad = int(evidence.orders.label[mask].sum())
    return int(mask.sum()) >= MIN_ROWS and MIN_BAD <= n_bad < int(mask.sum())


def _compare(evidence: Evidence, mask: np.ndarray, n_slices: int) -> dict[str, Any]:
    """Compare both models on one slice; ``excess`` is above 0 where the loss is clear."""
    doubt = SLICE_DOUBT.value / max(2 * n_slices, 1)
    label, day = evidence.orders.label[mask], evidence.orders.day[mask]
    after, before = evidence.spent[mask], evidence.spent_before[mask]
    lost = paired_difference(after - before, day)
    floor = float(np.quantile(lost.draws, doubt)) / max(before.sum(), 1.0) - SLICE_LOSS.value
    assert evidence.champion is not None  # noqa: S101 the caller compares only with a champion
    scores = evidence.champion.score[mask], evidence.asking.score[mask]
    fall = ranking_fall(label, *scores, doubt=doubt)
    return {
        "rows": len(label),
        "bad": int(label.sum()),
        "loss": float(lost.value / max(before.sum(), 1.0)),
        "auc": fall.after,
        "auc_before": fall.before,
        "excess": max(floor, fall.sure - SLICE_AUC.value),
    }

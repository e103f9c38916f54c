"""Several buyers who are one: a group held together by two or more shared identifiers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.contracts import Assessment, Reason
from models.detectors.grading import grade, number
from models.thresholds import LINKED_BUYERS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models.contracts import FeatureValues
    from models.thresholds import Threshold


class LinkedBuyers:
    """Flags an order of a group of buyers that is too large, or whose others were frauds.

    Where `promotion_ring` and `shared_identity` count how many share one identifier, this looks at
    who is linked by several, even where each of them is shared by two only.

    Parameters
    ----------
    limits
        Limit by feature of the group.

    Examples
    --------
    >>> LinkedBuyers().assess({"links__n_buyers": 2.0}).score
    0.0
    >>> found = LinkedBuyers().assess(
    ...     {"links__n_buyers": 6.0, "links__fraud_count__known_90d": 1.0}
    ... )
    >>> round(found.score, 3), [reason.code for reason in found.reasons]
    (0.9, ['linked_buyers_n_buyers', 'linked_buyers_fraud_count'])
    """

    name = "linked_buyers"

    def __init__(self, limits: Mapping[str, Threshold] = LINKED_BUYERS) -> None:
        self._limits = tuple(limits.items())
        self.needs = frozenset(limits)

    def assess(self, features: FeatureValues) -> Assessment:
        """Assess one order from its feature values."""
        graded = [
            (grade(value, limit), feature, value, limit)
            for feature, limit in self._limits
            if (value := number(features, feature)) is not None
        ]
        found = sorted((g for g in graded if g[0] > 0), key=lambda item: -item[0])
        total = sum(score for score, *_ in found)
        reasons = tuple(
            Reason(
                code=f"{self.name}_{feature.split('__')[1]}",
                zh=f"{limit.zh}：{value:g}（上限 {limit.warn:g}）",
                en=f"{value:g} {limit.en} (limit {limit.warn:g})",
                value=value,
                typical=limit.warn,
                share=score / total,
            )
            for score, feature, value, limit in found
        )
        return Assessment(found[0][0] if found else 0.0, reasons)

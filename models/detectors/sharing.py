"""Many parties behind one identifier: the check of rings, shared identity and card testing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.contracts import Assessment, Reason
from models.detectors.grading import grade, number

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models.contracts import FeatureValues
    from models.thresholds import Threshold


class DistinctCount:
    """Flags an order whose identifiers are shared by more parties than their limits allow.

    Parameters
    ----------
    name
        Name of the detector.
    limits
        Limit by feature (a distinct count in a window before the order).
    ceiling
        Most that one feature may score alone, for identifiers that honest people share too.

    Examples
    --------
    >>> from models.thresholds import SHARED_IDENTITY
    >>> detector = DistinctCount("shared_identity", SHARED_IDENTITY)
    >>> detector.assess({"device__buyer_distinct__30d": 8.0}).reasons[0].en
    '8 buyers on one device in 30 d (limit 4)'
    """

    def __init__(
        self,
        name: str,
        limits: Mapping[str, Threshold],
        ceiling: Mapping[str, float] | None = None,
    ) -> None:
        self.name = name
        self.needs = frozenset(limits)
        self._limits = tuple(limits.items())
        self._ceiling = dict(ceiling or {})

    def assess(self, features: FeatureValues) -> Assessment:
        """Assess one order from its feature values."""
        found = []
        for feature, limit in self._limits:
            n = number(features, feature)
            if n is None or n < limit.warn:
                continue
            score = min(grade(n, limit), self._ceiling.get(feature, 1.0))
            found.append((score, feature, n, limit))
        if not found:
            return Assessment(0.0)
        found.sort(key=lambda item: -item[0])
        total = sum(item[0] for item in found)
        reasons = tuple(
            self._reason(feature, n, limit, score / total) for score, feature, n, limit in found
        )
        return Assessment(found[0][0], reasons)

    def _reason(self, feature: str, n: float, limit: Threshold, share: float) -> Reason:
        return Reason(
            code=f"{self.name}_{feature.partition('__')[0].removesuffix('_promo')}",
            zh=f"{limit.zh}：{n:g}（上限 {limit.warn:g}）",
            en=f"{n:g} {limit.en} (limit {limit.warn:g})",
            value=n,
            typical=limit.warn,
            share=share,
        )

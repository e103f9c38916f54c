"""Many parties behind one identifier: the check of rings, shared identity and card testing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.contracts import Reason
from models.detectors.grading import grade, number, shared_out

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models.contracts import Assessment, FeatureValues
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
    suffix
        What a feature's subject ends in beside the identifier, left out of a reason's code.

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
        *,
        suffix: str = "_promo",
    ) -> None:
        self.name = name
        self.needs = frozenset(limits)
        self._limits = tuple(limits.items())
        self._ceiling = dict(ceiling or {})
        self._suffix = suffix

    def assess(self, features: FeatureValues) -> Assessment:
        """Assess one order from its feature values."""
        return shared_out(self.found(features))

    def found(self, features: FeatureValues) -> list[tuple[float, Reason]]:
        """Give what is over its limit, with its score."""
        found = []
        for feature, limit in self._limits:
            n = number(features, feature)
            if n is not None and n >= limit.warn:
                score = min(grade(n, limit), self._ceiling.get(feature, 1.0))
                found.append((score, self._reason(feature, n, limit)))
        return found

    def _reason(self, feature: str, n: float, limit: Threshold) -> Reason:
        return Reason(
            code=f"{self.name}_{feature.partition('__')[0].removesuffix(self._suffix)}",
            zh=f"{limit.zh}：{n:g}（上限 {limit.warn:g}）",
            en=f"{n:g} {limit.en} (limit {limit.warn:g})",
            value=n,
            typical=limit.warn,
        )

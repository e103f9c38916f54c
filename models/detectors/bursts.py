"""Too many orders from one origin in a short time, against a limit and against its own past."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

from features.durations import HOURS_PER_MONTH
from models.contracts import NOTHING, Assessment, Reason
from models.detectors.grading import grade, number, text
from models.thresholds import BURSTS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models.contracts import FeatureValues
    from models.thresholds import Threshold

_HOURS: Final = {"10m": 1 / 6, "1h": 1.0, "24h": 24.0}
_TIMES_USUAL: Final = 4.0
"""How many times its usual count an origin may reach before its limits begin to apply."""
_LINKING: Final = ("ip", "device", "phone", "payment", "address_unit", "buyer")
"""Origins whose previous order is linked to the finding."""

_ADVISORY: Final = {"sku": 0.4, "ip24": 0.6, "address_building": 0.6}
"""Most that an origin shared by many honest buyers can score: a run on a product is no crime."""


class OrderBurst:
    """Finds orders that belong to a burst from one IP, device, phone, buyer, address or product.

    An origin that is always busy (a shop's own counter, a mobile carrier's exit, a company) is
    measured against its own last 30 days, and everybody against the shop's present rush: its
    limits rise to four times what is usual for it at this moment.

    Parameters
    ----------
    limits
        Limit by feature ``<subject>__order_count__<window>``.

    Examples
    --------
    >>> calm = {"ip__order_count__10m": 1.0, "ip__order_count__30d": 3.0}
    >>> OrderBurst().assess(calm).score
    0.0
    >>> finding = OrderBurst().assess({"ip__order_count__10m": 7.0, "ip__order_count__30d": 7.0})
    >>> round(finding.score, 2), finding.reasons[0].en
    (0.9, '8 orders by one IP address in 10m (usually 0)')
    """

    name = "burst"

    def __init__(self, limits: Mapping[str, Threshold] = BURSTS) -> None:
        self._checks = tuple(
            (feature, subject, window, limit)
            for feature, limit in limits.items()
            for subject, _, window in [feature.split("__")]
        )
        subjects = {subject for _, subject, _, _ in self._checks}
        self.needs = frozenset(
            {feature for feature, *_ in self._checks}
            | {f"{s}__order_count__{w}" for s in subjects | {"shop"} for w in ("24h", "30d")}
            | {"shop__order_count__1h"}
            | {_last_order(subject) for subject in _LINKING}
        )

    def assess(self, features: FeatureValues) -> Assessment:
        """Assess one order from its feature values."""
        rush = _rush(features)
        found: list[tuple[float, Reason]] = []
        for feature, subject, window, limit in self._checks:
            n_before = number(features, feature)
            if n_before is None or n_before + 1 < limit.warn:
                continue
            usual = _usual(features, subject, window) * rush
            scale = max(1.0, _TIMES_USUAL * usual / limit.warn)
            score = min(grade(n_before + 1, limit, scale=scale), _ADVISORY.get(subject, 1.0))
            if score > 0:
                found.append((score, _reason(subject, window, limit, n_before + 1, usual)))
        return _strongest(found, _linked(features) if found else ())


def _usual(features: FeatureValues, subject: str, window: str) -> float:
    """Orders the origin usually places in a window, by its last 30 days but the newest."""
    of_month, of_day = _past_of(subject)
    month, day = number(features, of_month) or 0.0, number(features, of_day) or 0.0
    return max(month - day, 0.0) / (HOURS_PER_MONTH - 24.0) * _HOURS[window]


@cache
def _past_of(subject: str) -> tuple[str, str]:
    """Name the counts of an origin in a month and in its last day."""
    return f"{subject}__order_count__30d", f"{subject}__order_count__24h"


def _rush(features: FeatureValues) -> float:
    """How many times busier than usual the shop is right now; never below 1."""
    now = number(features, "shop__order_count__1h")
    usual = _usual(features, "shop", "1h")
    return max(1.0, now / usual) if now is not None and usual >= 1.0 else 1.0


def _last_order(subject: str) -> str:
    return f"{subject}__order_key__last_1h"


def _linked(features: FeatureValues) -> tuple[str, ...]:
    """List the orders before this one in the burst: those came too early to be flagged."""
    keys = [text(features, _last_order(subject)) for subject in _LINKING]
    return tuple(dict.fromkeys(key for key in keys if key is not None))


def _strongest(found: list[tuple[float, Reason]], linked: tuple[str, ...]) -> Assessment:
    """Keep the strongest reason of each subject; shares are by score."""
    if not found:
        return NOTHING
    best: dict[str, tuple[float, Reason]] = {}
    for score, reason in sorted(found, key=lambda pair: -pair[0]):
        best.setdefault(reason.code, (score, reason))
    total = sum(score for score, _ in best.values())
    reasons = tuple(
        Reason(r.code, r.zh, r.en, r.value, r.typical, r.direction, score / total)
        for score, r in best.values()
    )
    return Assessment(max(score for score, _ in best.values()), reasons, linked=linked)


def _reason(subject: str, window: str, limit: Threshold, n: float, usual: float) -> Reason:
    return Reason(
        code=f"burst_{subject}",
        zh=f"{limit.zh}：{n:g}（平时约 {round(usual, 1):g}）",
        en=f"{n:g} {limit.en} (usually {round(usual, 1):g})",
        value=n,
        typical=round(usual, 3),
    )

"""From a limited quantity to a score: the one curve that all detectors share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from models.contracts import NOTHING, Assessment, Reason

if TYPE_CHECKING:
    from models.contracts import FeatureValues
    from models.thresholds import Threshold

FLAG_SCORE: Final = 0.5
"""Score at ``warn``: an order with at least this score is flagged."""

HOLD_SCORE: Final = 0.9
"""Score at ``hold``."""


def grade(value: float, limit: Threshold, *, scale: float = 1.0) -> float:
    """Score a quantity against its limit.

    Parameters
    ----------
    value
        The quantity, in the unit of the limit.
    limit
        The limit; a ``hold`` below ``warn`` means that low values are bad.
    scale
        Factor on both limits, where what is usual lies higher than the limit assumes.

    Returns
    -------
    float
        0 short of ``warn``, 0.5 at ``warn``, 0.9 at ``hold``, towards 1 beyond.

    Examples
    --------
    >>> from models.thresholds import Threshold
    >>> orders = Threshold("订单数", "orders", warn=4, hold=8, unit="orders")
    >>> [round(grade(n, orders), 3) for n in (3, 4, 6, 8, 16)]
    [0.0, 0.5, 0.7, 0.9, 0.95]
    """
    warn, hold = limit.warn * scale, limit.hold * scale
    if hold < warn:
        value, warn, hold = -value, -warn, -hold
    if value < warn:
        return 0.0
    if value < hold:
        return FLAG_SCORE + (HOLD_SCORE - FLAG_SCORE) * (value - warn) / (hold - warn)
    excess = (value - hold) / abs(hold) if hold else 1.0
    return 1.0 - (1.0 - HOLD_SCORE) / (1.0 + excess)


def number(features: FeatureValues, name: str) -> float | None:
    """Read a feature as a number; None when it is missing, unknown or text.

    Examples
    --------
    >>> number({"a": 2.0, "b": float("nan")}, "a"), number({"b": float("nan")}, "b")
    (2.0, None)
    """
    value = features.get(name)
    if value is None or isinstance(value, str) or value != value:
        return None
    return value


def text(features: FeatureValues, name: str) -> str | None:
    """Read a feature as text; None when it is missing, unknown, empty or a number.

    Examples
    --------
    >>> text({"a": "x", "b": ""}, "a"), text({"b": ""}, "b")
    ('x', None)
    """
    value = features.get(name)
    return value if isinstance(value, str) and value else None


def shared_out(found: list[tuple[float, Reason]]) -> Assessment:
    """Make one finding of several: the strongest score, reasons with shares by score.

    Examples
    --------
    >>> two = [(0.2, Reason("a", "甲", "a")), (0.6, Reason("b", "乙", "b"))]
    >>> whole = shared_out(two)
    >>> whole.score, [(reason.code, round(reason.share, 2)) for reason in whole.reasons]
    (0.6, [('b', 0.75), ('a', 0.25)])
    >>> shared_out([]).score
    0.0
    """
    if not found:
        return NOTHING
    ordered = sorted(found, key=lambda pair: -pair[0])
    total = sum(score for score, _ in ordered)
    reasons = tuple(
        Reason(r.code, r.zh, r.en, r.value, r.typical, r.direction, score / total)
        for score, r in ordered
    )
    return Assessment(ordered[0][0], reasons)

"""The formulas of `features.windows`, compiled: one window's number, or those of many orders."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from features import windows
from features.engines.compiling import kept

if TYPE_CHECKING:
    from numpy.typing import NDArray

_compile: Final = kept(nogil=True)
_same = _compile(windows.same)
_seconds = _compile(windows.seconds)
_mean = _compile(windows.mean)
_std = _compile(windows.std)
_zscore = _compile(windows.zscore)
_ratio = _compile(windows.ratio)
_rate = _compile(windows.rate)
_decayed = _compile(windows.decayed)

_NUMBERED: Final = (
    windows.same, windows.seconds, windows.mean, windows.std,
    windows.zscore, windows.ratio, windows.rate, windows.decayed,
)  # fmt: skip


def number(aggregate: str) -> int:
    """Give the number by which `evaluate` knows the formula of an aggregate.

    Examples
    --------
    >>> number("count"), number("share") == number("mean")
    (0, True)
    """
    return _NUMBERED.index(windows.AGGREGATES[aggregate].formula)


@_compile
def evaluate(formula, own, parts):
    """Compute one number from a formula's number, the order's own value and the parts."""
    if formula == 0:
        return _same(own, parts)
    if formula == 1:
        return _seconds(own, parts)
    if formula == 2:
        return _mean(own, parts)
    if formula == 3:
        return _std(own, parts)
    if formula == 4:
        return _zscore(own, parts)
    if formula == 5:
        return _ratio(own, parts)
    if formula == 6:
        return _rate(own, parts)
    return _decayed(own, parts)


@_compile
def _each(formula, own, parts, result):
    """Fill the numbers of many orders; parts have shape ``(n_parts, n_orders)``."""
    taken = np.empty(parts.shape[0])
    for i in range(result.size):
        for k in range(parts.shape[0]):
            taken[k] = parts[k, i]
        result[i] = evaluate(formula, own[i], taken)


def apply(aggregate: str, own: NDArray[np.float64], parts: Any) -> NDArray[np.float64]:
    """Compute the numbers of many orders.

    Parameters
    ----------
    aggregate
        A name in `features.windows.AGGREGATES`, not ``last``.
    own
        The orders' own values, shape ``(n_orders,)``, NaN where there is or need be none.
    parts
        The parts in the formula's order, each of shape ``(n_orders,)``.

    Returns
    -------
    array
        Shape ``(n_orders,)``; NaN is unknown.

    Examples
    --------
    >>> apply("mean", np.full(2, np.nan), [np.array([4.0, 0.0]), np.array([10.0, 0.0])]).tolist()
    [2.5, nan]
    """
    result = np.empty(len(own))
    stacked = np.ascontiguousarray(np.stack(parts), np.float64)
    _each(number(aggregate), own, stacked, result)
    return result

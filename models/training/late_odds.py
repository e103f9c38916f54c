"""The heads of lateness put together and calibrated, row by row in one pass.

With a few rows NumPy spends its time on being called: each step of `lateness`, `weigh` and
`Knots.probability` is a call or two. Here they are one, to the same bits; only the exponentials
stay NumPy's own, whose last bit no other library shares.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np

from features.engines.compiling import kept
from features.lane import MICRO
from models.training.calibration import FARTHEST

_MICRO: Final = float(MICRO)
_FARTHEST: Final = FARTHEST


class Weights(NamedTuple):
    """The numbers that the heads are put together with.

    Parameters
    ----------
    usual_days
        Stretched days from placing to arrival where none of the means is known.
    usual_lateness
        Lateness in spreads that stands in without a promise.
    of_lateness, of_lately, of_plain
        Weights of the heads.
    constant
        What is added to them.
    of_means
        Share of the first known mean in where the centre starts from; the rest is the usual.
    """

    usual_days: float
    usual_lateness: float
    of_lateness: float
    of_lately: float
    of_plain: float
    constant: float
    of_means: float


class Stack(NamedTuple):
    """What turns the scores of the heads into log-odds.

    Parameters
    ----------
    bases
        Columns of the means that the centre starts from, the first choice first.
    weights
        How the heads are put together.
    at, to
        Knots of the calibration.
    """

    bases: np.ndarray
    weights: Weights
    at: np.ndarray
    to: np.ndarray


def exponents(
    matrix: np.ndarray, scores: np.ndarray, promised: np.ndarray, stack: Stack
) -> np.ndarray:
    """Give the calibrated log-odds of being late, with the sign turned.

    Parameters
    ----------
    matrix
        Encoded features, shape ``(n, n_features)``.
    scores
        Raw scores of the direct heads (lately, plain), of centre and of spread, shape ``(4, n)``.
    promised
        Stretched days from placing to the promise, shape ``(n,)``, or ``(1,)`` for all rows.
    stack
        How they are put together.

    Returns
    -------
    np.ndarray
        Shape ``(n,)``.

    Examples
    --------
    >>> weights = Weights(
    ...     usual_days=0.0, usual_lateness=0.0, of_lateness=1.0, of_lately=0.5, of_plain=0.5,
    ...     constant=-1.0, of_means=1.0,
    ... )
    >>> plain = np.array([-1.0, 1.0])
    >>> stack = Stack(np.array([0]), weights, plain, plain)
    >>> scores = np.array([[1.0], [3.0], [1.0], [0.0]])
    >>> exponents(np.array([[2e6]]), scores, np.array([2.5]), stack)
    array([-1.5])
    """
    found = np.empty(len(matrix))
    rows = np.ascontiguousarray(matrix, dtype=np.float64)
    _put_together(rows, scores, np.exp(scores[3]), promised, *stack, found)
    return found


@kept(nogil=True, error_model="numpy")
def _calibrated(raw: Any, at: Any, to: Any) -> Any:
    """Read the knots as `Knots.probability` does; beyond the end knots the line runs parallel."""
    if raw != raw:
        return raw
    if raw < -_FARTHEST:
        raw = -_FARTHEST
    elif raw > _FARTHEST:
        raw = _FARTHEST
    last = at.size - 1
    if raw < at[0]:
        return to[0] + (raw - at[0])
    if raw >= at[last]:
        return to[last] + (raw - at[last])
    knot = 0
    while at[knot + 1] <= raw:
        knot += 1
    slope = (to[knot + 1] - to[knot]) / (at[knot + 1] - at[knot])
    return slope * (raw - at[knot]) + to[knot]


@kept(nogil=True, error_model="numpy")
def _put_together(
    matrix: Any, scores: Any, spreads: Any, promised: Any, bases: Any, weights: Any, at: Any,
    to: Any, found: Any,
) -> None:  # fmt: skip
    """Fill the log-odds of rows, with the sign turned."""
    for row in range(matrix.shape[0]):
        base = np.nan
        for place in bases:
            base = matrix[row, place] / _MICRO
            if base == base:
                break
        if base != base:
            base = weights.usual_days
        base = weights.of_means * base + (1 - weights.of_means) * weights.usual_days
        beyond = (base + scores[2, row] - promised[min(row, promised.size - 1)]) / spreads[row]
        if beyond != beyond:
            beyond = weights.usual_lateness
        raw = weights.constant + weights.of_lateness * beyond
        raw = raw + weights.of_lately * scores[0, row]
        raw = raw + weights.of_plain * scores[1, row]
        found[row] = -_calibrated(raw, at, to)

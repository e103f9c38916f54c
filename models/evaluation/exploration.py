"""How good a decision rule is, estimated from the few orders that were decided against it.

What would have become of a held order is seen only where it was released on trial. Each such
order stands for ``1 / propensity`` orders like it. What models and reviewers believe of *all*
orders is corrected by the weighted mean of what they got wrong about those tried out: the
difference estimator, with weights that add up to one as Hájek's do. Whatever they believe, it
stays unbiased (but for the ratio, of order 1/n); the better they are, the narrower it gets.
``python -m tests.benchmarks.exploration`` compares it with Horvitz and Thompson's and Hájek's,
which know no beliefs.

The orders that could not be tried out (a gate, a merchant's own rule, too dear, the day's money
spent) are no part of any of them: estimates speak of the rest, and the rest is counted.

References
----------
.. [1] C.-E. Särndal, B. Swensson, J. Wretman, Model Assisted Survey Sampling, 1992, chapters 5-6.
.. [2] A. N. Angelopoulos et al., Prediction-powered inference, Science 382, 2023.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from features.arrays import Flags, Floats

LEVEL: Final = 0.9
"""Share of intervals that are to hold the truth."""

_PRIOR_ORDERS: Final = 10.0
"""Orders that the beliefs' own variance counts for beside that of the orders tried out: a handful
of orders on which the beliefs happen to be right must not promise certainty."""

_FEWEST: Final = 2


@dataclass(frozen=True, slots=True)
class Tried:
    """Orders for which one action was intended and that could be tried out, shape ``(n_orders,)``.

    Parameters
    ----------
    propensity
        Probability of being tried out, above 0.
    is_explored
        Whether it was.
    is_bad
        Whether it was bad; read only where the order was tried out.
    guess
        Probability of being bad as it was believed without trying, in [0, 1].
    """

    propensity: Floats
    is_explored: Flags
    is_bad: Flags
    guess: Floats


@dataclass(frozen=True, slots=True)
class Estimate:
    """An estimate with its interval.

    Parameters
    ----------
    value, low, high
        The estimate and where the truth is, with probability ``LEVEL``; None when fewer than two
        orders were tried out.
    n_explored, n_orders
        Orders tried out, and orders that the estimate speaks of.
    """

    value: float | None
    low: float | None
    high: float | None
    n_explored: int
    n_orders: int


def precision(tried: Tried, level: float = LEVEL) -> Estimate:
    """Estimate the share of bad orders among those the action was intended for.

    Parameters
    ----------
    tried
        Orders that would be held, for the precision of holding; orders that would be released,
        for the share that releasing misses.
    level
        Share of intervals that are to hold the truth.

    Returns
    -------
    Estimate
        In [0, 1].

    Examples
    --------
    >>> import numpy as np
    >>> explored = np.arange(1000) % 10 == 0
    >>> bad = np.arange(1000) < 600
    >>> found = precision(Tried(np.full(1000, 0.1), explored, bad, np.full(1000, 0.5)))
    >>> round(found.value, 3), found.n_explored
    (0.6, 100)
    >>> found.low < 0.6 < found.high
    True
    """
    n = len(tried.guess)
    found = _mean(tried, np.ones(n), np.zeros(n), level)
    if found.value is None or found.low is None or found.high is None:
        return found
    value, low, high = (min(max(x, 0.0), 1.0) for x in (found.value, found.low, found.high))
    return Estimate(value, low, high, found.n_explored, found.n_orders)


def recall(tried: Tried, n_bad_elsewhere: int, level: float = LEVEL) -> Estimate:
    """Estimate the share of all bad orders that were to be held.

    Parameters
    ----------
    tried
        Orders that would be held.
    n_bad_elsewhere
        Bad orders among those that would not be held, which outcomes show without trying.
    level
        Share of intervals that are to hold the truth.

    Examples
    --------
    >>> import numpy as np
    >>> explored, bad = np.arange(1000) % 10 == 0, np.arange(1000) < 600
    >>> tried = Tried(np.full(1000, 0.1), explored, bad, np.full(1000, 0.5))
    >>> round(recall(tried, n_bad_elsewhere=200).value, 3)
    0.75
    """
    share = precision(tried, level)
    n = share.n_orders

    def part(bad_share: float | None) -> float | None:
        if bad_share is None:
            return None
        total = bad_share * n + n_bad_elsewhere
        return bad_share * n / total if total else None

    return Estimate(part(share.value), part(share.low), part(share.high), share.n_explored, n)


def saving(tried: Tried, if_bad: Floats, if_good: Floats, level: float = LEVEL) -> Estimate:
    """Estimate what the intended action saved against the other one, over all orders.

    Parameters
    ----------
    tried
        Orders of one intended action.
    if_bad, if_good
        What the action saves on each order if it is bad and if it is good, minor units; below
        zero it costs. Shape ``(n_orders,)``.
    level
        Share of intervals that are to hold the truth.

    Returns
    -------
    Estimate
        Minor units, in total.

    Examples
    --------
    >>> import numpy as np
    >>> explored, bad = np.arange(1000) % 10 == 0, np.arange(1000) < 600
    >>> tried = Tried(np.full(1000, 0.1), explored, bad, np.full(1000, 0.5))
    >>> round(saving(tried, np.full(1000, 50.0), np.full(1000, -20.0)).value)
    22000
    """
    found, n = _mean(tried, if_bad, if_good, level), len(tried.guess)
    if found.value is None or found.low is None or found.high is None:
        return found
    return Estimate(found.value * n, found.low * n, found.high * n, found.n_explored, n)


def with_verdicts(guess: Floats, says_bad: Floats, accuracy: float) -> Floats:
    """Sharpen beliefs by what reviewers said, where they said something.

    Parameters
    ----------
    guess
        Probability of being bad, in [0, 1].
    says_bad
        1 where a reviewer found the order bad, 0 where good, NaN where nobody looked.
    accuracy
        Share of verdicts taken to be right. A wrong one widens intervals and biases nothing.

    Examples
    --------
    >>> import numpy as np
    >>> with_verdicts(np.full(3, 0.5), np.array([1.0, 0.0, np.nan]), 0.75).tolist()
    [0.75, 0.25, 0.5]
    """
    right = np.where(says_bad == 1.0, accuracy, 1.0 - accuracy)
    wrong = 1.0 - right
    sharpened = guess * right / (guess * right + (1.0 - guess) * wrong)
    return np.where(np.isnan(says_bad), guess, sharpened)


def _mean(tried: Tried, if_bad: Floats, if_good: Floats, level: float) -> Estimate:
    """Estimate the mean of a value that depends on whether an order is bad."""
    from scipy.stats import t as student

    seen, n = tried.is_explored, len(tried.guess)
    k = int(seen.sum())
    if k < _FEWEST:
        return Estimate(None, None, None, k, n)
    believed = tried.guess * if_bad + (1.0 - tried.guess) * if_good
    true = np.where(tried.is_bad, if_bad, if_good)[seen]
    weight = 1.0 / tried.propensity[seen]
    total = weight.sum()
    wrong = true - believed[seen]
    correction = (weight * wrong).sum() / total
    prior = float((((if_bad - if_good) ** 2) * tried.guess * (1.0 - tried.guess)).mean())
    trust = _PRIOR_ORDERS / (k + _PRIOR_ORDERS)
    spread = (1.0 - trust) * (wrong - correction) ** 2 * k / (k - 1) + trust * prior
    kept = 1.0 - tried.propensity[seen]
    error = float(np.sqrt((weight**2 * kept * spread).sum()) / total)
    value = float(believed.mean() + correction)
    width = float(student.ppf(0.5 + level / 2.0, k - 1)) * error
    return Estimate(value, value - width, value + width, k, n)

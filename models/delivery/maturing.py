"""How long news of parcels takes, and what the early news stands for.

Of today's parcels a success is known at once and a failure often only when the parcel comes again,
so shares of what is known so far look too good. Here each kind of news is weighted by how much of
its kind is usually known by its age (inverse probability of being known), and the weights are
scaled so that they add up to the parcels that are really known. Parcels under way count nowhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from features.arrays import Floats

LEAST_KNOWN: Final = 0.05
"""Days of which less than this share of either kind is known by now say nothing yet."""

SURE: Final = 0.99
"""Share of news that has come in on a day that counts as matured."""


@dataclass(frozen=True)
class News:
    """How much is known by age.

    Parameters
    ----------
    good, bad
        Share of each kind that is known on the evening ``age`` days later, shape ``(n_ages,)``,
        never falling and 1 at the end.

    Examples
    --------
    >>> news = News(good=np.array([0.5, 1.0, 1.0]), bad=np.array([0.2, 0.6, 1.0]))
    >>> news.mature_days
    2
    """

    good: Floats
    bad: Floats

    @property
    def mature_days(self) -> int:
        """Age at which a day's news has practically all come in."""
        return int(np.argmax(np.minimum(self.good, self.bad) >= SURE))

    def weights(self, n_days: int, rate: float) -> tuple[Floats, Floats]:
        """Give what a known success and a known failure of each day stand for.

        Parameters
        ----------
        n_days
            Days looked back on, the present one last.
        rate
            Usual share of successes.

        Returns
        -------
        tuple of NDArray
            Weights of good and of bad news by day, each ``(n_days,)``, the newest last; 1 on
            matured days, 0 on days of which hardly anything is known.

        Examples
        --------
        >>> news = News(np.array([1.0, 1.0]), np.array([0.5, 1.0]))
        >>> good, bad = news.weights(3, 0.5)
        >>> good.round(2), bad.round(2)
        (array([1.  , 1.  , 0.67]), array([1.  , 1.  , 1.33]))
        """
        ages = np.minimum(np.arange(n_days)[::-1], len(self.good) - 1)
        good, bad = self.good[ages], self.bad[ages]
        known = np.minimum(good, bad) >= LEAST_KNOWN
        good, bad = np.where(known, good, 1.0), np.where(known, bad, 1.0)
        scale = known / (rate / good + (1 - rate) / bad)
        return scale / good, scale / bad


def learn_news(
    good_ages: NDArray[np.int64], bad_ages: NDArray[np.int64], *, longest: int = 30
) -> News:
    """Learn how much is known by age, from parcels of days that are long over.

    Parameters
    ----------
    good_ages, bad_ages
        Days from each parcel's own day to the news of it, for each kind; only of days older than
        ``longest``, or the slow ones would be missing.
    longest
        Age after which nothing more is expected, days.

    Examples
    --------
    >>> learn_news(np.array([0, 0, 0, 0]), np.array([0, 1, 1, 2]), longest=3).bad
    array([0.25, 0.75, 1.  , 1.  ])
    """
    return News(_known_by(good_ages, longest), _known_by(bad_ages, longest))


def _known_by(ages: NDArray[np.int64], longest: int) -> Floats:
    if not len(ages):
        return np.ones(longest + 1)
    counted = np.bincount(np.clip(ages, 0, longest), minlength=longest + 1)
    shares: Floats = np.cumsum(counted) / len(ages)
    return shares

"""Judging by cards, as the Fraud Detection Handbook does.

References
----------
.. [1] Le Borgne, Siblini, Lebichot, Bontempi: Reproducible Machine Learning for Credit Card Fraud
   Detection - Practical Handbook, chapters 3 (baseline) and 4 (precision top-k).
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

DAY: Final = timedelta(days=1)


def not_yet_compromised(
    payments: pd.DataFrame, begins: pd.Timestamp, *, week: timedelta, delay: timedelta
) -> np.ndarray:
    """Find the payments of a test week whose card was not known to be compromised.

    A card is known when one of its payments was found fraudulent in the week of training, which
    ends a delay before the test, or since then, a delay after the payment.

    Parameters
    ----------
    payments
        Columns ``card``, ``placed_at`` and ``is_fraud``; all payments from the week of training on.
    begins
        First instant of the test week.
    week
        Length of the test, and of the training that is looked at.
    delay
        Time until a fraud is known.

    Returns
    -------
    np.ndarray
        Positions in ``payments``, ascending.

    Examples
    --------
    >>> import pandas as pd
    >>> day = pd.Timestamp("2018-08-01", tz="UTC")
    >>> payments = pd.DataFrame(
    ...     {
    ...         "card": ["a", "a", "b", "b"],
    ...         "placed_at": [day - 8 * DAY, day, day - 2 * DAY, day],
    ...         "is_fraud": [True, True, True, False],
    ...     }
    ... )
    >>> not_yet_compromised(payments, day, week=7 * DAY, delay=7 * DAY).tolist()
    [3]
    """
    trains = begins - delay - week
    day = (payments["placed_at"] - begins) // DAY
    since = payments["is_fraud"] & (payments["placed_at"] >= trains)
    known_on = (day[since] + delay // DAY + 1).groupby(payments["card"][since]).min()
    known = payments["card"].map(known_on).fillna(np.inf)
    tested = (payments["placed_at"] >= begins) & (payments["placed_at"] < begins + week)
    return np.flatnonzero(tested & (day < known))


def card_precision(payments: pd.DataFrame, score: np.ndarray, *, n_cards: int) -> np.ndarray:
    """Share of compromised cards among those looked at each day.

    Each day the cards with the highest payment are looked at; those found compromised are not
    looked at again.

    Parameters
    ----------
    payments
        Columns ``card``, ``placed_at`` and ``is_fraud``.
    score
        Of the same payments.
    n_cards
        Cards looked at a day.

    Returns
    -------
    np.ndarray
        One share a day, in order of time.

    Examples
    --------
    >>> import pandas as pd
    >>> day = pd.Timestamp("2018-08-01", tz="UTC")
    >>> payments = pd.DataFrame(
    ...     {
    ...         "card": ["a", "b", "a", "b"],
    ...         "placed_at": [day, day, day + DAY, day + DAY],
    ...         "is_fraud": [True, False, True, True],
    ...     }
    ... )
    >>> card_precision(payments, np.array([0.9, 0.8, 0.9, 0.8]), n_cards=1).tolist()
    [1.0, 1.0]
    """
    return np.array(list(_daily(payments.assign(score=score), n_cards)))


def _daily(payments: pd.DataFrame, n_cards: int) -> Iterator[float]:
    """Walk through the days, setting the cards aside that were found."""
    found: set[str] = set()
    for _, today in payments.groupby(payments["placed_at"].dt.floor("D"), sort=True):
        open_cards = today[~today["card"].isin(found)].groupby("card", sort=True)
        cards = open_cards.agg(score=("score", "max"), is_fraud=("is_fraud", "max"))
        top = cards.sort_values("score", ascending=False, kind="stable").head(n_cards)
        caught = top.index[top["is_fraud"].astype(bool)]
        found.update(caught)
        yield len(caught) / n_cards

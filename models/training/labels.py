"""What became of an order, as known by an instant."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    import pandas as pd


@dataclass(frozen=True, slots=True)
class LabelRule:
    """When an order counts as bad, and when as good.

    Parameters
    ----------
    kinds
        Outcome kinds any of which makes the order bad.
    maturity
        Time after ``placed_at`` from which an order without a bad outcome is good.

    Examples
    --------
    >>> from datetime import timedelta
    >>> LabelRule(("fraud", "chargeback"), timedelta(days=90)).kinds
    ('fraud', 'chargeback')
    """

    kinds: tuple[str, ...]
    maturity: timedelta


def first_known(outcomes: pd.DataFrame, kinds: tuple[str, ...]) -> pd.Series:
    """When an order was first known to be bad.

    Parameters
    ----------
    outcomes
        Columns ``order_key``, ``kind``, ``is_bad``, ``known_at``. An outcome counts unless
        ``is_bad`` is False.
    kinds
        Outcome kinds to look for.

    Returns
    -------
    pd.Series
        Instant by ``order_key``; orders without such an outcome are absent.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = pd.DataFrame(
    ...     {
    ...         "order_key": ["a", "a", "b"],
    ...         "kind": ["fraud", "fraud", "refund"],
    ...         "is_bad": [True, True, True],
    ...         "known_at": pd.to_datetime(["2026-01-03", "2026-01-02", "2026-01-02"], utc=True),
    ...     }
    ... )
    >>> first_known(rows, ("fraud",)).dt.day.to_dict()
    {'a': 2}
    """
    counts = outcomes["kind"].isin(kinds) & outcomes["is_bad"].fillna(value=True).astype(bool)
    result: pd.Series = outcomes[counts].groupby("order_key")["known_at"].min()
    return result


def label_by(orders: pd.DataFrame, bad_at: pd.Series, rule: LabelRule, by: datetime) -> pd.Series:
    """Label orders with what was known by an instant.

    Parameters
    ----------
    orders
        Index ``order_key``, column ``placed_at``.
    bad_at
        Result of `first_known`.
    rule
        The label's kinds and maturity.
    by
        The instant.

    Returns
    -------
    pd.Series
        1.0 when a bad outcome was known by then, 0.0 when none was and the label had matured,
        NaN when it was too early to tell.

    Examples
    --------
    >>> import pandas as pd
    >>> days = pd.to_datetime(["2026-01-01", "2026-01-01", "2026-01-09"], utc=True)
    >>> orders = pd.DataFrame({"placed_at": days}, index=["a", "b", "c"])
    >>> bad_at = pd.Series(days[2:], index=["a"])
    >>> rule = LabelRule(("fraud",), pd.Timedelta(days=7))
    >>> label_by(orders, bad_at, rule, pd.Timestamp("2026-01-10", tz="UTC")).tolist()
    [1.0, 0.0, nan]
    """
    import pandas as pd

    known = bad_at.reindex(orders.index)
    is_bad = (known <= pd.Timestamp(by)).to_numpy()
    matured = (orders["placed_at"] + rule.maturity <= pd.Timestamp(by)).to_numpy()
    values = np.where(is_bad, 1.0, np.where(matured, 0.0, np.nan))
    return pd.Series(values, index=orders.index, name="label")


def matured_only(
    orders: pd.DataFrame, truth: pd.Series, rule: LabelRule, by: datetime
) -> pd.Series:
    """Forget the labels of orders whose label window crosses an instant.

    Of such orders only the bad ones are known already; judging by them would raise the base rate.

    Examples
    --------
    >>> import pandas as pd
    >>> placed = pd.to_datetime(["2026-01-01", "2026-01-09"], utc=True)
    >>> orders = pd.DataFrame({"placed_at": placed}, index=["a", "b"])
    >>> rule = LabelRule(("fraud",), pd.Timedelta(days=7))
    >>> by = pd.Timestamp("2026-01-10", tz="UTC")
    >>> matured_only(orders, pd.Series([0.0, 1.0], index=["a", "b"]), rule, by).tolist()
    [0.0, nan]
    """
    import pandas as pd

    kept: pd.Series = truth.where(orders["placed_at"] + rule.maturity <= pd.Timestamp(by))
    return kept


def training_labels(
    orders: pd.DataFrame,
    truth: pd.Series,
    rule: LabelRule,
    *,
    by: datetime,
    since: datetime | None = None,
) -> tuple[pd.Series, Counter[str]]:
    """Pick the orders that may be learned from at an instant, and count the rest by cause.

    An order whose label window crosses the instant is left out even when it is already known to
    be bad: keeping only the early bad ones would teach a wrong base rate.

    Parameters
    ----------
    orders
        Index ``order_key``, column ``placed_at``.
    truth
        Labels of the same orders as known by the instant, NaN where unknown.
    rule
        The label's maturity.
    by
        The instant.
    since
        Orders placed before it are too old to learn from.

    Returns
    -------
    tuple[pd.Series, Counter[str]]
        Labels 0.0 or 1.0 by ``order_key``; orders left out by cause.

    Examples
    --------
    >>> import pandas as pd
    >>> placed = pd.to_datetime(["2026-01-01", "2026-01-02", "2026-01-09"], utc=True)
    >>> orders = pd.DataFrame({"placed_at": placed}, index=["a", "b", "c"])
    >>> truth = pd.Series([0.0, float("nan"), 1.0], index=["a", "b", "c"])
    >>> rule = LabelRule(("fraud",), pd.Timedelta(days=7))
    >>> by = pd.Timestamp("2026-01-10", tz="UTC")
    >>> labels, causes = training_labels(orders, truth, rule, by=by)
    >>> list(labels.index), causes["label_not_matured"], causes["label_never_known"]
    (['a'], 1, 1)
    """
    import pandas as pd

    placed, at = orders["placed_at"], pd.Timestamp(by)
    earlier = placed < at
    old = earlier & (placed < pd.Timestamp(since)) if since is not None else earlier & False
    immature = earlier & ~old & (placed + rule.maturity > at)
    unknown = earlier & ~old & ~immature & truth.isna()
    keep = earlier & ~old & ~immature & ~unknown
    causes = Counter(
        before_training_days=int(old.sum()),
        label_not_matured=int(immature.sum()),
        label_never_known=int(unknown.sum()),
    )
    return truth[keep], causes

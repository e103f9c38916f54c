"""Splits by time: the past learns, the newest matured weeks judge."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from datetime import timedelta

    import pandas as pd


@dataclass(frozen=True, slots=True)
class Split:
    """Row numbers that learn and row numbers that judge."""

    learn: np.ndarray
    judge: np.ndarray


def newest_folds(
    placed_at: pd.Series,
    label: np.ndarray,
    *,
    n_folds: int,
    share: float,
    gap: timedelta,
    min_bad: int = 15,
) -> list[Split]:
    """Cut the newest rows into consecutive judging folds, each learning only from before it.

    Parameters
    ----------
    placed_at
        Instants of the training rows.
    label
        1 for bad, 0 for good.
    n_folds
        Judging folds.
    share
        Share of all rows that judge, over all folds.
    gap
        Label maturity: rows placed within it before a fold were unlabelled when the fold began.
        It is shortened where it would take more than a third of the learning rows.
    min_bad
        Bad rows needed on each side; folds with fewer are left out.

    Returns
    -------
    list[Split]
        In time order; empty when the history is too small to judge at all.

    Examples
    --------
    >>> import pandas as pd
    >>> days = pd.Series(pd.date_range("2026-01-01", periods=100, tz="UTC"))
    >>> (fold,) = newest_folds(
    ...     days, np.arange(100) % 2, n_folds=1, share=0.3, gap=pd.Timedelta(days=7)
    ... )
    >>> fold.learn.max(), fold.judge.min()
    (np.int64(62), np.int64(70))
    """
    import pandas as pd

    at = placed_at.astype("int64").to_numpy()
    order = np.argsort(at, kind="stable")
    ranked = at[order]
    n_rows = len(order)
    counted = [round(n_rows * (1 - share * left / n_folds)) for left in range(n_folds, 0, -1)]
    starts = [int(np.searchsorted(ranked, ranked[min(row, n_rows - 1)])) for row in counted]
    span = int(pd.Timedelta(gap) / pd.Timedelta(1, placed_at.dt.unit))
    splits = []
    for start, stop in itertools.pairwise([*starts, n_rows]):
        if start == stop:
            continue
        matured = int(np.searchsorted(ranked, ranked[start] - span))
        learn, judge = order[: max(matured, start * 2 // 3)], order[start:stop]
        if _enough(label[learn], min_bad) and _enough(label[judge], min_bad):
            splits.append(Split(learn, judge))
    return splits


def _enough(label: np.ndarray, least: int) -> bool:
    """Tell whether both classes are there in some number."""
    bad = int(label.sum())
    return bad >= least and len(label) - bad >= least

"""What became of parcels, as known by an instant: first attempts and promises, day by day.

A parcel under way is neither a success nor a failure. A first attempt counts on the day it was
made; a promise on the day it fell due, and as broken only once the news of a delivery in time would
have come. How a parcel put into a locker or a pick-up point counts is the merchant's choice.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
import pandas as pd

from models.delivery.maturing import News, learn_news
from models.delivery.tree import Tree

if TYPE_CHECKING:
    from features.arrays import Floats
    from models.delivery.present import Measure


Locker = Literal["own", "success", "failure"]

LEVELS: Final = ("carrier", "city", "outlet", "lane")
LOCKER_STATES: Final = frozenset({"at_locker"})
"""Milestones of a parcel that waits for its buyer at a locker or a pick-up point."""

UNKNOWN: Final = "–"
DAYS: Final = 120
"""Days looked back on."""

NEWS_SHARE: Final = 0.99
"""Share of deliveries in time whose news has come when an overdue promise counts as broken."""

LONGEST_NEWS: Final = 14


@dataclass(frozen=True)
class Counts:
    """Known parcels of each day and lane.

    Parameters
    ----------
    tree
        Carrier, city, outlet and lane, which is the warehouse a parcel came from.
    last
        The last day, on the merchant's clock.
    good, bad
        Known successes and failures, ``(n_days, n_lanes)``.
    news
        How long news takes.
    """

    tree: Tree
    last: pd.Timestamp
    good: Floats
    bad: Floats
    news: News

    def weighted(self) -> tuple[Floats, Floats]:
        """Give the counts that early news stands for."""
        rate = (self.good.sum() + 1) / (self.good.sum() + self.bad.sum() + 2)
        good, bad = self.news.weights(len(self.good), float(rate))
        return self.good * good[:, None], self.bad * bad[:, None]

    def matured(self) -> tuple[Floats, Floats]:
        """Give the days of which practically all is known."""
        days = len(self.good) - self.news.mature_days
        return self.good[:days], self.bad[:days]

    def day(self, place: int) -> pd.Timestamp:
        """Give the day at a place, counted from the first."""
        return self.last - pd.Timedelta(days=len(self.good) - 1 - place)


def judged(
    parcels: pd.DataFrame, as_of: pd.Timestamp, *, measure: Measure, locker: Locker = "own"
) -> pd.DataFrame:
    """Say of each parcel whether it went well, when, and when that was known.

    Parameters
    ----------
    parcels
        Parcels with ``promised_at``, ``first_attempt_at``, ``first_attempt_ok``, ``delivered_at``,
        ``known_at`` and ``state``.
    as_of
        The present; nothing known at or after it counts.
    measure
        ``first_attempt`` or ``on_time``.
    locker
        How a parcel at a locker counts as a first attempt: as its ``own`` outcome, which is
        neither, or as a ``success`` or a ``failure``.

    Returns
    -------
    DataFrame
        Rows of parcels that are decided: ``at``, ``news_at`` and ``ok``, on the index of
        ``parcels``.

    Examples
    --------
    >>> import pandas as pd
    >>> def at(day):
    ...     return pd.Timestamp(f"2026-03-{day:02}T12:00Z")
    >>> parcels = pd.DataFrame({
    ...     "promised_at": [at(4), at(4), at(9)], "delivered_at": [at(3), at(5), None],
    ...     "first_attempt_at": pd.NaT, "first_attempt_ok": None, "state": None,
    ...     "known_at": [at(4), at(6), None],
    ... })
    >>> judged(parcels, at(7), measure="on_time")["ok"].tolist()  # the third is not due yet
    [True, False]
    """
    rows = _attempts(parcels, locker) if measure == "first_attempt" else _promises(parcels)
    return rows[(rows["news_at"] < as_of) & (rows["at"] < as_of)]


def count(
    parcels: pd.DataFrame,
    as_of: pd.Timestamp,
    *,
    measure: Measure,
    locker: Locker = "own",
    timezone: str = "UTC",
    days: int = DAYS,
) -> Counts:
    """Count known parcels by day and lane.

    Parameters
    ----------
    parcels, as_of, measure, locker
        As for `judged`, with ``carrier``, ``city``, ``outlet`` and ``warehouse``.
    timezone
        Whose days.
    days
        Days looked back on.

    Examples
    --------
    >>> import pandas as pd
    >>> noon = pd.Timestamp("2026-03-02 12:00", tz="UTC")
    >>> parcels = pd.DataFrame(
    ...     {
    ...         "carrier": "sf", "city": "杭州市", "outlet": "sf-1", "warehouse": "JX",
    ...         "state": "delivered", "first_attempt_at": [noon, noon + pd.Timedelta(days=1)],
    ...         "first_attempt_ok": [True, False],
    ...     }
    ... )
    >>> known = count(parcels, noon + pd.Timedelta(hours=3), measure="first_attempt")
    >>> int(known.good.sum()), int(known.bad.sum())  # tomorrow's attempt is not known yet
    (1, 0)
    """
    rows = judged(parcels, as_of, measure=measure, locker=locker)
    last = as_of.tz_convert(timezone).normalize().tz_localize(None)
    day, news_day = (_day(rows[name], timezone) for name in ("at", "news_at"))
    place = days - 1 - (last - day).dt.days.to_numpy()
    recent = place >= 0
    rows, place = rows[recent], place[recent]
    ages = np.maximum((news_day - day).dt.days.to_numpy()[recent], 0)
    paths = _paths(parcels.loc[rows.index])
    tree = Tree.of(LEVELS, paths)
    places = {name: number for number, name in enumerate(tree.leaves)}
    lane = np.array([places[path] for path in paths], dtype=np.int64)
    ok = rows["ok"].to_numpy(dtype=bool)
    good, bad = np.zeros((2, days, len(tree.leaves)))
    np.add.at(good, (place[ok], lane[ok]), 1.0)
    np.add.at(bad, (place[~ok], lane[~ok]), 1.0)
    old = place < days - LONGEST_NEWS
    news = learn_news(ages[ok & old], ages[~ok & old], longest=LONGEST_NEWS)
    return Counts(tree, last, good, bad, news)


def _attempts(parcels: pd.DataFrame, locker: Locker) -> pd.DataFrame:
    """First attempts; the scan that tells of one is its news."""
    ok = parcels["first_attempt_ok"].astype("boolean")
    at_locker = parcels["state"].isin(LOCKER_STATES)
    ok = ok.mask(at_locker) if locker == "own" else ok.mask(at_locker, locker == "success")
    at = parcels["first_attempt_at"]
    rows = pd.DataFrame({"at": at, "news_at": at, "ok": ok})
    return rows[at.notna() & ok.notna()]


def _promises(parcels: pd.DataFrame) -> pd.DataFrame:
    """Promises that fell due."""
    due, delivered = parcels["promised_at"], parcels["delivered_at"]
    known = parcels["known_at"].fillna(delivered)
    ok = delivered <= due
    told = (known - delivered)[ok]
    waited = told.dt.total_seconds().quantile(NEWS_SHARE) if len(told) else 0.0
    overdue = due + pd.Timedelta(seconds=max(float(waited), 0.0))
    rows = pd.DataFrame({"at": due, "news_at": known.where(ok, overdue), "ok": ok})
    return rows[due.notna()]


def _day(at: Any, timezone: str) -> pd.Series:
    local: pd.Series = at.dt.tz_convert(timezone).dt.tz_localize(None).dt.normalize()
    return local


def _paths(parcels: pd.DataFrame) -> list[tuple[str, ...]]:
    columns = [
        parcels[name].astype(object).where(parcels[name].notna(), UNKNOWN).tolist()
        for name in ("carrier", "city", "outlet", "warehouse")
    ]
    return list(zip(*columns, strict=True))

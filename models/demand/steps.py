"""The grid of days or weeks that demand series stand on, and how events are laid on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from models.demand.series import Changes

if TYPE_CHECKING:
    import pandas as pd

DAY = np.timedelta64(1, "D")
STEP_DAYS = {"daily": 1, "weekly": 7}
"""Rhythm to the days of a step."""


@dataclass(frozen=True, slots=True)
class Span:
    """Which days count, and where a step begins.

    Parameters
    ----------
    origin_on
        First day that is forecast; weeks of order lines begin on its weekday. None for the day
        after the last one known.
    since_on
        First day that may be learned from, or None for all.

    Examples
    --------
    >>> Span(origin_on=np.datetime64("2026-11-02")).since_on is None
    True
    """

    origin_on: np.datetime64 | None = None
    since_on: np.datetime64 | None = None


WHOLE = Span()
"""All days, up to the last one known."""


@dataclass(frozen=True, slots=True)
class Steps:
    """The grid of steps.

    Parameters
    ----------
    first_on
        First day of the first step.
    step_days
        Days of a step.

    Examples
    --------
    >>> days = np.array(["2024-05-01", "2024-05-09"], "datetime64[D]")
    >>> steps = Steps.of(days, 7, np.datetime64("2024-05-10"))
    >>> str(steps.first_on), steps.at(days).tolist()
    ('2024-04-26', [0, 1])
    """

    first_on: np.datetime64
    step_days: int

    @classmethod
    def of(cls, days: np.ndarray, step_days: int, origin_on: np.datetime64) -> Steps:
        """Lay a grid over the days so that the origin begins a step."""
        back = -(-int((origin_on - days.min()) / DAY) // step_days)
        first_on = (origin_on - back * step_days * DAY).astype("datetime64[D]")
        return cls(first_on, step_days)

    def at(self, days: np.ndarray) -> np.ndarray:
        """Step of each day."""
        offsets = (days.astype("datetime64[D]") - self.first_on) / DAY
        result: np.ndarray = np.floor(offsets / self.step_days).astype(np.int64)
        return result


def local_days(instants: pd.Series, timezone: str) -> np.ndarray:
    """Calendar day of each instant in the merchant's zone.

    Examples
    --------
    >>> import pandas as pd
    >>> late = pd.Series(pd.to_datetime(["2024-05-01T23:30:00Z"]))
    >>> str(local_days(late, "Asia/Shanghai")[0])
    '2024-05-02'
    """
    local = instants.dt.tz_convert(timezone).dt.tz_localize(None)
    days: np.ndarray = local.to_numpy().astype("datetime64[D]")
    return days


def grid(events: pd.DataFrame, name: str, n_series: int, n_steps: int) -> np.ndarray:
    """Sum a column of events into a grid of series and steps, shape ``(n_series, n_steps)``.

    Examples
    --------
    >>> import pandas as pd
    >>> events = pd.DataFrame({"row": [0, 0], "step": [1, 1], "units": [2.0, 3.0]})
    >>> grid(events, "units", 1, 2).tolist()
    [[0.0, 5.0]]
    """
    sums = np.zeros((n_series, n_steps), np.float32)
    place = (events["row"].to_numpy(np.int64), events["step"].to_numpy(np.int64))
    np.add.at(sums, place, events[name].to_numpy(np.float32))
    return sums


def late_changes(events: pd.DataFrame) -> Changes:
    """Keep events that became known after their own step."""
    whole = [events[name].to_numpy(np.int64) for name in ("row", "step", "known_step")]
    real = [events[name].to_numpy(np.float32) for name in ("units", "lines")]
    return Changes(*whole, *real)


def main_country(orders: pd.DataFrame) -> str | None:
    """Country that most orders go to, or None where none is known.

    Examples
    --------
    >>> import pandas as pd
    >>> main_country(pd.DataFrame({"ship_country": ["CN", "JP", "CN"]}))
    'CN'
    """
    counts = orders["ship_country"].value_counts()
    return str(counts.index[0]) if len(counts) else None

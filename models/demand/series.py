"""Demand series on one grid of steps, and what was known of them before a step.

A step is a day or a week. Units that became known in a later step than they belong to (a late
import, a cancellation) are kept apart with the step in which they became known, so that the past
can be looked at exactly as it stood at any origin.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Days = NDArray[np.datetime64]


@dataclass(frozen=True)
class Changes:
    """Units that became known in a later step than they belong to.

    Parameters
    ----------
    row, step
        Series and step the units belong to, shape ``(n_changes,)``.
    known_step
        Step in which they became known, shape ``(n_changes,)``.
    units, lines
        Signed change, shape ``(n_changes,)``.

    Examples
    --------
    >>> one = np.ones(2, np.float32)
    >>> changes = Changes(np.array([0, 1]), np.array([3, 3]), np.array([5, 4]), -one, 0 * one)
    >>> only = changes.where(changes.row == 1, place=np.array([-1, 0]))
    >>> only.row.tolist(), only.known_step.tolist(), len(Changes.none().row)
    ([0], [4], 0)
    """

    row: Ints
    step: Ints
    known_step: Ints
    units: Floats
    lines: Floats

    @classmethod
    def none(cls) -> Changes:
        """No change at all."""
        whole, real = np.zeros(0, np.int64), np.zeros(0, np.float32)
        return cls(whole, whole, whole, real, real)

    def where(self, kept: Bools, place: Ints) -> Changes:
        """Keep some changes and move them to the new places of their series."""
        return Changes(
            place[self.row[kept]],
            self.step[kept],
            self.known_step[kept],
            self.units[kept],
            self.lines[kept],
        )


@dataclass(frozen=True)
class DemandSeries:
    """All demand series of a history.

    Parameters
    ----------
    ids
        Names of the series, sorted, shape ``(n_series,)``.
    first_on
        Day of step 0, as the source dates it.
    step_days
        1 for daily series, 7 for weekly ones.
    units, lines
        Units and order lines known within their own step, shape ``(n_series, n_steps)``.
    changes
        What became known later.
    closed_weekdays
        Weekdays without trading, Monday = 0; daily series only.
    price
        Last known price of a unit in minor units at each series' own last sale, NaN when money is
        unknown, shape ``(n_series,)``. It weighs metrics and is no feature.
    group
        Group (category) of a series, or -1, shape ``(n_series,)``.
    recorded
        Whether the source holds a value, or None when a missing value is a zero.
    special_on
        Days that a calendar or the source marks, by kind.
    country
        ISO 3166 alpha-2 country of the public holidays, or None.

    Examples
    --------
    >>> series = DemandSeries.from_units({"cup": [1, 0, 2]}, "2024-01-01")
    >>> series.known(3).tolist()
    [[1.0, 0.0, 2.0]]
    >>> str(series.day(3))
    '2024-01-04'
    """

    ids: tuple[str, ...]
    first_on: np.datetime64
    step_days: int
    units: Floats
    lines: Floats
    changes: Changes
    closed_weekdays: tuple[int, ...] = ()
    price: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    group: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    recorded: Bools | None = None
    special_on: dict[str, tuple[np.datetime64, ...]] = field(default_factory=dict)
    country: str | None = None

    @classmethod
    def from_units(
        cls,
        units: dict[str, list[float]],
        first_on: str,
        *,
        step_days: int = 1,
        closed_weekdays: tuple[int, ...] = (),
    ) -> DemandSeries:
        """Build series from plain lists, one value a step.

        Parameters
        ----------
        units
            Series name to its units.
        first_on
            Day of the first value, ISO 8601.
        step_days
            1 for daily series, 7 for weekly ones.
        closed_weekdays
            Weekdays without trading, Monday = 0.
        """
        ids = tuple(sorted(units))
        grid = np.array([units[name] for name in ids], np.float32)
        return cls(
            ids=ids,
            first_on=np.datetime64(first_on, "D"),
            step_days=step_days,
            units=grid,
            lines=(grid > 0).astype(np.float32),
            changes=Changes.none(),
            closed_weekdays=closed_weekdays,
            price=np.full(len(ids), np.nan),
            group=np.full(len(ids), -1, np.int64),
        )

    @property
    def n_series(self) -> int:
        """Number of series."""
        return len(self.ids)

    @property
    def counts_lines(self) -> bool:
        """Whether order lines are counted; ready-made totals have none."""
        return self.recorded is None

    @property
    def n_steps(self) -> int:
        """Number of steps on the grid."""
        return int(self.units.shape[1])

    def day(self, step: int) -> np.datetime64:
        """Name a step by its day, also beyond the grid."""
        return self.first_on + np.timedelta64(step * self.step_days, "D")

    def days(self, start: int, stop: int) -> Days:
        """Name the steps ``[start, stop)`` by their days."""
        return self.first_on + np.arange(start, stop) * np.timedelta64(self.step_days, "D")

    def step_at(self, day: np.datetime64) -> int:
        """Find the first step whose day is not before a day."""
        offset = int((day - self.first_on) / np.timedelta64(1, "D"))
        return -(-offset // self.step_days)

    def known(self, origin: int, *, since: int = 0, what: str = "units") -> Floats:
        """Units (or lines) of the steps ``[since, origin)`` as known before step ``origin``.

        Parameters
        ----------
        origin
            Nothing that became known in this step or later is seen.
        since
            First step wanted; steps before the grid come as zeros.
        what
            ``units`` or ``lines``.

        Returns
        -------
        Floats
            Never below 0, shape ``(n_series, origin - since)``.
        """
        seen = np.zeros((self.n_series, origin - since), np.float32)
        low, high = max(since, 0), min(origin, self.n_steps)
        if high > low:
            seen[:, low - since : high - since] = getattr(self, what)[:, low:high]
        change = self.changes
        keep = (change.known_step < origin) & (change.step >= since) & (change.step < origin)
        np.add.at(seen, (change.row[keep], change.step[keep] - since), getattr(change, what)[keep])
        return np.maximum(seen, 0.0, out=seen)

    def totals(self, origin: int, *, since: int = 0, what: str = "units") -> Floats:
        """Units (or lines) of all series together, as known before step ``origin``.

        Examples
        --------
        >>> DemandSeries.from_units({"a": [1, 2], "b": [3, 4]}, "2024-01-01").totals(2).tolist()
        [4.0, 6.0]
        """
        seen = np.zeros(origin - since, np.float32)
        high = min(origin, self.n_steps)
        seen[: high - since] = self._sums[what][since:high]
        change = self.changes
        keep = (change.known_step < origin) & (change.step >= since) & (change.step < origin)
        np.add.at(seen, change.step[keep] - since, getattr(change, what)[keep])
        return np.maximum(seen, 0.0)

    @cached_property
    def _sums(self) -> dict[str, Floats]:
        """Sum over all series of what became known within its own step."""
        grids = {"units": self.units, "lines": self.lines}
        return {name: grid.sum(axis=0, dtype=np.float64) for name, grid in grids.items()}

    def take(self, rows: Ints) -> DemandSeries:
        """Keep some of the series.

        Examples
        --------
        >>> both = DemandSeries.from_units({"a": [1], "b": [2]}, "2024-01-01")
        >>> both.take(np.array([1])).ids
        ('b',)
        """
        place = np.full(self.n_series, -1, np.int64)
        place[rows] = np.arange(len(rows))
        kept = place[self.changes.row] >= 0
        return replace(
            self,
            ids=tuple(self.ids[row] for row in rows),
            units=self.units[rows],
            lines=self.lines[rows],
            changes=self.changes.where(kept, place),
            price=self.price[rows],
            group=self.group[rows],
            recorded=None if self.recorded is None else self.recorded[rows],
        )

    def before(self, step: int) -> DemandSeries:
        """Cut the series to how they stood before a step.

        Examples
        --------
        >>> DemandSeries.from_units({"cup": [1, 0, 2]}, "2024-01-01").before(2).n_steps
        2
        """
        stop = min(step, self.n_steps)
        kept = (self.changes.known_step < step) & (self.changes.step < stop)
        return replace(
            self,
            units=self.units[:, :stop],
            lines=self.lines[:, :stop],
            changes=self.changes.where(kept, np.arange(self.n_series)),
            recorded=None if self.recorded is None else self.recorded[:, :stop],
        )

    def truth(self) -> Floats:
        """Units of every step as known in the end, shape ``(n_series, n_steps)``."""
        last = int(self.changes.known_step.max(initial=self.n_steps)) + 1
        return self.known(max(last, self.n_steps))[:, : self.n_steps]

"""What a planner reads: raw and shrunk rates of every node, and the outlets that dropped."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from models.delivery.drops import Limits, Watch, known_shares, log_ratios, run_up
from models.delivery.maturing import LEAST_KNOWN
from models.delivery.rates import TROUBLED, WARM_UP_DAYS, RateModel

if TYPE_CHECKING:
    from features.arrays import Floats
    from models.delivery.outcomes import Counts

RECENT_DAYS: Final = 3
"""Days of the raw share that stands beside the shrunk one."""

VOLUME_DAYS: Final = 60
RECOVERED_DAYS: Final = 3
"""Evenings in a row near its usual rate after which a drop is over."""


@dataclass(frozen=True, slots=True)
class Drop:
    """An outlet that dropped.

    Parameters
    ----------
    path
        Carrier, city and outlet.
    since, noticed, over
        Places of the days on which it began, was noticed and was over; None while it lasts.
    usual, now
        The rate expected before, and the one since.
    n_parcels
        Known parcels since it began.
    """

    path: tuple[str, ...]
    since: int
    noticed: int
    over: int | None
    usual: float
    now: float
    n_parcels: int


def node_rows(counts: Counts, model: RateModel) -> list[dict[str, Any]]:
    """Write the rates of every node.

    Returns
    -------
    list of dict
        ``level``, ``path``, ``recent`` (parcels known of the last days and their raw share),
        ``usual``, ``now``, the 90 % interval ``low`` to ``high``, and ``trouble``.
    """
    good, bad = counts.weighted()
    rates = model.rates(counts.tree, good, bad)
    raw = zip(counts.tree.up(counts.good)[1:], counts.tree.up(counts.bad)[1:], strict=True)
    rows: list[dict[str, Any]] = []
    for level, names, (goods, bads) in zip(counts.tree.levels, counts.tree.names, raw, strict=True):
        known = rates[level]
        low, high = known.interval()
        n_good, n_bad = (part[-RECENT_DAYS:].sum(axis=0) for part in (goods, bads))
        for place, path in enumerate(names):
            n = int(n_good[place] + n_bad[place])
            rows.append(
                {
                    "level": level,
                    "path": list(path),
                    "recent": {"n": n, "rate": _rounded(n_good[place] / n) if n else None},
                    "usual": _rounded(known.usual[place]),
                    "now": _rounded(known.now[place]),
                    "low": _rounded(low[place]),
                    "high": _rounded(high[place]),
                    "trouble": _rounded(known.trouble[place]),
                }
            )
    return rows


def find_drops(counts: Counts, model: RateModel, limits: Limits, watch: Watch) -> list[Drop]:
    """Find every drop of an outlet in the days looked back on.

    Parameters
    ----------
    counts
        Known parcels.
    model
        How counts fade and pull.
    limits, watch
        When to raise an alarm, and about what.

    Returns
    -------
    list of Drop
        In the order in which they were noticed.
    """
    tree = counts.tree
    depth = tree.levels.index(TROUBLED)
    calm, now = model.evenings(tree, *counts.weighted())
    good, bad = (tree.up(part)[depth + 1] for part in (counts.good, counts.bad))
    known = known_shares(counts.news, len(good), LEAST_KNOWN)
    expected = np.vstack([calm[:1], calm[:-1]])
    ratios = log_ratios(good, bad, expected, watch, known)
    ratios[:WARM_UP_DAYS] = 0.0  # what is usual is not yet known
    volume = (good + bad)[-VOLUME_DAYS:].mean(axis=0)
    alarms = run_up(ratios, np.full(ratios.shape[1], -np.inf)) > limits.of(volume, expected)
    found: list[Drop] = []
    for outlet in np.flatnonzero(alarms.any(axis=0)):
        series = _Outlet(good[:, outlet], bad[:, outlet], expected[:, outlet], now[:, outlet])
        path = tree.names[depth][outlet]
        limit = limits.of(volume[[outlet]], expected[:, outlet].mean(keepdims=True))[0]
        found += series.drops(path, ratios[:, outlet], float(limit), watch)
    return sorted(found, key=lambda drop: (drop.noticed, drop.path))


@dataclass(frozen=True)
class _Outlet:
    """An outlet's days, each ``(n_days,)``."""

    good: Floats
    bad: Floats
    expected: Floats
    now: Floats

    def drops(
        self, path: tuple[str, ...], ratios: Floats, limit: float, watch: Watch
    ) -> list[Drop]:
        """Go through the days; while a drop lasts no other one begins."""
        found: list[Drop] = []
        begins, day = 0, 0
        held = -np.inf
        while day < len(ratios):
            held = float(np.logaddexp(0.0, held) + ratios[day])
            day += 1
            if held <= limit:
                continue
            noticed = day - 1
            since = begins + _lowest(ratios[begins:day])
            over = self._over(noticed, self.expected[since], watch)
            found.append(self._drop(path, since, noticed, over))
            begins = day = len(ratios) if over is None else over + 1
            held = -np.inf
        return found

    def _over(self, noticed: int, usual: float, watch: Watch) -> int | None:
        """Find the day from which it is near its usual rate again."""
        near = self.now[noticed + 1 :] > usual - watch.points / 2
        run = 0
        for place, is_near in enumerate(near):
            run = run + 1 if is_near else 0
            if run == RECOVERED_DAYS:
                return noticed + 1 + place
        return None

    def _drop(self, path: tuple[str, ...], since: int, noticed: int, over: int | None) -> Drop:
        end = len(self.good) if over is None else over
        good, bad = self.good[since:end].sum(), self.bad[since:end].sum()
        n = int(good + bad)
        usual = float(self.expected[since])
        return Drop(path, since, noticed, over, usual, float(good / n) if n else usual, n)


def _lowest(ratios: Floats) -> int:
    """Give the day from which the ratios speak most for a drop."""
    return int(np.argmax(np.cumsum(ratios[::-1])[::-1]))


def _rounded(value: float) -> float:
    return round(float(value), 4)

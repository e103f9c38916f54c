"""False alarms a week while nothing changes, and weeks until planted changes are found.

``python -m tests.benchmarks.drift [--weeks N]``. Orders are simulated, with independent columns,
columns that drift about slowly by themselves (each day resembles the day before), weekly rhythms,
rare categories and a score; a fixed limit on the population stability index stands beside.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from models.evaluation.drift import DriftConfig, watch

if TYPE_CHECKING:
    from collections.abc import Callable

WEEK: Final = timedelta(days=7)
BEGINS: Final = pd.Timestamp("2026-01-05", tz="UTC")
FIXED_LIMIT: Final = 0.1
Frame = pd.DataFrame


@dataclass(frozen=True)
class Shop:
    """A simulated shop in which nothing changes.

    Parameters
    ----------
    per_day
        Orders a day on average.
    n_columns
        Columns of each kind.
    """

    per_day: int
    n_columns: int = 12

    def orders(self, n_weeks: int, seed: int) -> Frame:
        """Draw orders of some weeks."""
        random = np.random.default_rng(seed)
        n_days = n_weeks * 7
        rhythm = 1 + 0.3 * np.sin(2 * np.pi * np.arange(n_days) / 7)
        per_day = random.poisson(self.per_day * rhythm)
        day = np.repeat(np.arange(n_days), per_day)
        n = len(day)
        placed = BEGINS + pd.to_timedelta(day * 86_400 + random.integers(0, 86_400, n), unit="s")
        columns: dict[str, Any] = {"placed_at": pd.Series(placed).astype("datetime64[us, UTC]")}
        hidden = random.normal(size=n)
        for k in range(self.n_columns):
            columns[f"plain_{k}"] = random.lognormal(0, 1, n) + 0.3 * hidden
            columns[f"count_{k}"] = random.poisson(0.4, n).astype(float)
            columns[f"slow_{k}"] = _walk(random, n_days, 0.9, 0.05)[day] + random.normal(size=n)
            columns[f"word_{k}"] = random.choice(
                np.array(["a", "b", "c", "rare"], dtype=object), n, p=[0.6, 0.25, 0.13, 0.02]
            )
            columns[f"weekday_{k}"] = np.where((day % 7) >= 5, 1.0, 0.0) + random.normal(size=n)
            gaps = random.random(n) < 0.2
            columns[f"gaps_{k}"] = np.where(gaps, np.nan, random.normal(size=n))
        columns["score"] = 1 / (1 + np.exp(4 - hidden - 0.5 * columns["count_0"]))
        return pd.DataFrame(columns)


def _walk(random: np.random.Generator, n: int, memory: float, size: float) -> np.ndarray:
    """A level that forgets slowly: stationary, but each day resembles the day before."""
    level = np.empty(n)
    level[0] = random.normal() * size / np.sqrt(1 - memory**2)
    for day in range(1, n):
        level[day] = memory * level[day - 1] + size * random.normal()
    return level


def _dearer(orders: Frame, late: np.ndarray, _: np.random.Generator) -> Frame:
    return orders.assign(plain_0=orders["plain_0"].where(~late, orders["plain_0"] * 1.4))


def _one_segment(orders: Frame, late: np.ndarray, _: np.random.Generator) -> Frame:
    hit = late & (orders["word_0"] == "c").to_numpy()
    return orders.assign(count_1=orders["count_1"].where(~hit, orders["count_1"] + 3))


def _new_value(orders: Frame, late: np.ndarray, random: np.random.Generator) -> Frame:
    hit = late & (random.random(len(orders)) < 0.08)
    return orders.assign(word_1=orders["word_1"].where(~hit, "never seen"))


def _falls_silent(orders: Frame, late: np.ndarray, random: np.random.Generator) -> Frame:
    hit = late & (random.random(len(orders)) < 0.25)
    return orders.assign(gaps_0=orders["gaps_0"].where(~hit))


def _riskier(orders: Frame, late: np.ndarray, _: np.random.Generator) -> Frame:
    odds = np.log(orders["score"] / (1 - orders["score"])) + 0.5
    return orders.assign(score=orders["score"].where(~late, 1 / (1 + np.exp(-odds))))


PLANTED: Final[dict[str, Callable[[Frame, np.ndarray, np.random.Generator], Frame]]] = {
    "amounts 40 % up": _dearer,
    "one segment of 13 % with counts + 3": _one_segment,
    "8 % with a value never seen": _new_value,
    "a field falls silent for 25 % more": _falls_silent,
    "scores + 0.5 log-odds": _riskier,
}


def stationary(shop: Shop, n_weeks: int, seed: int) -> tuple[int, int, int]:
    """Watch weeks in which nothing changes; weeks, weeks with an alarm, and with a fixed limit."""
    config = DriftConfig()
    orders = shop.orders(n_weeks + config.weeks, seed)
    columns = {str(name): orders[name] for name in orders if name != "placed_at"}
    alarms = fixed = 0
    for week in range(config.weeks, config.weeks + n_weeks):
        begins = (BEGINS + week * WEEK).to_pydatetime()
        alarms += bool(watch(columns, orders["placed_at"], begins, config).alarms)
        fixed += _beyond_fixed(orders, columns, begins)
    return n_weeks, alarms, fixed


def _beyond_fixed(orders: Frame, columns: dict[str, pd.Series], begins: datetime) -> bool:
    """Ask whether any column's plain stability index beyond ten bins exceeds the fixed limit."""
    now = ((orders["placed_at"] >= begins) & (orders["placed_at"] < begins + WEEK)).to_numpy()
    before = ((orders["placed_at"] < begins) & (orders["placed_at"] >= begins - WEEK)).to_numpy()
    for values in columns.values():
        if not pd.api.types.is_numeric_dtype(values):
            continue
        number = values.to_numpy(dtype=float)
        edges = np.unique(np.nanquantile(number[before], np.linspace(0, 1, 11)[1:-1]))
        p, q = (
            np.bincount(np.searchsorted(edges, number[part]), minlength=len(edges) + 1) + 1e-6
            for part in (now, before)
        )
        p, q = p / p.sum(), q / q.sum()
        if float(((p - q) * np.log(p / q)).sum()) > FIXED_LIMIT:
            return True
    return False


def found(shop: Shop, name: str, seed: int) -> int | None:
    """Weeks until a planted change is found in the column it was planted in, or None."""
    config = DriftConfig()
    orders = shop.orders(config.weeks + 3, seed)
    planted_at = BEGINS + config.weeks * WEEK
    late = (orders["placed_at"] >= planted_at).to_numpy()
    changed = PLANTED[name](orders, late, np.random.default_rng(seed))
    column = next(each for each in orders if not orders[each].equals(changed[each]))
    columns = {str(each): changed[each] for each in changed if each != "placed_at"}
    for week in range(3):
        begins = (planted_at + week * WEEK).to_pydatetime()
        watched = watch(columns, changed["placed_at"], begins, config)
        if any(alarm.column == column for alarm in watched.alarms):
            return week + 1
    return None


def interval(hits: int, n: int) -> tuple[float, float]:
    """Exact 95 % interval of a share (Clopper-Pearson)."""
    from scipy.stats import beta

    low = float(beta.ppf(0.025, hits, n - hits + 1)) if hits else 0.0
    high = float(beta.ppf(0.975, hits + 1, n - hits)) if hits < n else 1.0
    return low, high


def run(n_weeks: int, n_shops: int) -> dict[str, Any]:
    """Measure both."""
    told: dict[str, Any] = {"stationary": [], "planted": []}
    for per_day in (30, 150, 800):
        totals = np.zeros(3, dtype=int)
        for seed in range(n_shops):
            totals += np.array(stationary(Shop(per_day), n_weeks, seed))
        weeks, alarms, fixed = (int(total) for total in totals)
        low, high = interval(alarms, weeks)
        told["stationary"].append(
            {
                "orders_a_day": per_day,
                "weeks": weeks,
                "columns": 6 * Shop(per_day).n_columns + 1,
                "weeks_with_a_false_alarm": alarms,
                "rate": alarms / weeks,
                "low": low,
                "high": high,
                "fixed_limit_rate": fixed / weeks,
            }
        )
    for per_day in (150, 800):
        for name in PLANTED:
            weeks_until = [found(Shop(per_day), name, 100 + seed) for seed in range(10)]
            told["planted"].append(
                {
                    "orders_a_day": per_day,
                    "change": name,
                    "found_within_a_week": sum(each == 1 for each in weeks_until),
                    "of": len(weeks_until),
                }
            )
    return told


def show(told: dict[str, Any]) -> str:
    """Write the figures as text."""
    lines = ["nothing changes: weeks with any alarm, over all columns together"]
    lines += [
        f"  {row['orders_a_day']:>4} orders a day, {row['columns']} columns: "
        f"{row['weeks_with_a_false_alarm']} of {row['weeks']} weeks = {row['rate']:.2%} "
        f"(95 % {row['low']:.2%} – {row['high']:.2%}); "
        f"fixed limit {FIXED_LIMIT}: {row['fixed_limit_rate']:.0%}"
        for row in told["stationary"]
    ]
    lines.append("planted changes: found within a week")
    lines += [
        f"  {row['orders_a_day']:>4} orders a day, {row['change']}: "
        f"{row['found_within_a_week']} of {row['of']}"
        for row in told["planted"]
    ]
    return "\n".join(lines)


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weeks", type=int, default=40, help="weeks of each simulated shop")
    parser.add_argument("--shops", type=int, default=10, help="shops of each size")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    asked = parser.parse_args()
    told = run(asked.weeks, asked.shops)
    sys.stdout.write((json.dumps(told) if asked.json else show(told)) + "\n")


if __name__ == "__main__":
    main()

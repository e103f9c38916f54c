"""How far off a backtest is whose labels have not matured, beside one that waits for them.

``python -m tests.benchmarks.maturity [--json]``. Orders of a simulated shop are charged back after
log-normal delays. The truth is what every order of the judged month came to in the end; the naive
backtest judges the newest month with what is known today, the matured one the newest month whose
label windows are over. Both ask the same of the same model: what the frauds of the month cost.
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

from models.errors import ImmatureError
from models.estimators.fraud import FRAUD
from models.evaluation.money import action_costs
from models.judged_weeks import judged_truth
from models.policy.costs import DecisionPolicy
from models.policy.facts import ACTIONS
from tests.models.materials import BEGINS, material

if TYPE_CHECKING:
    from models.training.material import Material

DAYS: Final = 420
MONTH: Final = timedelta(days=30)
MEDIAN_DAYS: Final = 40.0
SPREAD: Final = 0.45
MATURITY_DAYS: Final = 90.0


@dataclass(frozen=True, slots=True)
class Delays:
    """Days until a fraud is charged back, log-normal.

    Parameters
    ----------
    median
        Median, days.
    spread
        Standard deviation of the logarithm.
    """

    median: float = MEDIAN_DAYS
    spread: float = SPREAD


def shop(seed: int, delays: Delays, n_orders: int = 12_000) -> Material:
    """Make a shop whose frauds become known after random delays."""
    made = material(n_orders=n_orders, days=DAYS, maturity_days=MATURITY_DAYS, seed=seed)
    random = np.random.default_rng(seed + 1)
    placed = made.outcomes["order_key"].map(made.orders["placed_at"])
    days = delays.median * np.exp(delays.spread * random.normal(size=len(placed)))
    known = placed + pd.to_timedelta(days, unit="D")
    vars(made)["outcomes"] = made.outcomes.assign(known_at=known.astype("datetime64[us, UTC]"))
    return made


def fraud_money(history: Material, label: pd.Series, begins: datetime, ends: datetime) -> float:
    """Cost of the bad orders placed in a span if all are released, minor units."""
    placed = history.orders["placed_at"]
    inside = ((placed >= begins) & (placed < ends)).to_numpy()
    value = history.orders["value_minor"].to_numpy(dtype=float)[inside]
    bad = (label.to_numpy()[inside] == 1).astype(float)
    costs = action_costs(FRAUD.name, value, DecisionPolicy())
    return float((costs.bad[:, ACTIONS.index("release")] * bad).sum())


def measure(seed: int, delays: Delays | None = None) -> dict[str, Any]:
    """Compare both backtests of one shop with what became true."""
    history = shop(seed, delays or Delays())
    cut = (BEGINS + pd.Timedelta(days=DAYS)).to_pydatetime()
    rule = FRAUD.rule(history.profile)
    far = cut + timedelta(days=10_000)
    truth = FRAUD.truth(history, rule, far)
    today = FRAUD.truth(history, rule, cut).fillna(0.0)
    ends = cut - rule.maturity
    matured = judged_truth(FRAUD, history, cut, ends)
    naive = fraud_money(history, today, cut - MONTH, cut)
    waited = fraud_money(history, matured, ends - MONTH, ends)
    try:
        judged_truth(FRAUD, history, cut, cut)
        refused = ""
    except ImmatureError as error:
        refused = str(error)
    return {
        "seed": seed,
        "naive_off": 1 - naive / fraud_money(history, truth, cut - MONTH, cut),
        "matured_off": 1 - waited / fraud_money(history, truth, ends - MONTH, ends),
        "refused": refused,
    }


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shops", type=int, default=10, help="simulated shops")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    asked = parser.parse_args()
    rows = [measure(seed) for seed in range(asked.shops)]
    if asked.json:
        sys.stdout.write(json.dumps(rows) + "\n")
        return
    for name in ("naive_off", "matured_off"):
        values = [row[name] for row in rows]
        sys.stdout.write(
            f"{name.replace('_', ' ')} the true fraud money: mean {np.mean(values):.1%}, "
            f"from {min(values):.1%} to {max(values):.1%} over {len(rows)} shops\n"
        )
    sys.stdout.write(f"asked for the newest month: refused – {rows[0]['refused']}\n")


if __name__ == "__main__":
    main()

"""What it is worth to ask about each line of an order instead of the order.

Both models of returns are fixed at one day and asked about the same fashion orders after it::

    ORDERINTEL_TEST_DATA=../shared/data python -m tests.benchmarks.lines [--homes DIR]

"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
from sklearn.metrics import roc_auc_score

from features.history import History
from models.estimators import BY_NAME
from models.estimators.base import RiskEstimator
from models.training.lines import LineMaterial
from serving.cli.console import say
from tests.benchmarks.figures import Figure, home_of, request_of

if TYPE_CHECKING:
    from models.contracts import BacktestRequest

FIGURE: Final = Figure("bads_ws1718_by_order", "return", "2012-12-01")


def answers(history: History, request: BacktestRequest, model: str) -> pd.DataFrame:
    """Ask both models; one row a line with its label, both probabilities and its order."""
    estimator = BY_NAME[model]
    assert isinstance(estimator, RiskEstimator)
    lines = LineMaterial(history, purposes=estimator.purposes)
    truth = estimator.pose(lines, request).truth.dropna()
    ids = lines.orders.loc[truth.index, "order_id"]
    of_lines, of_orders = (
        estimator.backtest(material, request).rows.set_index("id")["score"]
        for material in (lines, lines.whole)
    )
    order = ids.str.rpartition("/")[0]
    found = {"truth": truth, "line": ids.map(of_lines), "order": order.map(of_orders), "key": order}
    return pd.DataFrame(found)


def show(told: pd.DataFrame) -> None:
    """Print what either says of lines, of the lines within an order, and of orders."""

    def ranks(truth: pd.Series, score: pd.Series) -> float:
        return float(roc_auc_score(truth.to_numpy(float), score.to_numpy(float)))

    say(f"{len(told):,} lines, AUC: asked line by line {ranks(told['truth'], told['line']):.3f}")
    say(
        f"  the order's probability for each of its lines {ranks(told['truth'], told['order']):.3f}"
    )
    by_order = told.groupby("key")
    parted = told[by_order["truth"].transform("nunique") > 1].groupby("key")
    within = np.mean([ranks(each["truth"], each["line"]) for _, each in parted])
    say(f"{len(parted):,} orders that came back in part, AUC within an order: {within:.3f}")
    bad = by_order["truth"].max()
    for name, score in {
        "asked as an order": by_order["order"].first(),
        "its likeliest line": by_order["line"].max(),
        "as if lines were independent": 1 - (1 - told["line"]).groupby(told["key"]).prod(),
    }.items():
        say(
            f"{len(bad):,} orders, {name}: AUC {ranks(bad, score):.3f}, "
            f"foreseen {score.mean():.3f} of {bad.mean():.3f}"
        )


def main() -> None:
    """Answer the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.lines")
    parser.add_argument("--homes", type=Path, help="folder of imported homes, one a set")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        history = History(home_of(FIGURE.folder, options.homes or Path(made)) / "history")
        show(answers(history, request_of(FIGURE, history), FIGURE.model))


if __name__ == "__main__":
    main()

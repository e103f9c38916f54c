"""How well returns and cancellations are foretold before shipping, and what that saves.

Every model is fixed at a day of the development rows and asked about the orders after it, with
labels as they mature and nothing that is known only after shipping::

    ORDERINTEL_TEST_DATA=../shared/data python -m tests.benchmarks.returns [--homes DIR]

"""

from __future__ import annotations

import argparse
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from features.durations import DAY_US, SECONDS_PER_DAY
from features.history import History
from models.backtest import material_for
from models.errors import BareClaimError
from models.estimators import BY_NAME
from models.estimators.base import RiskEstimator
from models.estimators.document import raw_scores
from models.evaluation.foresight import found_in_advance
from models.evaluation.metrics import Scored, measure
from models.training.labels import first_known
from serving.cli.console import say
from tests.benchmarks.course_cost import spent
from tests.benchmarks.figures import FIGURES, Figure, home_of, request_of

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from models.estimators.base import Posed
    from models.training.material import Material

QUESTIONS: Final = (
    *(figure for figure in FIGURES if figure.model in {"return", "cancel"}),
    Figure("bads_ws1718_by_order", "return", "2012-12-01"),
)
GOALS: Final = {
    ("bads_ws1718", "return"): 0.655,
    ("bads_ws1718_by_order", "return"): 0.655,
    ("dmc2010", "cancel"): 0.83,
    ("dmc2010", "return"): 0.62,
    ("online_retail_uci", "cancel"): 0.69,
}
"""The AUC that each is to reach."""
COSTED: Final = frozenset({"bads_ws1718", "bads_ws1718_by_order"})
"""The set, as it is told in two ways, whose course says what a warning costs."""


def answer(figure: Figure, homes: Path) -> tuple[Material, Posed, Scored, np.ndarray]:
    """Fit at the day of the question; give the later orders with a matured label."""
    history = History(home_of(figure.folder, homes) / "history")
    request = request_of(figure, history)
    material = material_for(history, figure.model, request)
    estimator = BY_NAME[figure.model]
    assert isinstance(estimator, RiskEstimator)
    posed = estimator.pose(material, request)
    fitted = estimator.fit(material, posed.rows, posed.rule)
    known = posed.truth.notna().to_numpy()
    score = fitted.knots.probability(raw_scores(fitted, posed.test))[known]
    day = (posed.test["placed_at"].astype("int64") // DAY_US).to_numpy()[known]
    label = posed.truth.to_numpy()[known].astype(int)
    return material, posed, Scored(label, score, day), known


def interval(entry: dict[str, float]) -> str:
    """Write a figure with its interval.

    Examples
    --------
    >>> interval({"value": 0.5, "low": 0.45, "high": 0.55})
    '.500 (.450 to .550)'
    """
    value, low, high = (f"{entry[name]:.3f}".lstrip("0") for name in ("value", "low", "high"))
    return f"{value} ({low} to {high})"


def claim(material: Material, posed: Posed, scored: Scored, known: np.ndarray) -> str:
    """Say what 82 % found in advance would take, or why nothing can be said."""
    placed = posed.test["placed_at"][known]
    bad_at = first_known(material.outcomes, posed.rule.kinds).reindex(placed.index)
    try:
        found = found_in_advance(
            scored,
            _days(bad_at - placed),
            _days(material.ends_at - placed),
            maturity=posed.rule.maturity,
        )
    except BareClaimError as refused:
        return str(refused)
    return found.text()["en"]


def _days(gap: pd.Series) -> np.ndarray:
    days: np.ndarray = gap.dt.total_seconds().to_numpy(float) / SECONDS_PER_DAY
    return days


def show(figure: Figure, homes: Path) -> None:
    """Answer one question and print the answer."""
    material, posed, scored, known = answer(figure, homes)
    metrics: dict[str, Any] = measure(scored)
    goal = GOALS[figure.folder, figure.model]
    say(
        f"\n{figure.folder} {figure.model} from {figure.test_from}, labels known after "
        f"{posed.rule.maturity / timedelta(days=1):g} days: learned from {len(posed.rows.frame):,} "
        f"{material.row}s, judged on {len(scored.label):,}"
    )
    reached = "reached" if metrics["auc"]["value"] >= goal else "missed"
    say(f"  base rate {interval(metrics['base_rate'])}  AP {interval(metrics['ap'])}")
    say(f"  AUC {interval(metrics['auc'])}  goal {goal}: {reached}  ECE {metrics['ece']:.4f}")
    for share, top in metrics["flagged"].items():
        say(
            f"  flagged {float(share):4.0%}  recall {top['recall']:.3f}  "
            f"precision {top['precision']:.3f}  from probability {top['threshold']:.3f}"
        )
    say(f"  {claim(material, posed, scored, known)}")
    if figure.folder in COSTED:
        value = material.orders.loc[posed.test.index, "value_minor"].to_numpy(float)[known]
        for each in spent(scored, value):
            say(f"  {each}")


def main() -> None:
    """Answer the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.returns")
    parser.add_argument("--homes", type=Path, help="folder of imported homes, one a set")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        for figure in QUESTIONS:
            show(figure, options.homes or Path(made))


if __name__ == "__main__":
    main()

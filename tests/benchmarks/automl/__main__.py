"""Our estimators beside AutoGluon on later orders, in one run.

Both learn from the same orders (labels that had matured by the cut) and read the same features of
them, and both score every later order::

    python3.11 -m venv PEER && PEER/bin/pip install "autogluon.tabular[lightgbm,catboost,xgboost]"
    ORDERINTEL_AUTOML_PYTHON=PEER/bin/python ORDERINTEL_TEST_DATA=../shared/data \
        python -m tests.benchmarks.automl cloudwalk_chargebacks bads_ws1718/return

A set is named by its folder, with ``/MODEL`` where it has several; all of them unless named.
``--raw`` gives AutoGluon the order's own columns too, without any history. The interval is a paired
bootstrap of the difference, by days (by orders where there are fewer than ten days). ``--homes``
names a folder of homes that were imported before, one a set; ``--keep`` one for the matrices.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from features.durations import DAY_US
from features.history import History
from models.backtest import material_for
from models.estimators import BY_NAME
from models.estimators.base import Posed, RiskEstimator
from models.estimators.document import raw_scores
from tests.benchmarks.automl.asking import ask
from tests.benchmarks.automl.pairing import pair
from tests.benchmarks.figures import FIGURES, Figure, home_of, request_of
from tests.benchmarks.terminal import say

if TYPE_CHECKING:
    import numpy as np

    from models.training.binary import Fitted
    from models.training.material import Material

QUESTIONS = {
    f"{figure.folder}/{figure.model}": figure
    for figure in FIGURES
    if isinstance(BY_NAME[figure.model], RiskEstimator)
}


def chosen(names: list[str]) -> list[Figure]:
    """Find the questions that are named, by set or by set and model."""
    found = [
        figure
        for key, figure in QUESTIONS.items()
        if not names or key in names or figure.folder in names
    ]
    unknown = set(names) - {*QUESTIONS, *(figure.folder for figure in found)}
    if unknown:
        raise SystemExit(f"no such set: {', '.join(unknown)}; there are {', '.join(QUESTIONS)}")
    return found


def ask_peer(posed: Posed, names: list[str], seconds: float, folder: Path) -> np.ndarray:
    """Let AutoGluon learn from the same orders and give its scores of the later ones."""
    train = posed.rows.frame[names].assign(label=posed.rows.label.astype(int))
    return ask(train, posed.test[names], seconds, folder)


def own_columns(material: Material, names: list[str]) -> list[str]:
    """Keep the features that say something of the order itself, not of orders before it."""
    own = {f.name for f in material.features if f.measure is None and f.link is None}
    return [name for name in names if name in own]


def ask_us(material: Material, posed: Posed, model: str) -> tuple[np.ndarray, Fitted]:
    """Fit our own estimator and score the later orders."""
    estimator = BY_NAME[model]
    assert isinstance(estimator, RiskEstimator)
    fitted = estimator.fit(material, posed.rows, posed.rule)
    return fitted.knots.probability(raw_scores(fitted, posed.test)), fitted


def compare(figure: Figure, options: Any, folder: Path) -> None:
    """Put one question to both and print what they are worth."""
    home = home_of(figure.folder, folder / "homes" if options.homes is None else options.homes)
    history = History(home / "history")
    request = request_of(figure, history)
    material = material_for(history, figure.model, request)
    estimator = BY_NAME[figure.model]
    assert isinstance(estimator, RiskEstimator)
    posed = estimator.pose(material, request)
    begun = time.process_time()
    ours, fitted = ask_us(material, posed, figure.model)
    known = posed.truth.notna().to_numpy()
    label = posed.truth.to_numpy()[known].astype(int)
    day = (posed.test["placed_at"].astype("int64") // DAY_US).to_numpy()[known]
    names = list(fitted.encoding.names)
    say(
        f"\n{figure.folder} {figure.model} from {figure.test_from}: learned from "
        f"{len(posed.rows.frame):,} orders ({posed.rows.label.mean():.4f} bad), judged on "
        f"{len(label):,} ({label.mean():.4f} bad); {len(names)} features, ours in "
        f"{time.process_time() - begun:.0f} s of one thread"
    )
    given = {"same features": names}
    if options.raw:
        given["order's own columns"] = own_columns(material, names)
    for title, columns in given.items():
        kept = folder / f"{figure.folder}-{figure.model}" / title.replace(" ", "-").replace("'", "")
        theirs = ask_peer(posed, columns, options.seconds, kept)[known]
        found, drawn = pair(label, ours[known], theirs, day)
        for metric, each in found.items():
            say(
                f"  {metric:3} ours {each.ours:.4f}  AutoML, {title} ({len(columns)}) "
                f"{each.theirs:.4f}  difference {each.ours - each.theirs:+.4f} "
                f"({each.low:+.4f} to {each.high:+.4f}, by {drawn}): {each.verdict}"
            )


def main() -> None:
    """Answer the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.automl")
    parser.add_argument("sets", nargs="*", metavar="SET", help=", ".join(QUESTIONS))
    parser.add_argument("--seconds", type=float, default=300.0, help="AutoML's time, one thread")
    parser.add_argument("--raw", action="store_true", help="AutoML on the order's own columns too")
    parser.add_argument("--homes", type=Path, help="folder of imported homes, one a set")
    parser.add_argument("--keep", type=Path, help="folder to keep matrices and scores in")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        for figure in chosen(options.sets):
            compare(figure, options, options.keep or Path(made))


if __name__ == "__main__":
    main()

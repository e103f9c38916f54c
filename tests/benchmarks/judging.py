"""Time of one decision when its features are given: detectors, models, rules, policy and reasons.

The newest orders of a home with trained models are judged one after the other in this process, with
fifty rules. Time is the thread's own CPU time, so that neighbours do not count, and the floor is
the bare single-row call of LightGBM for the same models on rows that are already laid out::

    ORDERINTEL_HOME=… python -m tests.benchmarks.judging

Without a home with models, a demonstration shop is made and trained first.
"""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import quantiles
from typing import TYPE_CHECKING, Any

from features.catalogue import declare
from features.engines.batch import compute
from features.history import History
from models.detectors import assess_all
from models.estimators.predictor import RiskPredictor
from models.policy.decision import decide
from models.policy.rules.fields import everywhere
from models.policy.rules.reading import read_rules
from models.policy.rules.verdict import RuleSet, RuleVerdict
from serving.live import load_judge
from serving.scoring.judge import LiveModel, document, facts_of
from tests.benchmarks.rules import N_RULES, documents
from tests.benchmarks.single_row import SingleRow
from tests.benchmarks.speed import Speed, show

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from models.contracts import FeatureValues
    from models.policy.facts import OrderFacts
    from serving.scoring.judge import Judge

N_ORDERS = 2_000
GOAL_US = 250.0
ROUNDS = 3

Order = tuple["OrderFacts", "FeatureValues"]


@dataclass(frozen=True, slots=True)
class Times:
    """Microseconds of CPU an order."""

    p50: float
    p99: float

    def __str__(self) -> str:
        """Write both."""
        return f"p50 {self.p50:.0f} µs, p99 {self.p99:.0f} µs"


def timed(work: Callable[..., object], orders: Sequence[tuple[Any, ...]]) -> Times:
    """Time a piece of work on every order; the calmest of a few rounds counts."""
    found = []
    for _ in range(ROUNDS):
        took = []
        for order in orders:
            started = time.thread_time_ns()
            work(*order)
            took.append((time.thread_time_ns() - started) / 1000)
        cuts = quantiles(took, n=100)
        found.append(Times(cuts[49], cuts[98]))
    return min(found, key=lambda times: times.p50)


def newest(history: History) -> list[Order]:
    """Give the newest orders: what the policy reads of each, and its features as served."""
    orders = history.frame("orders").set_index("order_key").sort_values("placed_at")
    since = orders["placed_at"].iloc[-min(N_ORDERS, len(orders))]
    features = declare(history.profile, purposes=("risk", "abnormal"))
    frame = compute(history, features, placed_from=since).drop(columns="placed_at")
    rows = frame.to_dict("records")
    facts = orders.loc[frame.index].to_dict("records")
    return [(facts_of(_known(fact)), _known(row)) for fact, row in zip(facts, rows, strict=True)]


def _known(row: dict[Any, Any]) -> dict[str, Any]:
    """Say None of what is unknown, as the service does."""
    return {name: None if value is None or value != value else value for name, value in row.items()}


def five_models(judge: Judge) -> Judge:
    """Let every risk model stand in the judge; those it lacks are its largest once more."""
    if not judge.models:
        raise SystemExit("this home serves no risk model: run `orderintel train` first")
    largest = max(
        judge.models.values(), key=lambda live: len(_risk(live).artifact.texts["model.txt"])
    )
    names = ("fraud", "refund", "return", "cancel", "refusal")
    return replace(judge, models={n: judge.models.get(n, replace(largest, name=n)) for n in names})


def _risk(live: LiveModel) -> RiskPredictor:
    if not isinstance(live.predictor, RiskPredictor):
        raise TypeError(f"{live.name} is no risk model")
    return live.predictor


def stages(judge: Judge, orders: list[Order]) -> dict[str, Times]:
    """Time the parts of a judgement by themselves, and the whole."""
    predictors = [_risk(live) for live in judge.models.values()]
    singles = [SingleRow(p.trees) for p in predictors]
    laid_out = [
        ([(s, p.encoding.one(values)) for s, p in zip(singles, predictors, strict=True)],)
        for _, values in orders
    ]
    judged = [judge.judge(facts, values) for facts, values in orders]
    looked_at = [o for o, j in zip(orders, judged, strict=True) if j.decision.action != "release"]
    known = [({**values, **facts.features()},) for facts, values in orders]
    concluded = [
        (facts, j.predictions, assess_all(all_of[0]), judge.policy, RuleVerdict())
        for (facts, _), j, all_of in zip(orders, judged, known, strict=True)
    ]

    def floor(rows: list[Any]) -> None:
        for single, row in rows:
            single.row[:] = row
            single.score()

    return {
        "bare LightGBM, rows laid out (floor)": timed(floor, laid_out),
        "detectors": timed(assess_all, known),
        "models": timed(lambda _, values: judge.ask(values), orders),
        f"{N_RULES} rules": timed(judge.rules.judge, known),
        "policy and released orders' reasons": timed(decide, concluded),
        "causes of one model": timed(lambda _, values: predictors[0].explain(values, 3), orders),
        "whole": timed(judge.judge, orders),
        f"whole, the {len(looked_at)} orders to look at": timed(judge.judge, looked_at),
        "writing the answer": timed(lambda found: document(found, "CNY"), [(j,) for j in judged]),
    }


def measure() -> list[Speed]:
    """Measure with the home's own models, and with five."""
    with tempfile.TemporaryDirectory() as folder:
        home = _home(Path(folder))
        history = History(home / "history")
        rules = RuleSet(read_rules(documents(N_RULES), everywhere()))
        judge = replace(load_judge(home / "models", history.profile), rules=rules)
        orders = newest(history)
        # As the service does when it starts: a collector must not go through what stands.
        gc.collect()
        gc.freeze()
        return [
            figure
            for judging in (judge, five_models(judge))
            for figure in _figures(judging, stages(judging, orders), len(orders))
        ]


def _figures(judge: Judge, found: dict[str, Times], n_orders: int) -> list[Speed]:
    floor, whole = (found[name] for name in ("bare LightGBM, rows laid out (floor)", "whole"))
    goal = f"p50 ≤ {GOAL_US:.0f} µs"
    parts = "; ".join(f"{name} {times.p50:.0f}" for name, times in found.items())
    (looked_at,) = (name for name in found if "to look at" in name)
    return [
        Speed(
            f"one decision, features given: detectors, {len(judge.models)} models, "
            f"{N_RULES} rules, policy, reasons; {n_orders:,} orders, CPU",
            str(whole),
            f"bare LightGBM of the same models {floor}",
            f"{whole.p50 / floor.p50:.1f} × the floor (p50 in µs: {parts})",
            goal,
            whole.p50 <= GOAL_US,
        ),
        Speed(
            f"the same, {looked_at.removeprefix('whole, the ')} and so explained",
            str(found[looked_at]),
            "",
            f"{found[looked_at].p50:.0f} µs",
            "–",
            holds=True,
        ),
    ]


def _home(folder: Path) -> Path:
    """Give the home that the environment names, or make a demonstration's."""
    named = Path(os.environ.get("ORDERINTEL_HOME", ""))
    if (named / "models" / "fraud").exists():
        return named
    program = Path(sys.executable).with_name("orderintel")
    told = subprocess.run(
        [program, "demo", "--once", "--orders", "1", "--port", "0", "--json"],
        env=os.environ | {"ORDERINTEL_HOME": str(folder / "home")},
        check=True,
        capture_output=True,
    )
    json.loads(told.stdout)
    return folder / "home"


if __name__ == "__main__":
    show(measure())

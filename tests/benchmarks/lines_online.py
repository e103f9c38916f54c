"""Whether each line of an order that comes gets what batch says of it, and what asking costs.

A model of a home is fitted on what was known some days before its history ends. Then these days
are replayed, orders and outcomes as they became known, and every line's probability is compared
with that of batch; an engine that is told of no outcome has to be noticed::

    python -m tests.benchmarks.lines_online HOME --model refund --days 3
    ORDERINTEL_TEST_DATA=../shared/data python -m tests.benchmarks.lines_online

"""

from __future__ import annotations

import argparse
import tempfile
import time
from dataclasses import dataclass, field
from datetime import timedelta
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow.compute as pc

from features.catalogue import declare
from features.engines.lines_online import LineReader
from features.engines.online import OnlineState
from features.history import History
from features.line import windows
from models.artifacts import save
from models.estimators import BY_NAME
from models.training.lines import LineMaterial
from models.training.material import Material
from serving.cli.console import say
from serving.scoring.judge import Judge, LiveModel
from tests.benchmarks.figures import home_of
from tests.benchmarks.lines import FIGURE
from tests.parity.replay import rows_of

if TYPE_CHECKING:
    from datetime import datetime

    from models.contracts import Estimator

    Row = dict[str, Any]


@dataclass
class Online:
    """What was answered as the orders came, and the CPU time of it, in microseconds."""

    answers: dict[str, float] = field(default_factory=dict)
    of_orders: list[float] = field(default_factory=list)
    of_lines: list[float] = field(default_factory=list)
    n_lines: list[int] = field(default_factory=list)


def judge_of(estimator: Estimator, material: Material, cut: datetime) -> Judge:
    """Fit a model at a moment and load it as a service does."""
    trained = estimator.train(material, cutoff=cut)
    with tempfile.TemporaryDirectory() as folder:
        artifact = save(Path(folder) / estimator.name, trained.artifact)
    model = LiveModel(estimator.name, artifact.version, estimator.predictor(artifact))
    return Judge({estimator.name: model})


def replayed(history: History, judge: Judge, cut: datetime, *, deaf: bool = False) -> Online:
    """Bring the orders since a moment, and what became known meanwhile."""
    profile, found = history.profile, Online()
    (name,) = judge.models
    orders = OnlineState(declare(profile, purposes=("risk", "abnormal")), profile)
    lines = OnlineState(windows(profile), profile)
    for state in (orders, lines):
        state.load(history, until=cut)
    reader = LineReader(lines, profile)
    since = int(cut.timestamp() * 1e6)
    own_lines: dict[str, list[Row]] = {}
    for line in rows_of(history.arrow("order_lines")):
        own_lines.setdefault(line["order_key"], []).append(line)
    events = [(r["received_at"], 0, r) for r in rows_of(history.arrow("orders"))]
    events += [(r["known_at"], 1, r) for r in rows_of(history.arrow("outcomes"))]
    for at, is_outcome, row in sorted(events, key=itemgetter(0, 1)):
        if at < since:
            continue
        if is_outcome:
            for state in () if deaf else (orders, lines):
                state.add_outcome(row)
            continue
        mine = own_lines.get(row["order_key"], [])
        _ask(judge, orders, reader, row, mine, found, name)
        for state in (orders, lines):
            state.add_order(row, mine)
    return found


def _ask(
    judge: Judge, orders: OnlineState, reader: LineReader, row: Row, mine: list[Row],
    found: Online, name: str,
) -> None:  # fmt: skip
    """Ask about one order as a service does, and note what it took."""
    begun = time.process_time_ns()
    values = orders.values(row, mine)
    judge.ask(values)
    asked = time.process_time_ns()
    own = dict(zip((line["line_id"] for line in mine), reader.read(row, mine), strict=True))
    told, _ = judge.ask_lines(values, own)
    ended = time.process_time_ns()
    found.of_orders.append((asked - begun) / 1e3)
    found.of_lines.append((ended - asked) / 1e3)
    found.n_lines.append(len(mine))
    key = row["order_key"]
    found.answers |= {f"{key}/{line_id}": each[name].probability for line_id, each in told.items()}


def differing(batch: dict[str, float], online: Online) -> int:
    """Count the lines that were answered otherwise than in batch, or not at all."""
    return sum(online.answers.get(key) != value for key, value in batch.items())


def main() -> None:
    """Answer the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.lines_online")
    parser.add_argument("home", type=Path, nargs="?", help="unless given, real fashion baskets")
    parser.add_argument("--model", default=FIGURE.model)
    parser.add_argument("--days", type=float, default=7.0)
    parser.add_argument("--homes", type=Path, help="folder of imported homes, one a set")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        home = options.home or home_of(FIGURE.folder, options.homes or Path(made))
        show(History(home / "history"), BY_NAME[options.model], timedelta(days=options.days))


def show(history: History, estimator: Estimator, days: timedelta) -> None:
    """Print what was compared, and what it costs."""
    newest = pc.max(history.arrow("orders", columns=["received_at"])["received_at"]).as_py()
    cut = newest - days
    material = Material(history, purposes=frozenset({"risk"}))
    judge = judge_of(estimator, material, cut)
    part = judge.models[estimator.name].lines
    if part is None:
        say(f"outcomes of {estimator.name} do not name lines")
        return
    lines = LineMaterial.of(material)
    came = lines.orders.loc[lines.frame.index, "received_at"] >= cut
    rows = lines.frame[came & lines.frame["line__quantity"].notna()]
    batch = dict(zip(rows.index, part.predict_frame(rows).tolist(), strict=True))
    online, deaf = replayed(history, judge, cut), replayed(history, judge, cut, deaf=True)
    say(f"{len(batch):,} lines of {len(online.of_orders):,} orders: {differing(batch, online):,} "
        f"differ from batch; told of no outcome {differing(batch, deaf):,}")  # fmt: skip
    of_orders, of_lines = np.array(online.of_orders), np.array(online.of_lines)
    each = of_lines / np.maximum(online.n_lines, 1)
    say(f"CPU of the features and the model of an order: {np.median(of_orders):.0f} µs (median)")
    say(f"of its lines besides: {np.median(of_lines):.0f} µs, {np.median(each):.0f} µs a line")


if __name__ == "__main__":
    main()

"""Replay whole real histories through an online engine, against batch and DuckDB, cell by cell.

``python -m tests.parity.full [--engine online|redis] [--set NAME] [--limit N]``

The data sets are imported from the folder that ``ORDERINTEL_TEST_DATA`` names. Then what must be
noticed is done to the engine on purpose, and has to be noticed. Ends with 1 when a cell differs or
a fault is not caught.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

import pandas as pd

from features.catalogue import declare
from features.engines.batch import compute
from features.engines.online import OnlineState
from features.history import History
from tests.benchmarks.terminal import say
from tests.parity.controls import CONTROLS, planted, spoilt
from tests.parity.oracle import oracle
from tests.parity.real import imported
from tests.parity.replay import Comparison, compare, replayed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from features.feature import Feature
    from features.history import HistoryProfile
    from tests.parity.controls import Control
    from tests.parity.replay import State

    Maker = Callable[[Sequence[Feature], HistoryProfile], State]

SETS: Final = ("fraud_handbook_sim", "olist_partial", "online_retail_uci")
PATIENCE_S: Final = 600.0
TOLD_EVERY: Final = 100_000
"""Orders after which a long replay says how it stands."""
CONTROLLED: Final = 2_000
"""Orders of a set on which faults are tried."""


@contextmanager
def in_process() -> Iterator[Maker]:
    """Make states in this process."""
    yield OnlineState


@contextmanager
def in_redis() -> Iterator[Maker]:
    """Make states in a Redis server of one's own."""
    from features.engines.redis.state import RedisState
    from tests.features.engines.redis.server import running

    with TemporaryDirectory() as folder, running(Path(folder)) as server:
        made: list[RedisState] = []

        def make(features: Sequence[Feature], profile: HistoryProfile) -> State:
            name = f"parity{len(made)}"
            made.append(
                RedisState(
                    server.socket_url, features, profile, namespace=name, timeout_s=PATIENCE_S
                )
            )
            return made[-1]

        yield make


ENGINES: Final = {"online": in_process, "redis": in_redis}


class Truth:
    """What batch and DuckDB say of a history."""

    def __init__(self, history: History, features: Sequence[Feature]) -> None:
        self.features = features
        self.windowed = [f for f in features if f.measure is not None]
        self.batch = compute(history, features)
        found = oracle(history, [f.measure for f in self.windowed if f.measure is not None])
        self.duckdb = pd.DataFrame(found, index=self.batch.index, copy=False)

    def judge(self, blocks: Iterator[pd.DataFrame]) -> tuple[int, Comparison, Comparison]:
        """Compare what an engine answered with both: how many orders, and what differs."""
        n, to_batch, to_duckdb = 0, Comparison(), Comparison()
        for block in blocks:
            before, n = n, n + len(block)
            to_batch.add(compare(self.batch, block, self.features))
            to_duckdb.add(compare(self.duckdb, block, self.windowed))
            if before // TOLD_EVERY < n // TOLD_EVERY:
                differing = to_batch.n_different + to_duckdb.n_different
                say(f"    {n:,} orders, {to_batch.cells:,} cells: {differing:,} differ so far")
        return n, to_batch, to_duckdb


def replay_whole(name: str, history: History, make: Maker, limit: int | None) -> bool:
    """Replay a set and print its line of the table; tells whether every cell was equal."""
    features = declare(history.profile)
    begin = time.perf_counter()
    truth = Truth(history, features)
    known = time.perf_counter()
    state = make(features, history.profile)
    n, to_batch, to_duckdb = truth.judge(replayed(history, features, state, n_orders=limit))
    end = time.perf_counter()
    say(
        f"{name:<20}{n:>10,}{len(features):>10}{to_batch.cells:>14,}{to_batch.n_different:>10,}"
        f"{to_duckdb.cells:>14,}{to_duckdb.n_different:>10,}"
        f"{known - begin:>9.0f}{end - known:>9.0f}"
    )
    for told in (to_batch, to_duckdb):
        for feature, differing in told.different.items():
            say(f"    {feature}: {differing:,}")
    return to_batch.n_different == to_duckdb.n_different == 0


HEADER: Final = (
    f"{'set':<20}{'orders':>10}{'features':>10}{'cells':>14}{'≠ batch':>10}"
    f"{'in DuckDB':>14}{'≠ DuckDB':>10}{'truth s':>9}{'replay s':>9}"
)


def try_faults(name: str, history: History, make: Maker) -> bool:
    """Print how many cells each fault changes; tells whether every one was caught."""
    small = planted(history, CONTROLLED)
    features = tuple(f for f in declare(small.profile) if f.measure is not None)
    truth = Truth(small, features)

    def cells(control: Control) -> tuple[int, int]:
        wrong = spoilt(features, control)
        state = make(wrong, small.profile)
        blocks = replayed(small, wrong, state, spoil=control.rows)
        _, to_batch, to_duckdb = truth.judge(blocks)
        return to_batch.n_different, to_duckdb.n_different

    good = True
    say(f"\n{name}: {CONTROLLED:,} orders, some on the edges; cells unlike batch, unlike DuckDB")
    for control in CONTROLS:
        found = cells(control)
        fine = (min(found) > 0) == control.is_fault and (max(found) > 0) == control.is_fault
        good &= fine
        verdict = ("caught" if control.is_fault else "equal") if fine else "NOT AS IT MUST BE"
        say(f"    {control.name:<44}{found[0]:>8,}{found[1]:>8,}  {verdict}")
    return good


@contextmanager
def opened(name: str, homes: Path | None) -> Iterator[History]:
    """Open the history of a set: one imported before, or imported now."""
    if homes is not None:
        yield History(homes / name / "history")
        return
    with TemporaryDirectory() as folder:
        source = Path(os.environ["ORDERINTEL_TEST_DATA"]).resolve() / name
        yield imported(name, source, Path(folder) / name)


def main() -> int:
    """Replay what is asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.parity.full")
    parser.add_argument("--engine", choices=sorted(ENGINES), default="online")
    parser.add_argument("--set", choices=SETS, action="append", help="default: all of them")
    parser.add_argument("--limit", type=int, help="replay only so many orders of each set")
    parser.add_argument("--homes", type=Path, help="folder of homes imported before, by set")
    asked = parser.parse_args()
    names = asked.set or SETS
    good = True
    with ENGINES[asked.engine]() as make:
        say(f"engine: {asked.engine}\n\n{HEADER}")
        for name in names:
            with opened(name, asked.homes) as history:
                good &= replay_whole(name, history, make, asked.limit)
        for name in names:
            with opened(name, asked.homes) as history:
                good &= try_faults(name, history, make)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())

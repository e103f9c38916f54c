"""What choosing a route adds to scoring one order, stage by stage.

A shop with 4 warehouses and 6 carriers that all serve the place, so 24 options; trained delivery
models. Prints the median of each stage, of the whole call as scoring makes it, and of reading and
checking the order alone (the floor that every service pays) in one run: by the clock, and in
processor time, which says more where other processes are busy.

Run ``python -m tests.benchmarks.options [ROUNDS]``.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec

from features import order as orders
from features.history import History, HistoryProfile, LabelProfile
from features.history_writing import write_history
from models.artifacts import save
from models.estimators import BY_NAME
from models.routing.candidates import find_candidates
from models.routing.network import Shelf
from models.training.material import Material
from serving.cli.console import say
from serving.runtime import open_runtime
from serving.settings import Settings
from tests.serving.conftest import Clock
from tests.serving.delivery import shop

if TYPE_CHECKING:
    from collections.abc import Callable

N_WAREHOUSES: Final = 4
CARRIERS: Final = ("sf", "yd", "zt", "yt", "jd", "db")
GOAL_US: Final = 300.0


def write_home(home: Path) -> None:
    """Write a home of the small shop with more warehouses and carriers, and its models."""
    tables = shop.tables(
        warehouses=[
            shop.WAREHOUSES[0] | {"warehouse": f"W{number}", "daily_capacity": None}
            for number in range(N_WAREHOUSES)
        ],
        outlets=[
            shop.OUTLETS[1] | {"outlet": f"{carrier}-1", "carrier": carrier, "daily_capacity": None}
            for carrier in CARRIERS
        ],
        stock=[
            {"warehouse": f"W{number}", "sku": "CUP", "at": shop.ENDS, "on_hand": 1_000_000}
            for number in range(N_WAREHOUSES)
        ],
    )
    profile = HistoryProfile(
        base_currency="CNY", timezone="Asia/Shanghai", labels={"late": LabelProfile("late", 1.0)}
    )
    write_history(home / "history", tables, profile, source="shop")
    material = Material(History(home / "history"), purposes=frozenset({"delivery"}))
    for name in ("late", "eta", "attempt"):
        trained = BY_NAME[name].train(material, cutoff=shop.ENDS)
        save(home / "models" / name, trained.artifact)


def median_us(work: Callable[[], Any], rounds: int) -> tuple[float, float]:
    """Median microseconds of a call, by the clock and of processor time."""
    work()
    taken, computed = [], []
    for _ in range(rounds):
        started, began = time.perf_counter(), time.thread_time()
        work()
        computed.append(time.thread_time() - began)
        taken.append(time.perf_counter() - started)
    return statistics.median(taken) * 1e6, statistics.median(computed) * 1e6


def main(rounds: int = 2_000) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        write_home(home)
        runtime = open_runtime(Settings(home=home, log_level="ERROR"), clock=Clock())
        _measure(runtime, rounds)
        runtime.close()


def _measure(runtime: Any, rounds: int) -> None:
    """Take the route of one order apart."""
    delivery, terms = runtime.delivery, runtime.scorer.terms
    body = msgspec.json.encode(shop.order())
    rows = orders.to_rows(orders.parse(body), terms, received_at=runtime.clock())
    values, _ = runtime.scorer.state.values(rows.order, rows.lines)
    wanted = delivery.wanted(rows.order, rows.lines)
    network, shelf = delivery.reference.network, Shelf(delivery.reference.available)
    candidates, _ = find_candidates(wanted, network, shelf)
    rater = delivery.rater

    def floor() -> None:
        orders.to_rows(orders.parse(body), terms, received_at=runtime.clock())

    stages: dict[str, Callable[[], Any]] = {
        "candidates": lambda: find_candidates(wanted, network, shelf),
        "features of all ways": lambda: rater.ways(rows.order, rows.lines, candidates, values),
        "features and models": lambda: rater.rate(rows.order, rows.lines, candidates, values),
        "ranking, 4 options": lambda: delivery.options(
            rows.order, rows.lines, known=values, most=4
        ),
        "whole route": lambda: delivery.route(rows.order, rows.lines, None, values),
    }
    taken, base = median_us(floor, rounds)
    say(f"{len(candidates)} options, {rounds:,} rounds, medians by the clock and of the processor")
    say(f"{'reading and checking the order':<32}{taken:8.0f} us{base:8.0f} us")
    for name, work in stages.items():
        taken, computed = median_us(work, rounds)
        say(f"{name:<32}{taken:8.0f} us{computed:8.0f} us{computed / base:8.2f} x")
    met = "met" if taken <= GOAL_US else "not reached"
    say(f"added to scoring {taken:.0f} us, goal ≤ {GOAL_US:.0f} us: {met}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))

"""How long an order takes with its windows in Redis: read and write of five entities, one step.

``python -m tests.benchmarks.shared_state`` starts a server of its own and sets it beside the state
in process.
"""

from __future__ import annotations

import random
import tempfile
import time
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from redis import Redis

from features.engines.online import OnlineState
from features.engines.redis.state import RedisState
from tests.benchmarks.speed import Speed, show
from tests.features import memory
from tests.features.engines.redis.server import running
from tests.features.memory import NOW, PROFILE, feature, order

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from features.feature import Feature
    from tests.features.memory import Row, State

ENTITIES: Final = {
    "buyer": ("buyer_key", 3000),
    "phone": ("phone_key", 3000),
    "address_unit": ("address_unit_key", 2500),
    "device": ("device_key", 2000),
    "ip": ("ip_key", 400),
}
"""Column of each entity, and how many keys the orders share."""
WINDOWS: Final = (
    timedelta(minutes=30), timedelta(hours=1), timedelta(hours=24), timedelta(days=30),
)  # fmt: skip
N_ORDERS: Final = 20_000
SECONDS_APART: Final = 90
SKEW: Final = 2.6
"""Keys are drawn as ``size * u ** SKEW``: a few are very busy, most are seen a few times."""
GOAL: Final = 15.0


def features() -> list[Feature]:
    """Count orders and distinct counterparts in every window of every entity."""
    found = []
    for subject in ENTITIES:
        other = "payment_key" if subject == "buyer" else "buyer_key"
        for window in WINDOWS:
            found.append(memory.measure("count", window, subject=subject))
            found.append(memory.measure("distinct", window, subject=subject, column=other))
    return [feature(m) for m in found]


def orders(n: int = N_ORDERS, seed: int = 1) -> list[Row]:
    """Make orders whose keys are shared very unevenly."""
    chance = random.Random(seed)  # noqa: S311 made-up orders
    rows = []
    for i in range(n):
        keys: dict[str, Any] = {
            column: f"h1:{int(size * chance.random() ** SKEW):032x}"
            for column, size in ENTITIES.values()
        }
        at = NOW + i * SECONDS_APART * 1_000_000
        payment = f"h1:{chance.randrange(9000):032x}"
        rows.append(order(f"bench/jd/shop/{i:08}", at, payment_key=payment, **keys))
    return rows


def observed(state: State, rows: list[Row], *, last: int) -> NDArray[np.float64]:
    """Show orders to a state; microseconds that each of the last ones took."""
    took = np.empty(last)
    for place, row in enumerate(rows, last - len(rows)):
        started = time.perf_counter_ns()
        state.observe(row, [])
        if place >= 0:
            took[place] = (time.perf_counter_ns() - started) / 1000
    return took


@dataclass(frozen=True)
class Run:
    """What a run over one kind of connection showed.

    Parameters
    ----------
    took
        Microseconds of each step, as the worker sees it.
    inside
        Microseconds of a step inside Redis, on average.
    memory
        Bytes that Redis holds for an event and entity, its share of the order included.
    """

    took: NDArray[np.float64]
    inside: float
    memory: float


def in_redis(rows: list[Row], *, last: int) -> dict[str, Run]:
    """Show orders to a state in a Redis of one's own, over TCP and over a socket."""
    found = {}
    with tempfile.TemporaryDirectory() as folder, running(Path(folder)) as server:
        for name, url in (("loopback", server.url), ("socket", server.socket_url)):
            with Redis.from_url(url) as client:
                client.flushall()
                client.config_resetstat()
                before = client.info("memory")["used_memory"]
                took = observed(RedisState(url, features(), PROFILE, timeout_s=10), rows, last=last)
                inside = client.info("commandstats")["cmdstat_fcall"]["usec_per_call"]
                memory = client.info("memory")["used_memory"] - before
            found[name] = Run(took, inside, memory / (len(rows) * len(ENTITIES)))
    return found


def measure() -> list[Speed]:
    """Time the same orders in this process and in Redis."""
    rows = orders()
    there = in_redis(rows, last=N_ORDERS // 2)
    here = observed(OnlineState(features(), PROFILE), rows, last=N_ORDERS // 2)
    tcp, local = there["loopback"], there["socket"]
    ratio = float(np.median(tcp.took) / np.median(here))
    return [
        Speed(
            "read and write of an order's windows (5 entities × 4 windows), in process",
            _times(here),
            f"Redis on loopback {_times(tcp.took)}, {tcp.inside:.0f} µs of it in Redis",
            f"{ratio:.1f} ×",
            f"≥ {GOAL} ×",
            ratio >= GOAL,
        ),
        Speed(
            "the same over a Unix socket, and what Redis keeps",
            _times(local.took),
            "",
            f"{local.memory:.0f} B an event and entity, its share of the order included",
            "–",
            True,
        ),
    ]


def _times(took: NDArray[np.float64]) -> str:
    p50, p99 = np.percentile(took, [50, 99])
    return f"p50 {p50:.0f} µs, p99 {p99:.0f} µs"


if __name__ == "__main__":
    show(measure())

"""Window state in Redis, as a service meets it: filled once, lost, and back again."""

from __future__ import annotations

import signal
import time
from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from features.catalogue import declare
from features.engines.plans import Ends, Plans, Side
from features.engines.redis.state import RedisState
from features.engines.ways import way_reader
from features.errors import StateUnavailableError
from serving.state import shared as sharing
from serving.state.shared import SharedEngine, fill
from serving.state.windows import WindowState
from tests.features.engines.redis.server import Server, running, shared
from tests.parity.shop import START, disorderly_shop, write_shop

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from features.history import History

Row = dict[str, Any]

COUNT = "buyer__order_count__30d"
VALUE = "order__value_minor"
FRAUDS = "buyer__fraud_count__known_30d"
DAY_US = 86_400_000_000
NOW = int(START.timestamp()) * 1_000_000 + 400 * DAY_US
PATIENCE_S = 60.0
ASKED = ("values", "values_of_ways", "add_order", "is_filled")
"""Ways to ask Redis: of an order, of its ways, of what to keep, and whether it is there."""


@dataclass
class Events:
    """What a service stored itself."""

    rows: list[Row] = field(default_factory=list)

    def orders(self) -> Iterable[tuple[Row, list[Row]]]:
        return [(row, []) for row in self.rows]

    def outcomes(self) -> Iterable[Row]:
        return []

    def shipments(self) -> Iterable[Row]:
        return []


def order(key: str, at: int) -> Row:
    row = {"order_key": key, "placed_at": at, "received_at": at, "buyer_key": "h1:ann"}
    return row | {"merchant_id": "m", "channel": "jd", "shop_id": "s", "order_id": key}


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> History:
    return write_shop(tmp_path_factory.mktemp("shop") / "history", disorderly_shop(3, 60))


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    shared()  # skips where there is no server to start
    monkeypatch.setattr(sharing, "PAUSE_S", 0.05)
    with running(tmp_path, keeps=True) as own:
        yield own


_OPENED: list[SharedEngine] = []


@pytest.fixture(autouse=True)
def closed_afterwards() -> Iterator[None]:
    """End the threads that would go on looking for a server that is gone."""
    yield
    while _OPENED:
        _OPENED.pop().close()


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Count how often Redis was asked, whether or not it answered."""
    calls: Counter[str] = Counter()

    def count(name: str) -> Any:
        real = getattr(RedisState, name)

        def counting(state: RedisState, *given: Any, **named: Any) -> Any:
            calls[name] += 1
            return real(state, *given, **named)

        return counting

    for name in ASKED:
        monkeypatch.setattr(RedisState, name, count(name))
    return calls


def opened(
    server: Server,
    history: History,
    stored: Events,
    sharing: list[SharedEngine] | None = None,
    timeout_s: float = 2,
    namespace: str = "orderintel",
    names: Sequence[str] = (COUNT, VALUE),
) -> SharedEngine:
    features = [f for f in declare(history.profile) if f.name in names]
    state = RedisState(
        server.url, features, history.profile, namespace=namespace, timeout_s=timeout_s
    )
    _OPENED.append(SharedEngine(state, partial(fill, history=history, stored=stored), sharing))
    return _OPENED[-1]


def ask(engine: SharedEngine, at: int = NOW) -> float | str | None:
    return engine.values(order("asking", at), [])[COUNT]


def eventually(engine: SharedEngine, expected: float) -> None:
    until = time.monotonic() + PATIENCE_S
    while True:
        try:
            found = ask(engine)
        except StateUnavailableError:
            found = None
        if found == expected:
            return
        assert time.monotonic() < until, found
        time.sleep(0.05)


def test_the_first_worker_fills_the_state_and_the_next_finds_it_filled(
    server: Server, history: History
) -> None:
    stored = [Events([order("a", NOW - 20 * DAY_US)]), Events([order("b", NOW - 28 * DAY_US)])]
    first = opened(server, history, stored[0])
    found = ask(first)
    second = opened(server, history, stored[1])

    assert found == 1
    assert ask(second) == 1  # what the first one stored; its own is older than what is told again


def test_what_was_stored_and_not_told_before_the_worker_died_is_told_at_its_start(
    server: Server, history: History
) -> None:
    assert ask(opened(server, history, Events())) == 0
    restarted = opened(server, history, Events([order("a", NOW - DAY_US)]))

    assert ask(restarted) == 1


def test_while_redis_is_lost_a_decision_says_so_and_later_everything_is_told(
    server: Server, history: History
) -> None:
    engine = opened(server, history, Events())
    state = WindowState(engine)
    server.stop()

    values, missing = state.values(order("asking", NOW) | {"value_minor": 700}, [])
    for n in range(3):
        state.add_order(order(f"o{n}", NOW - DAY_US), [])
    server.start()

    assert values == {VALUE: 700.0}
    assert [(part.part, part.stood_in) for part in missing] == [("state", "the order's own facts")]
    eventually(engine, 3)


def test_a_service_starts_without_redis_and_fills_it_when_it_is_there(
    server: Server, history: History
) -> None:
    server.stop()
    engine = opened(server, history, Events([order("a", NOW - DAY_US)]))
    with pytest.raises(StateUnavailableError):
        ask(engine)
    server.start()

    eventually(engine, 1)


def test_an_old_revision_told_again_does_not_replace_a_newer_one(
    server: Server, history: History
) -> None:
    engine = opened(server, history, Events())
    newer = order("a", NOW - DAY_US) | {"buyer_key": "h1:bob", "received_at": NOW - DAY_US + 5}
    engine.add_order(newer, [])

    restarted = opened(server, history, Events([order("a", NOW - DAY_US)]))

    assert ask(restarted) == 0


def test_a_correction_that_another_worker_told_first_stays(
    server: Server, history: History
) -> None:
    fraud = {"outcome_id": "r", "order_key": "a", "kind": "fraud", "is_bad": True}
    fraud |= {"occurred_at": NOW - DAY_US, "known_at": NOW - 2}
    told = [fraud, fraud | {"is_bad": False, "known_at": NOW - 1}]
    found = []
    for namespace, reports in (("in turn", told), ("out of turn", told[::-1])):
        workers = [
            opened(server, history, Events(), namespace=namespace, names=(COUNT, FRAUDS))
            for _ in reports
        ]
        workers[0].add_order(order("a", NOW - DAY_US), [])
        untold = workers[0].digest()
        for worker, report in zip(workers, reports, strict=True):
            worker.add_outcome(report)
        found.append(workers[0].digest())

    assert found[0] == found[1] != untold


def test_a_redis_that_stands_still_is_waited_for_once(
    server: Server, history: History, asked: Counter[str]
) -> None:
    sharing: list[SharedEngine] = []
    engines = [opened(server, history, Events(), sharing, timeout_s=0.5) for _ in range(2)]
    for engine in engines:
        eventually(engine, 0)
    assert server.process is not None
    server.process.send_signal(signal.SIGSTOP)
    try:
        asked.clear()
        began = time.monotonic()
        with pytest.raises(StateUnavailableError):
            ask(engines[0])
        first = time.monotonic() - began
        for engine in engines * 10:
            with pytest.raises(StateUnavailableError):
                ask(engine)
            engine.add_order(order("a", NOW - DAY_US), [])
        found = dict(asked)
    finally:
        server.process.send_signal(signal.SIGCONT)

    assert first >= 0.5
    assert (found["values"], found.get("add_order", 0)) == (1, 0)
    for engine in engines:
        eventually(engine, 1)


def test_a_redis_that_still_stands_is_not_taken_for_back(
    server: Server, history: History, asked: Counter[str]
) -> None:
    engine = opened(server, history, Events(), timeout_s=0.5)
    eventually(engine, 0)
    assert server.process is not None
    server.process.send_signal(signal.SIGSTOP)
    try:
        asked.clear()
        with pytest.raises(StateUnavailableError):
            ask(engine)
        until = time.monotonic() + PATIENCE_S
        while asked["is_filled"] < 3:  # tries to mend it, with nothing to tell
            assert time.monotonic() < until, "nobody tries to mend it"
            time.sleep(0.01)
        with pytest.raises(StateUnavailableError):
            ask(engine)
        assert asked["values"] == 1
    finally:
        server.process.send_signal(signal.SIGCONT)
    eventually(engine, 0)


def test_a_redis_that_comes_back_without_what_it_knew_is_filled_anew(
    tmp_path: Path, history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared()  # skips where there is no server to start
    monkeypatch.setattr(sharing, "PAUSE_S", 0.05)
    with running(tmp_path) as forgetful:
        engine = opened(forgetful, history, Events([order("a", NOW - DAY_US)]))
        eventually(engine, 1)
        full = engine.digest()
        forgetful.stop()
        forgetful.start()

        with pytest.raises(StateUnavailableError, match="lost what it knew"):
            ask(engine)
        eventually(engine, 1)

        assert engine.digest() == full


def test_the_ways_of_an_order_are_asked_about_at_once(
    server: Server, history: History, asked: Counter[str]
) -> None:
    engine = opened(server, history, Events())
    features = [f for f in declare(history.profile) if f.name in {COUNT, VALUE}]
    warehouses, outlets, names = Ends(), Ends(), ("sf-1", "yd-1")
    begin = Side(warehouses, warehouses.places(("JX", "JX"), lambda _: {"warehouse": "JX"}))
    end = Side(outlets, outlets.places(names, lambda at: {"outlet": names[at]}))

    found = way_reader(engine, features, history.profile).read(
        order("asking", NOW), [], Plans((begin, end))
    )

    assert found.plans.n == 2
    assert (asked["values_of_ways"], asked["values"]) == (1, 0)

"""Kill a real service under load, again and again; nothing it acknowledged may be lost.

``python -m tests.parity.service_kills --times 200`` on SQLite and window state in the process;
``--servers --workers 2 --times 50`` on a PostgreSQL and a Redis of its own. Orders and reports of
fraud stream in, every process is killed with SIGKILL at a random moment, and the service is started
again. At the end every acknowledged decision is in the store as it was answered, every order event
is there once, and window state has the digest of a clean replay of history and store.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import sys
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

from pydantic import SecretStr
from sqlalchemy import func, select

from features.catalogue import declare
from features.engines.online import OnlineState
from features.engines.redis.state import RedisState
from features.history import History
from serving.clock import now
from serving.opening import open_store
from serving.outcomes.repository import OutcomeStore
from serving.runtime import open_runtime
from serving.scoring.repository import DecisionStore
from serving.settings import Settings
from serving.state.shared import fill
from serving.state.stored import NOTHING, StoredEvents
from serving.store.tables import ORDER_EVENTS
from tests.benchmarks.service.running import free_port, start
from tests.benchmarks.service.sending import OK, Apart, Call, send
from tests.benchmarks.service.servers import own_servers
from tests.parity.shop import disorderly_shop, write_shop
from tests.serving.orders import order

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.benchmarks.service.running import Running
    from tests.benchmarks.service.sending import Answer

SECRET: Final = "a secret of the tenant"
PURPOSES: Final = ("risk", "abnormal")
RATE: Final = 50.0
LONGEST_S: Final = 1.5
"""Seconds of load at most before a kill."""


@dataclass
class Tally:
    """What was acknowledged on the way."""

    kills: int = 0
    decided: dict[str, str] = field(default_factory=dict)
    reported: int = 0
    starts: list[float] = field(default_factory=list)

    def note(self, answers: Sequence[Answer]) -> None:
        """Note what a service acknowledged before it was killed."""
        for answer in answers:
            if answer.status != OK:
                continue
            document = answer.document()
            if "decision_id" in document:
                self.decided[document["order_key"]] = document["decision_id"]
            else:
                self.reported += document["stored"]


def calls(first: int, n: int) -> list[Call]:
    """Plan orders, some sent again, and a report of fraud, later cleared, about every third."""
    planned = []
    for number in range(first, first + n):
        at = (number - first) / RATE
        body = json.dumps(order(f"n{number}")).encode()
        planned += [Call(at, body)] * (2 if number % 7 == 0 else 1)
        if number % 3 == 0:
            for is_bad in (True, False) if number % 2 else (True,):
                planned.append(Call(at + 0.1, _report(number, is_bad=is_bad), "/v1/outcomes"))
    return sorted(planned, key=lambda call: call.at)


def _report(number: int, *, is_bad: bool) -> bytes:
    report = {
        "outcome_id": f"r{number}",
        "order_key": f"demo/shopify/eu/n{number}",
        "kind": "fraud",
        "is_bad": is_bad,
        "occurred_at": "2026-03-02T00:00:00Z",
        "known_at": f"2026-03-0{3 if is_bad else 4}T00:00:00Z",
    }
    return json.dumps({"outcomes": [report]}).encode()


def survive(
    home: Path, times: int, seed: int, workers: int, environment: Mapping[str, str]
) -> Tally:
    """Start, send, kill; as often as asked."""
    chance, tally, key = random.Random(seed), Tally(), ""  # noqa: S311 test data
    port = free_port()
    for number in range(times):
        service = start(home, port, workers, environment, key=key)
        key = service.key
        tally.starts.append(service.seconds)
        # The first order may take long on a busy machine; the kill comes after it.
        first = [Call(0.0, json.dumps(order(f"first{number}")).encode())]
        tally.note(send(port, key, first, keep=True).answers)
        load = Apart(
            port, key, calls(number * 1000, int(RATE * LONGEST_S)), keep=True, patience_s=5
        )
        load.until(chance.random() * LONGEST_S)
        kill(service)
        tally.kills += 1
        tally.note(load.report().answers)
    return tally


def kill(service: Running) -> None:
    """Kill every process of a service at once."""
    for pid in service.processes():
        os.kill(pid, signal.SIGKILL)
    service.process.wait()


def faults(settings: Settings, tally: Tally) -> list[str]:
    """Say what was lost or counted twice."""
    engine = open_store(settings, now)
    decisions, news = DecisionStore(engine), OutcomeStore(engine)
    found = [] if tally.decided else ["nothing was acknowledged: the machine is too busy to tell"]
    lost = [
        order_key
        for order_key, decision_id in tally.decided.items()
        if decision_id not in {each.body["decision_id"] for each in decisions.decisions(order_key)}
    ]
    if lost:
        found.append(f"{len(lost)} acknowledged decisions are lost, such as {lost[0]}")
    table = ORDER_EVENTS.c
    with engine.connect() as connection:
        twice = connection.execute(
            select(table.order_key).group_by(table.order_key).having(func.count() > 1)
        ).all()
    if twice:
        found.append(f"{len(twice)} orders were stored twice")
    stored = StoredEvents(decisions, news)
    ours, clean = digests(settings, stored)
    if ours != clean:
        found.append(f"window state {ours} differs from that of a clean replay {clean}")
    engine.dispose()
    return found


def digests(settings: Settings, stored: StoredEvents) -> tuple[str, str]:
    """Give the digest of the state that a start finds, and of one filled in one go."""
    runtime = open_runtime(settings)
    history = History(settings.history_folder)
    features = declare(history.profile, purposes=PURPOSES)
    engine: Any = runtime.scorer.state.engine
    try:
        if settings.state_url is None:
            clean = OnlineState(features, history.profile)
            clean.load(history)
            stored.tell(clean, NOTHING)
            return str(engine.digest()), clean.digest()
        other = RedisState(
            settings.state_url, features, history.profile, namespace="clean", timeout_s=60
        )
        fill(other, history, stored)
        return str(engine.digest()), other.digest()
    finally:
        runtime.close()


def main(arguments: Sequence[str]) -> int:
    """Kill so many times and say what was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--servers", action="store_true")
    parser.add_argument("--workers", type=int, default=1)
    asked = parser.parse_args(arguments)
    with TemporaryDirectory() as folder, ExitStack() as stack:
        home = Path(folder) / "home"
        home.mkdir()
        write_shop(home / "history", disorderly_shop(7, 120))
        environment = {"ORDERINTEL_SECRET_KEY": SECRET}
        if asked.servers:
            environment |= stack.enter_context(own_servers(Path(folder))).environment
            environment["ORDERINTEL_STATE_TIMEOUT"] = "5"
        tally = survive(home, asked.times, asked.seed, asked.workers, environment)
        settings = Settings(
            home=home,
            log_level="ERROR",
            database_url=environment.get("ORDERINTEL_DATABASE_URL"),
            state_url=environment.get("ORDERINTEL_STATE_URL"),
            secret_key=SecretStr(environment["ORDERINTEL_SECRET_KEY"]),
            state_timeout=60,
        )
        found = faults(settings, tally)
    starts = sorted(tally.starts)
    sys.stdout.write(
        f"{tally.kills} kills; {len(tally.decided)} decisions and {tally.reported} reports were "
        f"acknowledged; a start took {starts[len(starts) // 2]:.1f} s at the median\n"
    )
    for fault in found or ["nothing lost, nothing twice, window state as of a clean replay"]:
        sys.stdout.write(f"{fault}\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

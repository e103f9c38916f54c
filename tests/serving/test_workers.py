"""Several workers with one store in PostgreSQL and one state in Redis serve as one service."""

from __future__ import annotations

import http.client
import json
import os
import re
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import func, select

from serving.store.engine import open_engine
from serving.store.tables import DECISIONS, ORDER_EVENTS
from tests.features.engines.redis import server as redis
from tests.parity.shop import disorderly_shop, write_shop
from tests.serving.orders import order
from tests.serving.store import server as postgresql

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.embedded

RUN = "from serving.cli.main import run; run()"
PATIENCE_S = 120.0
BURST = 24


class Running:
    """A service in processes of its own."""

    def __init__(self, port: int, key: str, store: str) -> None:
        self.port, self.key, self.store = port, key, store

    def call(self, method: str, path: str, document: Any = None) -> tuple[int, Any]:
        """Send a request over a connection of its own, so that any worker may take it."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        try:
            headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
            body = None if document is None else json.dumps(document)
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            read = answer.read().decode()
            is_json = "json" in answer.headers["Content-Type"]
            return answer.status, json.loads(read) if is_json else read
        finally:
            connection.close()

    def decided(self, document: dict[str, Any]) -> tuple[int, Any]:
        """Send an order, and again whenever the service says that it is busy."""
        while True:
            status, answer = self.call("POST", "/v1/orders/score", document)
            if status != 503:
                return status, answer
            time.sleep(0.1)


@contextmanager
def running(home: Path, workers: int) -> Iterator[Running]:
    """Run a service on a store and a state that nothing else uses."""
    write_shop(home / "history", disorderly_shop(3, 40))
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    store = postgresql.shared().fresh()
    redis.shared()  # skips where there is no server to start
    (home / "redis").mkdir()
    with redis.running(home / "redis") as state:
        yield from _running(home, workers, port, store, state.url)


def _running(home: Path, workers: int, port: int, store: str, state: str) -> Iterator[Running]:
    process = subprocess.Popen(
        [sys.executable, "-c", RUN, "serve", "--port", str(port), "--workers", str(workers)],
        env={
            **os.environ,
            "ORDERINTEL_HOME": str(home),
            "ORDERINTEL_DATABASE_URL": store,
            "ORDERINTEL_STATE_URL": state,
            "ORDERINTEL_STATE_TIMEOUT": "5",
            "ORDERINTEL_SECRET_KEY": "a secret of the tenant",
            "ORDERINTEL_LOG_LEVEL": "ERROR",
        },
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stderr is not None
        told = ""
        while "/console" not in told and (line := process.stderr.readline()):
            told += line
        shown = re.search(r"oi_\S+", told)
        assert shown is not None, told
        service = Running(port, shown.group(), store)
        until = time.monotonic() + PATIENCE_S
        while not answers(service):
            assert process.poll() is None, "the service ended"
            assert time.monotonic() < until, "nothing listens"
            time.sleep(0.2)
        yield service
    finally:
        process.terminate()
        process.communicate(timeout=PATIENCE_S)


def answers(service: Running) -> bool:
    try:
        return service.call("GET", "/livez")[0] == 200
    except OSError:
        return False


def documents(n: int) -> list[dict[str, Any]]:
    """Orders of one buyer, a minute apart, the last of them a minute old."""
    last = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=1)
    moments = [last - timedelta(minutes=n - 1 - i) for i in range(n)]
    return [
        order(str(i), placed_at=at.isoformat(), updated_at=at.isoformat(), ingest=came(at))
        for i, at in enumerate(moments)
    ]


def came(at: datetime) -> dict[str, str]:
    """Say that an order came in a second after it was placed, whenever it is sent."""
    received = (at + timedelta(seconds=1)).isoformat()
    return {"received_at": received, "via": "webhook", "adapter": "test"}


def said(decision: dict[str, Any]) -> dict[str, Any]:
    """What a decision says, without what names this answer alone."""
    own = {"decision_id", "latency_ms", "as_of"}
    return {name: value for name, value in decision.items() if name not in own}


def test_an_event_that_comes_many_times_at_once_is_decided_once(tmp_path: Path) -> None:
    with running(tmp_path, workers=2) as service:
        sent = [document for document in documents(BURST) for _ in range(3)]
        with ThreadPoolExecutor(8) as pool:
            told = list(pool.map(service.decided, sent))
        page = service.call("GET", "/metrics")[1]
        engine = open_engine(service.store)
        with engine.connect() as connection:
            counts = [
                connection.execute(select(func.count()).select_from(table)).scalar_one()
                for table in (ORDER_EVENTS, DECISIONS)
            ]
        engine.dispose()

    assert {status for status, _ in told} == {200}
    ids = {decision["order_key"]: decision["decision_id"] for _, decision in told}
    assert all(ids[decision["order_key"]] == decision["decision_id"] for _, decision in told)
    assert counts == [BURST, BURST]
    requests = re.findall(
        r'orderintel_requests_total\{.*route="/v1/orders/score",status="200"\} (\S+)', page
    )
    assert sum(map(float, requests)) == len(sent)


def test_the_same_stream_gets_the_same_decisions_from_any_number_of_workers(
    tmp_path: Path,
) -> None:
    told, stream = [], documents(20)
    for workers in (1, 2):
        home = tmp_path / str(workers)
        home.mkdir()
        with running(home, workers) as service:
            told.append([said(service.decided(each)[1]) for each in stream])

    assert told[0] == told[1]

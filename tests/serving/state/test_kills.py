"""A real service is killed while orders come in; what it answered it still knows."""

from __future__ import annotations

import http.client
import json
import os
import random
import socket
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import SecretStr

from features.engines.durable import DurableState
from serving.clock import now
from serving.runtime import open_runtime
from serving.security import KeyRing
from serving.settings import Settings
from serving.store.engine import open_engine
from serving.store.migrate import migrate
from tests.parity.shop import disorderly_shop, write_shop
from tests.serving.orders import order
from tests.serving.state.test_rebuild import clean

if TYPE_CHECKING:
    from pathlib import Path


pytestmark = pytest.mark.embedded

RUN = "from serving.cli.main import run; run()"
SECRET = "a secret of the tenant"
PATIENCE_S = 120.0


def post(port: int, path: str, key: str, document: Any) -> tuple[int, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
    try:
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        connection.request("POST", path, json.dumps(document), headers)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


def serve(home: Path, port: int) -> subprocess.Popen[bytes]:
    """Start a service and wait until it listens."""
    process = subprocess.Popen(
        [sys.executable, "-c", RUN, "serve", "--port", str(port)],
        env={
            **os.environ,
            "ORDERINTEL_HOME": str(home),
            "ORDERINTEL_SECRET_KEY": SECRET,
            "ORDERINTEL_LOG_LEVEL": "ERROR",
        },
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return process
        time.sleep(0.05)
    raise AssertionError("nothing listens")


def stream(port: int, key: str, first: int, answered: list[str]) -> None:
    """Send orders, and a report about every third, until the service is gone."""
    number = first
    while True:
        try:
            status, body = post(port, "/v1/orders/score", key, order(f"n{number}"))
            assert status == 200, body
            answered.append(body["order_key"])
            if number % 3 == 0:
                report = {
                    "outcome_id": f"r{number}", "order_key": body["order_key"], "kind": "fraud",
                    "occurred_at": "2026-03-02T00:00:00Z", "known_at": "2026-03-03T00:00:00Z",
                }  # fmt: skip
                status, body = post(port, "/v1/outcomes", key, {"outcomes": [report]})
                assert status == 200, body
        except (OSError, http.client.HTTPException):
            return
        number += 1


@pytest.mark.slow
def test_what_a_killed_service_answered_is_known_after_it_is_started_again(
    tmp_path: Path,
) -> None:
    chance = random.Random(5)  # noqa: S311 test data
    write_shop(tmp_path / "history", disorderly_shop(7, 120))
    settings = Settings(home=tmp_path, secret_key=SecretStr(SECRET), log_level="ERROR")
    store = open_engine(settings.store_url)
    migrate(store)
    key = KeyRing(store, now).create("test", "admin")
    store.dispose()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    answered: list[str] = []
    for attempt in range(3):
        process = serve(tmp_path, port)
        sender = threading.Thread(target=stream, args=(port, key, attempt * 10_000, answered))
        sender.start()
        waits_until = time.monotonic() + PATIENCE_S
        while len(answered) < 12 * (attempt + 1) and time.monotonic() < waits_until:
            time.sleep(0.05)
        time.sleep(chance.random() / 2)
        process.kill()
        process.wait()
        sender.join()

    runtime = open_runtime(settings)
    try:
        engine = runtime.scorer.state.engine
        assert isinstance(engine, DurableState)
        assert engine.rebuilt == ""
        assert engine.digest() == clean(settings)
        assert len(answered) > 30
        assert all(runtime.scorer.store.decisions(order_key) for order_key in answered)
    finally:
        runtime.close()

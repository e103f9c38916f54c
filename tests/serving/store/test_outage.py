"""A database server that is stopped or stands still: nobody waits for it but one."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from serving.store.engine import open_engine
from serving.store.outage import Outage
from serving.store.patience import LONGEST_S, ImpatientConnection
from tests.serving.store import server as postgresql
from tests.serving.store.server import Server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine


FROZEN_S = 60.0
"""Seconds after which a server wakes by itself: one that is waited for answers then."""


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    postgresql.shared()  # skips where there is no server to start
    folder = Path(tempfile.mkdtemp(prefix="orderintel-postgresql-"))
    own = Server(folder, postgresql.binaries() or folder)
    own.start()
    yield own
    own.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def engine(server: Server) -> Iterator[Engine]:
    engine = open_engine(server.fresh())
    yield engine
    engine.dispose()


def one(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.execute(text("SELECT 1")).scalar_one())


async def on_the_loop(engine: Engine) -> int:
    return one(engine)


def everybody(server: Server) -> list[int]:
    """All processes of a server: its connections are processes of their own."""
    assert server.process is not None
    first = server.process.pid
    return [first, *map(int, Path(f"/proc/{first}/task/{first}/children").read_text().split())]


@pytest.fixture
def tries(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Give what this thread tried to connect to since; others may try, since nobody waits."""
    found: list[str] = []
    ours, real = threading.current_thread(), ImpatientConnection.connect

    def connect(*given: Any, **named: Any) -> Any:
        if threading.current_thread() is ours:
            found.append(f"{named.get('host')}:{named.get('port')}")
        return real(*given, **named)

    monkeypatch.setattr(ImpatientConnection, "connect", connect)
    return found


def is_over(outage: Outage, within_s: float) -> bool:
    """Wait for the end of an outage; tells whether it came."""
    until = time.monotonic() + within_s
    while outage.is_on and time.monotonic() < until:
        time.sleep(0.05)
    return not outage.is_on


def test_a_server_that_stands_still_holds_the_loop_up_for_a_second(
    server: Server, engine: Engine, tries: list[str]
) -> None:
    outage = Outage(engine)
    assert asyncio.run(on_the_loop(engine)) == 1
    frozen = everybody(server)

    def signal_all(number: signal.Signals) -> None:
        for pid in frozen:
            os.kill(pid, number)

    waking = threading.Timer(FROZEN_S, signal_all, (signal.SIGCONT,))
    signal_all(signal.SIGSTOP)
    waking.start()
    try:
        tries.clear()
        began = time.monotonic()
        with pytest.raises(OperationalError):
            asyncio.run(on_the_loop(engine))
        taken = time.monotonic() - began
        assert outage.is_on
        assert tries == []
    finally:
        waking.cancel()
        waking.join()
        signal_all(signal.SIGCONT)

    assert taken >= LONGEST_S
    assert is_over(outage, within_s=FROZEN_S)
    assert asyncio.run(on_the_loop(engine)) == 1


def test_work_beside_the_orders_may_take_longer(engine: Engine) -> None:
    with engine.connect() as connection:
        connection.execute(text("SELECT pg_sleep(1.2)"))


def test_a_statement_that_is_wrong_is_no_outage(engine: Engine) -> None:
    outage = Outage(engine)

    with pytest.raises(Exception, match="does not exist"), engine.connect() as connection:
        connection.execute(text("SELECT * FROM nothing"))

    assert not outage.is_on


def test_a_stopped_server_is_an_outage_at_once(server: Server, tries: list[str]) -> None:
    engine = open_engine(server.fresh())
    outage = Outage(engine)
    assert one(engine) == 1
    server.stop()
    tries.clear()

    with pytest.raises(OperationalError):
        asyncio.run(on_the_loop(engine))

    assert outage.is_on
    assert tries == []
    engine.dispose()

"""A database server that is stopped or stands still: nobody waits for it but one."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from serving.store.engine import open_engine
from serving.store.outage import Outage
from tests.serving.store import server as postgresql
from tests.serving.store.server import Server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine


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


def is_over(outage: Outage, within_s: float) -> bool:
    """Wait for the end of an outage; tells whether it came."""
    until = time.monotonic() + within_s
    while outage.is_on and time.monotonic() < until:
        time.sleep(0.05)
    return not outage.is_on


def test_a_server_that_stands_still_holds_the_loop_up_for_a_second(
    server: Server, engine: Engine
) -> None:
    outage = Outage(engine)
    assert asyncio.run(on_the_loop(engine)) == 1
    frozen = everybody(server)
    for pid in frozen:
        os.kill(pid, signal.SIGSTOP)
    try:
        began = time.monotonic()
        with pytest.raises(OperationalError):
            asyncio.run(on_the_loop(engine))
        taken = time.monotonic() - began
        assert outage.is_on
    finally:
        for pid in frozen:
            os.kill(pid, signal.SIGCONT)

    assert 0.9 < taken < 5.0
    assert is_over(outage, within_s=20)
    assert asyncio.run(on_the_loop(engine)) == 1


def test_work_beside_the_orders_may_take_longer(engine: Engine) -> None:
    with engine.connect() as connection:
        connection.execute(text("SELECT pg_sleep(1.2)"))


def test_a_statement_that_is_wrong_is_no_outage(engine: Engine) -> None:
    outage = Outage(engine)

    with pytest.raises(Exception, match="does not exist"), engine.connect() as connection:
        connection.execute(text("SELECT * FROM nothing"))

    assert not outage.is_on


def test_a_stopped_server_is_an_outage_at_once(server: Server) -> None:
    engine = open_engine(server.fresh())
    outage = Outage(engine)
    assert one(engine) == 1
    server.stop()

    began = time.monotonic()
    with pytest.raises(OperationalError):
        asyncio.run(on_the_loop(engine))

    assert outage.is_on
    assert time.monotonic() - began < 1.0
    engine.dispose()

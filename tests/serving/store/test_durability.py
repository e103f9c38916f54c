"""Nothing is answered before it is as safe as was asked for."""

from __future__ import annotations

import asyncio
import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from serving.app import create_app
from serving.runtime import open_runtime
from serving.settings import Settings
from serving.store.durability import Barrier, DurabilityError, open_barrier
from serving.store.engine import open_engine
from tests.serving.orders import order
from tests.serving.store import server as postgresql

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def forced(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Give the names of the files that are forced to the disk, as they are."""
    names: list[str] = []
    really = os.fsync

    def fsync(number: int) -> None:
        names.append(Path(f"/proc/self/fd/{number}").readlink().name)
        really(number)

    monkeypatch.setattr(os, "fsync", fsync)
    return names


@pytest.fixture
def client(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[TestClient]:
    """Give a service of some durability, with its key."""
    settings = Settings(
        home=tmp_path, log_level="ERROR", durability=request.param,
        database_url=f"sqlite:///{tmp_path / 'orderintel.db'}", state_url=None,
    )  # fmt: skip
    runtime = open_runtime(settings)
    headers = {"Authorization": f"Bearer {runtime.keys.create('test', 'admin')}"}
    app = create_app(settings, runtime=runtime, has_jobs=False)
    with TestClient(app, headers=headers, raise_server_exceptions=False) as client:
        yield client


@pytest.mark.embedded
@pytest.mark.parametrize("client", ["full"], indirect=True)
def test_an_order_is_on_the_disk_before_it_is_answered(
    client: TestClient, forced: list[str]
) -> None:
    forced.clear()

    assert client.post("/v1/orders/score", json=order()).status_code == 200

    assert forced == ["orderintel.db-wal"]


@pytest.mark.embedded
@pytest.mark.parametrize("client", ["full"], indirect=True)
def test_a_repeated_order_is_not_answered_before_the_first_is_safe(
    client: TestClient, forced: list[str]
) -> None:
    client.post("/v1/orders/score", json=order())
    forced.clear()

    client.post("/v1/orders/score", json=order())

    assert forced == ["orderintel.db-wal"]


@pytest.mark.embedded
@pytest.mark.parametrize("client", ["full"], indirect=True)
def test_what_only_looks_waits_for_no_disk(client: TestClient, forced: list[str]) -> None:
    client.post("/v1/orders/score", json=order())
    forced.clear()

    assert client.get("/v1/orders/demo/shopify/eu/1").status_code == 200

    assert forced == []


@pytest.mark.embedded
@pytest.mark.parametrize("client", ["process"], indirect=True)
def test_by_default_nobody_waits_for_a_disk(client: TestClient, forced: list[str]) -> None:
    forced.clear()

    client.post("/v1/orders/score", json=order())

    assert "orderintel.db-wal" not in forced


@pytest.mark.embedded
@pytest.mark.parametrize("client", ["full"], indirect=True)
def test_what_the_disk_does_not_take_is_not_acknowledged(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_number: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fails)
    refused = client.post("/v1/orders/score", json=order())
    monkeypatch.undo()
    again = client.post("/v1/orders/score", json=order())

    assert (refused.status_code, again.status_code) == (503, 200)
    assert refused.json()["code"] == "unavailable"
    assert "No space left" in refused.json()["detail"]
    assert refused.headers["retry-after"] == "1"


def test_calls_at_once_share_what_is_forced_and_each_waits_for_one_begun_after_it() -> None:
    began, may_end = [], threading.Semaphore(0)

    def force() -> None:
        began.append(True)
        may_end.acquire()

    async def found() -> tuple[int, int]:
        barrier = Barrier(force)
        first = asyncio.create_task(barrier.passed())
        while not began:
            await asyncio.sleep(0.001)
        later = [asyncio.create_task(barrier.passed()) for _ in range(50)]
        await asyncio.sleep(0)
        may_end.release()
        await first
        n_passed = sum(task.done() for task in later)
        may_end.release()
        await asyncio.gather(*later)
        return n_passed, len(began)

    assert asyncio.run(found()) == (0, 2)


def test_a_store_in_memory_is_never_fully_durable() -> None:
    with pytest.raises(DurabilityError, match="in memory"):
        open_barrier(open_engine("sqlite://"), "full")


def test_a_database_server_that_forgets_in_a_power_cut_is_refused() -> None:
    engine = open_engine(postgresql.shared().fresh(), is_full=True)

    with pytest.raises(DurabilityError, match="fsync=off and full_page_writes=off"):
        open_barrier(engine, "full")
    engine.dispose()


@pytest.mark.parametrize(("is_full", "expected"), [(True, "on"), (False, "off")])
def test_a_full_commit_waits_for_the_disk_of_the_database_server(
    *, is_full: bool, expected: str
) -> None:
    engine = open_engine(postgresql.shared().fresh(), is_full=is_full)

    with engine.connect() as connection:
        found = connection.execute(text("SHOW synchronous_commit")).scalar_one()
    engine.dispose()

    assert found == expected

"""Two services with one state in Redis: each sees what the other decided, or goes on without."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

import pytest
from redis import Redis

from serving.checkup import examine
from serving.runtime import Runtime, open_runtime
from serving.settings import Settings
from tests.features.engines.redis.server import Server, running, shared
from tests.parity.shop import disorderly_shop, write_shop
from tests.serving.conftest import Clock, Service, serving
from tests.serving.orders import order

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PATIENCE_S: Final = 60.0


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    shared()  # skips where there is no server to start
    folder = tmp_path / "redis"
    folder.mkdir()
    with running(folder) as own:
        yield own


@pytest.fixture
def settings(tmp_path: Path, server: Server) -> Settings:
    write_shop(tmp_path / "history", disorderly_shop(3, 40))
    return Settings(
        home=tmp_path,
        state_url=server.url,
        state_timeout=5,
        log_level="ERROR",
        secret_key="a secret of the tenant",  # type: ignore[arg-type]
    )


@pytest.fixture
def services(settings: Settings) -> Iterator[tuple[Service, Service]]:
    clock = Clock()
    runtimes: list[Runtime] = []
    for name in ("one", "other"):
        url = f"sqlite:///{settings.home / name}.db"
        own = settings.model_copy(update={"database_url": url})
        runtimes.append(open_runtime(own, clock=clock))
    one, other = (serving(runtime, clock) for runtime in runtimes)
    yield next(one), next(other)
    next(one, None)
    next(other, None)


def missing(decision: dict[str, list[dict[str, str]]]) -> list[str]:
    return [part["part"] for part in decision["degraded"]]


def features(service: Service, key: str) -> dict[str, float]:
    found: dict[str, float] = service.call("GET", f"/v1/orders/{key}").json()["features"]
    return found


def test_a_service_sees_the_order_that_the_other_decided(
    services: tuple[Service, Service],
) -> None:
    one, other = services
    first = one.score(order("1")).json()
    one.clock.advance(60)
    second = other.score(order("2", placed_at="2026-03-01T08:36:00Z")).json()

    assert "state" not in missing(first) + missing(second)
    counts = [
        features(service, found["order_key"].replace("/", "%2F"))["shop__order_count__1h"]
        for service, found in ((one, first), (other, second))
    ]
    assert counts == [0, 1]


def test_an_order_is_decided_without_redis_and_says_so(
    services: tuple[Service, Service], server: Server
) -> None:
    one, _ = services
    server.stop()

    answer = one.score(order("1"))

    assert answer.status_code == 200
    assert "state" in missing(answer.json())


def test_a_service_that_ended_leaves_no_connection_behind(
    settings: Settings, server: Server
) -> None:
    with Redis.from_url(server.url) as watching:
        before = {client["id"] for client in watching.client_list()}
        runtime = open_runtime(settings, clock=Clock())
        runtime.limiter.wait_s("key")
        opened = {client["id"] for client in watching.client_list()} - before

        runtime.close()

        assert len(opened) == 3  # two states and the limits
        until = time.monotonic() + PATIENCE_S  # the server sees a closed socket a moment later
        while left := opened & {client["id"] for client in watching.client_list()}:
            assert time.monotonic() < until, left
            time.sleep(0.05)


def test_doctor_asks_redis(settings: Settings, server: Server) -> None:
    def state() -> tuple[str, str]:
        return next((f.state, f.what) for f in examine(settings) if f.name == "state")

    found = state()
    server.stop()
    lost = state()

    assert found[0] == "ok"
    assert found[1].endswith("answers")
    assert lost[0] == "fail"

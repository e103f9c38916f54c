"""State in Redis that processes of their own fill: the same state, and again when one dies."""

from __future__ import annotations

import threading
import time
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from features.engines.redis.state import RedisState
from features.errors import StateUnavailableError
from features.history import History
from serving.runtime import open_runtime
from serving.settings import Settings
from serving.state import filling
from serving.state import shared as sharing
from serving.state.filling import Filler, FillError
from serving.state.shared import SharedEngine
from tests.features.engines.redis.server import Server, running, shared
from tests.parity.shop import disorderly_shop, write_shop
from tests.serving.state.test_rebuild import score

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from serving.runtime import Runtime

pytestmark = pytest.mark.embedded

PATIENCE_S = 60.0
DIES = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    shared()  # skips where there is no server to start
    monkeypatch.setattr(sharing, "PAUSE_S", 0.05)
    (tmp_path / "redis").mkdir()
    with running(tmp_path / "redis") as forgetful:
        yield forgetful


@pytest.fixture
def settings(server: Server, tmp_path: Path) -> Settings:
    home = tmp_path / "home"
    write_shop(home / "history", disorderly_shop(7, 60))
    return Settings(home=home, log_level="ERROR", state_url=server.url, state_timeout=5)


def engines(runtime: Runtime) -> list[SharedEngine]:
    found = [runtime.scorer.state.engine, runtime.scorer.state.delivery]
    assert all(isinstance(each, SharedEngine) for each in found)
    return found  # type: ignore[return-value]  # just looked at


def digests(runtime: Runtime) -> list[str]:
    return [each.digest() for each in engines(runtime)]


def until_back(runtime: Runtime) -> None:
    until = time.monotonic() + PATIENCE_S
    while any(engine._is_mending for engine in engines(runtime)):
        assert time.monotonic() < until, "the state did not come back"
        time.sleep(0.02)


def test_a_state_filled_apart_is_the_one_filled_here(settings: Settings, server: Server) -> None:
    with closing(open_runtime(settings)) as here:
        score(here, "kept in the store")
        expected = digests(here)
    server.stop()
    server.start()

    with closing(open_runtime(settings, fills_apart=True)) as apart:
        assert digests(apart) == expected


def test_what_redis_forgot_is_told_by_other_processes_while_this_one_decides(
    settings: Settings, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(open_runtime(settings, fills_apart=True)) as runtime:
        score(runtime, "before")
        expected = digests(runtime)

        def refused(*_: Any, **__: Any) -> None:
            raise AssertionError("this process loads a history")

        monkeypatch.setattr(RedisState, "load", refused)
        server.stop()
        server.start()
        for engine in engines(runtime):
            with pytest.raises(StateUnavailableError, match="lost"):
                engine.values({"order_key": "x", "placed_at": 0, "received_at": 0}, [])
        until_back(runtime)

        assert digests(runtime) == expected


def test_a_filling_that_is_killed_is_begun_again(
    settings: Settings, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands: list[str] = []
    share, one_by_one = Filler.share, threading.Lock()

    def shared_by(self: Filler, *given: Any) -> None:
        with one_by_one, monkeypatch.context() as patch:
            if commands:
                patch.setattr(filling, "COMMAND", commands.pop())
            share(self, *given)

    monkeypatch.setattr(Filler, "share", shared_by)
    with closing(open_runtime(settings, fills_apart=True)) as runtime:
        commands += [DIES, DIES]
        server.stop()
        server.start()
        score(runtime, "asks")
        until_back(runtime)

        found = digests(runtime)
    server.stop()
    server.start()

    assert not commands
    with closing(open_runtime(settings)) as here:
        assert digests(here) == found


def test_a_service_does_not_start_on_a_state_that_cannot_be_filled(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filling, "COMMAND", DIES)

    with pytest.raises(FillError, match="was killed by SIGKILL"):
        open_runtime(settings, fills_apart=True)


def test_a_redis_that_is_lost_meanwhile_is_no_fault_of_the_filling(
    settings: Settings, server: Server
) -> None:
    server.stop()
    filler = Filler(settings, History(settings.history_folder))

    with pytest.raises(StateUnavailableError, match="Redis: "):
        filler.share("delivery", server.url, "a tenant", lambda: None)

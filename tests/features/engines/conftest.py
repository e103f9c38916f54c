"""A Redis server for the tests of the state that lives there."""

from __future__ import annotations

import os
from itertools import count
from typing import TYPE_CHECKING

import pytest

from features.engines.redis.state import BUSY, RedisState
from tests.features.engines.redis.server import BINARIES, binary, running
from tests.features.memory import PROFILE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Protocol

    from features.feature import Feature
    from features.history import HistoryProfile
    from tests.features.engines.redis.server import Server

    class Opens(Protocol):
        """Opens an empty state."""

        def __call__(
            self, *features: Feature, profile: HistoryProfile = ..., busy: int = ...
        ) -> RedisState: ...


@pytest.fixture(scope="session")
def redis_binary() -> str:
    """Name the server's program; skip with the reason where there is none, but fail under CI."""
    found = binary()
    if found is None:
        why = f"neither {' nor '.join(BINARIES)} is on the PATH"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(why)
    return found


@pytest.fixture(scope="session")
def redis(redis_binary: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Run a server for all tests."""
    assert redis_binary
    with running(tmp_path_factory.mktemp("redis")) as server:
        yield server


_NAMES = count()


@pytest.fixture
def opens(redis: Server) -> Iterator[Opens]:
    """Give the way to open an empty state; all of them are closed in the end."""
    opened: list[RedisState] = []

    def open_state(
        *features: Feature, profile: HistoryProfile = PROFILE, busy: int = BUSY
    ) -> RedisState:
        namespace = f"test-{os.getpid()}-{next(_NAMES)}"
        state = RedisState(redis.url, features, profile, namespace=namespace, busy=busy)
        opened.append(state)
        return state

    yield open_state
    for state in opened:
        state.close()

"""A server that is lost, slow or back again: one clear error, and no more than that."""

from __future__ import annotations

import gc
import time
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from redis import Redis

from features.engines.redis.state import RedisState
from features.errors import StateUnavailableError
from tests.features.engines.redis.server import Server, running, shared
from tests.features.memory import NOW, PROFILE, feature, measure, order

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from features.windows import Measure

COUNT = measure("count", timedelta(days=1))
FRAUDS = measure("count", timedelta(days=1), stream="outcome:fraud")
TIMEOUT_S = 0.3
PATIENCE_S = 60.0


def opened(server: Server, *further: Measure) -> RedisState:
    features = [feature(each) for each in (COUNT, *further)]
    return RedisState(server.url, features, PROFILE, timeout_s=TIMEOUT_S)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    shared()  # skips where there is no server to start
    with running(tmp_path, keeps=True) as own:
        yield own


def test_a_server_that_is_gone_is_one_clear_error(server: Server) -> None:
    state = opened(server, FRAUDS)
    state.add_order(order("a", NOW), [])
    server.stop()

    for call in (
        lambda: state.values(order("b", NOW + 1), []),
        lambda: state.add_order(order("b", NOW + 1), []),
        lambda: state.add_outcome({"outcome_id": "o", "order_key": "a", "kind": "fraud"}),
        lambda: len(state),
        state.digest,
    ):
        with pytest.raises(StateUnavailableError, match="Redis: "):
            call()


def test_a_server_that_is_back_is_asked_again_and_has_kept_everything(server: Server) -> None:
    state = opened(server)
    state.add_order(order("a", NOW), [])
    server.stop()
    with pytest.raises(StateUnavailableError):
        state.values(order("b", NOW + 1), [])

    server.start()

    assert state.values(order("b", NOW + 1), []) == {COUNT.name: 1}


def test_a_state_that_is_dropped_lets_go_of_its_connection(server: Server) -> None:
    state = opened(server)
    state.values(order("b", NOW), [])
    client = state._connection._redis  # held here, so that it does not end by itself
    with Redis.from_url(server.url) as other:
        assert len(other.client_list()) == 2
        del state
        gc.collect()

        until = time.monotonic() + PATIENCE_S
        while len(other.client_list()) == 2:
            assert time.monotonic() < until, "the connection is still there"
    assert client is not None


def test_a_server_that_lost_the_library_is_given_it_again(server: Server) -> None:
    state = opened(server)
    state.add_order(order("a", NOW), [])
    with Redis.from_url(server.url) as client:
        client.function_flush()

    assert state.values(order("b", NOW + 1), []) == {COUNT.name: 1}


def test_a_connection_that_the_server_closed_is_opened_anew_unseen(server: Server) -> None:
    state = opened(server)
    state.add_order(order("a", NOW), [])
    with Redis.from_url(server.url) as client:
        client.client_kill_filter(_type="normal", skipme=True)

    assert state.values(order("b", NOW + 1), []) == {COUNT.name: 1}


def test_a_slow_server_is_waited_for_no_longer_than_agreed(server: Server) -> None:
    state = opened(server)
    state.add_order(order("a", NOW), [])
    with Redis.from_url(server.url) as client:
        client.client_pause(1500)
        started = time.perf_counter()
        with pytest.raises(StateUnavailableError, match=r"(?i)timeout"):
            state.values(order("b", NOW + 1), [])
        waited = time.perf_counter() - started
        client.client_unpause()

    assert TIMEOUT_S <= waited < 4 * TIMEOUT_S
    assert state.values(order("b", NOW + 1), []) == {COUNT.name: 1}


def test_a_full_server_refuses_an_order_whole(server: Server) -> None:
    state = opened(server)
    state.add_order(order("a", NOW), [])
    before = state.digest()
    with Redis.from_url(server.url) as client:
        client.config_set("maxmemory", 1)
        with pytest.raises(StateUnavailableError, match="maxmemory"):
            state.add_order(order("b", NOW + 1), [])
        client.config_set("maxmemory", 0)

    assert state.digest() == before

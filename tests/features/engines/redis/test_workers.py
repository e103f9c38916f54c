"""Many processes share one state: they come one after the other, and may die at any moment."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import pytest

from features.engines.redis.state import RedisState
from tests.features.engines.redis import worker
from tests.features.engines.redis.server import shared
from tests.features.memory import NOW, PROFILE, order

ROOT = Path(__file__).parents[4]


def opened(namespace: str) -> RedisState:
    return RedisState(shared().url, worker.features(), PROFILE, namespace=namespace, busy=8)


def started(namespace: str, part: int, parts: int, begin: int = 0) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", worker.__name__, shared().url, namespace]
    numbers = [str(n) for n in (part, parts, begin)]
    return subprocess.Popen([*command, *numbers], stdout=subprocess.PIPE, text=True, cwd=ROOT)


@pytest.fixture(scope="module")
def clean() -> str:
    """Give the digest of a state that one worker filled in one go."""
    state = opened("clean")
    for row, outcome in worker.events():
        state.observe(row, [])
        if outcome is not None:
            state.add_outcome(outcome)
    return state.digest()


@pytest.mark.slow
def test_workers_that_stream_side_by_side_leave_what_one_would(clean: str) -> None:
    workers = [started("side by side", part, 2) for part in range(2)]
    for process in workers:
        process.communicate(timeout=120)

    state = opened("side by side")

    assert [process.returncode for process in workers] == [0, 0]
    assert len(state) == worker.N_ORDERS
    assert state.digest() == clean


@pytest.mark.slow
def test_a_worker_killed_in_the_middle_leaves_nothing_half_done(clean: str) -> None:
    chance = random.Random(3)  # noqa: S311 moments to die at
    done, kills = 0, 0
    while done < worker.N_ORDERS - 1:
        process = started("killed", 0, 1, done)  # the last one it told of goes out again
        assert process.stdout is not None
        wanted = done + chance.randrange(100, 180)
        for line in process.stdout:
            done = int(line)
            if done == wanted:
                process.kill()
                kills += 1
                break
        process.wait()
        process.stdout.close()

    assert kills >= 2
    assert opened("killed").digest() == clean


def test_an_event_sent_again_changes_nothing(clean: str) -> None:
    state = opened("again")
    for row, outcome in worker.events():
        for _ in range(2):
            state.observe(row, [])
            if outcome is not None:
                state.add_outcome(outcome)

    assert state.digest() == clean


@pytest.mark.parametrize("change", [{"value_minor": 1}, {"buyer_key": "h1:x"}, {"order_key": "x"}])
def test_another_event_is_another_digest(clean: str, change: dict[str, object]) -> None:
    state = opened(f"another {next(iter(change))}")
    for n, (row, outcome) in enumerate(worker.events()):
        state.add_order(row | change if n == 7 else row, [])
        if outcome is not None:
            state.add_outcome(outcome)

    assert state.digest() != clean


def test_the_sequence_of_the_telling_is_no_part_of_the_digest(clean: str) -> None:
    state = opened("backwards")
    for row, outcome in reversed(worker.events()):
        if outcome is not None:
            state.add_outcome(outcome)
        state.add_order(row, [])

    assert state.digest() == clean


def test_what_one_worker_adds_the_next_question_of_another_sees() -> None:
    one, other = opened("two"), opened("two")
    one.add_order(order("a", NOW), [])
    found = other.observe(order("b", NOW + 1), [])
    then = one.values(order("c", NOW + 2), [])

    assert found["buyer__order_count__24h"] == 1
    assert then["buyer__order_count__24h"] == 2


def test_another_set_of_features_has_a_state_of_its_own() -> None:
    one = opened("own")
    other = RedisState(shared().url, worker.features()[:2], PROFILE, namespace="own", busy=8)
    one.add_order(order("a", NOW), [])

    assert (len(one), len(other)) == (1, 0)

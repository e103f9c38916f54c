"""A process that keeps window state is killed again and again: nothing lost, nothing twice."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.parity.kills import clean_digest, stream

ROOT = Path(__file__).parents[2]
TOLD = stream(3, 60)


@pytest.mark.slow
def test_twenty_kills_lose_nothing_and_count_nothing_twice() -> None:
    found = subprocess.run(
        [sys.executable, "-m", "tests.parity.kills", "--times", "20", "--orders", "1500"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert found.returncode == 0, found.stdout + found.stderr
    assert "equals the clean replay's" in found.stdout
    in_snapshots = re.search(r"20 kills, (\d+) of them while a snapshot", found.stdout)
    assert in_snapshots is not None
    assert int(in_snapshots[1]) >= 5


@pytest.mark.parametrize("lost", [0, len(TOLD) // 2, len(TOLD) - 1])
def test_one_lost_thing_would_be_noticed(lost: int) -> None:
    once = [each for each in TOLD if each != TOLD[lost]]

    assert clean_digest(once) != clean_digest(TOLD)


def test_one_thing_counted_twice_would_be_noticed() -> None:
    method, row, lines = TOLD[0]
    twice = row | {"order_key": "again"}

    assert clean_digest([*TOLD, (method, twice, lines)]) != clean_digest(TOLD)


def test_what_is_told_again_changes_nothing() -> None:
    again = [each for each in TOLD for _ in range(2)]

    assert clean_digest(again) == clean_digest(TOLD)

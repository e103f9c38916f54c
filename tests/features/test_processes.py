"""Whether a process still runs."""

from __future__ import annotations

import subprocess
import sys

from features.processes import is_running


def test_a_process_runs_until_it_ended() -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", "input()"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
    )
    before = is_running(process.pid)
    process.communicate(b"\n")

    assert (before, is_running(process.pid)) == (True, False)


def test_a_process_of_the_system_runs() -> None:
    assert is_running(1)

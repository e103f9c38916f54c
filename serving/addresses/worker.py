"""The thread that works unsure addresses off, away from every order."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Final

from serving.jobs.background import Background
from serving.logs import logger

if TYPE_CHECKING:
    from pathlib import Path

    from serving.addresses.index import PointIndex
    from serving.addresses.updates import AddressUpdates

STOP_SECONDS: Final = 10.0
FIRST_SECONDS: Final = 3_600.0
"""Seconds after the start before the index is rebuilt: a restart is no reason to."""
REBUILD_SECONDS: Final = 86_400.0
COMMAND: Final = "from serving.cli.main import run; run()"


class AddressWorker(Background):
    """Works addresses off, or leaves them to their lease.

    Parameters
    ----------
    updates
        The work.
    home
        The home whose index of points is rebuilt once a day.
    """

    name = "addresses"
    failed = "addresses were not worked off"

    def __init__(self, updates: AddressUpdates, home: Path) -> None:
        super().__init__()
        self._updates = updates
        self._rebuilding = Rebuilding(updates.index, home)

    def work(self) -> int:
        """Work some off, and look whether the index is due."""
        n_done = self._updates.work()
        self._rebuilding.look()
        return n_done

    def close(self) -> None:
        """End a rebuilding that is under way."""
        self._rebuilding.stop()


class Rebuilding:
    """Starts the rebuilding of the index once a day, in a process of its own.

    Parameters
    ----------
    index
        The index.
    home
        Its home.
    """

    def __init__(self, index: PointIndex, home: Path) -> None:
        self._index = index
        self._home = home
        self._due_at = time.monotonic() + FIRST_SECONDS
        self._process: subprocess.Popen[bytes] | None = None

    def look(self) -> None:
        """Start when it is time, and note how a started one ended."""
        if self._process is not None:
            ended = self._process.poll()
            if ended is None:
                return
            if ended:
                logger().error("the index of places was not rebuilt", exit=ended)
            self._process = None
        if time.monotonic() < self._due_at:
            return
        self._due_at = time.monotonic() + FIRST_SECONDS
        built_at = self._index.built_at()
        if built_at is None or time.time() - built_at >= REBUILD_SECONDS:
            self._process = subprocess.Popen(  # noqa: S603 our own command
                [sys.executable, "-c", COMMAND, "points"],
                env=os.environ | {"ORDERINTEL_HOME": str(self._home)},
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )

    def stop(self) -> None:
        """End one that is under way; the old index stays in place."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            self._process.wait(STOP_SECONDS)

"""The thread that works unsure addresses off, away from every order."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, Final

from serving.logs import logger

if TYPE_CHECKING:
    from pathlib import Path

    from serving.addresses.index import PointIndex
    from serving.addresses.updates import AddressUpdates

IDLE_SECONDS: Final = 1.0
"""Seconds between two looks when nothing was due."""
STOP_SECONDS: Final = 10.0
FIRST_SECONDS: Final = 3_600.0
"""Seconds after the start before the index is rebuilt: a restart is no reason to."""
REBUILD_SECONDS: Final = 86_400.0
COMMAND: Final = "from serving.cli.main import run; run()"


class AddressWorker:
    """Works addresses off until it is stopped; what it leaves undone is due again later.

    Parameters
    ----------
    updates
        The work.
    home
        The home whose index of points is rebuilt once a day.
    """

    def __init__(self, updates: AddressUpdates, home: Path) -> None:
        self._updates = updates
        self._rebuilding = Rebuilding(updates.index, home)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="addresses", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End after the address under way, or leave it to its lease."""
        self._stopping.set()
        self._thread.join(STOP_SECONDS)
        self._rebuilding.stop()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                n_done = self._updates.work()
                self._rebuilding.look()
            except Exception as error:  # noqa: BLE001 the store may be away; the next look tries again
                logger().error("addresses were not worked off", error=type(error).__name__)
                n_done = 0
            if not n_done:
                self._stopping.wait(IDLE_SECONDS)


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

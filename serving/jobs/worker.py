"""The job worker: starts the weekly run when it is due, in a process of its own.

Every worker of a service may have one; the run's lease sees to it that one does the work. The run
is another process, so that orders never wait for a fit and its memory goes back when it is done.
"""

from __future__ import annotations

import subprocess
import sys
import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from features.errors import HistoryError
from features.history import History
from serving.logs import logger
from serving.retraining.period import due_cut, name_of
from serving.retraining.repository import RunStore

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from serving.clock import Clock
    from serving.settings import Settings

FIRST_SECONDS: Final = 600.0
"""Seconds after a start before the first look: a service that has just come up has other work."""

SECONDS: Final = 600.0
RUN: Final = (
    sys.executable,
    "-c",
    "import os, sys; os.nice(15); from serving.cli.main import main; sys.exit(main(['retrain']))",
)
"""The run as a process that gives way to the service."""


class JobWorker:
    """Looks now and then whether the weekly run is due, and starts it.

    Parameters
    ----------
    settings
        The home.
    engine
        The store.
    clock
        Gives the present in microseconds UTC.
    """

    def __init__(self, settings: Settings, engine: Engine, clock: Clock) -> None:
        self._settings, self._runs, self._clock = settings, RunStore(engine), clock
        self._tried: set[tuple[str, str]] = set()
        self._done = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._work, name="jobs", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """Stop looking, and stop a run under way; it goes on where it was at the next start."""
        self._done.set()
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
        self._thread.join()

    def due(self) -> tuple[str, str] | None:
        """Give the week whose run is due and the history it would read, or None.

        A week is tried once for each history: an old one has no newer week, however late it is.
        """
        try:
            history = History(self._settings.history_folder)
        except HistoryError:
            return None
        now = datetime.fromtimestamp(self._clock() / 1e6, UTC)
        zone = history.profile.timezone
        week = name_of(due_cut(now, zone), zone)
        newest = self._runs.newest(1)
        is_done = bool(newest) and newest[0].period >= week and newest[0].state == "done"
        asked = (week, history.folder.name)
        has_models = self._settings.models_folder.is_dir()
        return asked if has_models and not is_done and asked not in self._tried else None

    def run(self, asked: tuple[str, str]) -> int:
        """Start the run and wait for it; gives its exit code."""
        self._tried.add(asked)
        self._process = subprocess.Popen(RUN)  # noqa: S603 our own interpreter and command
        code = self._process.wait()
        logger().info("weekly run ended", week=asked[0], code=code)
        return code

    def _work(self) -> None:
        wait = FIRST_SECONDS
        while not self._done.wait(wait):
            wait = SECONDS
            try:
                asked = self.due()
                if asked is not None:
                    self.run(asked)
            except Exception as error:  # noqa: BLE001 the next look tries again
                logger().error("looking for due jobs failed", exc_info=error)

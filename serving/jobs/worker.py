"""The job worker: starts jobs when they are due, each in a process of its own.

Every worker of a service may have one; each job's lease sees to it that one does the work. A job
is another process, so that orders never wait for it and its memory goes back when it is done.
"""

from __future__ import annotations

import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Final

from serving.jobs.job import HistoryJob
from serving.logs import logger
from serving.retraining.period import due_cut, local_day, name_of
from serving.retraining.repository import RunStore

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Engine

    from features.history import History
    from serving.clock import Clock
    from serving.jobs.job import Job
    from serving.settings import Settings

FIRST_SECONDS: Final = 600.0
"""Seconds after a start before the first look: a service that has just come up has other work."""

SECONDS: Final = 600.0
BEHIND: Final = "import os, sys; os.nice(15); from serving.cli.main import main; "
"""How a process begins that gives way to the service."""


class DailyExport(HistoryJob):
    """Adds what the service stored to the history, once a day of the merchant's.

    The first export of a home without a history is made by hand.
    """

    name = "export"

    def due_for(self, history: History, now: datetime) -> tuple[str, str] | None:
        """Give the day."""
        return self.name, local_day(now, history.profile.timezone)


class WeeklyRun(HistoryJob):
    """The weekly run of retraining.

    Parameters
    ----------
    settings
        The home.
    engine
        The store.
    clock
        Gives the present in microseconds UTC.
    """

    name = "retrain"

    def __init__(self, settings: Settings, engine: Engine, clock: Clock) -> None:
        super().__init__(settings, clock)
        self._runs = RunStore(engine)

    def due_for(self, history: History, now: datetime) -> tuple[str, str] | None:
        """Give the week whose run is due and the day on which it is tried, or None.

        A week is tried once a day: an old history has no newer week, however late it is.
        """
        zone = history.profile.timezone
        week = name_of(due_cut(now, zone), zone)
        newest = self._runs.newest(1)
        is_done = bool(newest) and newest[0].period >= week and newest[0].state == "done"
        has_models = self._settings.models_folder.is_dir()
        return (week, local_day(now, zone)) if has_models and not is_done else None


class JobWorker:
    """Looks now and then whether a job is due, and starts it; once for what is due.

    Parameters
    ----------
    jobs
        In the order in which they are looked at.
    """

    def __init__(self, jobs: Sequence[Job]) -> None:
        self._jobs = jobs
        self._tried: set[tuple[str, str]] = set()
        self._done = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._work, name="jobs", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """Stop looking, and stop a job under way; it goes on where it was at the next start."""
        self._done.set()
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
        self._thread.join()

    def look(self) -> None:
        """Start every job that is due, one after the other."""
        for job in self._jobs:
            asked = job.due()
            if asked is not None and asked not in self._tried and not self._done.is_set():
                self._tried.add(asked)
                code = self.run(job)
                logger().info("job ended", job=job.name, of=asked, code=code)

    def run(self, job: Job) -> int:
        """Start a job and wait for it; gives its exit code."""
        command = [sys.executable, "-c", f"{BEHIND}sys.exit(main(['{job.name}']))"]
        self._process = subprocess.Popen(command)  # noqa: S603 our own interpreter and command
        return self._process.wait()

    def _work(self) -> None:
        wait = FIRST_SECONDS
        while not self._done.wait(wait):
            wait = SECONDS
            try:
                self.look()
            except Exception as error:  # noqa: BLE001 the next look tries again
                logger().error("looking for due jobs failed", exc_info=error)

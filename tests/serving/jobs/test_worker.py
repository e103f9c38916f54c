from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from serving.jobs.worker import DailyExport, JobWorker, WeeklyRun
from serving.settings import Settings
from serving.store.engine import open_engine
from serving.store.migrate import migrate
from tests.serving.cli.shops import write_shop
from tests.serving.conftest import MARCH, Clock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from serving.jobs.job import Job
    from serving.retraining.repository import RunStore

MONDAY = "2026-02-23"
"""The newest Monday before the clock's Sunday, in Shanghai."""
SUNDAY = "2026-03-01"


@pytest.fixture
def weekly(tmp_path: Path) -> Iterator[WeeklyRun]:
    settings = Settings(home=write_shop(tmp_path, n_orders=50, days=20))
    settings.models_folder.mkdir()
    engine = open_engine(settings.store_url)
    migrate(engine)
    yield WeeklyRun(settings, engine, Clock(MARCH))
    engine.dispose()


def test_a_week_without_a_run_is_due(weekly: WeeklyRun) -> None:
    assert weekly.due() == (MONDAY, SUNDAY)


def test_a_week_that_is_done_is_not_due(weekly: WeeklyRun) -> None:
    runs: RunStore = weekly._runs
    runs.begin(MONDAY, MARCH)
    runs.end(MONDAY, "done", MARCH, {})

    assert weekly.due() is None


def test_a_week_whose_run_failed_is_due_again(weekly: WeeklyRun) -> None:
    runs: RunStore = weekly._runs
    runs.begin(MONDAY, MARCH)
    runs.end(MONDAY, "failed", MARCH, None)

    assert weekly.due() is not None


def test_a_home_where_nothing_was_trained_has_nothing_due(weekly: WeeklyRun) -> None:
    weekly._settings.models_folder.rmdir()

    assert weekly.due() is None


def test_an_export_is_due_once_a_day_of_the_merchants(tmp_path: Path) -> None:
    clock = Clock(MARCH)  # 16:35 in Shanghai
    export = DailyExport(Settings(home=write_shop(tmp_path, n_orders=50, days=20)), clock)

    today = export.due()
    clock.advance(8 * 3600)

    assert today == ("export", SUNDAY)
    assert export.due() == ("export", "2026-03-02")


def test_without_a_history_no_export_is_due(tmp_path: Path) -> None:
    assert DailyExport(Settings(home=tmp_path), Clock(MARCH)).due() is None


class Daily:
    name = "--version"

    def __init__(self) -> None:
        self.day = "2026-03-01"

    def due(self) -> tuple[str, str]:
        return "daily", self.day


def test_what_is_due_is_started_once_in_a_process_of_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    daily, started = Daily(), []

    class Counted(JobWorker):
        def run(self, job: Job) -> int:
            started.append(job.name)
            return super().run(job)

    worker = Counted([daily])
    monkeypatch.setattr(subprocess, "Popen", _quietly(subprocess.Popen))
    worker.look()
    worker.look()
    daily.day = "2026-03-02"
    worker.look()

    assert started == ["--version", "--version"]
    assert worker._process is not None
    assert worker._process.returncode == 0


def _quietly(start: type[subprocess.Popen[bytes]]) -> object:
    def begin(command: list[str]) -> subprocess.Popen[bytes]:
        assert command[0] == sys.executable
        return start(command, stdout=subprocess.DEVNULL)

    return begin


def test_a_worker_stops_at_once() -> None:
    worker = JobWorker([Daily()])
    worker.start()
    worker.stop()

    assert not worker._thread.is_alive()

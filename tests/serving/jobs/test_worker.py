from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from serving.jobs.worker import JobWorker
from serving.settings import Settings
from serving.store.engine import open_engine
from serving.store.migrate import migrate
from tests.serving.cli.shops import write_shop
from tests.serving.conftest import MARCH, Clock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from serving.retraining.repository import RunStore

MONDAY = "2026-02-23"
"""The newest Monday before the clock's Sunday, in Shanghai."""


@pytest.fixture
def worker(tmp_path: Path) -> Iterator[JobWorker]:
    settings = Settings(home=write_shop(tmp_path, n_orders=50, days=20))
    settings.models_folder.mkdir()
    engine = open_engine(settings.store_url)
    migrate(engine)
    yield JobWorker(settings, engine, Clock(MARCH))
    engine.dispose()


def test_a_week_without_a_run_is_due(worker: JobWorker) -> None:
    assert worker.due() == (MONDAY, "history-000001")


def test_a_week_that_is_done_is_not_due(worker: JobWorker) -> None:
    runs: RunStore = worker._runs
    runs.begin(MONDAY, MARCH)
    runs.end(MONDAY, "done", MARCH, {})

    assert worker.due() is None


def test_a_week_whose_run_failed_is_due_again(worker: JobWorker) -> None:
    runs: RunStore = worker._runs
    runs.begin(MONDAY, MARCH)
    runs.end(MONDAY, "failed", MARCH, None)

    assert worker.due() is not None


def test_a_home_where_nothing_was_trained_has_nothing_due(worker: JobWorker) -> None:
    worker._settings.models_folder.rmdir()

    assert worker.due() is None


def test_a_worker_stops_at_once(worker: JobWorker) -> None:
    worker.start()
    worker.stop()

    assert not worker._thread.is_alive()

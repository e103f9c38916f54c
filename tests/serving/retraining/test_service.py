"""Whole runs over a small shop: tried, done, done already, caught up, killed, and under way."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from features.history import History
from serving.jobs.repository import LeaseStore
from serving.live import load_judge
from serving.registry import Registry, Shelf
from serving.reloading import ModelReloader
from serving.retraining.repository import RunStore
from serving.retraining.service import LEASE, retrain
from serving.settings import Settings
from serving.store.engine import open_engine
from tests.serving.cli.shops import write_shop
from tests.serving.held import Held

if TYPE_CHECKING:
    from collections.abc import Callable

RUN = """
import sys
from pathlib import Path
from serving.retraining.service import retrain
from serving.settings import Settings
retrain(Settings(home=Path(sys.argv[1])), clock=lambda: int(sys.argv[2]))
"""


def at(month: int, day: int) -> Callable[[], int]:
    """Give a clock that stands at a morning of 2026."""
    return lambda: int(datetime(2026, month, day, 8, tzinfo=UTC).timestamp()) * 1_000_000


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = write_shop(tmp_path_factory.mktemp("home"), n_orders=5_000, days=200)
    return Settings(home=folder)


@pytest.fixture(scope="module")
def tried(home: Settings) -> dict[str, Any]:
    return retrain(home, clock=at(6, 8), dry_run=True)


@pytest.fixture(scope="module")
def first(home: Settings, tried: dict[str, Any]) -> dict[str, Any]:
    """Run a week after a process that was at it was killed in the middle of its fits."""
    kept = Path(home.home) / "retraining" / "2026-06-08"
    for folder in list(kept.iterdir())[1:]:
        folder.rename(folder.with_name(f".{folder.name}-away"))
    running = subprocess.Popen([sys.executable, "-c", RUN, str(home.home), str(at(6, 8)())])
    engine = open_engine(home.store_url)
    store = RunStore(engine)
    while store.get("2026-06-08") is None:
        assert running.poll() is None
        time.sleep(0.02)
    os.kill(running.pid, signal.SIGKILL)
    running.wait()
    engine.dispose()
    return retrain(home, clock=at(6, 8))


def test_a_dry_run_judges_and_changes_nothing(home: Settings, tried: dict[str, Any]) -> None:
    assert tried["state"] == "tried"
    assert tried["models"][0]["outcome"] == "would_promote"
    assert "report" not in tried


def test_a_killed_run_goes_on_at_once_and_uses_finished_fits_again(
    home: Settings, tried: dict[str, Any], first: dict[str, Any]
) -> None:
    assert first["state"] == "done"
    assert [week["outcome"] for week in first["models"]] == ["promoted"]
    assert first["models"][0]["challengers"] == tried["models"][0]["challengers"] or (
        # CPU times are measured anew.
        [c["let_in"] for c in first["models"][0]["challengers"]]
        == [c["let_in"] for c in tried["models"][0]["challengers"]]
    )


def test_the_promoted_version_is_served_and_noted(home: Settings, first: dict[str, Any]) -> None:
    registry = Registry(home.home)
    version = first["models"][0]["version"]

    assert registry.version("fraud", "champion") == version
    assert registry.version("fraud", "shadow") == version
    assert Shelf(home.models_folder).load("fraud").document["name"] == "fraud"


def test_the_report_stands_alone_in_both_languages(first: dict[str, Any]) -> None:
    page = Path(first["report"]).read_text("utf-8")

    assert "每周重新训练" in page
    assert "Weekly retraining" in page
    assert page.count("<svg") >= 4
    assert "http" not in page
    assert "<script" not in page


def test_a_week_that_is_done_is_left_alone(home: Settings, first: dict[str, Any]) -> None:
    again = retrain(home, clock=at(6, 10))

    assert again["state"] == "already_done"
    assert again["period"] == "2026-06-08"


def test_missed_weeks_are_caught_up_by_one_run_and_watched_one_by_one(
    home: Settings, first: dict[str, Any]
) -> None:
    later = retrain(home, clock=at(7, 6))

    assert later["caught_up"] == ["2026-06-15", "2026-06-22", "2026-06-29"]
    assert len(later["drift"]["weeks"]) == 4
    assert later["models"][0]["outcome"] in {"kept", "promoted"}
    assert later["drift"]["quality"]["fraud"]["week"]["auc"]["value"] > 0.5


def test_a_second_start_leaves_a_run_under_way_alone(home: Settings, first: dict[str, Any]) -> None:
    engine, now = open_engine(home.store_url), at(7, 7)()
    LeaseStore(engine).take(LEASE, "another-machine:1:1", now=now, until=now + 10**9)

    assert retrain(home, clock=at(7, 7)) == {"state": "busy"}

    LeaseStore(engine).give_back(LEASE, "another-machine:1:1")
    engine.dispose()


def test_a_running_service_takes_up_what_is_served(home: Settings, first: dict[str, Any]) -> None:
    profile = History(home.history_folder).profile
    shelf = Shelf(home.models_folder)

    scorer: Any = Held(load_judge(home.models_folder, profile))
    reloader = ModelReloader(scorer, home.models_folder, profile)
    before = scorer.judge.models["fraud"].version
    artifact = shelf.load("fraud")
    document = artifact.document | {"note": "the same, fitted again"}
    shelf.serve("fraud", shelf.put(type(artifact)(document, artifact.texts))[1])

    assert reloader.refresh()
    assert scorer.judge.models["fraud"].version != before
    assert not reloader.refresh()

    shelf.back("fraud")
    assert reloader.refresh()
    assert scorer.judge.models["fraud"].version == before

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from serving.cli.main import main
from serving.demo.feed import read_lines
from serving.demo.home import prepare
from serving.demo.sources import SimulatedShop
from serving.demo.story import Wishes, run
from serving.settings import load_settings
from tests.serving.at_home import at_home
from tests.serving.demo.conftest import SMALL
from tests.serving.demo.scan import leaks, personal_values

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from serving.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[Settings]:
    with at_home(tmp_path / "home"):
        yield load_settings()


@pytest.mark.slow
def test_the_whole_story_from_simulation_to_decisions(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    prepare(settings.home)
    (settings.home / "demo").mkdir()
    wishes = Wishes(port=0, rate=0.0, orders=12, is_once=True, opens_browser=False)

    told = run(settings, SimulatedShop(SMALL, models=("refund",)), wishes)

    printed = capsys.readouterr().err
    assert told["orders"] == 12
    assert told["release"] + told["review"] + told["hold"] == 12
    assert "access key" in printed
    assert "duplicate orders" in printed
    assert "of duplicates and bursts" in printed
    assert "routed around" in printed
    orders = read_lines(settings.home / "demo" / "live" / "orders.jsonl")[:12]
    assert leaks(settings.home, personal_values(iter(orders))) == []


def test_an_unknown_history_is_wrong_usage(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["demo", "--data", "tea-house"]) == 2
    assert "choose from shop, online-retail" in capsys.readouterr().err
    assert not settings.home.exists()


def test_a_foreign_home_is_refused_with_the_way_out(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    (settings.home / "history").mkdir(parents=True)

    assert main(["demo", "--once", "--no-browser"]) == 1
    assert "set ORDERINTEL_HOME to an empty folder" in capsys.readouterr().err

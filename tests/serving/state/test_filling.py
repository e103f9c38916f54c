"""State that a process of its own fills: the same state, and nothing of it when that dies."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from features.history import History
from serving.runtime import open_runtime
from serving.state import filling
from serving.state.filling import Filler, FillError
from tests.parity.shop import disorderly_shop, write_shop
from tests.serving.state.test_rebuild import Shop, clean, engines, kill, score

if TYPE_CHECKING:
    from serving.settings import Settings

pytestmark = pytest.mark.embedded

BEGINS = """
import sys
from pathlib import Path
from features.history import History
from serving.settings import Settings
from serving.state.filling import Filler

settings = Settings(home=Path(sys.argv[1]))
Filler(settings, History(settings.history_folder)).save("delivery", Path(sys.argv[2]))
"""
PATIENCE_S = 60.0


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """A home with a small history and nothing else."""
    write_shop(tmp_path / "home" / "history", disorderly_shop(7, 120))
    return Shop(tmp_path / "home")


def filler(settings: Settings) -> Filler:
    return Filler(settings, History(settings.history_folder))


def children(process: int) -> list[int]:
    try:
        told = Path(f"/proc/{process}/task/{process}/children").read_text()
    except FileNotFoundError:
        return []
    return [int(each) for each in told.split()]


def is_alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def wait_until(moment: object) -> None:
    assert callable(moment)
    until = time.monotonic() + PATIENCE_S
    while not moment():
        assert time.monotonic() < until, "it never came"
        time.sleep(0.01)


def test_a_state_filled_apart_is_the_one_filled_here_and_is_found_again(shop: Shop) -> None:
    with closing(shop.restart()) as before:
        score(before, "kept in the store")
    for kept in shop.settings.state_folder.iterdir():
        kept.rename(shop.home / f"gone-{kept.name}")

    first = open_runtime(shop.settings, clock=shop.clock, fills_apart=True)

    assert [e.rebuilt for e in engines(first.scorer.state)] == ["nothing is kept yet"] * 2
    assert engines(first.scorer.state)[0].digest() == clean(shop.settings)
    assert engines(first.scorer.state)[1].digest() == clean(shop.settings, ("delivery",))
    score(first, "told since")
    kill(first)
    with closing(shop.restart()) as again:
        assert [e.rebuilt for e in engines(again.scorer.state)] == ["", ""]
        assert engines(again.scorer.state)[0].mark[0] == 2
        assert engines(again.scorer.state)[0].digest() == clean(shop.settings)


def test_a_filling_that_is_killed_says_so(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dies = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    monkeypatch.setattr(filling, "COMMAND", dies)

    with (
        closing(filler(shop.settings)) as asked,
        pytest.raises(FillError, match="was killed by SIGKILL"),
    ):
        asked.save("delivery", tmp_path / "state")


def test_a_history_that_cannot_be_read_is_told_as_it_is(
    shop: Shop, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    history = History(shop.settings.history_folder)
    broken = next((history.folder / "orders").rglob("*.parquet"))
    broken.write_bytes(b"not a table")

    with (
        closing(Filler(shop.settings, history)) as asked,
        pytest.raises(FillError, match="ended with code 1 and said why above"),
    ):
        asked.save("delivery", tmp_path / "state")

    assert broken.name in capfd.readouterr().err
    assert not (tmp_path / "state").exists()


def test_a_filling_ends_with_whoever_asked_for_it(shop: Shop, tmp_path: Path) -> None:
    folder = tmp_path / "state"
    asking = subprocess.Popen([sys.executable, "-c", BEGINS, str(shop.home), str(folder)])
    wait_until(lambda: children(asking.pid))
    (filling_one,) = children(asking.pid)

    os.kill(asking.pid, signal.SIGKILL)
    asking.wait()

    wait_until(lambda: not is_alive(filling_one))
    assert not folder.exists()

"""After a restart the state knows what was stored, whatever had reached its journal."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from features.catalogue import declare
from features.engines.durable import DurableState
from features.engines.online import OnlineState
from features.history import History
from serving.outcomes.repository import OutcomeStore
from serving.runtime import open_runtime
from serving.scoring.repository import DecisionStore
from serving.settings import Settings
from serving.state.stored import NOTHING, StoredEvents
from serving.store.engine import open_engine
from tests.parity.shop import disorderly_shop, write_shop
from tests.serving.conftest import Clock
from tests.serving.orders import order

if TYPE_CHECKING:
    from pathlib import Path

    from serving.runtime import Runtime
    from serving.state.windows import WindowState

pytestmark = pytest.mark.embedded


@pytest.fixture(scope="module")
def shop_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a small history and nothing else."""
    home = tmp_path_factory.mktemp("shop")
    write_shop(home / "history", disorderly_shop(7, 120))
    return home


@dataclass
class Shop:
    """A service that may be killed and started again."""

    home: Path
    clock: Clock = field(default_factory=Clock)

    @property
    def settings(self) -> Settings:
        return Settings(home=self.home, log_level="ERROR")

    def restart(self) -> Runtime:
        return open_runtime(self.settings, clock=self.clock)


@pytest.fixture
def shop(shop_home: Path, tmp_path: Path) -> Shop:
    shutil.copytree(shop_home, tmp_path / "home", symlinks=True)
    return Shop(tmp_path / "home")


def kill(runtime: Runtime) -> None:
    """Let go of a runtime the way a killed process does: nothing is noted, nothing is closed."""
    for engine in (runtime.scorer.state.engine, runtime.scorer.state.delivery):
        assert isinstance(engine, DurableState)
        if engine._writer is not None:
            engine._writer.join()
        assert engine._claim is not None
        engine._claim.close()


def clean(settings: Settings, purposes: tuple[str, ...] = ("risk", "abnormal")) -> str:
    """Digest of a state that is filled from history and store in one go."""
    history = History(settings.history_folder)
    state = OnlineState(declare(history.profile, purposes=purposes), history.profile)
    state.load(history)
    engine = open_engine(settings.store_url)
    StoredEvents(DecisionStore(engine), OutcomeStore(engine)).tell(state, NOTHING)
    engine.dispose()
    return state.digest()


def engines(state: WindowState) -> list[DurableState]:
    found = [state.engine, state.delivery]
    return [engine for engine in found if isinstance(engine, DurableState)]


def score(runtime: Runtime, order_id: str, **changes: Any) -> None:
    from features.order import parse

    runtime.scorer.score(parse(order(order_id, **changes)))


def test_a_restarted_service_knows_what_it_was_told(shop: Shop) -> None:
    first = shop.restart()
    for n in range(5):
        score(first, f"n{n}")
    kill(first)

    again = shop.restart()

    assert [engine.rebuilt for engine in engines(again.scorer.state)] == ["", ""]
    assert engines(again.scorer.state)[0].digest() == clean(shop.settings)
    assert engines(again.scorer.state)[1].digest() == clean(shop.settings, ("delivery",))
    again.close()


def test_an_order_that_was_stored_and_not_yet_told_is_not_lost(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = shop.restart()
    score(first, "told")
    with monkeypatch.context() as dying:
        dying.setattr(type(first.scorer.state), "add_order", lambda *_: None)
        dying.setattr(type(first.scorer.state), "settled", lambda *_: None)
        score(first, "stored only")
    kill(first)

    again = shop.restart()

    assert engines(again.scorer.state)[0].rebuilt == ""
    assert engines(again.scorer.state)[0].digest() == clean(shop.settings)
    again.close()


def test_what_the_engine_failed_to_take_is_told_again_at_the_next_start(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ValueError("out of order")

    first = shop.restart()
    with monkeypatch.context() as failing:
        failing.setattr(DurableState, "add_order", broken)
        score(first, "failed")
    for n in range(3):
        score(first, f"n{n}")
    first.close()

    again = shop.restart()

    assert engines(again.scorer.state)[0].digest() == clean(shop.settings)
    again.close()


def test_a_new_history_fills_the_state_anew(shop: Shop) -> None:
    first = shop.restart()
    score(first, "kept in the store")
    first.close()
    for path in shop.home.glob("history*"):
        path.unlink() if path.is_symlink() else shutil.rmtree(path)
    write_shop(shop.home / "history", disorderly_shop(8, 60))

    again = shop.restart()

    assert engines(again.scorer.state)[0].rebuilt == "the features or the history changed"
    assert engines(again.scorer.state)[0].digest() == clean(shop.settings)
    again.close()


def test_a_store_that_was_replaced_fills_the_state_anew(shop: Shop) -> None:
    first = shop.restart()
    score(first, "of the old store")
    first.close()
    for path in shop.home.glob("orderintel.db*"):
        path.unlink()

    again = shop.restart()

    assert "the store holds less" in engines(again.scorer.state)[0].rebuilt
    assert engines(again.scorer.state)[0].digest() == clean(shop.settings)
    again.close()


def test_a_second_service_at_the_same_home_keeps_its_state_to_itself(shop: Shop) -> None:
    first = shop.restart()
    score(first, "n1")

    second = shop.restart()

    assert isinstance(second.scorer.state.engine, OnlineState)
    assert second.scorer.state.engine.digest() == clean(shop.settings)
    first.close()
    second.close()

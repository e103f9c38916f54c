"""A service to talk to: an empty one for its manners, one with real payments for its sums."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from features.history import History
from models.estimators.fraud import FRAUD
from models.training.material import Material
from serving.app import create_app
from serving.registry import Shelf
from serving.runtime import Runtime, open_runtime
from serving.settings import Settings, load_settings
from serving.store.engine import open_engine
from serving.store.migrate import migrate
from tests.features.engines.redis import server as redis
from tests.serving.cli.shops import write_shop
from tests.serving.real_home import RealHome, card_payments, split_home
from tests.serving.store import server as postgresql

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sqlalchemy import RowMapping, Table

MARCH = 1_772_354_105_000_000
"""2026-03-01T08:35:05Z, the present of most tests."""

SERVERS_VARIABLE = "ORDERINTEL_TEST_SERVERS"
"""Set it to run the tests of the service on PostgreSQL and Redis, not SQLite and memory."""


HOMES = {"tmp_path", "tmp_path_factory"}
"""What a test asks for that opens a home; the others have neither store nor state."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out, on other servers, the tests for which servers make no difference."""
    if SERVERS_VARIABLE not in os.environ:
        return
    alike = {item for item in items if HOMES.isdisjoint(getattr(item, "fixturenames", ()))}
    config.hook.pytest_deselected(items=list(alike))
    items[:] = [item for item in items if item not in alike]


@pytest.fixture(scope="session", autouse=True)
def secret() -> Iterator[None]:
    """Let every home make the same secret: it draws the orders that are tried out, one in 200."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("serving.secret._random_secret", lambda: "0123456789abcdef" * 4)
        yield


@pytest.fixture(autouse=True)
def servers(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give every test the store and the state that the environment asks for."""
    if SERVERS_VARIABLE not in os.environ or request.node.get_closest_marker("embedded"):
        return
    monkeypatch.setenv("ORDERINTEL_DATABASE_URL", postgresql.shared().fresh())
    monkeypatch.setenv("ORDERINTEL_STATE_URL", redis.shared().url)
    monkeypatch.setenv("ORDERINTEL_STATE_TIMEOUT", "5")
    load_settings.cache_clear()


@dataclass
class Clock:
    """A clock that stands until it is moved."""

    at: int = MARCH

    def __call__(self) -> int:
        """Give the present."""
        return self.at

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.at += int(seconds * 1_000_000)


@dataclass
class Service:
    """An app under test, with a key for each role."""

    client: TestClient
    runtime: Runtime
    clock: Clock
    keys: dict[str, str] = field(default_factory=dict)

    def call(self, method: str, path: str, *, role: str | None = "admin", **extra: Any) -> Any:
        """Call a route with the key of a role."""
        headers = extra.pop("headers", {})
        if role is not None:
            headers = {"Authorization": f"Bearer {self.keys[role]}"} | headers
        return self.client.request(method, path, headers=headers, **extra)

    def score(self, document: Any, **extra: Any) -> Any:
        """Score an order."""
        return self.call("POST", "/v1/orders/score", json=document, **extra)

    def rows(self, table: Table) -> list[RowMapping]:
        """Give every row of a table of the store."""
        with self.runtime.engine.connect() as connection:
            return list(connection.execute(select(table)).mappings())


def serving(runtime: Runtime, clock: Clock) -> Iterator[Service]:
    """Open an app and make its keys."""
    keys = {role: runtime.keys.create(role, role) for role in ("score", "review", "admin")}
    app = create_app(runtime.settings, clock=clock, runtime=runtime)
    with TestClient(app, base_url="http://127.0.0.1") as client:
        yield Service(client, runtime, clock, keys)


@pytest.fixture(scope="session")
def blank_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give an empty store with all its tables, to be copied."""
    path = tmp_path_factory.mktemp("store") / "orderintel.db"
    engine = open_engine(f"sqlite:///{path}")
    migrate(engine)
    engine.dispose()
    return path


@pytest.fixture
def service(tmp_path: Path, blank_store: Path) -> Iterator[Service]:
    """Give a service that has neither history nor models."""
    clock = Clock()
    shutil.copy(blank_store, tmp_path / "orderintel.db")
    settings = Settings(home=tmp_path, log_level="ERROR")
    yield from serving(open_runtime(settings, clock=clock), clock)


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Service]:
    """Give a service with an imported history of 50 orders."""
    clock = Clock()
    settings = Settings(home=write_shop(tmp_path, n_orders=50, days=20), log_level="ERROR")
    yield from serving(open_runtime(settings, clock=clock), clock)


@pytest.fixture(scope="session")
def card_home(
    real_data: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory
) -> RealHome:
    """Give a home of real card payments that ends five days early, with a small fraud model."""
    folder = tmp_path_factory.mktemp("cards")
    whole = card_payments(real_data("fraud_handbook_sim"), folder)
    home = split_home(whole, folder / "home", held_back=timedelta(days=5))
    small = replace(FRAUD.config.boosting, max_rounds=30)
    fraud = replace(FRAUD, config=replace(FRAUD.config, boosting=small, default_rounds=30))
    material = Material(History(home.settings.history_folder), purposes=frozenset({"risk"}))
    trained = fraud.train(material, cutoff=home.cutoff)
    shelf = Shelf(home.settings.models_folder)
    shelf.serve("fraud", shelf.put(trained.artifact)[1])
    return home

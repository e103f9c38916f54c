"""The small shop as a running service, with trained delivery models."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from features.history import History
from models.artifacts import save
from models.estimators import BY_NAME
from models.training.material import Material
from serving.runtime import open_runtime
from serving.settings import Settings
from tests.serving.conftest import Clock, Service, serving
from tests.serving.delivery.shop import ENDS, write_shop

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def shop_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a home with the shop's history and its delivery models."""
    home = tmp_path_factory.mktemp("shop")
    write_shop(home)
    material = Material(History(home / "history"), purposes=frozenset({"delivery"}))
    for name in ("late", "eta", "attempt"):
        trained = BY_NAME[name].train(material, cutoff=ENDS)
        save(home / "models" / name, trained.artifact)
    return home


@pytest.fixture
def shop(shop_home: Path, tmp_path: Path) -> Iterator[Service]:
    """Give a running service of the shop, with a store of its own."""
    home = tmp_path / "home"
    shutil.copytree(shop_home, home, symlinks=True)
    clock = Clock()
    settings = Settings(home=home, log_level="ERROR")
    yield from serving(open_runtime(settings, clock=clock), clock)

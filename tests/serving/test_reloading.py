"""A promoted model is taken up while orders come in; one that is broken is not."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from features.history import History
from models import artifacts
from serving.live import load_judge
from serving.registry import Shelf
from serving.reloading import ModelReloader
from tests.serving.cli.served_shop import write_served_shop
from tests.serving.held import Held

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.embedded


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_served_shop(tmp_path_factory.mktemp("shop"))


@pytest.fixture
def held(shop: Path) -> Held:
    return Held(load_judge(shop / "models", History(shop / "history").profile))


@pytest.fixture
def reloader(shop: Path, held: Held) -> ModelReloader:
    profile = History(shop / "history").profile
    return ModelReloader(held, shop / "models", profile)  # type: ignore[arg-type]  # it holds a judge


@pytest.fixture
def other(shop: Path) -> Path:
    """Keep the same model under another digest."""
    artifact = artifacts.load(shop / "models" / "fraud")
    draft = replace(artifact, document={**artifact.document, "note": "the same again"})
    return Shelf(shop / "models").put(draft)[1]


def test_nothing_is_loaded_while_nothing_has_changed(held: Held, reloader: ModelReloader) -> None:
    before = held.judge

    assert not reloader.refresh()
    assert held.judge is before


def test_another_version_is_taken_up_and_the_one_before_again(
    shop: Path, held: Held, reloader: ModelReloader, other: Path
) -> None:
    first = held.judge.models["fraud"].version
    shelf = Shelf(shop / "models")

    shelf.serve("fraud", other)
    assert reloader.refresh()
    second = held.judge.models["fraud"].version
    assert shelf.back("fraud")
    assert reloader.refresh()

    assert second == other.name.removeprefix("fraud-")
    assert held.judge.models["fraud"].version == first


def test_a_broken_version_leaves_the_one_in_memory_in_place(
    shop: Path, held: Held, reloader: ModelReloader
) -> None:
    before, link = held.judge.models["fraud"], shop / "models" / "fraud"
    kept = link.readlink()
    broken = shop / "models" / ".kept" / "fraud-broken"
    broken.mkdir()
    (broken / "model.json").write_text("{}")
    link.unlink()
    link.symlink_to(".kept/fraud-broken")

    assert reloader.refresh()

    assert held.judge.models["fraud"] is before
    link.unlink()
    link.symlink_to(kept)


def test_a_model_that_is_lost_is_missing_until_it_is_back(
    shop: Path, held: Held, reloader: ModelReloader
) -> None:
    link, away = shop / "models" / "fraud", shop / "models" / ".away"
    link.rename(away)
    reloader.refresh()
    lost = {part.part: part.is_passing for part in held.judge.missing}

    away.rename(link)
    reloader.refresh()

    assert lost["model:fraud"]
    assert "model:fraud" not in [part.part for part in held.judge.missing]
    assert "fraud" in held.judge.models

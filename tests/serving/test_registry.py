from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from models.artifacts import Artifact
from models.errors import ArtifactError, ModelError
from serving.registry import CHALLENGER, CHAMPION, ROLLBACK, Registry, Shelf

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.embedded


def artifact(note: str) -> Artifact:
    return Artifact(
        {"name": "fraud", "note": note, "features": [{"name": "order__value_minor", "hash": "a"}]},
        texts={"model.txt": f"{note}\n"},
    )


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose registry is made once, since making it takes seconds."""
    folder = tmp_path_factory.mktemp("home")
    registry = Registry(folder)
    first = registry.register(artifact("first"), metrics={"auc": 0.8})
    second = registry.register(artifact("second"), metrics={"auc": 0.9})
    assert (first.alias, second.alias) == (CHAMPION, CHALLENGER)
    return folder


@pytest.fixture
def registry(home: Path) -> Registry:
    return Registry(home)


def served(registry: Registry) -> str:
    return str(registry.shelf.load("fraud").document["note"])


def test_the_first_version_is_served_and_the_second_waits(registry: Registry) -> None:
    assert served(registry) == "first"
    assert registry.version("fraud", CHALLENGER) == "2"


def test_promoting_and_rolling_back_swaps_what_is_served(registry: Registry) -> None:
    registry.promote("fraud", "2")
    assert served(registry) == "second"
    assert registry.version("fraud", ROLLBACK) == "1"

    assert registry.rollback("fraud") == "1"
    assert served(registry) == "first"
    assert registry.version("fraud", CHAMPION) == "1"


def test_nothing_to_go_back_to_is_said(registry: Registry) -> None:
    with pytest.raises(ModelError, match="late has no earlier champion"):
        registry.rollback("late")


def test_a_champion_on_other_definitions_is_replaced(registry: Registry) -> None:
    registered = registry.register(
        artifact("third"), metrics={}, definitions={"order__value_minor": "b"}
    )

    assert registered.alias == CHAMPION
    assert served(registry) == "third"


def test_a_kept_version_that_was_changed_is_not_promoted(registry: Registry) -> None:
    before = served(registry)
    registered = registry.register(artifact("tampered"), metrics={})
    kept = registry.shelf.folder / ".kept" / f"fraud-{registered.digest[:12]}"
    (kept / "model.txt").write_text("other\n")

    with pytest.raises(ArtifactError, match="changed since it was saved"):
        registry.promote("fraud", registered.version)

    assert served(registry) == before


def test_the_shelf_works_without_mlflow(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "models")
    saved, kept = shelf.put(artifact("alone"))

    shelf.serve("fraud", kept)

    assert list(shelf.names()) == ["fraud"]
    assert shelf.load("fraud").digest == saved.digest


def test_an_empty_shelf_serves_nothing(tmp_path: Path) -> None:
    assert list(Shelf(tmp_path / "nowhere").names()) == []


def test_old_versions_are_forgotten(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    for number in range(6):
        _, kept = shelf.put(artifact(f"version {number}"))
        shelf.serve("fraud", kept)

    assert len(list((tmp_path / ".kept").iterdir())) == 3
    assert shelf.load("fraud").document["note"] == "version 5"


def test_rolling_back_takes_less_than_two_seconds(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry.open()
    registry.promote("fraud", "2")
    before = registry.version("fraud", ROLLBACK)
    when_told: list[str] = []
    real = Registry.follow

    def follow(told: Registry, name: str) -> str:
        when_told.append(served(told))
        return real(told, name)

    monkeypatch.setattr(Registry, "follow", follow)

    # What it computes: how long it waits for a processor is the machine's matter.
    started = time.thread_time()
    registry.rollback("fraud")
    seconds = time.thread_time() - started

    assert registry.version("fraud", CHAMPION) == before
    assert when_told == [served(registry)]  # served before the registry hears of it
    assert seconds < 2.0


def test_what_is_served_goes_back_without_the_registry(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    for note in ("first", "second"):
        shelf.serve("fraud", shelf.put(artifact(note))[1])

    assert shelf.back("fraud")

    assert shelf.load("fraud").document["note"] == "first"


def test_going_back_twice_is_where_one_began(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    for note in ("first", "second"):
        shelf.serve("fraud", shelf.put(artifact(note))[1])

    shelf.back("fraud")
    shelf.back("fraud")

    assert shelf.load("fraud").document["note"] == "second"


def test_the_artifact_before_is_kept_however_many_wait(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    for note in ("first", "second"):
        shelf.serve("fraud", shelf.put(artifact(note))[1])
    for number in range(5):
        shelf.put(artifact(f"challenger {number}"))
    shelf.serve("fraud", tmp_path / ".kept" / str(shelf.served("fraud")))

    assert shelf.back("fraud")


def test_a_changed_artifact_is_not_gone_back_to(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    _, first = shelf.put(artifact("first"))
    shelf.serve("fraud", first)
    shelf.serve("fraud", shelf.put(artifact("second"))[1])
    (first / "model.txt").write_text("other\n")

    with pytest.raises(ArtifactError, match="changed since it was saved"):
        shelf.back("fraud")

    assert shelf.load("fraud").document["note"] == "second"


def test_versions_are_listed_with_what_they_are_for(registry: Registry) -> None:
    listed = registry.versions("fraud")

    champion = next(each for each in listed if "champion" in each["aliases"])
    assert champion["version"] == registry.version("fraud", CHAMPION)
    assert [int(each["version"]) for each in listed] == sorted(
        (int(each["version"]) for each in listed), reverse=True
    )

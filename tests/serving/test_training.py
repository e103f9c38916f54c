from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from features.history import History
from models.errors import NotSupportedError
from models.training.material import Material
from serving.registry import CHALLENGER, CHAMPION, Registry, Shelf
from serving.settings import Settings
from serving.training import TrainingResult, train_models
from tests.serving.cli.shops import write_shop

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.embedded


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Settings, list[TrainingResult]]:
    settings = Settings(home=write_shop(tmp_path_factory.mktemp("home")))
    return settings, train_models(settings, ["fraud", "refund", "late"])


def test_what_the_history_supports_is_trained_and_the_rest_says_why(
    trained: tuple[Settings, list[TrainingResult]],
) -> None:
    _, results = trained

    assert {result.name: result.reason for result in results} == {
        "fraud": None,
        "refund": "the history has no outcomes of kind refund",
        "late": "nothing is known of deliveries",
    }


def test_the_first_version_is_champion_and_served(
    trained: tuple[Settings, list[TrainingResult]],
) -> None:
    settings, results = trained
    material = Material(History(settings.history_folder), purposes=frozenset({"risk"}))

    served = Shelf(settings.models_folder).load("fraud", material.definitions)

    assert results[0].alias == CHAMPION
    assert served.document["name"] == "fraud"
    assert results[0].summary["metrics"]["auc"]["value"] > 0.6


def test_training_again_waits_as_challenger(
    trained: tuple[Settings, list[TrainingResult]],
) -> None:
    settings, _ = trained

    again = train_models(settings, ["fraud"])[0]

    registry = Registry(settings.home)
    assert again.alias == CHALLENGER
    assert registry.version("fraud", CHAMPION) == "1"
    assert registry.version("fraud", CHALLENGER) == again.version


def test_an_unknown_model_is_refused_before_any_work(tmp_path: Path) -> None:
    with pytest.raises(NotSupportedError, match="no model named weather: choose from fraud"):
        train_models(Settings(home=tmp_path), ["weather"])

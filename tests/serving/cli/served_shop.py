"""The small shop with a live fraud model, and its newest orders as canonical documents."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from features.history import History
from models.estimators.fraud import FRAUD
from models.training.material import Material
from serving.registry import Shelf
from serving.scoring.load import newest_orders
from serving.settings import Settings
from tests.serving.cli.shops import write_shop

if TYPE_CHECKING:
    from pathlib import Path


def write_served_shop(home: Path) -> Path:
    """Write the shop, fit a small model and make it live."""
    write_shop(home)
    small = replace(FRAUD.config.boosting, max_rounds=20)
    fraud = replace(FRAUD, config=replace(FRAUD.config, boosting=small, default_rounds=20))
    material = Material(History(home / "history"), purposes=frozenset({"risk"}))
    trained = fraud.train(material, cutoff=material.ends_at)
    shelf = Shelf(home / "models")
    shelf.serve("fraud", shelf.put(trained.artifact)[1])
    return home


def newest(home: Path, n: int) -> list[dict[str, Any]]:
    """Give the newest orders of the shop as canonical orders."""
    return [json.loads(body) for body in newest_orders(Settings(home=home), n)]

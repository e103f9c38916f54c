"""Orders held back and sent to a service whose model was trained on single lines."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import duckdb

from features.history import History
from features.order import microseconds
from models.estimators.returned import RETURN
from models.training.lines import LineMaterial
from models.training.material import Material
from serving.cli.import_ import run_import
from serving.registry import Shelf
from serving.runtime import open_runtime
from tests.serving.at_home import at_home
from tests.serving.cli.wardrobe import write_files
from tests.serving.conftest import Clock, Service, serving
from tests.serving.real_home import RealHome, imported, split_home

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pandas as pd

    from models.artifacts import Artifact
    from models.estimators.predictor import RiskPredictor

HOUR_US = 3_600_000_000


@dataclass(frozen=True)
class Lined:
    """What a service answered to held-back orders, with outcomes in between.

    Parameters
    ----------
    home
        The home and the history it was cut from.
    service
        The service.
    answers
        Decision by order.
    n_outcomes
        Outcomes that it was told of meanwhile.
    """

    home: RealHome
    service: Service
    answers: dict[str, dict[str, Any]]
    n_outcomes: int

    @property
    def predictor(self) -> RiskPredictor:
        """What answers for lines."""
        found = self.service.runtime.scorer.judge.models["return"].lines
        assert found is not None
        return found

    def in_batch(self) -> pd.DataFrame:
        """Compute what is known of every line that was asked about, from the whole history."""
        lines = LineMaterial(
            self.home.whole, placed_from=self.home.cutoff, purposes=frozenset({"risk"})
        )
        order_keys = lines.frame.index.str.rpartition("/").get_level_values(0)
        return lines.frame[order_keys.isin(list(self.answers))]

    def online(self) -> dict[str, float]:
        """Give what was answered, by line."""
        return {
            f"{key}/{line['line_id']}": line["scores"]["return"]["probability"]
            for key, answer in self.answers.items()
            for line in answer["lines"]
        }


def trained(home: RealHome) -> Artifact:
    """Fit a small model on what the home knows."""
    small = replace(RETURN.config.boosting, max_rounds=30)
    model = replace(RETURN, config=replace(RETURN.config, boosting=small, default_rounds=30))
    material = Material(History(home.settings.history_folder), purposes=frozenset({"risk"}))
    return model.train(material, cutoff=home.cutoff).artifact


def served(home: RealHome) -> Iterator[Lined]:
    """Train, serve, and send what was held back by when it became known."""
    shelf = Shelf(home.settings.models_folder)
    shelf.serve("return", shelf.put(trained(home))[1])
    clock, lines = Clock(), home.lines()
    _, last = list(home.events())[-1]
    clock.at = microseconds(last.get("known_at") or last["received_at"]) + HOUR_US
    answers, n_outcomes = {}, 0
    for service in serving(open_runtime(home.settings, clock=clock), clock):
        for kind, row in home.events():
            if kind == "order":
                answer = service.score(home.document(row, lines))
                answers[row["order_key"]] = answer.raise_for_status().json()
            else:
                told = {"outcomes": [_report(row)]}
                service.call("POST", "/v1/outcomes", json=told).raise_for_status()
                n_outcomes += 1
        yield Lined(home, service, answers, n_outcomes)


def _report(row: dict[str, Any]) -> dict[str, Any]:
    names = ("outcome_id", "order_key", "line_id", "kind", "is_bad")
    report = {name: row[name] for name in names}
    return report | {name: row[name].isoformat() for name in ("occurred_at", "known_at")}


def wardrobe(folder: Path) -> RealHome:
    """Give the shop of clothes and books without its last days."""
    write_files(folder)
    with at_home(folder / "whole"):
        run_import(folder / "wardrobe.yaml", folder)
    return split_home(folder / "whole", folder / "home", held_back=timedelta(days=9))


def fashion(source: Path, folder: Path) -> RealHome:
    """Give some buyers' baskets of real fashion lines without their last days."""
    (folder / "files").mkdir(parents=True)
    with duckdb.connect() as connection:
        connection.execute(
            f"COPY (SELECT * FROM '{source / 'known.parquet'}' WHERE user_id % 8 = 0 "
            "AND order_date < '2012-12-01') "
            f"TO '{folder / 'files' / 'known.parquet'}' (FORMAT parquet)"
        )
    whole = imported("bads_ws1718_by_order", folder / "files", folder / "whole")
    return split_home(whole, folder / "home", held_back=timedelta(days=14))

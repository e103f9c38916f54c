"""From files in which returns name lines to a probability for every line."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from features.history import History
from models.artifacts import Artifact, load, save
from models.errors import FeatureMismatchError
from models.estimators.returned import RETURN
from models.judged_weeks import weeks_to_judge
from models.policy.costs import DecisionPolicy
from models.retrain import Hearing
from models.training.material import Material
from serving.cli.main import main
from tests.serving.at_home import at_home
from tests.serving.cli.wardrobe import write_files

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Row = dict[str, Any]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, list[Row]]]:
    """Import the shop into a home of its own; give the home and the rows of its file."""
    folder = tmp_path_factory.mktemp("wardrobe")
    rows = write_files(folder)
    with at_home(folder / "home"):
        assert main(["import", str(folder / "wardrobe.yaml")]) == 0
        yield folder / "home", rows


def test_every_line_from_the_day_on_gets_a_probability_of_its_own(
    shop: tuple[Path, list[Row]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    since, out = "2026-03-01", tmp_path / "returns.parquet"

    code = main(["backtest", "return", "--test-from", since, "--out", str(out), "--json"])

    document = json.loads(capsys.readouterr().out)
    later = {f"{row['order']}/{row['line']}": row for row in shop[1] if row["at"] >= since}
    score = pd.read_parquet(out).set_index("id")["score"]
    assert (code, document["row"], document["test_rows"]["all"]) == (0, "line", len(later))
    assert score.index.is_unique
    assert set(score.index) == set(later)
    assert document["metrics"]["auc"]["low"] > 0.8
    told = pd.DataFrame.from_dict(later, orient="index").join(score)
    usual = told.groupby(["kind", "fit"])["score"].median().to_dict()
    assert usual["dress", "tight"] > usual["dress", "loose"] > usual["book", "none"]
    within = told.groupby("order")["score"].nunique()
    assert (within > 1).sum() > 100  # an answer per order would give its lines one number


def test_a_challenger_that_mixes_lines_up_is_kept_out(
    shop: tuple[Path, list[Row]], tmp_path: Path
) -> None:
    material = Material(History(shop[0] / "history"), purposes=RETURN.purposes)
    cut = material.ends_at.to_pydatetime()
    weeks = weeks_to_judge(RETURN, material, cut)
    save(tmp_path / "model", RETURN.train(material, cutoff=weeks.begins).artifact)
    artifact = load(tmp_path / "model", definitions=material.definitions)
    lines = artifact.document["lines"]
    names = {name: known[::-1] for name, known in lines["vocabularies"].items()}
    mixed = replace(
        artifact, document=artifact.document | {"lines": lines | {"vocabularies": names}}
    )

    hearing = Hearing(RETURN, material, cut, weeks, DecisionPolicy())
    verdicts = hearing.judge({"same": artifact, "mixed": mixed}, artifact)

    same, other = ({f.check: f for f in verdict.findings} for verdict in verdicts)
    assert {check for check, finding in same.items() if not finding.passed} <= {"money"}
    assert "single lines: AUC" in same["lines"].en
    assert not other["lines"].passed
    assert {check for check in same if same[check].passed != other[check].passed} == {"lines"}


def test_a_model_with_lines_is_not_loaded_where_these_mean_something_else(
    shop: tuple[Path, list[Row]], tmp_path: Path
) -> None:
    material = Material(History(shop[0] / "history"), purposes=RETURN.purposes)
    entry = {"name": "line__price_share", "hash": "of another time"}
    save(tmp_path / "model", Artifact({"features": [], "lines": {"features": [entry]}}))

    with pytest.raises(FeatureMismatchError, match="line__price_share"):
        load(tmp_path / "model", definitions=material.definitions)

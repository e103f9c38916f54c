from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pyarrow.parquet as pq
import pytest

from serving.cli.main import main
from tests.serving.at_home import at_home
from tests.serving.forecasts.test_router import make_home

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def shop_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shop")
    make_home(folder, parcels=False)
    return folder


@pytest.fixture
def home(shop_folder: Path) -> Iterator[Path]:
    with at_home(shop_folder):
        yield shop_folder


def test_the_forecast_begins_on_the_day_after_the_history(home: Path) -> None:
    out = home / "forecast.parquet"

    code = main(["forecast", "--horizon", "3", "--out", str(out)])

    rows = pq.read_table(out)
    assert code == 0
    assert rows.column_names == ["series_id", "date", "mean", "q10", "q50", "q90"]
    assert rows.num_rows == 7 * 3
    assert str(min(rows["date"].to_pylist()).date()) == "2026-04-05"


@pytest.mark.usefixtures("home")
def test_hot_products_are_one_json_document(capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["forecast", "--hot", "--json"])

    document = json.loads(capsys.readouterr().out)
    assert code == 0
    assert document["hot"][0]["series_id"] == "p0"
    assert document["horizon"] == 14


@pytest.mark.usefixtures("home")
def test_asking_for_nothing_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["forecast"])

    assert code == 2
    assert "--out" in capsys.readouterr().err

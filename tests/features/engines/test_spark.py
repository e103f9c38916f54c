"""Spark writes what the batch engine writes, to the bit, file for file."""

from __future__ import annotations

import os
import shutil
from datetime import timedelta
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.catalogue import declare
from features.engines import batch
from features.windows import EVERYBODY, Measure
from tests.features.memory import feature, measure
from tests.parity.shop import START, disorderly_shop, write_shop

if TYPE_CHECKING:
    from pathlib import Path

    from features.history import History

LACKING = [
    what
    for what, is_there in (("pyspark", find_spec("pyspark")), ("java", shutil.which("java")))
    if not is_there
]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        bool(LACKING) and not os.environ.get("CI"), reason=f"without {' and '.join(LACKING)}"
    ),
]


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> History:
    return write_shop(tmp_path_factory.mktemp("spark") / "history", disorderly_shop(7, 300))


def unequal(one: pa.Table, other: pa.Table) -> list[str]:
    """Names of columns that differ."""
    return [name for name in one.column_names if not one[name].equals(other[name])]


def test_every_feature_of_a_disorderly_shop_is_equal(history: History, tmp_path: Path) -> None:
    from features.engines import spark

    features = declare(history.profile)
    batch.write(history, features, tmp_path / "batch.parquet")
    told: list[int] = []

    n = spark.write(
        history, features, tmp_path / "spark.parquet", progress=lambda done, _: told.append(done)
    )

    ours, theirs = (
        pq.read_table(tmp_path / "spark.parquet"),
        pq.read_table(tmp_path / "batch.parquet"),
    )
    assert ours.schema == theirs.schema
    assert unequal(ours, theirs) == []
    assert ours["order_key"].equals(theirs["order_key"])
    assert n == len(ours) == 300
    assert told == [1, 2, 3]


def test_a_period_and_a_label_delay_are_kept(history: History, tmp_path: Path) -> None:
    from features.engines import spark

    month = timedelta(days=30)
    features = [
        feature(measure("rate", month, stream="cohort:fraud", delay=timedelta(days=14))),
        feature(measure("decayed", month / 6, stream="cohort:fraud", subject="sku")),
        feature(measure("std", month, column="value_minor", subject="ip")),
        feature(measure("max", month, column="value_minor")),
        feature(measure("since_first", month)),
        feature(measure("zscore", month, stream="lines", subject="sku", column="quantity")),
        feature(Measure(EVERYBODY, "shipments", "min", month, column="late_log")),
    ]
    asked = {
        "placed_from": START + timedelta(days=60),
        "placed_to": START + timedelta(days=90),
        "label_delay": timedelta(days=20),
    }
    batch.write(history, features, tmp_path / "batch.parquet", **asked)  # type: ignore[arg-type]

    n = spark.write(history, features, tmp_path / "spark.parquet", **asked)  # type: ignore[arg-type]

    ours, theirs = (
        pq.read_table(tmp_path / "spark.parquet"),
        pq.read_table(tmp_path / "batch.parquet"),
    )
    assert unequal(ours, theirs) == []
    assert 0 < n == len(ours) < 300
    assert sorted(path.name for path in tmp_path.iterdir()) == ["batch.parquet", "spark.parquet"]

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow.parquet as pq
import pytest

from features.catalogue import declare, definition_hash
from features.engines.batch import compute
from features.history import History
from serving.cli import features as command

if TYPE_CHECKING:
    from pathlib import Path

    from tests.serving.cli.conftest import Command


def test_the_file_holds_what_training_computes(
    orderintel: Command, served_home: Path, tmp_path: Path
) -> None:
    out = tmp_path / "new" / "features.parquet"
    history = History(served_home / "history")
    declared = declare(history.profile)

    code, printed, told = orderintel("features", "--out", str(out), "--json")

    document = json.loads(printed)
    expected = compute(history, declared)
    assert code == 0
    assert document["rows"] == len(expected)
    assert document["features"] == len(declared)
    assert document["definition_hash"] == definition_hash(declared)
    assert document["seconds"] > 0
    assert document["peak_memory_mb"] > 10
    assert "wrote" in told
    pd.testing.assert_frame_equal(
        pd.read_parquet(out).set_index("order_key"), expected, check_exact=True
    )


def test_a_purpose_and_days_choose_columns_and_rows(
    orderintel: Command, served_home: Path, tmp_path: Path
) -> None:
    out = tmp_path / "features.parquet"
    declared = declare(History(served_home / "history").profile, purposes=["delivery"])

    code, _, _ = orderintel(
        "features", "--out", str(out), "--purpose", "delivery",
        "--from", "2026-02-01T00:00:00Z", "--to", "2026-02-03T00:00:00Z", "--jobs", "1",
    )  # fmt: skip

    rows = pq.read_table(out)
    assert code == 0
    assert rows.column_names[3:] == [feature.name for feature in declared]
    assert rows.num_rows > 0
    assert min(rows["placed_at"].to_pylist()) >= datetime(2026, 2, 1, tzinfo=UTC)
    assert max(rows["placed_at"].to_pylist()) < datetime(2026, 2, 3, tzinfo=UTC)


@pytest.mark.parametrize(
    ("arguments", "mend"),
    [
        (["--purpose", "marketing"], "risk, abnormal, delivery"),
        (["--engine", "abacus"], "local, spark"),
        (["--jobs", "0"], "-1"),
        (["--from", "yesterday"], "2018-08-01"),
        (["--from", "2026-02-03", "--to", "2026-02-01"], "before --from"),
    ],
)
def test_wrong_usage_says_how_to_mend_it(
    orderintel: Command, tmp_path: Path, arguments: list[str], mend: str
) -> None:
    code, _, told = orderintel("features", "--out", str(tmp_path / "f.parquet"), *arguments)

    assert code == 2
    assert mend in told
    assert list(tmp_path.iterdir()) == []


def test_nothing_to_write_is_wrong_usage(orderintel: Command) -> None:
    code, _, told = orderintel("features")

    assert code == 2
    assert "--out" in told


def test_without_a_history_the_message_says_what_to_run_first(
    orderintel: Command, tmp_path: Path
) -> None:
    code, _, told = orderintel("features", "--out", str(tmp_path / "f.parquet"), home=tmp_path)

    assert code == 1
    assert "orderintel import" in told


def test_without_spark_the_message_says_what_to_install(
    orderintel: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "find_spec", lambda name: None)

    code, _, told = orderintel(
        "features", "--out", str(tmp_path / "f.parquet"), "--engine", "spark"
    )

    assert code == 1
    assert "order-intelligence[spark]" in told

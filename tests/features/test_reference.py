"""Reference tables as plain values, from the copy that an import left or from its files."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from features.history import History, HistoryProfile
from features.history_writing import write_history
from features.reference import REFERENCE, reference_rows
from features.schema import TABLES, arrow_schema

if TYPE_CHECKING:
    from pathlib import Path

MORNING = datetime(2026, 3, 1, 8, tzinfo=UTC)
EVENING = datetime(2026, 3, 1, 20, tzinfo=UTC)


def table(name: str, rows: list[dict[str, Any]]) -> pa.Table:
    return pa.Table.from_pylist(rows, schema=arrow_schema(TABLES[name]))


@pytest.fixture
def history(tmp_path: Path) -> History:
    tables = {
        "warehouses": table("warehouses", [{"warehouse": "W1", "lat": 31.2}, {"warehouse": "W2"}]),
        "stock": table(
            "stock",
            [
                {"warehouse": "W1", "sku": "CUP", "at": EVENING, "on_hand": 3},
                {"warehouse": "W1", "sku": "CUP", "at": MORNING, "on_hand": 9},
                {"warehouse": "W2", "sku": "CUP", "at": MORNING, "on_hand": 4},
            ],
        ),
    }
    write_history(tmp_path / "history", tables, HistoryProfile(), source="shop")
    return History(tmp_path / "history")


def test_what_is_missing_is_unknown(history: History) -> None:
    first, second = reference_rows(history, "warehouses")

    assert (first["warehouse"], first["lat"]) == ("W1", 31.2)
    assert (second["warehouse"], second["lat"]) == ("W2", None)
    assert reference_rows(history, "outlets") == []


def test_only_the_newest_count_of_stock_is_given(history: History) -> None:
    found = {(row["warehouse"], row["sku"]): row for row in reference_rows(history, "stock")}

    assert found["W1", "CUP"]["on_hand"] == 3
    assert found["W1", "CUP"]["at"] == EVENING.timestamp() * 1_000_000
    assert found["W2", "CUP"]["on_hand"] == 4
    assert len(found) == 2


@pytest.mark.parametrize("left", [None, b"damaged"], ids=["no copy", "a damaged copy"])
def test_without_a_whole_copy_the_files_tell_the_same(history: History, left: bytes | None) -> None:
    copied = {name: reference_rows(history, name) for name in REFERENCE}

    for name in REFERENCE:
        copy = history.folder / f"{name}.msgpack"
        copy.unlink()
        if left is not None:
            copy.write_bytes(left)

    assert {name: reference_rows(history, name) for name in REFERENCE} == copied

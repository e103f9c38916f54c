"""Readers of a history get its rows in order, and one generation or the next."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from features.errors import HistoryError
from features.history import History
from tests.features.histories import JUNE, MAY, order, write

if TYPE_CHECKING:
    from pathlib import Path


def test_rows_come_back_as_they_were_written(tmp_path: Path) -> None:
    rows = [order(2, total_minor=250, buyer_key="h1:b"), order(1, placed_at=JUNE)]

    write(tmp_path / "history", orders=rows)

    found = History(tmp_path / "history").arrow("orders").to_pylist()
    assert [row["order_id"] for row in found] == ["2", "1"]
    assert found[0]["total_minor"] == 250
    assert found[0]["placed_at"] == MAY
    assert found[1]["buyer_key"] is None


def test_no_history_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(HistoryError, match="run `orderintel import"):
        History(tmp_path / "history")


def test_a_reader_keeps_its_generation_while_a_new_one_appears(tmp_path: Path) -> None:
    write(tmp_path / "history", orders=[order(1)])
    reader = History(tmp_path / "history")

    write(tmp_path / "history", orders=[order(2)])

    assert reader.arrow("orders").num_rows == 1
    assert History(tmp_path / "history").arrow("orders").num_rows == 2


@pytest.mark.parametrize(("begin", "end"), [(0, None), (1, 4), (2, 3), (4, 9), (5, None), (3, 3)])
def test_rows_by_number_are_those_of_the_whole(tmp_path: Path, begin: int, end: int | None) -> None:
    """Numbers go through the months; a column that no file has is missing in every row."""
    placed = (JUNE, MAY, JUNE, MAY, MAY)
    write(
        tmp_path / "history",
        orders=[order(n, placed_at=at, total_minor=n) for n, at in enumerate(placed)],
    )
    history = History(tmp_path / "history")
    names = ["order_id", "total_minor", "promo_code"]

    found = history.rows("orders", names, begin, end)

    assert [row["order_id"] for row in history.arrow("orders").to_pylist()] == [*"13402"]
    assert found.equals(history.arrow("orders", columns=names)[begin:end])
    assert history.rows("orders", ["promo_code"], begin, end).num_rows == found.num_rows


def test_rows_of_a_table_that_is_not_there_are_none(tmp_path: Path) -> None:
    write(tmp_path / "history", orders=[order(1)])

    found = History(tmp_path / "history").rows("shipments", ["carrier"])

    assert found.num_rows == 0
    assert found.column_names == ["carrier"]

"""A home made from real orders: the past in its history, the newest days held back."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa

from features.history import History
from features.history_writing import write_history
from features.order import microseconds, to_document
from serving.cli.import_ import run_import
from serving.settings import Settings
from tests.serving.at_home import at_home

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime, timedelta

MAPPINGS = Path(__file__).parents[1] / "benchmarks" / "datasets"


@dataclass(frozen=True)
class RealHome:
    """A home and what happened after its history ends.

    Parameters
    ----------
    settings
        The home; its history holds what was known before ``cutoff``.
    whole
        The whole history, for comparison.
    cutoff
        First instant that the home does not know.
    """

    settings: Settings
    whole: History
    cutoff: datetime

    def held_back(self) -> list[dict[str, Any]]:
        """Give the orders received from the cutoff on, in the order in which they came."""
        return _after(self.whole, "orders", "received_at", self.cutoff)

    def lines(self) -> dict[str, list[dict[str, Any]]]:
        """Give the lines of every order, by order."""
        found: dict[str, list[dict[str, Any]]] = {}
        for line in self.whole.arrow("order_lines").to_pylist():
            found.setdefault(line["order_key"], []).append(line)
        return found

    def events(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Go through held-back orders and outcomes by when each became known.

        What became known at the instant an order came in counts as later than the order.
        """
        orders = [(row["received_at"], 0, "order", row) for row in self.held_back()]
        outcomes = [
            (row["known_at"], 1, "outcome", row)
            for row in _after(self.whole, "outcomes", "known_at", self.cutoff)
        ]
        for _, _, kind, row in sorted([*orders, *outcomes], key=lambda event: event[:2]):
            yield kind, row

    def document(
        self, row: dict[str, Any], lines: dict[str, list[dict[str, Any]]]
    ) -> dict[str, Any]:
        """Write a held-back order as a canonical order."""
        own = lines.get(row["order_key"], [])
        return to_document(row, own, base_currency=self.whole.profile.base_currency)


def _after(history: History, table: str, clock: str, cutoff: datetime) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = history.arrow(table).to_pylist()
    return sorted(
        (row for row in rows if row[clock] >= cutoff), key=lambda row: microseconds(row[clock])
    )


def _kept(rows: pa.Table, column: str, wanted: Callable[[Any], bool]) -> pa.Table:
    return rows.filter(pa.array([wanted(value) for value in rows[column].to_pylist()], pa.bool_()))


def split_home(whole_folder: Path, folder: Path, *, held_back: timedelta) -> RealHome:
    """Make a home that ends some days before an imported history does."""
    whole = History(whole_folder / "history")
    newest = max(whole.arrow("orders", columns=["received_at"])["received_at"].to_pylist())
    cutoff: datetime = newest - held_back
    settings = Settings(home=folder)
    tables = {
        table: _kept(whole.arrow(table), clock, lambda at: at < cutoff)
        for table, clock in (("orders", "received_at"), ("outcomes", "known_at"))
    }
    if whole.has("order_lines"):
        known = set(tables["orders"]["order_key"].to_pylist())
        tables["order_lines"] = _kept(whole.arrow("order_lines"), "order_key", known.__contains__)
    write_history(settings.history_folder, tables, whole.profile, source="past")
    return RealHome(settings, whole, cutoff)


def card_payments(source: Path, folder: Path) -> Path:
    """Import a slice of the card payments, and give the home that holds it."""
    slice_folder = folder / "files"
    slice_folder.mkdir(parents=True)
    with duckdb.connect() as connection:
        connection.execute(
            f"COPY (SELECT * FROM '{source / 'transactions.parquet'}' "
            "WHERE CUSTOMER_ID < 300 AND TX_DATETIME < DATE '2018-05-25') "
            f"TO '{slice_folder / 'transactions.parquet'}' (FORMAT parquet)"
        )
    return imported("fraud_handbook_sim", slice_folder, folder / "whole")


def imported(name: str, files: Path, home: Path) -> Path:
    """Import a real data set with its own mapping, and give the home that holds it."""
    with at_home(home):
        run_import(MAPPINGS / f"{name}.yaml", files)
    return home

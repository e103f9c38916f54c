"""Small imports for the tests of this room: files and a mapping in, rows and a report out."""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import dedent
from typing import TYPE_CHECKING, Any

from features.mapping import read_mapping_text, run_mapping

if TYPE_CHECKING:
    from pathlib import Path

    from features.history import HistoryProfile
    from features.mapping import ImportReport

SECRET = b"a secret of the tests"


@dataclass(frozen=True)
class Outcome:
    """What an import gave."""

    tables: dict[str, list[dict[str, Any]]]
    profile: HistoryProfile
    report: ImportReport

    @property
    def orders(self) -> list[dict[str, Any]]:
        """The orders, by order id."""
        return sorted(self.tables["orders"], key=lambda row: row["order_id"])

    def left_out(self) -> dict[str, int]:
        """Rows left out, by cause."""
        return {cause.what: cause.count for cause in self.report.left_out}

    def unknown(self) -> dict[str, int]:
        """Values that could not be read, by cause."""
        return {cause.what: cause.count for cause in self.report.unknown}


def run(mapping: str, root: Path) -> Outcome:
    """Import the files under ``root`` as a mapping says."""
    document = read_mapping_text(dedent(mapping), "shop.yaml")
    with run_mapping(document, root, SECRET) as imported:
        tables = {name: reader.read_all().to_pylist() for name, reader in imported.tables.items()}
        return Outcome(tables, imported.profile, imported.report)


def value_of(expression: str, column: str, csv: str, root: Path, *, head: str = "") -> Any:
    """Import one row whose ``column`` is an expression, and give the value it got."""
    header, row = csv.split("\n")
    (root / "orders.csv").write_text(f"id,at,{header}\no1,2024-05-01 12:00:00,{row}\n", "utf-8")
    place = "attributes" if column.startswith("attribute__") else "columns"
    name = column.removeprefix("attribute__")
    columns = "order_id: id, placed_at: at"
    if place == "columns":
        body = f"columns: {{{columns}, {name}: {expression}}}"
    else:
        body = f"columns: {{{columns}}}\n  attributes: {{{name}: {expression}}}"
    mapping = (
        f"version: 1\nname: shop\n{head}\nfiles: {{rows: orders.csv}}\n"
        f"orders:\n  from: rows\n  {body}\n"
    )
    return run(mapping, root).orders[0][column]

"""Small histories: orders of a shop, what they hold and what became of them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from features.history import HistoryProfile
from features.history_writing import WriteResult, write_history
from features.schema import TABLES, arrow_schema

if TYPE_CHECKING:
    from pathlib import Path

MAY = datetime(2024, 5, 1, 12, tzinfo=UTC)
JUNE = datetime(2024, 6, 1, 12, tzinfo=UTC)


def order(number: int, *, placed_at: datetime = MAY, **columns: Any) -> dict[str, Any]:
    key = f"shop/web/main/{number}"
    identity = {"order_key": key, "merchant_id": "shop", "channel": "web", "shop_id": "main"}
    clocks = {"placed_at": placed_at, "received_at": placed_at}
    return identity | {"order_id": str(number)} | clocks | columns


def line(number: int, line_id: str, sku: str, quantity: int = 1) -> dict[str, Any]:
    key = f"shop/web/main/{number}"
    return {
        "order_key": key,
        "line_id": line_id,
        "placed_at": MAY,
        "sku": sku,
        "quantity": quantity,
    }


def outcome(number: int, kind: str, source: str) -> dict[str, Any]:
    key = f"shop/web/main/{number}"
    clocks = {"occurred_at": MAY, "known_at": JUNE}
    return {
        "outcome_id": f"{key}#{kind}",
        "order_key": key,
        "kind": kind,
        "source": source,
    } | clocks


def table(name: str, rows: list[dict[str, Any]]) -> pa.Table:
    extra = {column: "float" for row in rows for column in row if column not in TABLES[name]}
    whole = arrow_schema(TABLES[name], extra)
    present = {column for row in rows for column in row} or set(whole.names)
    return pa.Table.from_pylist(rows, schema=pa.schema([f for f in whole if f.name in present]))


def write(
    folder: Path,
    profile: HistoryProfile | None = None,
    source: str = "shop",
    **rows: list[dict[str, Any]],
) -> WriteResult:
    tables = {name: table(name, items) for name, items in rows.items()}
    return write_history(folder, tables, profile or HistoryProfile(), source=source)

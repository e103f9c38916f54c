"""Small made-up shops, as series in memory and as histories on disk."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from features.history import DemandProfile, History, HistoryProfile
from features.history_writing import write_history
from features.schema import TABLES, arrow_schema
from models.demand.config import DemandConfig
from models.demand.series import DemandSeries

if TYPE_CHECKING:
    from pathlib import Path

SMALL = DemandConfig(n_trees=25, min_rows_in_leaf=20, max_rows=8_000, n_origins=6)
"""Trees that are grown in a moment."""

OPENED = datetime(2026, 1, 5, 9, tzinfo=UTC)
"""A Monday morning."""


def shop(
    *, n_series: int = 40, n_days: int = 140, closed: tuple[int, ...] = (), seed: int = 3
) -> DemandSeries:
    """Draw daily series of very different size, busier at the end of the week."""
    random = np.random.default_rng(seed)
    rate = random.lognormal(0.5, 1.2, n_series)
    weekday = np.array([0.8, 0.8, 0.9, 1.0, 1.3, 1.2, 1.0])
    weekday[list(closed)] = 0.0
    units = random.poisson(rate[:, None] * weekday[np.arange(n_days) % 7])
    names = {f"s{number:03}": units[number].tolist() for number in range(n_series)}
    return DemandSeries.from_units(names, "2026-01-05", closed_weekdays=closed)


def lines(*rows: dict[str, Any]) -> dict[str, pa.Table]:
    """Write orders of one line each: ``day``, ``series_id``, ``quantity`` and what else is told."""
    orders, order_lines = [], []
    for number, row in enumerate(rows):
        placed = row.get("placed_at", OPENED + timedelta(days=row.get("day", 0)))
        key = f"m/web/main/{number}"
        orders.append(
            {
                "order_key": key,
                "merchant_id": "m",
                "channel": "web",
                "shop_id": "main",
                "order_id": str(number),
                "placed_at": placed,
                "received_at": row.get("received_at", placed),
                "status": row.get("status"),
                "ship_country": row.get("country"),
            }
        )
        order_lines.append(
            {
                "order_key": key,
                "line_id": "1",
                "placed_at": placed,
                "quantity": row.get("quantity", 1),
                "unit_price_minor": row.get("price", 500),
                "series_id": row.get("series_id", "cup"),
            }
        )
    return {"orders": table("orders", orders), "order_lines": table("order_lines", order_lines)}


def table(name: str, rows: list[dict[str, Any]]) -> pa.Table:
    """Write rows as a canonical table."""
    schema = arrow_schema(TABLES[name])
    full = [{column: row.get(column) for column in schema.names} for row in rows]
    return pa.Table.from_pylist(full, schema=schema)


def history(folder: Path, tables: dict[str, pa.Table], **profile: Any) -> History:
    """Write tables as a history with daily demand, and open it."""
    told: dict[str, Any] = {"demand": DemandProfile(), "timezone": "UTC"} | profile
    write_history(folder, tables, HistoryProfile(**told))
    return History(folder)

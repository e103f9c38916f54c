"""Orders of a history as the flat rows that a service makes of an order that comes in."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from features.order import OrderRows

if TYPE_CHECKING:
    import pandas as pd

    from features.history import History
    from features.order import Row


def newest_orders(history: History, days: int) -> list[OrderRows]:
    """Read the orders of the newest days, by when they were received.

    Parameters
    ----------
    history
        The history.
    days
        Days before its newest order.
    """
    orders = history.frame("orders")
    if orders.empty:
        return []
    since = orders["received_at"].max() - timedelta(days=days)
    recent = orders[orders["received_at"] > since].sort_values("received_at", kind="stable")
    lines: dict[str, list[Row]] = {}
    if history.has("order_lines"):
        table = history.frame("order_lines")
        for row in _rows(table[table["order_key"].isin(set(recent["order_key"]))]):
            lines.setdefault(row["order_key"], []).append(row)
    return [OrderRows(row, lines.get(row["order_key"], []), {}, {}) for row in _rows(recent)]


def _rows(frame: pd.DataFrame) -> list[Row]:
    """Give rows as plain values: None where missing, instants in microseconds."""
    import pandas as pd

    plain = {}
    for name in frame.columns:
        column = frame[name]
        if isinstance(column.dtype, pd.DatetimeTZDtype):
            micros = column.astype("datetime64[us, UTC]").astype("int64").astype(object)
            plain[name] = micros.where(column.notna(), None)
        else:
            plain[name] = column.astype(object).where(column.notna(), None)
    names = list(plain)
    columns = [plain[name].tolist() for name in names]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]

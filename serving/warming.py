"""Compiles the engines before they are needed, by computing every feature of three orders.

What is compiled is kept on disk, once a machine and version; who comes first waits about half a
minute for it. A program that has something else to do first may start this beside it.
"""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from features.durations import SECOND_US
from features.schema import ORDER_LINES, ORDERS, OUTCOMES, SHIPMENTS

if TYPE_CHECKING:
    from pathlib import Path

    from features.history import History
    from features.schema import Column, Table

PLACED: Final = datetime(2026, 1, 5, tzinfo=UTC)
N_ORDERS: Final = 3
_VALUES: Final[dict[str, Any]] = {
    "string": "a",
    "int": 1,
    "float": 1.0,
    "bool": True,
    "date": PLACED.date(),
}


def begin() -> subprocess.Popen[bytes]:
    """Compile in a process of its own; nobody needs to wait for it.

    Examples
    --------
    >>> begin().wait()
    0
    """
    # The standard streams are the caller's: what goes wrong here goes wrong there too, and is told.
    return subprocess.Popen(
        [sys.executable, "-c", "from serving.warming import compile_all; compile_all()"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def compile_all() -> None:
    """Compute features of a few orders with the batch engine and with the online state."""
    import tempfile
    from pathlib import Path

    from features.catalogue import declare
    from features.engines.batch import compute
    from features.engines.online import OnlineState

    orders = [_row(ORDERS, number) for number in range(N_ORDERS)]
    with tempfile.TemporaryDirectory() as folder:
        history = _written(Path(folder) / "history", orders)
        features = declare(history.profile)
        compute(history, features)
        state = OnlineState(features, history.profile)
        state.load(history)
    asking = _row(ORDERS, N_ORDERS)
    lines, news = [_row(ORDER_LINES, N_ORDERS)], N_ORDERS - 1
    state.values(asking, lines)
    state.add_order(asking, lines)
    state.add_outcome(_row(OUTCOMES, news))
    state.add_shipment(_row(SHIPMENTS, news))


def _written(folder: Path, orders: list[dict[str, Any]]) -> History:
    """Write a history in which every column of the moving tables has a value."""
    import pyarrow as pa

    from features.history import History, HistoryProfile, LabelProfile
    from features.history_writing import write_history
    from features.schema import arrow_schema

    tables = {"orders": pa.Table.from_pylist(orders, arrow_schema(ORDERS, {}))}
    for table in (ORDER_LINES, SHIPMENTS, OUTCOMES):
        rows = [_row(table, number) for number in range(N_ORDERS)]
        tables[table.name] = pa.Table.from_pylist(rows, arrow_schema(table, {}))
    kinds = ("fraud", "refund", "return", "cancel", "refusal", "late")
    labels = {kind: LabelProfile(kind, 14.0) for kind in kinds}
    write_history(folder, tables, HistoryProfile("CNY", "Asia/Shanghai", labels=labels))
    return History(folder)


def _row(table: Table, number: int) -> dict[str, Any]:
    """Make a row in which nothing is missing."""
    return {column.name: _value(table, column, number) for column in table.columns}


def _value(table: Table, column: Column, number: int) -> Any:
    if column.type == "instant":
        at = PLACED + timedelta(days=number, hours=column.name == "known_at")
        return int(at.timestamp()) * SECOND_US
    if column.name in {"order_key", *table.key}:
        return str(number)
    return column.values[0] if column.values else _VALUES[column.type]

"""What a run learns from: the history, and what the service stored itself since."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING, Any, Final

from features.history import History, write_history
from features.schema import TABLES, arrow_schema
from serving.outcomes.repository import OutcomeStore
from serving.scoring.repository import DecisionStore

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa
    from sqlalchemy import Engine

SOURCE: Final = "service"
"""Name under which the service's own events stand in a snapshot."""


def take_snapshot(history: History, engine: Engine, folder: Path) -> History:
    """Put history and stored events together, beside the history that the service reads.

    Parameters
    ----------
    history
        What was imported.
    engine
        The store, with orders, outcomes and parcels that came in since.
    folder
        Where the snapshot goes; files that nothing was added to are linked, not copied.

    Returns
    -------
    History
        The snapshot; the history itself where the store holds nothing.
    """
    decisions, news = DecisionStore(engine), OutcomeStore(engine)
    orders: dict[str, dict[str, Any]] = {}
    lines: dict[str, list[dict[str, Any]]] = {}
    for row, own in decisions.events():
        orders[row["order_key"]], lines[row["order_key"]] = row, own
    rows: dict[str, list[dict[str, Any]]] = {
        "orders": list(orders.values()),
        "order_lines": [line for own in lines.values() for line in own],
        "outcomes": list(news.outcomes()),
        "shipments": list({row["shipment_id"]: row for row in news.shipments()}.values()),
    }
    tables = {name: _table(name, found, history) for name, found in rows.items() if found}
    if not tables:
        return history
    shutil.rmtree(folder, ignore_errors=True)
    first = folder / "history-000001"
    shutil.copytree(history.folder, first, copy_function=os.link)
    (folder / "history").symlink_to(first.name, target_is_directory=True)
    write_history(folder / "history", tables, history.profile, source=SOURCE)
    return History(folder / "history")


def _table(name: str, rows: list[dict[str, Any]], history: History) -> pa.Table:
    """Lay flat rows out as a canonical table; instants are microseconds UTC."""
    import pyarrow as pa

    spec = TABLES[name]
    own: dict[str, str] = {}
    if name == "orders":
        own = history.profile.attributes | dict.fromkeys(
            (entity for entity in history.profile.entities if entity not in spec), "string"
        )
    schema = arrow_schema(spec, own)
    columns = {
        field.name: pa.array([row.get(field.name) for row in rows]).cast(field.type)
        for field in schema
        if any(row.get(field.name) is not None for row in rows)
    }
    return pa.table(columns)

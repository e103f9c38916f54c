"""What the service stored, as rows of the canonical tables. Queries only."""

from __future__ import annotations

from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
from sqlalchemy import func, select

from features.schema import ATTRIBUTE_PREFIX, ENTITY_PREFIX, TABLES, arrow_schema
from serving.store import text
from serving.store.tables import ORDER_EVENTS, OUTCOMES, SHIPMENTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Connection, Engine, Table

    from features.history import HistoryProfile
    from features.order import Row

BATCH: Final = 5_000
"""Rows that are in memory at once."""
SETTLED: Final = 60_000_000
"""Microseconds after which nothing can be stored any more under a number that was given earlier:
several times the 15 s that a statement may take."""


@dataclass(frozen=True, slots=True)
class Mark:
    """How far the stored events are in a history.

    Parameters
    ----------
    orders, outcomes, shipments
        Number of the last event of each kind.
    last
        Decision of the last order event, by which its store is told from another one.

    Examples
    --------
    >>> Mark.read(Mark(3, 2, 1, "dec_1").write())
    Mark(orders=3, outcomes=2, shipments=1, last='dec_1')
    """

    orders: int = 0
    outcomes: int = 0
    shipments: int = 0
    last: str = ""

    def write(self) -> str:
        """Write it as it stands in a history's profile."""
        return " ".join(map(str, astuple(self)))

    @classmethod
    def read(cls, written: str) -> Mark:
        """Read it back; nothing was exported where there is none."""
        parts = written.split(" ")
        if len(parts) != 4:
            return cls()
        orders, outcomes, shipments = map(int, parts[:3])
        return cls(orders, outcomes, shipments, parts[3])


class StoredRows:
    """The stored events behind a mark, one row for each order, outcome and parcel.

    Parameters
    ----------
    engine
        The store.
    profile
        What the history holds; attributes it does not declare stay out.
    after
        Where the last export came to; from the beginning when it was of another store.
    """

    def __init__(self, engine: Engine, profile: HistoryProfile, after: Mark) -> None:
        self._engine, self._profile = engine, profile
        with engine.connect() as connection:
            self.after = after if _is_of(connection, after) else Mark()

    def mark(self, now: int) -> Mark:
        """Tell how far the store goes for certain; what is younger is read again next time."""
        with self._engine.connect() as connection:
            orders, outcomes, shipments = (
                connection.execute(
                    select(func.max(table.c.event_id)).where(table.c.stored_at <= now - SETTLED)
                ).scalar()
                or 0
                for table in (ORDER_EVENTS, OUTCOMES, SHIPMENTS)
            )
            last = connection.execute(_decision(orders)).scalar() or ""
        return Mark(orders, outcomes, shipments, last)

    def tables(self) -> dict[str, pa.RecordBatchReader]:
        """Give the tables that have rows; each can be read once."""
        sources: dict[str, tuple[Table, int, Callable[[Row], list[Row]]]] = {
            "orders": (ORDER_EVENTS, self.after.orders, lambda row: [text.read(row["row"])]),
            "order_lines": (ORDER_EVENTS, self.after.orders, self._lines),
            "outcomes": (OUTCOMES, self.after.outcomes, lambda row: [text.read(row["row"])]),
            "shipments": (SHIPMENTS, self.after.shipments, lambda row: [text.read(row["row"])]),
        }
        found: dict[str, pa.RecordBatchReader] = {}
        for name, (table, after, rows) in sources.items():
            if self._has(table, after):
                schema = self._schema(name)
                batches = self._batches(table, after, rows, schema)
                found[name] = pa.RecordBatchReader.from_batches(schema, batches)
        return found

    def _has(self, table: Table, after: int) -> bool:
        with self._engine.connect() as connection:
            return (connection.execute(select(func.max(table.c.event_id))).scalar() or 0) > after

    def _batches(
        self, table: Table, after: int, rows: Callable[[Row], list[Row]], schema: pa.Schema
    ) -> Iterator[pa.RecordBatch]:
        key = table.c.shipment_id if table is SHIPMENTS else table.c.order_key
        newest = select(func.max(table.c.event_id)).where(table.c.event_id > after)
        if table is not OUTCOMES:
            # What came last of an order or a parcel stands for it, as in the state.
            newest = newest.group_by(key)
            wanted = select(table).where(table.c.event_id.in_(newest))
        else:
            wanted = select(table).where(table.c.event_id > after)
        waiting: list[Row] = []
        with self._engine.connect().execution_options(yield_per=BATCH) as connection:
            for row in connection.execute(wanted.order_by(table.c.event_id)).mappings():
                waiting += rows(dict(row))
                if len(waiting) >= BATCH:
                    yield _batch(waiting, schema)
                    waiting = []
        yield _batch(waiting, schema)

    def _lines(self, event: Row) -> list[Row]:
        """Give the lines of an order, without what is not of the type that the history declares.

        Nothing checks the merchant's own columns of lines when they come.
        """
        kinds = self._profile.line_attributes
        return [
            {
                name: value
                for name, value in line.items()
                if kinds.get(name, "string") == "string" or _KINDS.get(type(value)) == kinds[name]
            }
            for line in text.read(event["lines"])
        ]

    def _schema(self, name: str) -> pa.Schema:
        own: dict[str, str] = {}
        if name == "orders":
            own = self._profile.attributes | dict.fromkeys(
                (entity for entity in self._profile.entities if entity not in TABLES[name]),
                "string",
            )
        elif name == "order_lines":
            own = self._profile.line_attributes
        return arrow_schema(TABLES[name], own)


def own_columns(engine: Engine) -> dict[str, str]:
    """Give the merchant's own columns that any stored order carries, with their types.

    Returns
    -------
    dict
        Attributes to ``bool``, ``float`` or ``string``, which says everything where orders differ;
        entities to ``string``.
    """
    found: dict[str, set[str]] = {}
    with engine.connect().execution_options(yield_per=BATCH) as connection:
        for written in connection.execute(select(ORDER_EVENTS.c.row)).scalars():
            for name, value in text.read(written).items():
                if name.startswith((ATTRIBUTE_PREFIX, ENTITY_PREFIX)) and value is not None:
                    found.setdefault(name, set()).add(_KINDS[type(value)])
    return {name: kinds.pop() if len(kinds) == 1 else "string" for name, kinds in found.items()}


_KINDS: Final[dict[type, str]] = {bool: "bool", int: "float", float: "float", str: "string"}


def _batch(rows: list[Row], schema: pa.Schema) -> pa.RecordBatch:
    """Lay flat rows out; instants are microseconds UTC."""
    columns = [
        pa.array([_fitting(row.get(field.name), field.type) for row in rows]).cast(field.type)
        for field in schema
    ]
    return pa.record_batch(columns, schema=schema)


def _fitting(value: Any, kind: pa.DataType) -> Any:
    """Write what differs between orders as text where the column is text."""
    is_other = pa.types.is_string(kind) and value is not None and not isinstance(value, str)
    return str(value) if is_other else value


def _decision(event_id: int) -> Any:
    return select(ORDER_EVENTS.c.decision_id).where(ORDER_EVENTS.c.event_id == event_id)


def _is_of(connection: Connection, mark: Mark) -> bool:
    """Tell whether a mark was made of this store."""
    return mark.last == (connection.execute(_decision(mark.orders)).scalar() or "")

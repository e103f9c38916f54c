"""What Spark's tasks compute, from Arrow batches to Arrow batches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.engines.columns import laid_out, plain
from features.engines.formulas import apply
from features.engines.parts import Events, Queries, parts
from features.engines.results import computed, put
from features.engines.source import encoded, integers
from features.engines.spark.layout import LINKS
from features.engines.spark.packing import BLOCKS, packed, pieces, unpacked
from features.lane import stretched_micro
from features.windows import AGGREGATES, same

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from numpy.typing import NDArray

    from features.engines.spark.layout import Asking, Layout
    from features.feature import Columns
    from features.history import HistoryProfile
    from features.windows import Measure, Part

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]
    Batches = Iterable[pa.RecordBatch]


def answering(layout: Layout, begin: int) -> Callable[[Batches], Iterator[pa.RecordBatch]]:
    """Give the task that answers the queries of a partition's keys.

    Parameters
    ----------
    layout
        What is asked.
    begin
        Number of the first order of the output.

    Returns
    -------
    callable
        From keyed rows, all rows of a key together, to pieces of answers.
    """

    def task(batches: Batches) -> Iterator[pa.RecordBatch]:
        found = list(batches)
        if not found:
            return
        table = pa.Table.from_batches(found)
        entity = table["entity"].to_numpy()
        for asking in layout.asking:
            rows = np.flatnonzero(entity == asking.number)
            if len(rows):
                answers = _answers(layout, asking, table.take(pa.array(rows)))
                yield from pieces(asking.number, answers, begin)

    return task


def _answers(layout: Layout, asking: Asking, table: pa.Table) -> pa.Table:
    """Answer the queries of one entity."""
    n, code = table["n"].to_numpy(), encoded(table["key"])
    happened, known = table["happened"].to_numpy(), table["known"].to_numpy()
    stream = pc.fill_null(table["stream"], -1).to_numpy()
    named = {name for stream in asking.streams for name in asking.columns(stream)[1]}
    others = {name: encoded(table[f"other:{name}"]) for name in named}

    def events(number: int) -> Events:
        rows = np.flatnonzero(stream == number)
        columns, counterparts = asking.columns(asking.streams[number])
        values = {name: _values(table, asking.streams[number], name) for name in columns}
        return Events(
            code[rows], n[rows], happened[rows], known[rows],
            {name: (value[rows], valid[rows]) for name, (value, valid) in values.items()},
            {name: others[name][rows] for name in counterparts},
        )  # fmt: skip

    asks = np.flatnonzero(table["asks"].to_numpy())
    queries = Queries(code[asks], happened[asks], known[asks])
    by_stream = {name: events(number) for number, name in enumerate(asking.streams)}
    found = parts(by_stream, queries, (*asking.parts, *asking.lasts))
    refers = _Keys(table, n)
    told: dict[Part | str, Any] = {part: found[part] for part in asking.parts}
    told |= {part: refers.of(found[part]) for part in asking.lasts}
    columns = [
        told[what] if what in told else _floats(table, str(what))[asks]
        for what in layout.told(asking)
    ]
    return pa.table([n[asks], *columns], schema=layout.answers(asking))


def _values(table: pa.Table, stream: str, name: str) -> tuple[Ints, NDArray[np.bool_]]:
    value, valid = integers(table[f"value:{name}"])
    if stream == "shipments" and name in {"transit_log", "late_log"}:
        value = stretched_micro(value)
    return value, valid


def _floats(table: pa.Table, name: str) -> Floats:
    value, valid = integers(table[f"value:{name}"])
    return np.where(valid, value.astype(np.float64), np.nan)


class _Keys:
    """Finds the keys of orders by their numbers."""

    def __init__(self, table: pa.Table, n: Ints) -> None:
        named = np.flatnonzero(pc.is_valid(table["order_key"]).to_numpy())
        self._n, first = np.unique(n[named], return_index=True)
        self._keys = table["order_key"].take(pa.array(named[first]))

    def of(self, numbers: Floats) -> pa.ChunkedArray:
        """Give keys, missing where the number is NaN or below 0."""
        known = numbers >= 0
        at = np.searchsorted(self._n, np.where(known, numbers, 0).astype(np.int64))
        return self._keys.take(pa.array(at, mask=~known))


def assembling(
    layout: Layout, profile: HistoryProfile, schema: pa.Schema
) -> Callable[[Batches], Iterator[pa.RecordBatch]]:
    """Give the task that puts the features of a block of orders together.

    Parameters
    ----------
    layout, profile
        What is computed, and of which history.
    schema
        Of the output.

    Returns
    -------
    callable
        From the orders of one block, their lines and all pieces of answers to the block's rows.
    """

    def task(batches: Batches) -> Iterator[pa.RecordBatch]:
        found = list(batches)
        if not found:
            return
        table = pa.Table.from_batches(found)
        content = packed(_assembled(layout, profile, schema, table))
        yield pa.record_batch([table["block"][:1].combine_chunks(), [content]], schema=BLOCKS)

    return task


def _assembled(
    layout: Layout, profile: HistoryProfile, schema: pa.Schema, table: pa.Table
) -> pa.Table:
    """Put one block together; orders are a block's rows in their sequence."""
    block = _Block(layout, profile, table)
    found: dict[str, Any] = {"order_key": block.orders["order_key"]}
    found["placed_at"], found["received_at"] = block.orders["placed"], block.orders["received"]
    found |= computed(layout.plain, block.columns())
    if layout.links:
        _, linked = block.answers(LINKS, layout.linked)
        found |= dict(zip(layout.links, linked, strict=True))
    overall: dict[Part | str, NDArray[Any]] = {}
    if layout.overall is not None:
        _, everybody = block.answers(layout.overall.number, layout.answers(layout.overall))
        overall |= zip(layout.told(layout.overall), everybody, strict=True)
    for asking in layout.asking:
        found |= _of_entity(layout, asking, block, overall)
    return pa.table([_column(found[f.name], f.type) for f in schema], schema=schema)


def _of_entity(
    layout: Layout, asking: Asking, block: _Block, overall: Mapping[Part | str, NDArray[Any]]
) -> dict[str, NDArray[Any]]:
    """Compute the measures of one entity from its answers and everybody's."""
    at, answers = block.answers(asking.number, layout.answers(asking))
    told = {part: values[at] for part, values in overall.items()}
    told |= zip(layout.told(asking), answers, strict=True)
    found: dict[str, NDArray[Any]] = {}
    for measure in (m for m in layout.measures if m.entity == asking.entity):
        values = told[measure.parts[0]]
        if measure.aggregate == "last":
            found[measure.name] = np.full(len(block.orders), None, object)
            found[measure.name][at] = values
            continue
        if AGGREGATES[measure.aggregate].formula is not same:
            own = _own(measure, block, at, told)
            values = apply(measure.aggregate, own, [told[part] for part in measure.parts])
        found[measure.name] = np.full(len(block.orders), np.nan)
        put(found[measure.name], measure, at, values)
    return found


def _own(
    measure: Measure, block: _Block, at: Ints, told: Mapping[Part | str, NDArray[Any]]
) -> Floats:
    """Give the values that a measure sets against those of the entity; NaN where it sets none."""
    if measure.aggregate not in {"zscore", "ratio"} or measure.column is None:
        return np.full(len(at), np.nan)
    of_line = measure.stream == "lines" and measure.column in told
    own: Floats = told[measure.column] if of_line else plain(block.column(measure.column))[at]
    return own


class _Block:
    """Orders of one block with their lines and answers."""

    def __init__(self, layout: Layout, profile: HistoryProfile, table: pa.Table) -> None:
        self._layout, self._profile, self._table = layout, profile, table
        orders = table.filter(pc.is_valid(table["order_key"]))
        self.orders = orders.take(pc.sort_indices(orders["n"]))
        self._n = self.orders["n"].to_numpy()
        self._pieces = table.filter(pc.is_valid(table["entity"])).select(["entity", "packed"])

    def column(self, name: str) -> pa.ChunkedArray:
        """Give a column of the orders."""
        if name in {"placed_at", "received_at"}:
            return self.orders[name.removesuffix("_at")].cast(pa.timestamp("us", tz="UTC"))
        return self.orders[name if name == "order_key" else f"order:{name}"]

    def columns(self) -> Columns:
        """Lay out what feature functions need."""
        orders = pa.table({name: self.column(name) for name in self._layout.order_columns})
        lines = None
        if self._layout.line_columns:
            mine = self._table.filter(pc.is_valid(self._table["line"]))
            mine = mine.take(pc.sort_indices(mine, [("n", "ascending"), ("line", "ascending")]))
            named = {name: mine[f"line:{name}"] for name in self._layout.line_columns}
            at = np.searchsorted(self._n, mine["n"].to_numpy())
            lines = pa.table(named | {"order": pa.array(at)})
        return laid_out(orders, lines, self._profile.timezone)

    def answers(self, entity: int, schema: pa.Schema) -> tuple[Ints, list[NDArray[Any]]]:
        """Give where each answer about an entity belongs, ascending, and what the answers tell."""
        mine = self._pieces.filter(pc.equal(self._pieces["entity"], entity))["packed"]
        tables = [unpacked(piece.as_buffer()) for piece in mine]
        answers = pa.concat_tables([schema.empty_table(), *tables]).sort_by("n")
        at = np.searchsorted(self._n, answers["n"].to_numpy())
        return at, [column.to_numpy() for column in answers.columns[1:]]


def _column(values: Any, kind: pa.DataType) -> Any:
    if isinstance(values, pa.ChunkedArray):
        return values.cast(kind)
    return pa.array(values, kind, from_pandas=True)

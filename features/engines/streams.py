"""What happened to the keys of an entity, stream by stream, and which orders ask about them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.engines import kernel
from features.engines.kernel import take
from features.engines.parts import Events, Queries
from features.engines.source import encoded, instants, integers
from features.windows import outcome_kinds

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from features.engines.source import Source
    from features.windows import Entity, Part

    Ints = NDArray[np.int64]
    Places = NDArray[np.int32]
    Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Stream:
    """Events of one stream and entity, by when they happened and then by order.

    Parameters
    ----------
    code
        Number of each event's key, below 0 where it has none.
    order
        Row of the order it belongs to; its own number where None.
    clocks
        When each happened and when it became known, microseconds; as its order where None.
    values
        Value column to numbers and where there is one, row by row as ``code``, or by row of the
        order where ``values_of_orders``.
    others
        Counterpart column to codes, by row of the order.
    """

    code: Places
    order: Places | None = None
    clocks: tuple[Ints, Ints] | None = None
    values: Mapping[str, tuple[Ints, Bools]] = field(default_factory=dict)
    values_of_orders: bool = True
    others: Mapping[str, Places] = field(default_factory=dict)

    def orders(self, rows: Places) -> Places:
        """Give the orders of some rows."""
        return rows if self.order is None else take(self.order, rows)

    def events(self, source: Source, rows: Places, code: Places) -> Events:
        """Give some of the events, their keys numbered anew."""
        order = self.orders(rows)
        at = order if self.values_of_orders else rows
        if self.clocks is None:
            happened, known = _clocks(source, order)
        else:
            happened, known = (take(clock, rows) for clock in self.clocks)
        return Events(
            code=code,
            order=order,
            happened=happened,
            known=known,
            values={
                n: (take(value, at), take(valid, at)) for n, (value, valid) in self.values.items()
            },
            others={name: take(codes, order) for name, codes in self.others.items()},
        )

    def queries(self, source: Source, rows: Places, code: Places) -> Queries:
        """Let some of the rows ask."""
        return Queries(code, *_clocks(source, self.orders(rows)))

    def own_values(self, name: str, rows: Places) -> NDArray[np.float64]:
        """Give the values of some rows; NaN where there is none."""
        value, valid = self.values[name]
        at = self.orders(rows) if self.values_of_orders else rows
        return np.where(take(valid, at), take(value, at), np.nan)


def _clocks(source: Source, order: Places) -> tuple[Ints, Ints]:
    """When orders were placed and received; where both are one column, it is read once."""
    placed = take(source.placed, order)
    return placed, placed if source.received is source.placed else take(source.received, order)


class Keys:
    """The keys of one entity: which orders ask about them, and what happened to them.

    Parameters
    ----------
    source
        The history.
    entity
        The entity.
    wanted
        Parts of it that will be asked for.

    Attributes
    ----------
    asking
        A row for each order, or for each order and distinct key of its lines; by order, then code.
    """

    def __init__(self, source: Source, entity: Entity, wanted: Iterable[Part]) -> None:
        self.source, self.entity, self.wanted = source, entity, tuple(wanted)
        if entity.level == "line":
            self._line_codes = source.line_codes(entity.columns)
            self._lines = kernel.by_order_and_code(source.lines.order, self._line_codes)
            order, code = source.lines.order[self._lines], self._line_codes[self._lines]
            first = np.r_[True, (np.diff(order) != 0) | (np.diff(code) != 0)][: len(order)]
            self._starts = np.flatnonzero(first)
            self.asking = Stream(code[first], order[first])
        else:
            if any(part.stream == "shipments" for part in self.wanted):
                code, self._parcel_codes = source.parcel_codes(entity.columns)
            else:
                code = source.codes(entity.columns)
            self.asking = Stream(code)

    def of_lines(self) -> Places:
        """Give each line the row of `asking` that asks for it, -1 where it has no key."""
        row = np.full(len(self._line_codes), -1, np.int32)
        n_lines = np.diff(np.append(self._starts, len(self._lines)))
        row[self._lines] = np.repeat(np.arange(len(n_lines)), n_lines)
        return row

    def streams(self) -> dict[str, Stream]:
        """Give the events of every stream that the wanted parts look at."""
        return {name: self._stream(name) for name in sorted({p.stream for p in self.wanted})}

    def _stream(self, stream: str) -> Stream:
        source, _, kind = stream.partition(":")
        parts = [part for part in self.wanted if part.stream == stream]
        counterparts = {p.column for p in parts if p.kind == "distinct" and p.column}
        columns = {p.column for p in parts if p.kind != "distinct" and p.column}
        others = {name: self.source.codes((name,)) for name in counterparts}
        if source in {"orders", "lines"}:
            values = self._line_values if source == "lines" else self._values
            return replace(
                self.asking,
                values={name: values(name) for name in columns},
                values_of_orders=source == "orders",
                others=others,
            )
        if source == "shipments":
            return replace(
                self._parcels(),
                values={name: self._parcel_values(name) for name in columns},
                values_of_orders=False,
                others=others,
            )
        found = self._outcomes(kind, by_order=source == "cohort")
        return replace(found, values={n: self._values(n) for n in columns}, others=others)

    def _values(self, name: str) -> tuple[Ints, Bools]:
        return self.source.integers(name)

    def _line_values(self, name: str) -> tuple[Ints, Bools]:
        """Values of each order and key: units added up, the lowest price."""
        value, valid = integers(self.source.line_column(name))
        value, valid = value[self._lines], valid[self._lines]
        if not len(value):
            return value, valid
        if name == "quantity":
            value = np.add.reduceat(np.where(valid, value, 0), self._starts)
        else:
            most = np.iinfo(np.int64).max
            value = np.minimum.reduceat(np.where(valid, value, most), self._starts)
        return value, np.logical_or.reduceat(valid, self._starts)

    def _parcel_values(self, name: str) -> tuple[Ints, Bools]:
        (value, valid), turn = self.source.parcel_values(name), self.source.arrivals.turn
        return take(value, turn), take(valid, turn)

    def _outcomes(self, kind: str, *, by_order: bool) -> Stream:
        """Find when each order (and key) first became known to be bad."""
        kinds = pa.array(outcome_kinds(kind), pa.string())
        bad = self.source.outcomes
        bad = bad.filter(pc.is_in(bad["kind"], value_set=kinds))
        row = bad["order"].to_numpy()
        placed = self.source.placed
        known = np.maximum(instants(bad["known_at"]), self.source.received[row])
        known = np.maximum(known, placed[row] + self.source.label_delay_us)
        happened = instants(bad["occurred_at"])
        if self.entity.level == "line":
            row, code, at = self._keys_of(bad)
            known, happened = known[at], happened[at]
        else:
            code = self.asking.code[row]
        order = np.lexsort((happened, known, code, row))
        row, code, known, happened = row[order], code[order], known[order], happened[order]
        first = np.r_[True, (np.diff(row) != 0) | (np.diff(code) != 0)][: len(row)]
        row, code, known, happened = row[first], code[first], known[first], happened[first]
        if by_order:
            return Stream(code, row, (placed[row], known))
        at = np.lexsort((row, happened))
        return Stream(code[at], row[at], (happened[at], known[at]))

    def _keys_of(self, bad: pa.Table) -> tuple[Places, Places, Ints]:
        """Find the keys of outcomes: those of the line, or of all lines when it names none."""
        row, code = self.source.lines.order, self._line_codes
        named = pc.is_valid(bad["line_id"]).to_numpy()
        ours = self.source.lines.column("line_id")
        line_ids = encoded(pa.chunked_array([*ours.chunks, *bad["line_id"].chunks], pa.string()))
        line, wanted = np.split(line_ids, [len(row)])
        begin = np.searchsorted(row, bad["order"].to_numpy(), "left")
        n = np.searchsorted(row, bad["order"].to_numpy(), "right") - begin
        at = np.repeat(np.arange(len(bad)), n)
        pick = begin[at] + np.arange(len(at)) - np.repeat(np.cumsum(n) - n, n)
        keep = (code[pick] >= 0) & (~named[at] | (line[pick] == wanted[at]))
        return row[pick][keep], code[pick][keep], at[keep]

    def _parcels(self) -> Stream:
        """Parcels by when they arrived or were first tried."""
        arrivals, turn = self.source.arrivals, self.source.arrivals.turn
        code = np.where(arrivals.is_known, self._parcel_codes[turn], np.int32(-1))
        return Stream(code, self.source.parcels.order[turn], (arrivals.at, arrivals.known))

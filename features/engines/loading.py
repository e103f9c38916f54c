"""Fill online state from a history: whole columns at a time, by the calls that add one order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.engines.source import PLAN
from features.engines.state.layout import CALENDAR, MISSING, TIMELINE, arrays_of
from features.engines.state.packing import Orders, fingerprints
from features.engines.state.reporting import add_parcels, add_reports
from features.engines.state.writing import (
    add_orders,
    lay_all_later,
    show_all,
    warm,
)  # fmt: skip
from features.links import BUYERS, COLUMNS, FRAUD_KINDS
from features.schema import ORDERS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from features.engines.links_online import LinkState
    from features.engines.plan import Plan
    from features.engines.state.program import Program
    from features.history import History

    Row = dict[str, Any]
    Early = tuple[str, Row]


_CLOCKS: Final = ("order_key", "placed_at", "received_at")


class Loader:
    """Reads what a history holds and could be known before an instant.

    Parameters
    ----------
    history
        The history.
    plan, program
        What is asked of it.
    until
        Leave out what was known from this instant on, in microseconds; None reads everything.
    """

    def __init__(self, history: History, plan: Plan, program: Program, until: int | None) -> None:
        self._history = history
        self._plan = plan
        self._program = program
        self._until = until
        self._parcels = history.arrow("shipments") if plan.wants_parcels else None
        self._orders = self._order_table()

    def fill(self, state: Any, *, is_empty: bool) -> Iterator[Early]:
        """Add everything to a state.

        Parameters
        ----------
        state
            The compiled state.
        is_empty
            Whether it knows nothing yet: then all is put in order once, at the end.

        Yields
        ------
        method, row
            What belongs to an order that was left out, and the method that takes it.
        """
        orders = self._packed_orders()
        add_orders(state, *orders, not is_empty)
        yield from self._add_outcomes(state, not is_empty)
        yield from self._add_parcels(state, not is_empty)
        if is_empty:
            lay_all_later(state)
            (words, _, lists, _), _, _, (_, _, events, _, _, of_orders, *_) = arrays_of(state)
            _sort(words, lists[TIMELINE], events["known"])
            _sort(words, lists[CALENDAR], of_orders["received"])
            show_all(state)
            warm(
                state, orders.texts, orders.amounts, orders.line_texts, orders.line_amounts,
                orders.lines, np.empty(len(self._plan.measures)),
            )  # fmt: skip

    def link(self, links: LinkState) -> None:
        """Add everything to the state of identity links."""
        known = self._history.arrow("orders").column_names
        names = [n for n in dict.fromkeys((*BUYERS, *COLUMNS)) if n in known]
        orders = self._history.arrow("orders", columns=[*_CLOCKS, *names])
        links.add_orders(self._before(orders, "received_at").sort_by("received_at"))
        names = ["outcome_id", "order_key", "kind", "is_bad", "known_at"]
        outcomes = self._before(self._history.arrow("outcomes", columns=names), "known_at")
        counted = pc.is_in(outcomes["kind"], value_set=pa.array(FRAUD_KINDS, pa.string()))
        for row in _rows(outcomes.filter(counted)):
            links.add_outcome(row)

    def _before(self, table: pa.Table, column: str) -> pa.Table:
        """Leave out what came too late."""
        if self._until is None:
            return table
        return table.filter(np.less(_moments(table[column]), self._until))

    def _order_table(self) -> pa.Table:
        columns = {*_CLOCKS, *self._plan.order_columns}
        names = sorted(name for name in columns if name in ORDERS or name not in PLAN)
        orders = self._before(self._history.arrow("orders", columns=names), "received_at")
        if self._parcels is not None:
            first = self._parcels.sort_by("shipment_id")
            keys = first["order_key"].combine_chunks()
            route = first.take(pc.index_in(orders["order_key"], value_set=keys))
            for name in PLAN:
                if name not in orders.column_names:
                    orders = orders.append_column(name, route[name])
        return orders

    def _packed_orders(self) -> Orders:
        program, orders = self._program, self._orders
        n = len(orders)
        names = orders["order_key"].cast(pa.large_string()).combine_chunks()
        _, ends, written = names.buffers()
        begin = names.offset
        line_texts, line_amounts, lines = self._packed_lines()
        clocks = [_moments(orders[c]) for c in ("placed_at", "received_at")]
        has_deadline = "deliver_by" in orders.column_names
        deadlines = _moments(orders["deliver_by"]) if has_deadline else np.full(n, MISSING)
        return Orders(
            _texts([orders[name] for name in program.texts], n),
            _integers([orders[name] for name in program.amounts], n),
            np.ascontiguousarray(np.stack([*clocks, deadlines], axis=1)),
            np.frombuffer(bytearray(written or b""), np.uint8),
            np.frombuffer(ends, np.int64)[begin : begin + n + 1].copy(),
            line_texts,
            line_amounts,
            lines,
        )

    def _packed_lines(self) -> tuple[NDArray[np.uint64], NDArray[np.int64], NDArray[np.int64]]:
        """Lay out the lines order by order, and where those of each order end."""
        n, columns = len(self._orders), self._program.line_texts
        if not self._plan.wants_lines:
            empty = np.zeros((0, len(columns), 2), np.uint64)
            return empty, np.zeros((0, 2), np.int64), np.zeros(n + 1, np.int64)
        names = ["order_key", *columns, "quantity", "unit_price_minor"]
        lines = self._history.arrow("order_lines", columns=names)
        order = self._order_of(lines)
        kept = np.argsort(order, kind="stable")[np.count_nonzero(order < 0) :]
        lines, order = lines.take(kept), order[kept]
        ends = np.searchsorted(order, np.arange(n + 1))
        amounts = _integers([lines[c] for c in ("quantity", "unit_price_minor")], len(lines))
        return _texts([lines[c] for c in columns], len(lines)), amounts, ends

    def _order_of(self, table: pa.Table) -> NDArray[np.int64]:
        """Row of each row's order; -1 for one that was left out."""
        keys = self._orders["order_key"].combine_chunks()
        found = pc.index_in(table["order_key"], value_set=keys)
        rows: NDArray[np.int64] = _flat(pc.fill_null(found, -1)).to_numpy().astype(np.int64)
        return rows

    def _add_outcomes(self, state: Any, is_sorted: bool) -> Iterator[Early]:
        kinds = self._program.kinds
        if not kinds:
            return
        names = ["outcome_id", "order_key", "line_id", "kind", "is_bad", "occurred_at", "known_at"]
        table = self._history.arrow("outcomes", columns=names)
        table = table.filter(pc.is_in(table["kind"], value_set=pa.array(kinds, pa.string())))
        table = self._before(table, "known_at")
        yield from self._early("add_outcome", table)
        texts = _texts([table[c] for c in ("order_key", "outcome_id", "line_id")], len(table))
        clocks = np.stack([_moments(table[c]) for c in ("occurred_at", "known_at")], axis=1)
        kind = pc.index_in(table["kind"], value_set=pa.array(kinds, pa.string()))
        is_bad = _flat(pc.fill_null(table["is_bad"], True)).to_numpy(zero_copy_only=False)
        is_bad = is_bad & (clocks != MISSING).all(axis=1)
        clocks = np.ascontiguousarray(clocks)
        add_reports(
            state, texts, clocks, _flat(kind).to_numpy().astype(np.int64), is_bad, is_sorted
        )

    def _add_parcels(self, state: Any, is_sorted: bool) -> Iterator[Early]:
        if self._parcels is None:
            return
        table = self._parcels
        if self._until is not None:
            known = pc.coalesce(table["known_at"], table["delivered_at"])
            table = table.filter(np.less(_moments(known), self._until))
        yield from self._early("add_shipment", table)
        names = ["order_key", "shipment_id", *self._program.sent]
        at = pc.coalesce(table["delivered_at"], table["first_attempt_at"], table["known_at"])
        moments = [table["delivered_at"], at, table["known_at"], table["promised_at"]]
        clocks = np.stack([_moments(column) for column in moments], axis=1)
        ok = pc.fill_null(table["first_attempt_ok"].cast(pa.int64()), -1)
        add_parcels(
            state,
            _texts([table[c] for c in names], len(table)),
            np.ascontiguousarray(clocks),
            _flat(ok).to_numpy().copy(),
            is_sorted,
        )

    def _early(self, method: str, table: pa.Table) -> Iterator[Early]:
        """Give the rows whose order was left out."""
        for row in _rows(table.filter(np.less(self._order_of(table), 0))):
            yield method, row


def _sort(words: NDArray[np.int32], of: Any, instants: NDArray[np.int64]) -> None:
    """Put the rows of a list in order; those of one instant stay as they came."""
    begin = int(of["start"]) + int(of["first"])
    members = words[begin : begin + int(of["count"])]
    members[:] = members[np.argsort(instants[members], kind="stable")]


def _flat(column: Any) -> pa.Array:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def _moments(column: pa.ChunkedArray) -> NDArray[np.int64]:
    """Instants in microseconds, `MISSING` where there is none."""
    result: NDArray[np.int64] = _flat(pc.fill_null(column.cast(pa.int64()), MISSING)).to_numpy()
    return result


def _integers(columns: Sequence[pa.ChunkedArray], n: int) -> NDArray[np.int64]:
    """Whole numbers side by side, `MISSING` where there is none."""
    result = np.empty((n, len(columns)), np.int64)
    for i, column in enumerate(columns):
        result[:, i] = _moments(column)
    return result


def _texts(columns: Iterable[pa.ChunkedArray], n: int) -> NDArray[np.uint64]:
    """Fingerprints of texts side by side; each different text is taken once."""
    columns = list(columns)
    result = np.zeros((n, len(columns), 2), np.uint64)
    for i, column in enumerate(columns):
        encoded = _flat(column.cast(pa.string())).dictionary_encode()
        found = fingerprints([*encoded.dictionary.to_pylist(), None], len(encoded.dictionary) + 1)
        codes = pc.fill_null(encoded.indices, len(encoded.dictionary)).to_numpy()
        result[:, i] = found[codes]
    return result


def _rows(table: pa.Table) -> Iterator[Row]:
    """Give rows as mappings; instants as microseconds."""
    names = table.column_names
    columns = [
        (c.cast(pa.int64()) if pa.types.is_timestamp(c.type) else c).to_pylist()
        for c in table.columns
    ]
    for values in zip(*columns, strict=True):
        yield dict(zip(names, values, strict=True))

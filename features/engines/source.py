"""A history in columns for windows: keys as codes, instants and values as whole numbers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.lane import stretched_micro
from features.schema import ORDERS, SHIPMENTS
from features.windows import outcome_kinds

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from features.history import History
    from features.windows import Entity

    Ints = NDArray[np.int64]

PLAN: Final = (
    "warehouse", "carrier", "outlet", "service",
    "origin_region", "origin_postal", "origin_lat", "origin_lon",
)  # fmt: skip
"""Columns of the route an order is to take. In a history they are those of its first parcel; when
an order is scored they are those of the option that is being weighed."""

PARCEL_VALUES: Final = ("transit_log", "late_log", "is_late", "attempt_failed")
LINE_VALUES: Final = ("quantity", "unit_price_minor")


@dataclass(frozen=True)
class Keyed:
    """Rows with a key each: the events of a stream, or the queries of an entity.

    Parameters
    ----------
    code
        Number of the key, shape ``(n_rows,)``; below 0 when the row has none.
    order
        Row of the order it belongs to.
    happened, known
        Instants in microseconds; of a query, ``placed_at`` and ``received_at``.
    """

    code: Ints
    order: Ints
    happened: Ints
    known: Ints


class Source:
    """The tables of a history that windows need, read once.

    Parameters
    ----------
    history
        The history.
    columns
        Columns of orders beyond the clocks.
    label_delay_us
        No outcome counts as known sooner than this after its order was placed, in microseconds.
    """

    def __init__(
        self, history: History, columns: Iterable[str], *, label_delay_us: int = 0
    ) -> None:
        self.history = history
        self.label_delay_us = label_delay_us
        wanted = set(columns) - set(PLAN)
        names = ["order_key", "placed_at", "received_at"]
        self.orders = history.arrow("orders", columns=names + sorted(wanted - set(names)))
        self.placed = instants(self.orders["placed_at"])
        self.received = instants(self.orders["received_at"])
        self.n = len(self.placed)
        self._codes: dict[tuple[str, ...], Ints] = {}
        self._rows_of_lines: dict[Entity, tuple[Ints, Ints]] = {}

    @cached_property
    def lines(self) -> pa.Table:
        """Order lines with the row of their order; lines of unknown orders are left out."""
        columns = ["order_key", "line_id", "sku", "product_id", "category", "title", "quantity"]
        columns += ["unit_price_minor", "discount_minor", "total_minor", "is_gift", "is_presale"]
        columns += ["weight_g"]
        return self._with_order(self.history.arrow("order_lines", columns=columns))

    @cached_property
    def parcels(self) -> pa.Table:
        """Shipments with the row of their order."""
        return self._with_order(self.history.arrow("shipments"))

    @cached_property
    def outcomes(self) -> pa.Table:
        """Bad outcomes with the row of their order."""
        columns = ["order_key", "line_id", "kind", "is_bad", "occurred_at", "known_at"]
        table = self.history.arrow("outcomes", columns=columns)
        return self._with_order(table.filter(pc.fill_null(table["is_bad"], True)))

    def _with_order(self, table: pa.Table) -> pa.Table:
        row = pc.index_in(table["order_key"], value_set=self.orders["order_key"])
        table = table.append_column("order", row.cast(pa.int64()))
        return table.filter(pc.is_valid(table["order"]))

    @cached_property
    def plan(self) -> pa.Table:
        """The planned route of every order, missing where it has no parcel."""
        row = self.parcels["order"].to_numpy()
        first = np.lexsort((pc.rank(self.parcels["shipment_id"]).to_numpy(), row))
        orders, at = np.unique(row[first], return_index=True)
        take = np.full(self.n, -1, np.int64)
        take[orders] = first[at]
        index = pa.array(take, mask=take < 0)
        return self.parcels.select(list(PLAN)).take(index)

    def column(self, name: str) -> pa.ChunkedArray:
        """Give a column of the orders or of their planned route."""
        return self.plan[name] if name in PLAN and name not in ORDERS else self.orders[name]

    def codes(self, columns: tuple[str, ...]) -> Ints:
        """Give each order the number of its key; below 0 where a column is missing."""
        if columns not in self._codes:
            self._codes[columns] = numbered([[self.column(name) for name in columns]], self.n)[0]
        return self._codes[columns]

    def integers(self, name: str) -> tuple[Ints, NDArray[np.bool_]]:
        """Values of an integer column of orders, and where there is one."""
        return integers(self.orders[name])

    def queries(self, entity: Entity, selected: NDArray[np.bool_]) -> Keyed:
        """Give the rows that ask about an entity: orders, or keys of their lines."""
        if entity.level == "line":
            keyed = self.line_keys(entity)
            keep = selected[keyed.order]
            return Keyed(*(a[keep] for a in (keyed.code, keyed.order, keyed.happened, keyed.known)))
        row = np.flatnonzero(selected)
        return Keyed(self.codes(entity.columns)[row], row, self.placed[row], self.received[row])

    def line_keys(self, entity: Entity) -> Keyed:
        """One row for each order and distinct key of its lines."""
        row, code = self._line_rows(entity)
        order, code = _distinct(row, code)
        return Keyed(code, order, self.placed[order], self.received[order])

    def _line_rows(self, entity: Entity) -> tuple[Ints, Ints]:
        if entity not in self._rows_of_lines:
            code = numbered([[self.lines[c] for c in entity.columns]], len(self.lines))[0]
            self._rows_of_lines[entity] = (self.lines["order"].to_numpy(), code)
        return self._rows_of_lines[entity]

    def line_values(self, entity: Entity, name: str) -> tuple[Ints, NDArray[np.bool_]]:
        """Values by order and key as `line_keys` lists them: units added up, the lowest price."""
        row, code = self._line_rows(entity)
        kept = np.flatnonzero(code >= 0)
        kept = kept[np.lexsort((code[kept], row[kept]))]
        value, valid = integers(self.lines[name])
        value, valid = value[kept], valid[kept]
        if not len(kept):
            return value, valid
        change = (np.diff(row[kept]) != 0) | (np.diff(code[kept]) != 0)
        starts = np.flatnonzero(np.r_[True, change])
        if name == "quantity":
            value = np.add.reduceat(np.where(valid, value, 0), starts)
        else:
            value = np.minimum.reduceat(np.where(valid, value, np.iinfo(np.int64).max), starts)
        return value, np.logical_or.reduceat(valid, starts)

    def events(self, entity: Entity, stream: str) -> tuple[Keyed, Ints | None]:
        """Events of a stream with the key of an entity.

        Returns
        -------
        Keyed, codes or None
            The events, and the codes of the orders that ask when they are not `codes`.
        """
        source, _, kind = stream.partition(":")
        if source == "orders":
            row = np.arange(self.n)
            return Keyed(self.codes(entity.columns), row, self.placed, self.received), None
        if source == "lines":
            return self.line_keys(entity), None
        if source == "shipments":
            return self._parcel_events(entity)
        return self._outcome_events(entity, kind, by_order=source == "cohort"), None

    def _outcome_events(self, entity: Entity, kind: str, *, by_order: bool) -> Keyed:
        """Find when each order (and key) first became known to be bad."""
        kinds = pa.array(outcome_kinds(kind), pa.string())
        bad = self.outcomes.filter(pc.is_in(self.outcomes["kind"], value_set=kinds))
        row = bad["order"].to_numpy()
        known = np.maximum(instants(bad["known_at"]), self.received[row])
        known = np.maximum(known, self.placed[row] + self.label_delay_us)
        happened = instants(bad["occurred_at"])
        if entity.level == "line":
            row, code, at = self._keys_of_outcomes(entity, bad)
            known, happened = known[at], happened[at]
        else:
            code = self.codes(entity.columns)[row]
        order = np.lexsort((happened, known, code, row))
        row, code, known, happened = row[order], code[order], known[order], happened[order]
        first = np.r_[True, (np.diff(row) != 0) | (np.diff(code) != 0)][: len(row)]
        row, code, known, happened = row[first], code[first], known[first], happened[first]
        return Keyed(code, row, self.placed[row] if by_order else happened, known)

    def _keys_of_outcomes(self, entity: Entity, bad: pa.Table) -> tuple[Ints, Ints, Ints]:
        """Find the keys of outcomes: those of the line, or of all lines when it names none."""
        row, code = self._line_rows(entity)
        named = pc.is_valid(bad["line_id"]).to_numpy(zero_copy_only=False)
        line_ids = pa.concat_arrays([_flat(self.lines["line_id"]), _flat(bad["line_id"])])
        line, wanted = np.split(encoded(line_ids), [len(self.lines)])
        by_order = np.argsort(row, kind="stable")
        begin = np.searchsorted(row[by_order], bad["order"].to_numpy(), "left")
        end = np.searchsorted(row[by_order], bad["order"].to_numpy(), "right")
        at = np.repeat(np.arange(len(bad)), end - begin)
        offset = np.arange(len(at)) - np.repeat(np.cumsum(end - begin) - (end - begin), end - begin)
        pick = by_order[begin[at] + offset]
        keep = (code[pick] >= 0) & (~named[at] | (line[pick] == wanted[at]))
        return row[pick][keep], code[pick][keep], at[keep]

    def _parcel_events(self, entity: Entity) -> tuple[Keyed, Ints]:
        """Parcels by when they arrived or were first tried, with codes shared with the orders."""
        parcels = self.parcels
        row = parcels["order"].to_numpy()
        theirs = [
            parcels[c]
            if c in SHIPMENTS and c not in ORDERS
            else self.column(c).take(parcels["order"])
            for c in entity.columns
        ]
        ours = [self.column(c) for c in entity.columns]
        asked, code = numbered([ours, theirs], self.n, len(parcels))
        at = pc.coalesce(parcels["delivered_at"], parcels["first_attempt_at"], parcels["known_at"])
        known = pc.coalesce(parcels["known_at"], at)
        done = pc.is_valid(at).to_numpy(zero_copy_only=False)
        happened, known_us = instants(at), np.maximum(instants(known), self.received[row])
        return Keyed(np.where(done, code, -1), row, happened, known_us), asked

    @cached_property
    def parcel_values(self) -> dict[str, tuple[Ints, NDArray[np.bool_]]]:
        """What a parcel teaches: stretched transit and lateness, late, first attempt failed."""
        parcels = self.parcels
        row = parcels["order"].to_numpy()
        done = pc.is_valid(parcels["delivered_at"]).to_numpy(zero_copy_only=False)
        delivered = instants(parcels["delivered_at"])
        promised = parcels["promised_at"]
        if "deliver_by" in self.orders.column_names:
            promised = pc.coalesce(promised, self.orders["deliver_by"].take(parcels["order"]))
        has_promise = pc.is_valid(promised).to_numpy(zero_copy_only=False)
        late = np.where(done & has_promise, delivered - instants(promised), 0)
        transit = np.where(done, delivered - self.placed[row], 0)
        ok, tried = integers(parcels["first_attempt_ok"])
        return {
            "transit_log": (stretched_micro(transit), done),
            "late_log": (stretched_micro(late), done & has_promise),
            "is_late": ((delivered > instants(promised)).astype(np.int64), done & has_promise),
            "attempt_failed": (1 - ok, tried),
        }


def _distinct(row: Ints, code: Ints) -> tuple[Ints, Ints]:
    """Distinct (row, code) pairs with a code, by row then code."""
    row, code = row[code >= 0], code[code >= 0]
    order = np.lexsort((code, row))
    row, code = row[order], code[order]
    first = np.r_[True, (np.diff(row) != 0) | (np.diff(code) != 0)][: len(row)]
    return row[first], code[first]


def _flat(column: pa.ChunkedArray) -> pa.Array:
    flat = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    return flat if pa.types.is_string(flat.type) else flat.cast(pa.string())


def encoded(values: pa.Array) -> Ints:
    """Give each value the number of its kind; -1 where missing."""
    indices = values.dictionary_encode().indices
    result: Ints = pc.fill_null(indices, -1).to_numpy(zero_copy_only=False).astype(np.int64)
    return result


def numbered(tables: list[list[pa.ChunkedArray]], *sizes: int) -> list[Ints]:
    """Give the rows of several tables the number of their key; with no column all share one."""
    import pandas as pd

    total = sum(sizes)
    code = np.zeros(total, np.int64)
    missing = np.zeros(total, np.bool_)
    for columns in zip(*tables, strict=True):
        part = encoded(pa.concat_arrays([_flat(c) for c in columns]))
        missing |= part < 0
        code = pd.factorize(code * (part.max(initial=0) + 1) + part)[0] if code.any() else part
    return np.split(np.where(missing, -1, code), np.cumsum(sizes)[:-1])


def instants(column: pa.ChunkedArray) -> Ints:
    """Instants as microseconds since 1970; 0 where missing."""
    result: Ints = pc.fill_null(column.cast(pa.int64()), 0).to_numpy()
    return result


def integers(column: pa.ChunkedArray) -> tuple[Ints, NDArray[np.bool_]]:
    """Whole numbers of a column, 0 where missing, and where there is one."""
    valid = pc.is_valid(column).to_numpy(zero_copy_only=False)
    return pc.fill_null(column.cast(pa.int64()), 0).to_numpy(), valid

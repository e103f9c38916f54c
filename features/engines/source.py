"""A history in columns: keys as codes, instants and values as whole numbers, read when needed."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

import numpy as np

from features.engines import kernel
from features.instants import microseconds
from features.lane import stretched_micro
from features.schema import ORDER_LINES, ORDERS

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    import pyarrow as pa
    from numpy.typing import NDArray

    from features.history import History

    Ints = NDArray[np.int64]
    Places = NDArray[np.int32]
    Bools = NDArray[np.bool_]

PLAN: Final = (
    "warehouse", "carrier", "outlet", "service",
    "origin_region", "origin_postal", "origin_lat", "origin_lon",
)  # fmt: skip
"""Columns of the route an order is to take. In a history they are those of its first parcel; when
an order is scored they are those of the option that is being weighed."""

_ARRIVAL: Final = ("delivered_at", "first_attempt_at", "known_at")
PARCEL_VALUES: Final = ("transit_log", "late_log", "is_late", "attempt_failed")
LINE_VALUES: Final = ("quantity", "unit_price_minor")


class Store(Protocol):
    """Where columns stay that several entities look at."""

    def get(self, name: str, make: Callable[[], NDArray[np.generic]]) -> NDArray[np.generic]:
        """Give the array of a name, made when it is asked for the first time."""


class Memory:
    """Keeps columns in memory."""

    def __init__(self) -> None:
        self._arrays: dict[str, NDArray[np.generic]] = {}

    def get(self, name: str, make: Callable[[], NDArray[np.generic]]) -> NDArray[np.generic]:
        """Give the array of a name, made when it is asked for the first time."""
        if name not in self._arrays:
            self._arrays[name] = make()
        return self._arrays[name]


class Belongings:
    """Rows of a table that belong to orders of the history; others are left out.

    Parameters
    ----------
    source
        The history.
    table
        A table with an ``order_key``.
    by_order
        Whether the rows are to ascend by order.
    """

    def __init__(self, source: Source, table: str, *, by_order: bool = False) -> None:
        import pyarrow.compute as pc

        self.history, self.table = source.history, table
        row = pc.index_in(
            source.read(table, "order_key"), value_set=source.read("orders", "order_key")
        )
        order: Places = pc.fill_null(row, -1).to_numpy()
        kept = np.flatnonzero(order >= 0).astype(np.int32)
        if by_order and np.any(np.diff(order[kept]) < 0):
            kept = kept[np.argsort(order[kept], kind="stable")]
        self.kept = kept
        self.order = order[kept]

    def __len__(self) -> int:
        return len(self.kept)

    def column(self, name: str) -> pa.ChunkedArray:
        """Give a column of all rows."""
        return self.take(name, np.arange(len(self.kept)))

    def take(self, name: str, rows: NDArray[np.integer[Any]]) -> pa.ChunkedArray:
        """Give some rows of a column, missing where the row is below 0."""
        import pyarrow as pa

        at = np.where(rows >= 0, self.kept[rows] if len(self.kept) else -1, -1)
        found = at[at >= 0]
        begin, end = (int(found.min()), int(found.max()) + 1) if len(found) else (0, 0)
        column = self.history.rows(self.table, [name], begin, end).column(0)
        if len(at) == len(column) == len(found) and np.array_equal(at, np.arange(begin, end)):
            return column
        return column.take(pa.array(np.where(at >= 0, at - begin, 0), mask=at < 0))


class Arrivals(NamedTuple):
    """When each parcel arrived or was first tried, by that instant and then by order.

    Parameters
    ----------
    turn
        Rows of the parcels in this sequence.
    at, known
        When it happened and when it became known, microseconds.
    is_known
        Whether it happened at all.
    """

    turn: Places
    at: Ints
    known: Ints
    is_known: Bools


class Source:
    """The tables of a history that features are made from.

    Rows of orders are numbered as `History.arrow` orders them: by when they were placed, then by
    key.

    Parameters
    ----------
    history
        The history.
    label_delay_us
        Take no outcome as known sooner than this after its order was placed, microseconds.
    store
        Where columns stay that several entities look at.
    """

    def __init__(
        self, history: History, *, label_delay_us: int = 0, store: Store | None = None
    ) -> None:
        self.history = history
        self.label_delay_us = label_delay_us
        self.store: Store = store or Memory()
        self.placed = instants(self.read("orders", "placed_at"))
        received = instants(self.read("orders", "received_at"))
        self.received = self.placed if np.array_equal(self.placed, received) else received
        self.n = len(self.placed)
        self.skew = max(0, int((self.placed - self.received).max(initial=0)))

    def read(self, table: str, name: str) -> pa.ChunkedArray:
        """Read a column of a table as it is."""
        return self.history.rows(table, [name]).column(0)

    def span(self, placed_from: datetime | None, placed_to: datetime | None) -> tuple[int, int]:
        """Find the rows of the orders placed in ``[placed_from, placed_to)``."""
        begin = (
            0 if placed_from is None else np.searchsorted(self.placed, microseconds(placed_from))
        )
        end = self.n if placed_to is None else np.searchsorted(self.placed, microseconds(placed_to))
        return int(begin), max(int(begin), int(end))

    @cached_property
    def lines(self) -> Belongings:
        """Order lines, by order."""
        return Belongings(self, "order_lines", by_order=True)

    @cached_property
    def parcels(self) -> Belongings:
        """Shipments."""
        return Belongings(self, "shipments")

    @cached_property
    def arrivals(self) -> Arrivals:
        """Arrivals of parcels."""
        import pyarrow.compute as pc

        columns = (self.parcels.column(name) for name in _ARRIVAL)
        arrived, tried, told = columns
        column = pc.coalesce(arrived, tried, told)
        at, order = instants(column), self.parcels.order
        known = np.maximum(instants(pc.coalesce(told, column)), self.received[order])
        turn = np.lexsort((order, at)).astype(np.int32)
        return Arrivals(turn, at[turn], known[turn], pc.is_valid(column).to_numpy()[turn])

    @cached_property
    def outcomes(self) -> pa.Table:
        """Bad outcomes with the row of their order."""
        import pyarrow as pa
        import pyarrow.compute as pc

        rows = Belongings(self, "outcomes")
        names = ("kind", "line_id", "is_bad", "occurred_at", "known_at")
        table = pa.table({name: rows.column(name) for name in names})
        table = table.append_column("order", pa.array(rows.order))
        return table.filter(pc.fill_null(table["is_bad"], True))

    @cached_property
    def plan_rows(self) -> Places:
        """Row in `parcels` of each order's first parcel, by id, -1 where it has none."""
        import pyarrow.compute as pc

        order = self.parcels.order
        rows = np.full(self.n, -1, np.int32)
        rows[order] = np.arange(len(order), dtype=np.int32)
        # Texts are slow to sort, and most orders have one parcel.
        several = np.flatnonzero(np.bincount(order, minlength=self.n)[order] > 1)
        ids = self.parcels.take("shipment_id", several)
        last_first = np.lexsort((-pc.rank(ids).to_numpy().astype(np.int64), order[several]))
        rows[order[several[last_first]]] = several[last_first]
        return rows

    def column(self, name: str, begin: int = 0, end: int | None = None) -> pa.ChunkedArray:
        """Give a column of the orders ``[begin, end)``, or of their planned route."""
        if is_planned(name):
            return self.parcels.take(name, self.plan_rows[begin:end])
        return self.history.rows("orders", [name], begin, end).column(0)

    def line_column(self, name: str) -> pa.ChunkedArray:
        """Give a column of the lines, or of their orders where lines have no such column."""
        import pyarrow as pa

        if name in ORDER_LINES or name in self.history.profile.line_attributes:
            return self.lines.column(name)
        return self.column(name).take(pa.array(self.lines.order))

    def codes(self, columns: tuple[str, ...]) -> Places:
        """Give each order the number of its key; below 0 where a column is missing."""
        return joined([self._codes(name) for name in columns], self.n)

    def parcel_codes(self, columns: tuple[str, ...]) -> tuple[Places, Places]:
        """Give each order, and each parcel, the number of its key."""
        both = [np.concatenate([self._codes(name), self._parcel_codes(name)]) for name in columns]
        asked, code = np.split(joined(both, self.n + len(self.parcels)), [self.n])
        return asked, code

    def line_codes(self, columns: tuple[str, ...]) -> Places:
        """Give each line the number of its key."""
        return joined([encoded(self.line_column(name)) for name in columns], len(self.lines))

    def _codes(self, name: str) -> Places:
        def make() -> Places:
            if is_planned(name):
                return _taken(self._parcel_codes(name), self.plan_rows)
            return encoded(self.column(name))

        return self._kept(f"code-{name}", make)

    def _parcel_codes(self, name: str) -> Places:
        """Codes of parcels: of a column of their own, or else of their order's."""
        if not is_planned(name):
            return self._codes(name)[self.parcels.order]
        return self._kept(f"parcel-code-{name}", lambda: encoded(self.parcels.column(name)))

    def integers(self, name: str) -> tuple[Ints, Bools]:
        """Values of an integer column of orders, and where there is one."""
        return self._pair(f"value-{name}", lambda: integers(self.column(name)))

    def parcel_values(self, name: str) -> tuple[Ints, Bools]:
        """Give what each parcel teaches; a name in `PARCEL_VALUES`."""
        return self._pair(f"parcel-{name}", lambda: self._taught(name))

    def _taught(self, name: str) -> tuple[Ints, Bools]:
        import pyarrow as pa
        import pyarrow.compute as pc

        if name == "attempt_failed":
            ok, tried = integers(self.parcels.column("first_attempt_ok"))
            return 1 - ok, tried
        arrived = self.parcels.column("delivered_at")
        done, delivered = pc.is_valid(arrived).to_numpy(), instants(arrived)
        if name == "transit_log":
            transit = delivered - self.placed[self.parcels.order]
            return stretched_micro(np.where(done, transit, 0)), done
        promised = self.parcels.column("promised_at")
        by_order = self.column("deliver_by").take(pa.array(self.parcels.order))
        promised = pc.coalesce(promised, by_order)
        done &= pc.is_valid(promised).to_numpy()
        late = np.where(done, delivered - instants(promised), 0)
        return (stretched_micro(late) if name == "late_log" else (late > 0).astype(np.int64)), done

    def _kept(self, name: str, make: Callable[[], Places]) -> Places:
        result: Places = self.store.get(name, make).astype(np.int32, copy=False)
        return result

    def _pair(self, name: str, make: Callable[[], tuple[Ints, Bools]]) -> tuple[Ints, Bools]:
        """Keep values and where there is one as two arrays of the store."""
        made: list[tuple[Ints, Bools]] = []

        def once(which: int) -> NDArray[np.generic]:
            if not made:
                made.append(make())
            return made[0][which]

        value = self.store.get(name, lambda: once(0))
        valid = self.store.get(f"{name}-valid", lambda: once(1))
        return value.astype(np.int64, copy=False), valid.astype(np.bool_, copy=False)


def is_planned(name: str) -> bool:
    """Tell whether a column of an order is one of its planned route.

    Examples
    --------
    >>> is_planned("carrier"), is_planned("ship_city")
    (True, False)
    """
    return name in PLAN and name not in ORDERS


def encoded(column: pa.ChunkedArray) -> Places:
    """Give each value the number of its kind; -1 where missing.

    Examples
    --------
    >>> import pyarrow as pa
    >>> encoded(pa.chunked_array([["a", None], ["b", "a"]])).tolist()
    [0, -1, 1, 0]
    """
    import pyarrow as pa

    texts = column if pa.types.is_string(column.type) else column.cast(pa.string())
    pieces = texts.dictionary_encode().unify_dictionaries().chunks
    codes = [_filled(p.indices, -1) for p in pieces]
    return codes[0] if len(codes) == 1 else np.concatenate([np.empty(0, np.int32), *codes])


def joined(codes: list[Places], n: int) -> Places:
    """Give each row the number of its codes together; below 0 where one is missing.

    Examples
    --------
    >>> joined([np.array([0, 0, 1, -1]), np.array([1, 1, 1, 0])], 4).tolist()
    [0, 0, 1, -1]
    >>> joined([], 2).tolist()  # with no column all share one key
    [0, 0]
    """
    if not codes:
        return np.zeros(n, np.int32)
    code = codes[0]
    for part in codes[1:]:
        code = kernel.joined(code, part, int(code.max(initial=-1)) + 1)
    return code


def instants(column: pa.ChunkedArray) -> Ints:
    """Instants as microseconds since 1970; 0 where missing."""
    import pyarrow as pa

    return _filled(column.cast(pa.int64()), 0)


def integers(column: pa.ChunkedArray) -> tuple[Ints, Bools]:
    """Whole numbers of a column, 0 where missing, and where there is one."""
    import pyarrow as pa
    import pyarrow.compute as pc

    valid = pc.is_valid(column).to_numpy()
    return _filled(column.cast(pa.int64()), 0), valid


def _filled(numbers: pa.Array | pa.ChunkedArray, missing: int) -> NDArray[Any]:
    """Whole numbers with another in place of what is missing; not copied where nothing is."""
    import pyarrow.compute as pc

    whole = pc.fill_null(numbers, missing) if numbers.null_count else numbers
    filled: NDArray[Any] = whole.to_numpy()
    return filled


def _taken(values: Places, rows: Places) -> Places:
    """Values at some rows, -1 where the row is below 0."""
    return np.where(rows >= 0, values[rows] if len(values) else -1, np.int32(-1))

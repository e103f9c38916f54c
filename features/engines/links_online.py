"""Identity links order by order, from tables kept in this process."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from xxhash import xxh3_128_digest

from features.engines.links_keys import (
    ORDER_KEY,
    add,
    add_all,
    ask,
    content,
    entered,
    forget,
    mark,
    moved,
)
from features.engines.links_layout import (
    BEFORE,
    FREE_BUYER,
    FREE_PAIR,
    FREE_VALUE,
    KEPT,
    NEVER,
    NEWEST,
    NEWEST_ORDER,
    NEXT,
    NONE,
    OLDEST,
    bind,
    empty_tables,
)
from features.engines.rows import clocks, instant, missing, text
from features.links import BUYERS, FRAUD_KINDS, QUANTITIES, RULE
from features.windows import MICROSECOND

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa
    from numpy.typing import NDArray

    from features.links import LinkRule

    Row = Mapping[str, Any]
    Arrays = dict[str, NDArray[Any]]

SLACK: Final = timedelta(days=7)
"""How long after it was placed an order may be received and still see its whole span."""
_TOGETHER: Final = 65_536
"""Orders that room is made for at once."""
_FEW: Final = 64
"""Orders that fit into the first tables."""
_NOTHING: Final = bytes(16)
_REPORT: Final = np.dtype([("order", "V16"), ("outcome", "V16"), ("known", "i8")])
_LAST_NUMBER: Final = 1 << 30
"""Orders are numbered anew before their numbers outgrow 32 bits."""


class LinkState:
    """Who used which identifier when, and the group of any order as of its moment.

    Orders and outcomes may come in any sequence and be corrected: what an order is told hangs on
    the clocks alone. An order added again under its key replaces the earlier one, an outcome
    likewise under its id; an outcome may come before its order.

    Parameters
    ----------
    rule
        When buyers belong together.

    Attributes
    ----------
    is_cut
        Whether anything was dropped because no order that comes in time can see it any more.

    Notes
    -----
    Values equal those of `features.engines.links.compute` to the bit for orders received within
    `SLACK` of being placed, and of the last one that was added. Not thread-safe.

    Examples
    --------
    >>> state = LinkState()
    >>> ann = {"order_key": "a", "placed_at": 10, "received_at": 10, "buyer_key": "ann"}
    >>> state.add_order(ann | {"phone_key": "p", "device_key": "d"})
    >>> ben = {"order_key": "b", "placed_at": 20, "received_at": 20, "buyer_key": "ben"}
    >>> state.values(ben | {"phone_key": "p", "device_key": "d"})["n_buyers"]
    2.0
    """

    def __init__(self, rule: LinkRule = RULE) -> None:
        self._rule = rule
        self._columns = tuple(identifier.column for identifier in rule.identifiers)
        self._reach = (rule.span + SLACK) // MICROSECOND
        self._now = 0
        self._swept = 0
        self.is_cut = False
        self._reports: dict[bytes, dict[bytes, int]] = {}
        self._out = np.empty(len(QUANTITIES))
        n_values = _FEW * len(self._columns)
        self._tables = empty_tables(
            len(self._columns), n_orders=_FEW, n_values=n_values, n_buyers=_FEW, has_keys=True
        )
        self._links = bind(self._tables, rule)

    def __len__(self) -> int:
        return len(content(self._links, self._now - self._reach))

    @property
    def n_bytes(self) -> int:
        """Bytes that grow with what is known, with the room for what comes."""
        tables = sum(table.nbytes for table in self._tables.values())
        # A search marks whom and what it met: two numbers a buyer, one a value.
        return tables + 8 * len(self._tables["buyers"]) + 4 * len(self._tables["values"])

    def values(self, order: Row) -> dict[str, float | None]:
        """Give the quantities of an order's group; the state stays as it is.

        Parameters
        ----------
        order
            The order; whether it was added before makes no difference.

        Returns
        -------
        dict
            Value by quantity; None is unknown.
        """
        placed, received = clocks(order)
        ask(self._links, self._keys(order), placed, received, self._out)
        numbers = [None if number != number else number for number in self._out.tolist()]
        return dict(zip(QUANTITIES, numbers, strict=True))

    def add_order(self, order: Row) -> None:
        """Let later orders see this one.

        Parameters
        ----------
        order
            The order.
        """
        placed, received = clocks(order)
        keys = self._keys(order)
        self._advance(received)
        if placed < self._now - self._reach:
            self.is_cut = True
        else:
            self._make_room()
            bad = self._bad_from(keys[ORDER_KEY].tobytes())
            add(self._links, keys, placed, received, bad)

    def add_orders(self, orders: pa.Table) -> None:
        """Let later orders see many; the same as adding them one by one, only faster.

        Parameters
        ----------
        orders
            Columns of the orders table, by when they were received.
        """
        import pyarrow as pa

        clocks = [orders[name].cast(pa.int64()).to_numpy() for name in ("placed_at", "received_at")]
        self._advance(int(clocks[1].max(initial=self._now)))
        kept = clocks[0] >= self._now - self._reach
        self.is_cut |= not kept.all()
        keys = self._keys_of(orders.filter(pa.array(kept)))
        placed, received = (clock[kept] for clock in clocks)
        for begin in range(0, len(keys), _TOGETHER):
            some = slice(begin, begin + _TOGETHER)
            self._make_room(len(keys[some]))
            add_all(self._links, keys[some], placed[some], received[some])
        for order in self._reports:
            self._mark(order)

    def _keys_of(self, orders: pa.Table) -> NDArray[np.uint64]:
        """Fingerprints of many orders; each different text is taken once."""
        columns = {
            name: fingerprinted(name, orders[name])
            for name in dict.fromkeys(("order_key", *BUYERS, *self._columns))
            if name in orders.column_names
        }
        nothing = np.zeros((len(orders), 2), np.uint64)
        buyer = columns["order_key"]
        for name in reversed(BUYERS):
            given = columns.get(name, nothing)
            buyer = np.where(given.any(axis=1, keepdims=True), given, buyer)
        named = (columns.get(name, nothing) for name in self._columns)
        return np.stack([columns["order_key"], buyer, *named], axis=1)

    def add_outcome(self, outcome: Row) -> None:
        """Let later orders know that an order is bad, or that it no longer is.

        Parameters
        ----------
        outcome
            A row of the outcomes table.
        """
        if outcome["kind"] not in FRAUD_KINDS:
            return
        order = _fingerprint("order_key", outcome["order_key"])
        name = _fingerprint("outcome_id", outcome["outcome_id"])
        known, is_bad = instant(outcome["known_at"]), outcome.get("is_bad")
        reports = self._reports.setdefault(order, {})
        reports.pop(name, None)
        if known is not None and (missing(is_bad) or is_bad):
            reports[name] = known
        if not reports:
            del self._reports[order]
        self._mark(order)

    def _mark(self, order: bytes) -> None:
        mark(self._links, np.frombuffer(order, np.uint64).reshape(1, 2), self._bad_from(order))

    @property
    def _mask(self) -> int:
        return len(self._tables["clocks"]) - 1

    def _bad_from(self, order: bytes) -> int:
        """Since when an order is reported to be bad."""
        return min(self._reports.get(order, {}).values(), default=NEVER)

    def _keys(self, order: Row) -> NDArray[np.uint64]:
        """Fingerprints of an order, its buyer and its identifiers."""
        parts = [_fingerprint("order_key", order["order_key"])]
        buyers = ((column, text(order.get(column))) for column in BUYERS)
        named = next(((column, key) for column, key in buyers if key is not None), None)
        parts.append(_fingerprint(*named) if named else parts[0])
        for column in self._columns:
            key = text(order.get(column))
            parts.append(_NOTHING if key is None else _fingerprint(column, key))
        return np.frombuffer(b"".join(parts), np.uint64).reshape(-1, 2)

    def _advance(self, received: int) -> None:
        """Forget what no order can ask back to any more."""
        if received <= self._now:
            return
        self._now = received
        bound = received - self._reach
        self.is_cut |= forget(self._links, bound) > 0
        if bound - self._swept >= self._reach:
            self._swept = bound
            kept = ((o, r) for o, r in self._reports.items() if max(r.values()) >= bound)
            self._reports = dict(kept)

    def _make_room(self, n: int = 1) -> None:
        """Let every table hold what some more orders can need."""
        tables, counters, n_kinds = self._tables, self._tables["counters"], len(self._columns)
        if counters[NEXT] >= _LAST_NUMBER:
            self._renumber()
        grown = {}
        for name, free, each in (
            ("pair", FREE_PAIR, n_kinds),
            ("value", FREE_VALUE, n_kinds),
            ("buyer", FREE_BUYER, 1),
        ):
            # The last row of values and buyers stands for what was never seen.
            size, needed = len(tables[f"{name}s"]), int(counters[free + 1]) + n * each + 1
            if needed > size:
                grown[name] = max(size + size // 2, needed)
        n_orders = int(counters[NEXT] - counters[OLDEST]) + n
        if grown or n_orders > self._mask + 1:
            for name, size in grown.items():
                self._grow(name, size)
            if n_orders > self._mask + 1:
                self._grow_ring(1 << (n_orders - 1).bit_length())
            self._links = bind(tables, self._rule)

    def _grow(self, name: str, size: int) -> None:
        tables = self._tables
        tables[f"{name}s"] = _longer(tables[f"{name}s"], size)
        if name != "pair":
            rows = tables[f"{name}_keys"] = _longer(tables[f"{name}_keys"], size)
            first = tables["values"] if name == "value" else tables["buyers"][:, NEWEST_ORDER]
            index = tables[f"{name}_index"] = _index(size)
            entered(index, rows, first != NONE)

    def _grow_ring(self, size: int) -> None:
        tables = self._tables
        names = ("clocks", "orders", "order_keys")
        larger = {n: np.zeros((size, *tables[n].shape[1:]), tables[n].dtype) for n in names}
        larger["order_index"] = _index(size)
        moved(self._links, *larger.values())
        tables |= larger

    def _renumber(self) -> None:
        """Begin the numbers of orders near 0 again, each in its place of the ring."""
        tables = self._tables
        less = int(tables["counters"][OLDEST]) // (self._mask + 1) * (self._mask + 1)
        tables["counters"][[OLDEST, NEXT]] -= less
        tables["orders"][:, BEFORE::2] -= less
        for newest in (tables["pairs"][:, NEWEST], tables["buyers"][:, NEWEST_ORDER]):
            newest[newest != NONE] -= less

    def arrays(self) -> Arrays:
        """Give everything the state consists of, as arrays without objects."""
        reports = [(o, name, known) for o, r in self._reports.items() for name, known in r.items()]
        clocks = np.array([self._now, self._swept, self.is_cut])
        return {**self._tables, "reports": np.array(reports, _REPORT), "now": clocks}

    @classmethod
    def of_arrays(cls, arrays: Mapping[str, NDArray[Any]], rule: LinkRule = RULE) -> LinkState:
        """Make the state that gave some arrays, which become its own."""
        state = cls(rule)
        state._tables = {name: arrays[name] for name in KEPT}
        state._links = bind(state._tables, rule)
        state._now, state._swept, is_cut = arrays["now"].tolist()
        state.is_cut = bool(is_cut)
        for order, name, known in arrays["reports"].tolist():
            state._reports.setdefault(order, {})[name] = known
        return state

    def digest(self) -> str:
        """Digest of what is known, 64 hexadecimal digits, whatever the way there."""
        bound = self._now - self._reach
        rows = content(self._links, bound)
        rows = rows[np.lexsort((rows[:, 1], rows[:, 0]))]
        reports = sorted(
            (o, name, known)
            for o, r in self._reports.items()
            for name, known in r.items()
            if known >= bound
        )
        whole = hashlib.sha256(rows.tobytes())
        whole.update(np.array(reports, _REPORT).tobytes())
        return whole.hexdigest()


def _fingerprint(kind: str, name: Any) -> bytes:
    digest: bytes = xxh3_128_digest(f"{kind}\x1f{name}".encode("utf-8", "surrogatepass"))
    return digest


def fingerprinted(kind: str, column: pa.ChunkedArray) -> NDArray[np.uint64]:
    """Fingerprints of a column, zeros where there is nothing."""
    import pyarrow.compute as pc

    encoded = column.combine_chunks().dictionary_encode()
    texts = [_fingerprint(kind, text) for text in encoded.dictionary.to_pylist()]
    found = np.frombuffer(b"".join((*texts, _NOTHING)), np.uint64).reshape(-1, 2)
    rows = pc.fill_null(encoded.indices, len(texts)).to_numpy(zero_copy_only=False)
    result: NDArray[np.uint64] = found[rows]
    return result


def _longer(table: NDArray[Any], size: int) -> NDArray[Any]:
    """Copy a table into a longer one; rows without content have no first pair."""
    result = (
        np.full((size, *table.shape[1:]), NONE, table.dtype)
        if table.dtype == np.int32
        else (np.zeros(size, table.dtype))
    )
    result[: len(table)] = table
    return result


def _index(size: int) -> NDArray[np.int32]:
    return np.full(1 << (2 * size).bit_length(), NONE, np.int32)

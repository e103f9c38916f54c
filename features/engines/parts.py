"""Parts of one entity from its events and queries, in arrays: what every batch of orders runs.

Nothing here knows a history or a file. The engine of this machine calls it with the keys of a
bucket, and Spark with those of a partition. Rows may come in any order; those that ascend by key
and time already are worked on where they are.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from features.engines import kernel, walks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from features.windows import Part

    Ints = NDArray[np.int64]
    Places = NDArray[np.int32]
    Numbers = NDArray[np.integer[Any]]
    Bools = NDArray[np.bool_]
    Floats = NDArray[np.float64]

_DIGIT: Final = 32
"""Bits of the digits in which squares are added up."""


@dataclass(frozen=True, slots=True)
class Events:
    """Events of one stream, in any order.

    Parameters
    ----------
    code
        Number of the key, from 0, shape ``(n_events,)``; below 0 where the event has none.
    order
        Number of the order it belongs to; orders with greater keys have greater numbers at least
        where they were placed at one instant.
    happened, known
        Instants in microseconds.
    values
        Column to its whole numbers, and where there is one.
    others
        Counterpart column to the number of each event's counterpart, below 0 for none.
    """

    code: Numbers
    order: Numbers
    happened: Ints
    known: Ints
    values: Mapping[str, tuple[Ints, Bools]] = field(default_factory=dict)
    others: Mapping[str, Numbers] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Queries:
    """Orders (or keys of their lines) that ask what their entity did before, in any order.

    Parameters
    ----------
    code
        Number of the key, as in `Events`; below 0 where there is none, and no answer.
    placed, received
        Instants in microseconds.
    """

    code: Numbers
    placed: Ints
    received: Ints

    @property
    def skew(self) -> int:
        """Microseconds by which an order was received before it was placed, at worst."""
        return max(0, int((self.placed - self.received).max(initial=0)))


def parts(
    events: Mapping[str, Events], queries: Queries, wanted: Iterable[Part]
) -> dict[Part, Floats]:
    """Compute parts of one entity.

    Parameters
    ----------
    events
        Stream to its events. A query sees those of its key that were known strictly before it was
        received, and that happened in ``[placed - delay - span, placed - delay)``.
    queries
        Who asks.
    wanted
        Parts of one entity; what only others need costs nothing.

    Returns
    -------
    dict
        Part to its numbers, shape ``(n_queries,)``: NaN where the query has no key, or where there
        is no such number. ``last`` is the number of an order, and -1 where there is none.

    Examples
    --------
    >>> from features.windows import Entity, Part
    >>> buyer = Entity("buyer", ("buyer_key",), "", "")
    >>> placed = np.array([0, 4, 9, 9])
    >>> events = Events(np.array([0, 0, 0, -1]), np.arange(4), placed, placed)
    >>> part = Part(buyer, "orders", 9, 0, "n", None)
    >>> parts({"orders": events}, Queries(events.code, placed, placed), [part])[part].tolist()
    [0.0, 1.0, 2.0, nan]
    """
    n_keys = int(max((e.code.max(initial=-1) for e in events.values()), default=-1)) + 1
    n_keys = max(n_keys, int(queries.code.max(initial=-1)) + 1)
    asked = Asked(queries, n_keys)
    result: dict[Part, Floats] = {}
    for stream, members in by_stream(wanted).items():
        timeline = Timeline(events[stream], n_keys, skew=queries.skew)
        result |= timeline.parts(asked, members)
    return result


def by_stream(wanted: Iterable[Part]) -> dict[str, list[Part]]:
    """Sort parts, each once, by the stream that they look at."""
    result: dict[str, list[Part]] = {}
    for part in dict.fromkeys(wanted):
        result.setdefault(part.stream, []).append(part)
    return result


class Asked:
    """Queries arranged by key and by when they were placed."""

    def __init__(self, queries: Queries, n_keys: int) -> None:
        code, placed = queries.code, queries.placed
        self.n = len(code)
        self.rows = _arranged(code, placed, placed)
        self.start = kernel.starts(code, n_keys)
        self.placed, self.received = _taken(placed, self.rows), _taken(queries.received, self.rows)

    def restored(self, values: NDArray[Any]) -> Floats:
        """Give values of the arranged queries in the sequence in which they came, as floats."""
        if self.rows is None:
            return values.astype(np.float64, copy=False)
        result = np.full(self.n, np.nan)
        kernel.place(result, self.rows, values)
        return result


class Timeline:
    """Events of one stream arranged by key and by when they happened.

    Parameters
    ----------
    events
        The events.
    n_keys
        Codes are below it.
    skew
        `Queries.skew` of all queries that will be put to it.
    """

    def __init__(self, events: Events, n_keys: int, *, skew: int = 0) -> None:
        self._events = events
        self._rows = _arranged(events.code, events.happened, events.order)
        self.start = kernel.starts(events.code, n_keys)
        self.happened = _taken(events.happened, self._rows)
        known = _taken(events.known, self._rows)
        self.prompt = known + skew <= self.happened
        at = np.flatnonzero(~self.prompt)
        start = np.searchsorted(at, self.start)
        key = np.repeat(np.arange(n_keys), np.diff(start))
        turn = np.lexsort((known[at], key))
        self.late = walks.Late(start, at.astype(np.int32), turn, known[at][turn])
        self._amounts: dict[tuple[str, str | None], Ints] = {}
        self._upto: dict[tuple[str, str | None], list[Ints]] = {}
        self._pairs: dict[str | None, Places] = {}

    @cached_property
    def order(self) -> Numbers:
        """Number of each event's order."""
        return _taken(self._events.order, self._rows)

    def value(self, column: str | None) -> tuple[Ints, Bools]:
        """Give each event's value, and where there is one."""
        value, valid = self._events.values[column or ""]
        return _taken(value, self._rows), _taken(valid, self._rows)

    def pair(self, column: str | None) -> Places:
        """Give the number of each event's counterpart within its key."""
        if column not in self._pairs:
            other = _taken(self._events.others[column or ""], self._rows)
            self._pairs[column] = kernel.number_within(self.start, other)
        return self._pairs[column]

    def amounts(self, what: str, column: str | None) -> Ints:
        """Give what each event adds to some sums, shape ``(n_sums, n_events)``."""
        if (what, column) not in self._amounts:
            self._amounts[what, column] = _AMOUNTS[what](self, column)
        return self._amounts[what, column]

    def upto(self, what: str, column: str | None) -> list[Ints]:
        """Give the running sums of what prompt events add."""
        if (what, column) not in self._upto:
            amounts = self.amounts(what, column)
            self._upto[what, column] = [walks.running(each, self.prompt) for each in amounts]
        return self._upto[what, column]

    def parts(self, asked: Asked, wanted: Sequence[Part]) -> dict[Part, Floats]:
        """Compute parts of this stream; those of one window look at the same events."""
        result: dict[Part, Floats] = {}
        by_window: dict[tuple[int, int], list[Part]] = {}
        for part in wanted:
            by_window.setdefault((part.span_us, part.delay_us), []).append(part)
        for (span, delay), members in by_window.items():
            view = _View(self, asked, span, delay)
            for part in members:
                result[part] = asked.restored(_KINDS[part.kind](view, part.column))
        return result


class _View:
    """What one window shows the queries of a timeline."""

    def __init__(self, timeline: Timeline, asked: Asked, span_us: int, delay_us: int) -> None:
        self.timeline, self.asked = timeline, asked
        self.n = len(asked.placed)
        first, stop = np.empty(self.n, np.int32), np.empty(self.n, np.int32)
        walks.covered(
            timeline.start, timeline.happened, asked.start, asked.placed, span_us, delay_us,
            first, stop,
        )  # fmt: skip
        self.frame = walks.Frame(asked.start, asked.received, first, stop)
        self._sums: dict[tuple[str, str | None], Ints] = {}

    def sums(self, what: str, column: str | None) -> Ints:
        """Add up what the known events of each window bring, shape ``(n_sums, n_queries)``."""
        if (what, column) not in self._sums:
            late, upto = self.timeline.late, self.timeline.upto(what, column)
            found = np.empty((len(upto), self.n), np.int64)
            for k, total in enumerate(found):
                walks.add_prompt(self.frame, upto[k], total)
                if len(late.at):
                    amount = self.timeline.amounts(what, column)[k]
                    walks.add_late(self.frame, late, kernel.take(amount, late.at), total)
            self._sums[what, column] = found
        return self._sums[what, column]

    def number(self, what: str, column: str | None) -> Floats:
        """Add up what is one number an event; where nothing is late, straight into floats."""
        if len(self.timeline.late.at) or (what, column) in self._sums:
            sums: Floats = self.sums(what, column)[0].astype(np.float64)
            return sums
        result = np.empty(self.n)
        first, stop = self.frame.first, self.frame.stop
        if what == "n":
            np.subtract(stop, first, out=result)
        else:
            walks.add_prompt(self.frame, self.timeline.upto(what, column)[0], result)
        return result

    @cached_property
    def newest(self) -> Places:
        """Last known event of each window, -1 where there is none."""
        return self._found(walks.newest)

    @cached_property
    def oldest(self) -> Places:
        """First known event of each window, -1 where there is none."""
        return self._found(walks.oldest)

    def _found(self, walk: Callable[..., None]) -> Places:
        found = np.empty(self.n, np.int32)
        walk(self.frame, self.timeline.late, self.timeline.prompt, found)
        return found

    def before(self, found: Places) -> Floats:
        """Microseconds from events until the order was placed; NaN where there is no event."""
        if not len(self.timeline.happened):
            return np.full(self.n, np.nan)
        ago = self.asked.placed - kernel.take(self.timeline.happened, np.maximum(found, 0))
        return np.where(found >= 0, ago, np.nan)


def _spread(view: _View, column: str | None) -> Floats:
    (n,), (total,) = view.sums("valid", column), view.sums("total", column)
    result = np.empty(view.n)
    kernel.spread(n, total, view.sums("squares", column), result)
    return result


def _extreme(view: _View, column: str | None, *, greatest: bool) -> Floats:
    timeline = view.timeline
    value, valid = timeline.value(column)
    result = np.empty(view.n)
    walks.extreme(
        view.frame, timeline.late, timeline.start, timeline.prompt, valid, value, greatest, result
    )
    return result


def _distinct(view: _View, column: str | None) -> Ints:
    timeline = view.timeline
    result = np.empty(view.n, np.int64)
    walks.distinct(view.frame, timeline.late, timeline.prompt, timeline.pair(column), result)
    return result


def _last(view: _View, _column: str | None) -> Ints:
    if not len(view.timeline.happened):
        return np.full(view.n, -1)
    order = kernel.take(view.timeline.order, np.maximum(view.newest, 0))
    return np.where(view.newest >= 0, order, -1)


_KINDS: Final[Mapping[str, Callable[[_View, str | None], NDArray[Any]]]] = {
    "n": lambda view, column: view.number("n", column),
    "valid": lambda view, column: view.number("valid", column),
    "total": lambda view, column: view.number("total", column),
    "spread": _spread,
    "low": lambda view, column: _extreme(view, column, greatest=False),
    "high": lambda view, column: _extreme(view, column, greatest=True),
    "distinct": _distinct,
    "gap": lambda view, _: view.before(view.newest),
    "age": lambda view, _: view.before(view.oldest),
    "last": _last,
}
"""Kind of part to what gives it; see `features.windows.Part`."""


def _squares(timeline: Timeline, column: str | None) -> Ints:
    """Digits of the squares, as many as the greatest has."""
    (value,) = timeline.amounts("total", column)
    most = max(abs(int(value.max(initial=0))), abs(int(value.min(initial=0)))) ** 2
    digits = np.empty((max(1, -(-most.bit_length() // _DIGIT)), len(value)), np.int64)
    kernel.squared(value, digits)
    return digits


def _totals(timeline: Timeline, column: str | None) -> Ints:
    value, valid = timeline.value(column)
    return np.where(valid, value, 0)[np.newaxis]


_AMOUNTS: Final[Mapping[str, Callable[[Timeline, str | None], Ints]]] = {
    "n": lambda timeline, _: np.ones((1, len(timeline.happened)), np.int64),
    "valid": lambda timeline, column: timeline.value(column)[1].astype(np.int64)[np.newaxis],
    "total": _totals,
    "squares": _squares,
}
"""What an event adds to a window's sums."""


def _arranged(code: Numbers, at: Ints, then: Numbers) -> Places | None:
    """Rows that have a key by key, instant and a third column; None when they lie so already."""
    if kernel.is_arranged(code, at, then) and (not len(code) or code[0] >= 0):
        return None
    rows = np.lexsort((then, at, code)).astype(np.int32)
    return rows[np.searchsorted(code[rows], 0) :]


def _taken(values: NDArray[Any], rows: Places | None) -> NDArray[Any]:
    taken: NDArray[Any] = values if rows is None else kernel.take(values, rows)
    return taken

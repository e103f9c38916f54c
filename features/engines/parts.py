"""Parts of one entity from its events and queries, in arrays: what every batch of orders runs.

Nothing here knows a history or a file. The engine of this machine calls it with the keys of a
bucket, and Spark with those of a partition.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from features.engines import kernel

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from features.windows import Part

    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]
    Floats = NDArray[np.float64]

_NONE = np.empty(0, np.int64)
_NOWHERE = np.empty(0, np.bool_)


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

    code: Ints
    order: Ints
    happened: Ints
    known: Ints
    values: Mapping[str, tuple[Ints, Bools]] = field(default_factory=dict)
    others: Mapping[str, Ints] = field(default_factory=dict)


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

    code: Ints
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
        at = _in_time(queries.placed, _NONE)
        self.answer, self.start = kernel.by_key(queries.code, at, n_keys)
        self.placed = queries.placed[self.answer]
        self.received = queries.received[self.answer]
        self.n = len(queries.code)
        self.keyless = np.flatnonzero(queries.code < 0)


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
        self.events = events
        at = _in_time(events.happened, events.order)
        self.rows, self.start = kernel.by_key(events.code, at, n_keys)
        self.order, self.happened = events.order[self.rows], events.happened[self.rows]
        known = events.known[self.rows]
        self.prompt = known + skew <= self.happened
        late = np.flatnonzero(~self.prompt)
        late = late[np.argsort(known[late], kind="stable")]
        self.late, self.late_start = kernel.by_key(events.code[self.rows], late, n_keys)
        self.late_known = known[self.late]

    def parts(self, asked: Asked, wanted: Sequence[Part]) -> dict[Part, Floats]:
        """Compute parts of this stream; those of one column share a walk."""
        result: dict[Part, Floats] = {}
        by_column: dict[str | None, list[Part]] = {}
        for part in wanted:
            by_column.setdefault(part.column, []).append(part)
        for column, members in by_column.items():
            out = np.empty((len(members), asked.n))
            out[:, asked.keyless] = np.nan
            self._walk(asked, column, members, out)
            result |= dict(zip(members, out, strict=True))
        return result

    def _walk(self, asked: Asked, column: str | None, wanted: list[Part], out: Floats) -> None:
        frames = sorted({(p.span_us, p.delay_us) for p in wanted})
        rows = np.full((len(frames), len(kernel.KINDS)), -1, np.int64)
        for row, part in enumerate(wanted):
            frame = frames.index((part.span_us, part.delay_us))
            rows[frame, kernel.KINDS.index(part.kind)] = row
        spans, delays = np.array(frames, np.int64).reshape(-1, 2).T.copy()
        value, valid, pair = _NONE, _NOWHERE, np.empty(0, np.int32)
        if any(part.kind == "distinct" for part in wanted):
            other = self.events.others[column or ""][self.rows]
            pair = kernel.number_within(self.start, other, int(other.max(initial=-1)) + 1)
        if any(part.kind in _OF_VALUES for part in wanted):
            value, valid = (array[self.rows] for array in self.events.values[column or ""])
        kernel.walk(
            self.start, self.order, self.happened, self.prompt,
            self.late_start, self.late, self.late_known, valid, value, pair,
            asked.start, asked.placed, asked.received, asked.answer,
            spans, delays, rows, out,
        )  # fmt: skip


_OF_VALUES = frozenset({"valid", "total", "spread", "low", "high"})


def _in_time(happened: Ints, order: Ints) -> Ints:
    """Rows by when they happened, and by order where that is one instant."""
    if kernel.is_sorted(happened, order if len(order) else np.zeros_like(happened)):
        return np.arange(len(happened))
    return np.lexsort((order, happened)) if len(order) else np.argsort(happened, kind="stable")

"""The keys of an entity cut into buckets: what is computed at once, and by one core.

A key lies in one bucket with all its events, so that buckets know nothing of each other. Keys are
numbered, and a bucket is a range of numbers with about as many rows as the others. A key with more
queries than a bucket has rows of its own is asked about in several turns.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import numpy as np

from features.engines import kernel
from features.engines.formulas import apply
from features.engines.memory import give_back
from features.engines.overall import Overall
from features.engines.parts import Asked, Timeline, by_stream
from features.engines.streams import Keys
from features.engines.threads import in_sequence, one_ahead
from features.windows import AGGREGATES, EVERYBODY, same

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence

    from numpy.typing import NDArray

    from features.engines.source import Source
    from features.windows import Entity, Measure, Part

    Ints = NDArray[np.int64]
    Places = NDArray[np.int32]
    Floats = NDArray[np.float64]

T = TypeVar("T")

ROWS: int = 1 << 17
"""Rows of a bucket unless told otherwise; what is in flight is proportional to it."""


class Answers(NamedTuple):
    """Values of some measures of one entity for some orders.

    Parameters
    ----------
    measures
        The measures.
    order
        Row of each order, in no sequence; once for each key of its lines.
    values
        Values of the measures, shape ``(n_measures, n_rows)``.
    asking
        Row of each among those that ask about the entity, see `features.engines.streams.Keys`.
    """

    measures: Sequence[Measure]
    order: Places
    values: Floats
    asking: Places


@dataclass
class Inquiry:
    """What is asked about one entity.

    Parameters
    ----------
    source
        The history.
    measures
        Measures of the entity.
    overall
        What everybody did.
    begin, end
        The rows of the orders that ask.
    """

    source: Source
    measures: Sequence[Measure]
    overall: Overall
    begin: int
    end: int

    def __post_init__(self) -> None:
        wanted = dict.fromkeys(p for m in self.measures for p in m.parts)
        self.own = [part for part in wanted if part.entity == self.entity]
        self.shared = [part for part in wanted if part.entity != self.entity]
        self.keys = Keys(self.source, self.entity, self.own)
        self.streams = self.keys.streams()
        asking = self.keys.asking
        codes = [asking.code, *(stream.code for stream in self.streams.values())]
        n_keys = max(int(code.max(initial=-1)) for code in codes) + 1
        first, last = self.begin, self.end
        if asking.order is not None:
            first, last = np.searchsorted(asking.order, [first, last])
        self.queries = Sorted(asking.code, n_keys, first, last)
        self.events = {
            name: self.queries
            if stream.code is asking.code and last - first == len(asking.code)
            else Sorted(stream.code, n_keys)
            for name, stream in self.streams.items()
        }
        self.keyless = first + np.flatnonzero(asking.code[first:last] < 0)

    @property
    def entity(self) -> Entity:
        """Whose measures they are."""
        return self.measures[0].entity

    def tasks(self, rows: int) -> Iterator[Callable[[], Answers]]:
        """Cut the keys into buckets of about so many rows; each task answers some queries."""
        for first, stop in self._bounds(rows):
            bucket = Bucket(self, first, stop)
            n = int(self.queries.start[stop] - self.queries.start[first])
            for turn in range(0, n, rows):
                yield partial(bucket.answers, turn, turn + rows)
        if self.entity.level == "order":  # others have a number if any of their lines has
            for turn in range(0, len(self.keyless), rows):
                yield partial(self._unknown, self.keyless[turn : turn + rows])

    def _unknown(self, rows: Ints) -> Answers:
        nothing, at = np.full((len(self.measures), len(rows)), np.nan), rows.astype(np.int32)
        return Answers(self.measures, at, nothing, at)

    def _bounds(self, rows: int) -> Iterator[tuple[int, int]]:
        """Give the first key of each bucket, and the one after its last."""
        upto = self.queries.start[1:] + sum(events.start[1:] for events in self.events.values())
        first = 0
        while first < len(upto):
            before = upto[first - 1] if first else 0
            stop = max(first + 1, int(np.searchsorted(upto, before + rows, "right")))
            yield first, stop
            first = stop

    def numbers(self, parts: dict[Part, Floats], rows: Places) -> Floats:
        """Turn parts into the numbers of every measure; ``last`` stays the number of an order."""
        result = np.empty((len(self.measures), len(rows)))
        for numbers, measure in zip(result, self.measures, strict=True):
            inputs = [parts[part] for part in measure.parts]
            if AGGREGATES[measure.aggregate].formula is same:
                numbers[:] = inputs[0]
            else:
                numbers[:] = apply(measure.aggregate, self._own(measure, rows), inputs)
        return result

    def _own(self, measure: Measure, rows: Places) -> Floats:
        if measure.aggregate in {"zscore", "ratio"} and measure.column is not None:
            return self.streams[measure.stream].own_values(measure.column, rows)
        return np.full(len(rows), np.nan)


class Sorted:
    """Rows sorted by key; those of a key stay in sequence.

    Parameters
    ----------
    code
        Number of each row's key, below 0 for none.
    n_keys
        Codes are below it.
    begin, end
        The rows that count.
    """

    def __init__(self, code: Places, n_keys: int, begin: int = 0, end: int | None = None) -> None:
        self.rows, self.start = kernel.by_key(code[begin:end], n_keys)
        self.rows += np.int32(begin)

    def of(self, first: int, stop: int) -> tuple[Places, Places]:
        """Give the rows of the keys ``[first, stop)``, and their keys counted from ``first``."""
        start = self.start[first : stop + 1]
        key = np.repeat(np.arange(stop - first, dtype=np.int32), np.diff(start))
        return self.rows[start[0] : start[-1]], key


@dataclass
class Bucket:
    """Keys ``[first, stop)`` of an inquiry; their events are arranged once for all turns."""

    inquiry: Inquiry
    first: int
    stop: int

    def __post_init__(self) -> None:
        self._lock = Lock()
        self._arranged: dict[str, Timeline] | None = None

    def answers(self, begin: int, end: int) -> Answers:
        """Answer some of the queries, by their places among all of the bucket."""
        inquiry = self.inquiry
        rows, key = (each[begin:end] for each in inquiry.queries.of(self.first, self.stop))
        asking = inquiry.keys.asking
        asked = Asked(asking.queries(inquiry.source, rows, key), self.stop - self.first)
        order = asking.orders(rows)
        parts = inquiry.overall.parts(order, inquiry.shared)
        for stream, members in by_stream(inquiry.own).items():
            parts |= self._timelines()[stream].parts(asked, members)
        return Answers(inquiry.measures, order, inquiry.numbers(parts, rows), rows)

    def _timelines(self) -> dict[str, Timeline]:
        inquiry = self.inquiry
        with self._lock:
            if self._arranged is None:
                self._arranged = {}
                for name, stream in inquiry.streams.items():
                    rows, key = inquiry.events[name].of(self.first, self.stop)
                    events = stream.events(inquiry.source, rows, key)
                    n_keys = self.stop - self.first
                    self._arranged[name] = Timeline(events, n_keys, skew=inquiry.source.skew)
            return self._arranged


def answered(
    source: Source,
    measures: Sequence[Measure],
    span: tuple[int, int],
    use: Callable[[Answers], T],
    *,
    jobs: int = -1,
    rows: int = ROWS,
    progress: Callable[[int, int], None] | None = None,
) -> Generator[T]:
    """Answer measures for the orders in a span of rows, entity by entity and bucket by bucket.

    Parameters
    ----------
    source
        The history.
    measures
        Measures of any entities.
    span
        First row of the orders that ask, and the row after the last.
    use
        Called with the answers about some keys, in the thread that found them.
    jobs
        Threads; -1 for one a core.
    rows
        Rows of a bucket.
    progress
        Called with how many groups of `asked_together` are done and how many there are.

    Yields
    ------
    T
        What was made of the answers. Every order is answered, with NaN where it has no key; of
        entities of lines only those orders are that have one. The sequence is the same whatever
        the number of threads.
    """
    groups = asked_together(measures)

    def inquiries() -> Iterator[Inquiry]:
        overall, drawn = Overall(source, (), span, rows), None
        for members in groups:
            give_back()
            if _drawn_to(members[0]) != drawn:
                drawn = _drawn_to(members[0])
                alike = [m for group in groups for m in group if _drawn_to(m) == drawn]
                del overall  # before the next is made
                overall = Overall(source, alike, span, rows)
            yield Inquiry(source, members, overall, *span)

    def tasks() -> Iterator[Callable[[], tuple[int, T]]]:
        for number, inquiry in enumerate(one_ahead(inquiries())):
            for task in inquiry.tasks(rows):
                yield partial(_used, number, task, use)

    done = 0

    def tell(upto: int) -> None:
        nonlocal done
        while done < upto:
            done += 1
            if progress is not None:
                progress(done, len(groups))

    with closing(in_sequence(tasks(), jobs)) as found:
        for number, result in found:
            tell(number)
            yield result
    tell(len(groups))


def _used(number: int, task: Callable[[], Answers], use: Callable[[Answers], T]) -> tuple[int, T]:
    return number, use(task())


def asked_together(measures: Sequence[Measure]) -> list[list[Measure]]:
    """Sort measures by the column of everybody that they are drawn towards, then by entity.

    Only what everybody did in one column is then in memory at a time.
    """
    groups: dict[tuple[str, Entity], list[Measure]] = {}
    for column in sorted({_drawn_to(measure) for measure in measures}):
        for measure in measures:
            if _drawn_to(measure) == column:
                groups.setdefault((column, measure.entity), []).append(measure)
    return list(groups.values())


def _drawn_to(measure: Measure) -> str:
    """Column of everybody that a measure is drawn towards; empty for counts and for none."""
    overall = (p for p in measure.parts if p.entity == EVERYBODY != measure.entity)
    return next((part.column or "" for part in overall), "")

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
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa

from features.engines import kernel
from features.engines.formulas import apply
from features.engines.parts import Asked, Queries, Timeline, by_stream
from features.engines.streams import Keys
from features.engines.threads import in_sequence
from features.windows import AGGREGATES, EVERYBODY, same

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence

    from numpy.typing import NDArray

    from features.engines.source import Source
    from features.windows import Entity, Measure, Part

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]

ROWS: int = 1 << 17
"""Rows of a bucket unless told otherwise; what is in flight is proportional to it."""


class Answers(NamedTuple):
    """Values of some measures for some orders.

    Parameters
    ----------
    order
        Row of each order, ascending; once for each key of its lines.
    values
        Shape ``(n_measures, n_rows)``.
    """

    order: Ints
    values: Floats


class Overall:
    """What everybody did before each order, which shares of few are drawn towards.

    Every entity asks for it, so it is computed once for all orders. Rates need whole numbers only:
    events, those with a value, and totals.
    """

    def __init__(
        self, source: Source, measures: Sequence[Measure], span: tuple[int, int], rows: int
    ) -> None:
        wanted = {p for m in measures if m.entity != EVERYBODY for p in m.parts}
        parts = [part for part in wanted if part.entity == EVERYBODY]
        self._begin, end = span
        # Half as wide while they fit: these are as many as the orders, times the parts.
        self._values: dict[Part, NDArray[Any]] = {
            part: np.empty(end - self._begin, np.int32) for part in parts
        }
        streams = Keys(source, EVERYBODY, parts).streams()
        for name, members in by_stream(parts).items():
            stream = streams[name]
            events = stream.events(source, np.arange(len(stream.code)))
            timeline = Timeline(events, 1, skew=source.skew)
            for first in range(self._begin, end, rows):
                turn = slice(first, min(first + rows, end))
                placed, received = source.placed[turn], source.received[turn]
                asked = Asked(Queries(np.zeros_like(placed), placed, received), 1)
                at = slice(turn.start - self._begin, turn.stop - self._begin)
                for part, values in timeline.parts(asked, members).items():
                    if np.abs(values).max() > np.iinfo(np.int32).max:
                        self._values[part] = self._values[part].astype(np.float64, copy=False)
                    self._values[part][at] = values

    def parts(self, order: Ints, wanted: Sequence[Part]) -> dict[Part, Floats]:
        """Give parts of everybody for the orders in some rows."""
        at = order - self._begin
        return {part: self._values[part][at].astype(np.float64, copy=False) for part in wanted}


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

    @property
    def entity(self) -> Entity:
        """Whose measures they are."""
        return self.measures[0].entity

    def tasks(self, rows: int) -> Iterator[Callable[[], Answers]]:
        """Cut the keys into buckets of about so many rows; each task answers some queries."""
        asking = self.keys.asking
        first, last = np.searchsorted(asking.order, [self.begin, self.end])
        code = asking.code[first:last]
        bounds = _bounds([code, *(stream.code for stream in self.streams.values())], rows)
        queries, starts = _cut(code, bounds)
        events = {name: _cut(stream.code, bounds) for name, stream in self.streams.items()}
        for b in range(len(bounds) - 1):
            mine = queries[starts[b] : starts[b + 1]] + first
            if not len(mine):
                continue
            bucket = Bucket(
                self,
                int(bounds[b]),
                int(bounds[b + 1]),
                {name: at[start[b] : start[b + 1]] for name, (at, start) in events.items()},
            )
            for turn in range(0, len(mine), rows):
                yield bucket.task(mine[turn : turn + rows])

    def numbers(self, parts: dict[Part, Floats], rows: Ints) -> Floats:
        """Turn parts into the numbers of every measure; ``last`` stays the number of an order."""
        result = np.empty((len(self.measures), len(rows)))
        for k, measure in enumerate(self.measures):
            inputs = [parts[part] for part in measure.parts]
            if AGGREGATES[measure.aggregate].formula is same:
                result[k] = inputs[0]
            else:
                result[k] = apply(measure.aggregate, self._own(measure, rows), inputs)
        return result

    def _own(self, measure: Measure, rows: Ints) -> Floats:
        if measure.aggregate in {"zscore", "ratio"} and measure.column is not None:
            return self.streams[measure.stream].own_values(measure.column, rows)
        return np.full(len(rows), np.nan)


@dataclass
class Bucket:
    """Keys ``[first, stop)`` of an inquiry with the rows of their events by stream."""

    inquiry: Inquiry
    first: int
    stop: int
    events: dict[str, Ints]

    def __post_init__(self) -> None:
        self._lock = Lock()
        self._arranged: dict[str, Timeline] | None = None

    def task(self, rows: Ints) -> Callable[[], Answers]:
        """Give the work of answering some rows."""
        return lambda: self._answers(rows)

    def _answers(self, rows: Ints) -> Answers:
        inquiry = self.inquiry
        queries = inquiry.keys.asking.queries(inquiry.source, rows, self.first)
        asked = Asked(queries, self.stop - self.first)
        order = inquiry.keys.asking.order[rows]
        parts = inquiry.overall.parts(order, inquiry.shared)
        for stream, members in by_stream(inquiry.own).items():
            parts |= self._timelines()[stream].parts(asked, members)
        return Answers(order, inquiry.numbers(parts, rows))

    def _timelines(self) -> dict[str, Timeline]:
        """Arrange the events once for all turns of a bucket."""
        source = self.inquiry.source
        with self._lock:
            if self._arranged is None:
                self._arranged = {
                    name: Timeline(
                        stream.events(source, self.events[name], self.first),
                        self.stop - self.first,
                        skew=source.skew,
                    )
                    for name, stream in self.inquiry.streams.items()
                }
            return self._arranged


def _bounds(codes: Sequence[Ints], rows: int) -> Ints:
    """Numbers of keys at which buckets begin, and where the last one ends."""
    n_keys = max(int(code.max(initial=-1)) for code in codes) + 1
    upto = np.cumsum(sum(np.bincount(code[code >= 0], minlength=n_keys) for code in codes))
    if not n_keys:
        return np.zeros(1, np.int64)
    wanted = np.searchsorted(upto, np.arange(rows, int(upto[-1]) + rows, rows), "left") + 1
    return np.unique(np.concatenate([[0], np.minimum(wanted, n_keys), [n_keys]]))


def _cut(code: Ints, bounds: Ints) -> tuple[Ints, Ints]:
    """List rows by bucket, and where those of each bucket begin."""
    n_buckets = len(bounds) - 1
    bucket_of = np.repeat(np.arange(n_buckets, dtype=np.int32), np.diff(bounds))
    bucket = np.where(code >= 0, bucket_of[code] if n_buckets else -1, -1)
    rows, start = kernel.by_key(bucket, np.arange(len(code)), n_buckets)
    return rows, start


def answered(
    source: Source,
    measures: Sequence[Measure],
    span: tuple[int, int],
    *,
    jobs: int = -1,
    rows: int = ROWS,
    progress: Callable[[int, int], None] | None = None,
) -> Generator[tuple[Sequence[Measure], Answers]]:
    """Answer measures for the orders in a span of rows, entity by entity and bucket by bucket.

    Parameters
    ----------
    source
        The history.
    measures
        Measures of any entities.
    span
        First row of the orders that ask, and the row after the last.
    jobs
        Threads; -1 for one a core.
    rows
        Rows of a bucket.
    progress
        Called with how many groups of `asked_together` are done and how many there are.

    Yields
    ------
    measures, answers
        Some measures of one entity, and their values for some of the orders. What is not given is
        not known. The sequence is the same whatever the number of threads.
    """
    groups = asked_together(measures)

    def tasks() -> Iterator[Callable[[], tuple[int, Answers]]]:
        overall, drawn = Overall(source, (), span, rows), None
        for number, members in enumerate(groups):
            pa.default_memory_pool().release_unused()  # Arrow keeps what one entity's texts took
            if _drawn_to(members[0]) != drawn:
                drawn = _drawn_to(members[0])
                alike = [m for group in groups for m in group if _drawn_to(m) == drawn]
                del overall  # before the next is made
                overall = Overall(source, alike, span, rows)
            for task in Inquiry(source, members, overall, *span).tasks(rows):
                yield partial(_numbered, number, task)

    done = 0

    def tell(upto: int) -> None:
        nonlocal done
        while done < upto:
            done += 1
            if progress is not None:
                progress(done, len(groups))

    with closing(in_sequence(tasks(), jobs)) as found:
        for number, answers in found:
            tell(number)
            yield groups[number], answers
    tell(len(groups))


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


def _numbered(number: int, task: Callable[[], Answers]) -> tuple[int, Answers]:
    return number, task()

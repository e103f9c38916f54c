"""Window state of one key in Python: sorted events and two pointers a window, whole numbers only.

The twin of `features.engines.kernel`: the same windows, the same integers, one event at a time.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from features.windows import Entity, Part

_LOW_64: Final = (1 << 64) - 1
_TWO_64: Final = 18446744073709551616.0
_STALE: Final = 64
NAN: Final = float("nan")


class Event:
    """Something that happened to a key.

    Parameters
    ----------
    happened
        When, in microseconds.
    order_key
        The order it belongs to.
    values
        Whole numbers by position, None where missing.
    counterparts
        Texts by position, None where missing.
    """

    __slots__ = ("counterparts", "happened", "order_key", "values")

    def __init__(
        self,
        happened: int,
        order_key: str,
        values: tuple[int | None, ...] = (),
        counterparts: tuple[str | None, ...] = (),
    ) -> None:
        self.happened = happened
        self.order_key = order_key
        self.values = values
        self.counterparts = counterparts


@dataclass(frozen=True)
class Frame:
    """One window of a track, and where its parts go.

    Parameters
    ----------
    span, delay
        The window in microseconds.
    cells
        ``(cell, kind, position)`` of each part; the position is that of its value or counterpart.
    """

    span: int
    delay: int
    cells: tuple[tuple[int, str, int], ...]


@dataclass(frozen=True, eq=False)
class Track:
    """Everything asked of one entity in one stream.

    Parameters
    ----------
    entity, stream
        See `features.windows.Part`.
    values, counterparts
        Positions, within an event, of what windows must keep up to date.
    frames
        The windows.
    slots
        State by key.
    """

    entity: Entity
    stream: str
    values: tuple[int, ...]
    counterparts: tuple[int, ...]
    frames: tuple[Frame, ...]
    slots: dict[Any, Slot] = field(default_factory=dict)

    @cached_property
    def horizon(self) -> int:
        """How long an event may still count, in microseconds."""
        return max(frame.span + frame.delay for frame in self.frames)

    def insert(self, key: Any, event: Event, floor: int) -> None:
        """Let an event be seen; drop those that are out of reach before ``floor``."""
        slot = self.slots.get(key)
        if slot is None:
            slot = self.slots[key] = Slot()
        slot.insert(self, event)
        if len(slot.events) % _STALE == 0:
            slot.forget(floor - self.horizon)

    def remove(self, key: Any, event: Event) -> None:
        """Let an event no longer be seen."""
        slot = self.slots.get(key)
        if slot is not None and slot.remove(self, event) and not slot.events:
            del self.slots[key]

    def expire(self, key: Any, event: Event) -> None:
        """Drop an event that is out of every window's reach; a busy key drops many at once."""
        slot = self.slots.get(key)
        if slot is not None and len(slot.events) < 2 * _STALE:
            self.remove(key, event)


class _Cursor:
    """The events of one window: those in ``[lo, hi)``, and their sums."""

    __slots__ = ("hi", "lo", "n", "seen", "squares", "total", "valid")

    def __init__(self, at: int, track: Track) -> None:
        self.lo = self.hi = at
        self.n = 0
        self.valid = [0] * len(track.values)
        self.total = [0] * len(track.values)
        self.squares = [0] * len(track.values)
        self.seen: list[dict[str, int]] = [{} for _ in track.counterparts]

    def add(self, track: Track, event: Event) -> None:
        self.n += 1
        for i, position in enumerate(track.values):
            value = event.values[position]
            if value is not None:
                self.valid[i] += 1
                self.total[i] += value
                self.squares[i] += value * value
        for i, position in enumerate(track.counterparts):
            name = event.counterparts[position]
            if name is not None:
                self.seen[i][name] = self.seen[i].get(name, 0) + 1

    def take(self, track: Track, event: Event) -> None:
        self.n -= 1
        for i, position in enumerate(track.values):
            value = event.values[position]
            if value is not None:
                self.valid[i] -= 1
                self.total[i] -= value
                self.squares[i] -= value * value
        for i, position in enumerate(track.counterparts):
            name = event.counterparts[position]
            if name is not None:
                left = self.seen[i][name] - 1
                if left:
                    self.seen[i][name] = left
                else:
                    del self.seen[i][name]


class Slot:
    """The events of one key, by when they happened, and a pair of pointers for each window."""

    __slots__ = ("cursors", "events", "happened")

    def __init__(self) -> None:
        self.happened: list[int] = []
        self.events: list[Event] = []
        self.cursors: list[_Cursor | None] | None = None

    def insert(self, track: Track, event: Event) -> None:
        """Put an event in its place; later ones move on."""
        happened = self.happened
        if not happened or happened[-1] <= event.happened:
            happened.append(event.happened)
            self.events.append(event)
            return
        at = bisect_right(happened, event.happened)
        happened.insert(at, event.happened)
        self.events.insert(at, event)
        for cursor in self.cursors or ():
            if cursor is None:
                continue
            if at < cursor.lo:
                cursor.lo += 1
                cursor.hi += 1
            elif at < cursor.hi:
                cursor.hi += 1
                cursor.add(track, event)

    def remove(self, track: Track, event: Event) -> bool:
        """Take an event out again; False when it is not there."""
        at = bisect_left(self.happened, event.happened)
        end = bisect_right(self.happened, event.happened, at)
        while at < end and self.events[at] is not event:
            at += 1
        if at == end:
            return False
        del self.happened[at], self.events[at]
        for cursor in self.cursors or ():
            if cursor is None:
                continue
            if at < cursor.lo:
                cursor.lo -= 1
                cursor.hi -= 1
            elif at < cursor.hi:
                cursor.hi -= 1
                cursor.take(track, event)
        return True

    def forget(self, before: int) -> None:
        """Drop the events that happened before an instant, once they are many."""
        stale = bisect_left(self.happened, before)
        if stale < _STALE or 2 * stale < len(self.happened):
            return
        del self.happened[:stale], self.events[:stale]
        for i, cursor in enumerate(self.cursors or ()):
            if cursor is None or self.cursors is None:
                continue
            if cursor.lo < stale:
                self.cursors[i] = None
            else:
                cursor.lo -= stale
                cursor.hi -= stale

    def read(self, track: Track, placed: int, cells: list[Any]) -> None:
        """Write the parts of every window, as of an order placed at an instant, into cells."""
        if self.cursors is None:
            self.cursors = [None] * len(track.frames)
        cursors, happened = self.cursors, self.happened
        for i, frame in enumerate(track.frames):
            upto = placed - frame.delay
            cursor = cursors[i]
            if cursor is None:
                start = bisect_left(happened, upto - frame.span)
                cursor = cursors[i] = _Cursor(start, track)
            self._move(cursor, track, upto - frame.span, upto)
            for cell, kind, position in frame.cells:
                cells[cell] = (
                    cursor.n if kind == "n" else _READERS[kind](self, cursor, position, placed)
                )

    def _move(self, cursor: _Cursor, track: Track, since: int, upto: int) -> None:
        """Move both pointers, whichever way; first outwards, then inwards."""
        happened, events = self.happened, self.events
        lo, hi, end = cursor.lo, cursor.hi, len(happened)
        while lo > 0 and happened[lo - 1] >= since:
            lo -= 1
            cursor.add(track, events[lo])
        while hi < end and happened[hi] < upto:
            cursor.add(track, events[hi])
            hi += 1
        while lo < hi and happened[lo] < since:
            cursor.take(track, events[lo])
            lo += 1
        while hi > lo and happened[hi - 1] >= upto:
            hi -= 1
            cursor.take(track, events[hi])
        cursor.lo, cursor.hi = lo, hi


def _spread(_slot: Slot, cursor: _Cursor, i: int, _placed: int) -> float:
    total = cursor.total[i]
    exact = cursor.valid[i] * cursor.squares[i] - total * total
    return float(exact >> 64) * _TWO_64 + float(exact & _LOW_64)


def _gap(slot: Slot, cursor: _Cursor, _i: int, placed: int) -> float:
    return float(placed - slot.happened[cursor.hi - 1]) if cursor.hi > cursor.lo else NAN


def _last(slot: Slot, cursor: _Cursor, _i: int, _placed: int) -> str | None:
    """Find the order of the last event; the greatest key of those at the same instant."""
    if cursor.hi == cursor.lo:
        return None
    at = cursor.hi - 1
    instant, best = slot.happened[at], slot.events[at].order_key
    while at > cursor.lo and slot.happened[at - 1] == instant:
        at -= 1
        best = max(best, slot.events[at].order_key)
    return best


def _values(slot: Slot, cursor: _Cursor, track_position: int) -> Sequence[int]:
    found = (event.values[track_position] for event in slot.events[cursor.lo : cursor.hi])
    return [value for value in found if value is not None]


def _low(slot: Slot, cursor: _Cursor, i: int, _placed: int) -> float:
    return float(min(_values(slot, cursor, i), default=NAN))


def _high(slot: Slot, cursor: _Cursor, i: int, _placed: int) -> float:
    return float(max(_values(slot, cursor, i), default=NAN))


_READERS: Final = {
    "valid": lambda _slot, cursor, i, _placed: cursor.valid[i],
    "total": lambda _slot, cursor, i, _placed: cursor.total[i],
    "spread": _spread,
    "distinct": lambda _slot, cursor, i, _placed: len(cursor.seen[i]),
    "gap": _gap,
    "last": _last,
    "low": _low,
    "high": _high,
}


def empty_cell(kind: str) -> float | None:
    """Give the value of a part where a key was never seen."""
    if kind == "last":
        return None
    return NAN if kind in {"gap", "low", "high"} else 0.0


def build_track(
    entity: Entity,
    stream: str,
    cells: dict[Part, int],
    value_at: dict[str, int],
    counterpart_at: dict[str, int],
) -> Track:
    """Lay out the track that keeps some parts.

    Parameters
    ----------
    entity, stream
        What the parts have in common.
    cells
        Where each part is to be written.
    value_at, counterpart_at
        Position of each column within the stream's events.
    """
    values = sorted(
        {p.column for p in cells if p.kind in {"valid", "total", "spread"} and p.column}
    )
    others = sorted({p.column for p in cells if p.kind == "distinct" and p.column})
    by_frame: dict[tuple[int, int], list[tuple[int, str, int]]] = {}
    for part, cell in cells.items():
        position = 0
        if part.kind == "distinct" and part.column:
            position = others.index(part.column)
        elif part.kind in {"low", "high"} and part.column:
            position = value_at[part.column]
        elif part.column:
            position = values.index(part.column)
        by_frame.setdefault((part.span_us, part.delay_us), []).append((cell, part.kind, position))
    frames = tuple(Frame(span, delay, tuple(c)) for (span, delay), c in sorted(by_frame.items()))
    return Track(
        entity,
        stream,
        tuple(value_at[name] for name in values),
        tuple(counterpart_at[name] for name in others),
        frames,
    )

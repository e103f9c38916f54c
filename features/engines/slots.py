"""Window state of one key in Python: sorted events and pointers, whole numbers only.

The twin of `features.engines.kernel`: the same windows, the same integers, one event at a time.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from features.windows import Entity, Part

_LOW_64: Final = (1 << 64) - 1
_TWO_64: Final = 18446744073709551616.0
_STALE: Final = 64
"""Stale events of a key from which dropping them at once pays."""
_ADDED: Final = ("valid", "total", "spread")
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


@dataclass(frozen=True, eq=False)
class Frame:
    """One window of a track, and where its parts go.

    Parameters
    ----------
    span, delay
        The window in microseconds.
    cells
        ``(cell, kind, position)`` of each part; the position is that of its value or counterpart.
    values, counterparts
        Positions, within an event, of what must be kept added up for those parts. Where there is
        none, the places of the window's ends among the events tell everything.
    """

    span: int
    delay: int
    cells: tuple[tuple[int, str, int], ...]
    values: tuple[int, ...]
    counterparts: tuple[int, ...]

    @cached_property
    def adds(self) -> bool:
        """Whether events must be added up."""
        return bool(self.values or self.counterparts)


@dataclass(frozen=True, eq=False)
class Track:
    """Everything asked of one entity in one stream.

    Parameters
    ----------
    entity, stream
        See `features.windows.Part`.
    frames
        The windows.
    slots
        State by key.
    """

    entity: Entity
    stream: str
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
        slot.insert(event)
        if len(slot.events) % _STALE == 0:
            slot.forget(floor - self.horizon)

    def remove(self, key: Any, event: Event) -> None:
        """Let an event no longer be seen."""
        slot = self.slots.get(key)
        if slot is not None and slot.remove(event) and not slot.events:
            del self.slots[key]

    def expire(self, key: Any, event: Event) -> None:
        """Drop an event that is out of every window's reach; a busy key drops many at once."""
        slot = self.slots.get(key)
        if slot is not None and len(slot.events) < 2 * _STALE:
            self.remove(key, event)


class _Cursor:
    """The events of one window, those in ``[lo, hi)``, and what they add up to."""

    __slots__ = ("frame", "hi", "lo", "seen", "squares", "total", "valid")

    def __init__(self, frame: Frame, at: int) -> None:
        self.frame = frame
        self.lo = self.hi = at
        self.valid = [0] * len(frame.values)
        self.total = [0] * len(frame.values)
        self.squares = [0] * len(frame.values)
        self.seen: list[dict[str, int]] = [{} for _ in frame.counterparts]

    def add(self, event: Event) -> None:
        for i, position in enumerate(self.frame.values):
            value = event.values[position]
            if value is not None:
                self.valid[i] += 1
                self.total[i] += value
                self.squares[i] += value * value
        for i, position in enumerate(self.frame.counterparts):
            name = event.counterparts[position]
            if name is not None:
                seen = self.seen[i]
                seen[name] = seen.get(name, 0) + 1

    def take(self, event: Event) -> None:
        for i, position in enumerate(self.frame.values):
            value = event.values[position]
            if value is not None:
                self.valid[i] -= 1
                self.total[i] -= value
                self.squares[i] -= value * value
        for i, position in enumerate(self.frame.counterparts):
            name = event.counterparts[position]
            if name is not None:
                seen = self.seen[i]
                left = seen[name] - 1
                if left:
                    seen[name] = left
                else:
                    del seen[name]


class Slot:
    """The events of one key by when they happened, and a cursor for each window that adds up."""

    __slots__ = ("cursors", "events", "happened")

    def __init__(self) -> None:
        self.happened: list[int] = []
        self.events: list[Event] = []
        self.cursors: dict[Frame, _Cursor] | None = None

    def insert(self, event: Event) -> None:
        """Put an event in its place; later ones move on."""
        happened = self.happened
        if not happened or happened[-1] <= event.happened:
            happened.append(event.happened)
            self.events.append(event)
            return
        at = bisect_right(happened, event.happened)
        happened.insert(at, event.happened)
        self.events.insert(at, event)
        for cursor in (self.cursors or _NONE).values():
            if at < cursor.lo:
                cursor.lo += 1
                cursor.hi += 1
            elif at < cursor.hi:
                cursor.hi += 1
                cursor.add(event)

    def remove(self, event: Event) -> bool:
        """Take an event out again; False when it is not there."""
        at = bisect_left(self.happened, event.happened)
        end = bisect_right(self.happened, event.happened, at)
        while at < end and self.events[at] is not event:
            at += 1
        if at == end:
            return False
        del self.happened[at], self.events[at]
        for cursor in (self.cursors or _NONE).values():
            if at < cursor.lo:
                cursor.lo -= 1
                cursor.hi -= 1
            elif at < cursor.hi:
                cursor.hi -= 1
                cursor.take(event)
        return True

    def forget(self, before: int) -> None:
        """Drop the events that happened before an instant, once they are many."""
        stale = bisect_left(self.happened, before)
        if stale < _STALE or 2 * stale < len(self.happened):
            return
        del self.happened[:stale], self.events[:stale]
        kept = (self.cursors or _NONE).items()
        self.cursors = {frame: cursor for frame, cursor in kept if cursor.lo >= stale}
        for cursor in self.cursors.values():
            cursor.lo -= stale
            cursor.hi -= stale

    def read(self, track: Track, placed: int, cells: list[Any]) -> None:
        """Write the parts of every window, as of an order placed at an instant, into cells."""
        happened = self.happened
        for frame in track.frames:
            upto = placed - frame.delay
            since = upto - frame.span
            if frame.adds:
                cursor = self._moved(frame, since, upto)
                for cell, kind, position in frame.cells:
                    cells[cell] = _KEPT[kind](cursor, position)
                continue
            hi = bisect_left(happened, upto)
            lo = bisect_left(happened, since, 0, hi)
            for cell, kind, position in frame.cells:
                cells[cell] = (
                    hi - lo if kind == "n" else _FOUND[kind](self, lo, hi, position, placed)
                )

    def _moved(self, frame: Frame, since: int, upto: int) -> _Cursor:
        """Move both pointers of a window, whichever way; first outwards, then inwards."""
        happened, events = self.happened, self.events
        if self.cursors is None:
            self.cursors = {}
        cursor = self.cursors.get(frame)
        if cursor is None:
            cursor = self.cursors[frame] = _Cursor(frame, bisect_left(happened, since))
        lo, hi, end = cursor.lo, cursor.hi, len(happened)
        while lo > 0 and happened[lo - 1] >= since:
            lo -= 1
            cursor.add(events[lo])
        while hi < end and happened[hi] < upto:
            cursor.add(events[hi])
            hi += 1
        while lo < hi and happened[lo] < since:
            cursor.take(events[lo])
            lo += 1
        while hi > lo and happened[hi - 1] >= upto:
            hi -= 1
            cursor.take(events[hi])
        cursor.lo, cursor.hi = lo, hi
        return cursor


_NONE: Final[dict[Frame, _Cursor]] = {}


def _spread(cursor: _Cursor, i: int) -> float:
    total = cursor.total[i]
    exact = cursor.valid[i] * cursor.squares[i] - total * total
    return float(exact >> 64) * _TWO_64 + float(exact & _LOW_64)


def _gap(slot: Slot, lo: int, hi: int, _position: int, placed: int) -> float:
    return float(placed - slot.happened[hi - 1]) if hi > lo else NAN


def _last(slot: Slot, lo: int, hi: int, _position: int, _placed: int) -> str | None:
    """Find the order of the last event; the greatest key of those at the same instant."""
    if hi == lo:
        return None
    at = hi - 1
    instant, best = slot.happened[at], slot.events[at].order_key
    while at > lo and slot.happened[at - 1] == instant:
        at -= 1
        best = max(best, slot.events[at].order_key)
    return best


def _values(slot: Slot, lo: int, hi: int, position: int) -> Sequence[int]:
    found = (event.values[position] for event in slot.events[lo:hi])
    return [value for value in found if value is not None]


def _low(slot: Slot, lo: int, hi: int, position: int, _placed: int) -> float:
    return float(min(_values(slot, lo, hi, position), default=NAN))


def _high(slot: Slot, lo: int, hi: int, position: int, _placed: int) -> float:
    return float(max(_values(slot, lo, hi, position), default=NAN))


_KEPT: Final[dict[str, Callable[[_Cursor, int], float]]] = {
    "valid": lambda cursor, i: cursor.valid[i],
    "total": lambda cursor, i: cursor.total[i],
    "spread": _spread,
    "distinct": lambda cursor, i: len(cursor.seen[i]),
}
"""How a part is read off a cursor."""

_FOUND: Final = {"gap": _gap, "last": _last, "low": _low, "high": _high}
"""How a part is read off the events of a window."""


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
    frames: list[Frame] = []
    for window in sorted({(p.span_us, p.delay_us) for p in cells}):
        mine = {p: cell for p, cell in cells.items() if (p.span_us, p.delay_us) == window}
        values = sorted({p.column for p in mine if p.kind in _ADDED and p.column})
        others = sorted({p.column for p in mine if p.kind == "distinct" and p.column})
        added = tuple(
            (cell, p.kind, (others if p.kind == "distinct" else values).index(p.column or ""))
            for p, cell in mine.items()
            if p.kind == "distinct" or p.kind in _ADDED
        )
        found = tuple(
            (cell, p.kind, value_at.get(p.column or "", 0))
            for p, cell in mine.items()
            if p.kind == "n" or p.kind in _FOUND
        )
        if added:
            positions = tuple(value_at[name] for name in values)
            frames.append(
                Frame(*window, added, positions, tuple(counterpart_at[name] for name in others))
            )
        if found:
            frames.append(Frame(*window, found, (), ()))
    return Track(entity, stream, tuple(frames))

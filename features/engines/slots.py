"""Window state of one key in Python: sorted events and pointers, whole numbers only.

The twin of `features.engines.kernel`: the same windows, the same integers, one event at a time.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING, Any, Final

from features.engines.tracks import NAN

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from features.engines.tracks import Event, Frame, Track

_LOW_64: Final = (1 << 64) - 1
_TWO_64: Final = 18446744073709551616.0
_STALE: Final = 64
"""Stale events of a key from which dropping them at once pays."""
_ADDED: Final = ("valid", "total", "spread")


def added(frame: Frame) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Positions of the values and counterparts that a window keeps added up."""
    values = {c.position for c in frame.cells if c.kind in _ADDED}
    others = {c.position for c in frame.cells if c.kind == "distinct"}
    return tuple(sorted(values)), tuple(sorted(others))


class Slots:
    """The slots of one track, by key."""

    def __init__(self, track: Track) -> None:
        self.horizon = track.horizon
        self.slots: dict[Any, Slot] = {}

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

    __slots__ = ("counterparts", "hi", "lo", "seen", "squares", "total", "valid", "values")

    def __init__(self, frame: Frame, at: int) -> None:
        self.values, self.counterparts = added(frame)
        self.lo = self.hi = at
        self.valid = dict.fromkeys(self.values, 0)
        self.total = dict.fromkeys(self.values, 0)
        self.squares = dict.fromkeys(self.values, 0)
        self.seen: dict[int, dict[str, int]] = {i: {} for i in self.counterparts}

    def add(self, event: Event) -> None:
        for i in self.values:
            value = event.values[i]
            if value is not None:
                self.valid[i] += 1
                self.total[i] += value
                self.squares[i] += value * value
        for i in self.counterparts:
            name = event.counterparts[i]
            if name is not None:
                seen = self.seen[i]
                seen[name] = seen.get(name, 0) + 1

    def take(self, event: Event) -> None:
        for i in self.values:
            value = event.values[i]
            if value is not None:
                self.valid[i] -= 1
                self.total[i] -= value
                self.squares[i] -= value * value
        for i in self.counterparts:
            name = event.counterparts[i]
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

    def read(self, track: Track, placed: int, cells: list[Any], offset: int) -> None:
        """Write the parts of every window, as of an order placed at an instant, into cells."""
        happened = self.happened
        for frame in track.frames:
            upto = placed - frame.delay
            since = upto - frame.span
            cursor = self._moved(frame, since, upto) if any(added(frame)) else None
            hi = bisect_left(happened, upto)
            lo = bisect_left(happened, since, 0, hi)
            for at, kind, position in frame.cells:
                if cursor is not None and kind in _KEPT:
                    cells[offset + at] = _KEPT[kind](cursor, position)
                elif kind == "n":
                    cells[offset + at] = hi - lo
                else:
                    cells[offset + at] = _FOUND[kind](self, lo, hi, position, placed)

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


def _age(slot: Slot, lo: int, hi: int, _position: int, placed: int) -> float:
    return float(placed - slot.happened[lo]) if hi > lo else NAN


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

_FOUND: Final = {"gap": _gap, "age": _age, "last": _last, "low": _low, "high": _high}
"""How a part is read off the events of a window."""

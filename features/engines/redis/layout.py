"""The plan of windows as the Redis library reads it, and its answers as cells."""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Any, Final

from features.engines.tracks import NAN, OF_VALUES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from features.engines.plan import Plan
    from features.engines.tracks import Frame, Track
    from features.windows import Entity

PROGRAM: Final = ("layout.lua", "sums.lua", "slots.lua", "questions.lua", "step.lua")
"""The parts of the library, in the order in which they build on each other."""

_HEAD: Final = 5
"""What an event starts with: stream, ordinal, order, and when it happened and was known."""
_WIDTH: Final = {"total": 3, "spread": 9, "low": 3, "high": 3, "last": 0}
"""How many numbers answer a cell, where it is not one: limbs, or valid with limbs of both sums."""
_LIMB_BITS: Final = 24
_MANY: Final = 255
_LOW_64: Final = (1 << 64) - 1
_TWO_64: Final = 18446744073709551616.0


@dataclass(frozen=True, slots=True)
class _Answers:
    """Where the numbers that answer one key of an entity go.

    Parameters
    ----------
    width
        How many there are.
    cells
        Place, kind and first number of each cell.
    n_lasts
        How many of them name an order.
    """

    width: int
    cells: tuple[tuple[int, str, int], ...]
    n_lasts: int


class Layout:
    """What the library is told of a plan.

    Parameters
    ----------
    plan
        The plan.
    reach, memory, links
        How long events, orders and the log of links are kept, in microseconds.
    busy
        Events of a key from which its sums are kept, rather than added up at each question.

    Examples
    --------
    >>> from features.engines.plan import Plan
    >>> layout = Layout(Plan([]), reach=0, memory=0, links=0, busy=128)
    >>> layout.library.partition(" name=")[0], layout.name.partition("_")[0], len(layout.digest)
    ('#!lua', 'orderintel', 12)
    """

    def __init__(self, plan: Plan, *, reach: int, memory: int, links: int, busy: int) -> None:
        streams = list(dict.fromkeys(track.stream for track in plan.tracks))
        entities = list(dict.fromkeys(track.entity for track in plan.tracks))
        if max(len(streams), len(entities)) > _MANY:
            raise ValueError(f"no more than {_MANY} entities or streams have windows in Redis")
        self.streams = {stream: number for number, stream in enumerate(streams, 1)}
        self.entities = {entity: number for number, entity in enumerate(entities, 1)}
        tracks = {e: [t for t in plan.tracks if t.entity == e] for e in entities}
        self._answers = {e: _answers(of) for e, of in tracks.items()}
        self._tables = (
            f"local REACH, MEMORY, LINKS, HOT = {reach}, {memory}, {links}, {busy}\n"
            f"local ENTITIES = {_lua([self._entity(of) for of in tracks.values()])}\n"
        )
        folder = resources.files(__package__)
        self._program = "\n".join(folder.joinpath(name).read_text("utf-8") for name in PROGRAM)

    @property
    def digest(self) -> str:
        """Names everything that the stored form of the state hangs on."""
        whole = self._tables + self._program
        return hashlib.sha256(whole.encode()).hexdigest()[:12]

    @property
    def name(self) -> str:
        """Name of the library and of the one function in it."""
        return f"orderintel_{self.digest}"

    @property
    def library(self) -> str:
        """The library, as Redis loads it."""
        name = self.name
        return f"#!lua name={name}\nlocal NAME = '{name}'\n{self._tables}{self._program}"

    def _entity(self, tracks: Sequence[Track]) -> dict[str, Any]:
        laid, size = [], 0
        for track in tracks:
            found = _Places(track, size)
            laid.append({"stream": self.streams[track.stream], **found.table})
            size = found.size
        return {"size": size, "tracks": laid}

    def apart(
        self, entities: Iterable[Entity], numbers: bytes, lasts: Sequence[Sequence[bytes]]
    ) -> Iterator[tuple[bytes, Sequence[Sequence[bytes]]]]:
        """Take the answers to some keys apart.

        Parameters
        ----------
        entities
            The entity of each key.
        numbers, lasts
            See `fill`.

        Yields
        ------
        tuple
            The numbers and the orders of one key.
        """
        begin = named = 0
        for entity in entities:
            answers = self._answers[entity]
            end, last = begin + 8 * answers.width, named + answers.n_lasts
            yield numbers[begin:end], lasts[named:last]
            begin, named = end, last

    def fill(
        self,
        cells: list[Any],
        asked: Sequence[tuple[Entity, int]],
        numbers: bytes,
        lasts: Sequence[Sequence[bytes]],
    ) -> None:
        """Write the answers to some keys into an order's cells.

        Parameters
        ----------
        cells
            The cells.
        asked
            The entity of each key, and from where on its cells are.
        numbers
            The packed numbers of all keys.
        lasts
            For each cell that names an order, the orders at the last instant.
        """
        found = struct.unpack(f"<{len(numbers) // 8}d", numbers)
        named = iter(lasts)
        begin = 0
        for entity, offset in asked:
            answers = self._answers[entity]
            for at, kind, first in answers.cells:
                place = begin + first
                if kind not in _WIDTH:
                    cells[offset + at] = found[place]
                elif kind == "last":
                    cells[offset + at] = max((key.decode() for key in next(named)), default=None)
                else:
                    cells[offset + at] = _number(kind, found[place : place + _WIDTH[kind]])
            begin += answers.width


class _Places:
    """Where the library keeps the numbers of one track's windows."""

    def __init__(self, track: Track, size: int) -> None:
        self.size = size
        cells = [cell for frame in track.frames for cell in frame.cells]
        self._values = sorted({c.position for c in cells if c.kind in OF_VALUES})
        self._others = sorted({c.position for c in cells if c.kind == "distinct"})
        n_values, n_others = len(self._values), len(self._others)
        self.table = {
            "format": "<BBc10i7i7" + "I3I3i2" * n_values + "c10" * n_others,
            "values": [position + 1 for position in self._values],
            "others": [position + 1 for position in self._others],
            "frames": [self._frame(frame) for frame in track.frames],
        }

    def _take(self, n: int) -> int:
        """Give the first of some places that nothing else uses."""
        first = self.size + 1
        self.size += n
        return first

    def _value_at(self, position: int) -> int:
        return _HEAD + 3 * self._values.index(position) + 1

    def _other_at(self, position: int) -> int:
        return _HEAD + 3 * len(self._values) + self._others.index(position) + 1

    def _frame(self, frame: Frame) -> dict[str, Any]:
        n = self._take(1)
        sums: dict[int, dict[str, Any]] = {}
        for position in sorted({c.position for c in frame.cells if c.kind in _OF_SUMS}):
            squares = any(c.kind == "spread" and c.position == position for c in frame.cells)
            to = self._take(9 if squares else 4)
            sums[position] = {"at": self._value_at(position), "to": to, "squares": squares}
        seen: dict[int, dict[str, Any]] = {}
        for position in sorted({c.position for c in frame.cells if c.kind == "distinct"}):
            to = self._take(1)
            seen[position] = {"at": self._other_at(position), "to": to, "field": f"{to}:"}
        return {
            "near": frame.delay,
            "far": frame.delay + frame.span,
            "n": n,
            "sums": list(sums.values()),
            "seen": list(seen.values()),
            "cells": list(self._cells(frame, n, sums, seen)),
        }

    def _cells(
        self, frame: Frame, n: int, sums: dict[int, Any], seen: dict[int, Any]
    ) -> Iterator[dict[str, Any]]:
        for _, kind, position in frame.cells:
            if kind in _OF_SUMS:
                first, last = _OF_SUMS[kind]
                to = sums[position]["to"]
                yield {"from": to + first, "upto": to + last}
            elif kind in {"n", "distinct"}:
                to = n if kind == "n" else seen[position]["to"]
                yield {"from": to, "upto": to}
            else:
                at = self._value_at(position) if kind in _EXTREMES else 0
                yield {"kind": kind, "at": at}


_OF_SUMS: Final = {"valid": (0, 0), "total": (1, 3), "spread": (0, 8)}
"""Which of the numbers kept of a value answer a part: how many, limbs of the total, of squares."""
_EXTREMES: Final = frozenset({"low", "high"})


def _answers(tracks: Sequence[Track]) -> _Answers:
    cells, width = [], 0
    for cell in (cell for track in tracks for frame in track.frames for cell in frame.cells):
        cells.append((cell.at, cell.kind, width))
        width += _WIDTH.get(cell.kind, 1)
    return _Answers(width, tuple(cells), sum(kind == "last" for _, kind, _ in cells))


def _whole(limbs: Sequence[float]) -> int:
    """Put limbs together.

    Examples
    --------
    >>> _whole([5.0, 1.0, -1.0])
    -281474959933435
    """
    return sum(int(limb) << _LIMB_BITS * place for place, limb in enumerate(limbs))


def _number(kind: str, found: Sequence[float]) -> float:
    if kind in _EXTREMES and found[2] != found[2]:
        return NAN
    if kind != "spread":
        return float(_whole(found))
    total = _whole(found[1:4])
    exact = int(found[0]) * _whole(found[4:]) - total * total
    return float(exact >> 64) * _TWO_64 + float(exact & _LOW_64)


def _lua(value: Any) -> str:
    """Write a value as Lua does.

    Examples
    --------
    >>> _lua([{"near": 0, "squares": True, "field": "7:"}])
    '{{near=0,squares=true,field="7:"}}'
    """
    if isinstance(value, dict):
        return "{" + ",".join(f"{key}={_lua(v)}" for key, v in value.items()) + "}"
    if isinstance(value, list):
        return "{" + ",".join(map(_lua, value)) + "}"
    if isinstance(value, bool):
        return "true" if value else "false"
    return f'"{value}"' if isinstance(value, str) else str(value)

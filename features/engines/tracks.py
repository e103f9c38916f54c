"""What is kept of each entity and stream, as a pure declaration: tracks, windows and cells."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from features.windows import Entity, Part

NAN: Final = float("nan")
OF_VALUES: Final = frozenset({"valid", "total", "spread", "low", "high"})
"""Kinds of parts that look at a value of each event."""
_EMPTY: Final = frozenset({"gap", "age", "low", "high"})


class Event(NamedTuple):
    """Something that happened to a key.

    Parameters
    ----------
    happened
        When, in microseconds.
    order_key
        The order it belongs to.
    values
        Whole numbers by position in the track's ``values``, None where missing.
    counterparts
        Texts by position in the track's ``counterparts``, None where missing.
    """

    happened: int
    order_key: str
    values: tuple[int | None, ...] = ()
    counterparts: tuple[str | None, ...] = ()


class Cell(NamedTuple):
    """Where a part of a window goes.

    Parameters
    ----------
    at
        Place among the cells of the order, or of a line's key for entities of lines.
    kind
        See `features.windows.Part`.
    position
        Of the value or counterpart it looks at; 0 where it looks at none.
    """

    at: int
    kind: str
    position: int


@dataclass(frozen=True)
class Frame:
    """One window of a track: ``[placed_at - delay - span, placed_at - delay)``, in microseconds.

    Parameters
    ----------
    span, delay
        The window.
    cells
        What is asked of it.
    """

    span: int
    delay: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True, eq=False)
class Track:
    """Everything asked of one entity in one stream.

    Parameters
    ----------
    number
        Its place among the plan's tracks.
    entity, stream
        See `features.windows.Part`.
    values, counterparts
        Columns that an event of the stream carries, by position; the same for all its tracks.
    frames
        The windows, by span and delay.
    """

    number: int
    entity: Entity
    stream: str
    values: tuple[str, ...]
    counterparts: tuple[str, ...]
    frames: tuple[Frame, ...]

    @cached_property
    def horizon(self) -> int:
        """How long an event may still count, in microseconds."""
        return max(frame.span + frame.delay for frame in self.frames)


class Ask(NamedTuple):
    """A question to a track: the cells of one key, to be written from ``offset`` on."""

    track: Track
    key: Any
    offset: int


def empty_cell(kind: str) -> float | None:
    """Give the value of a part where a window holds nothing.

    Examples
    --------
    >>> empty_cell("n"), empty_cell("gap"), empty_cell("last")
    (0.0, nan, None)
    """
    if kind == "last":
        return None
    return NAN if kind in _EMPTY else 0.0


def build_track(
    number: int,
    columns: tuple[Sequence[str], Sequence[str]],
    cells: Mapping[Part, int],
) -> Track:
    """Lay out the track that keeps some parts of one entity and stream.

    Parameters
    ----------
    number
        Its place among the plan's tracks.
    columns
        The value and counterpart columns that an event of the stream carries.
    cells
        Where each part is to be written.
    """
    values, counterparts = (tuple(names) for names in columns)
    frames: dict[tuple[int, int], list[Cell]] = {}
    for part, at in cells.items():
        names = counterparts if part.kind == "distinct" else values
        looks = part.kind == "distinct" or part.kind in OF_VALUES
        position = names.index(part.column or "") if looks else 0
        frames.setdefault((part.span_us, part.delay_us), []).append(Cell(at, part.kind, position))
    first = next(iter(cells))
    return Track(
        number,
        first.entity,
        first.stream,
        values,
        counterparts,
        tuple(Frame(*window, tuple(found)) for window, found in sorted(frames.items())),
    )

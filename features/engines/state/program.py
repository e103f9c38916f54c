"""A plan as the arrays that compiled code follows: entities, tracks, windows, cells, formulas."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from features.engines.formulas import number
from features.engines.source import LINE_VALUES, PARCEL_VALUES, is_planned
from features.engines.state.cursors import FIRST, SUMS
from features.engines.state.layout import (
    CELL,
    COLUMN,
    ENTITY,
    FRAME,
    KINDS,
    LAST,
    MEASURE,
    SOURCES,
    STREAM,
    TRACK,
)  # fmt: skip
from features.engines.tracks import OF_VALUES, empty_cell
from features.schema import ORDER_LINES, ORDERS, SHIPMENTS
from features.windows import outcome_kinds

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from features.engines.plan import Plan
    from features.engines.tracks import Frame, Track
    from features.windows import Entity, Measure

_OF_PARCELS: Final = frozenset(c.name for c in SHIPMENTS.columns if c.name not in ORDERS)


class Program:
    """What compiled code is told once: which columns it is given, and what to do with them.

    Parameters
    ----------
    plan
        The plan.

    Attributes
    ----------
    texts, line_texts, sent
        Text columns of an order, a line and a parcel, by position; the first of an order is its
        key, the first of a line its id. Those that a route decides stand behind the order's own.
    amounts
        Whole-number columns of an order, by position.
    kept
        Text columns that are kept of an order.
    kinds
        Kinds of outcome, by number.
    no_lines
        Fingerprints of the lines of an order that has none.
    arrays
        The arrays, in the sequence of `features.engines.state.layout.PROGRAM`.
    """

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self.kept = tuple(name for name in plan.kept if name != "deliver_by")
        self.texts = ("order_key", *sorted(self._order_texts(), key=lambda n: (is_planned(n), n)))
        self.line_texts = ("line_id", *filter(ORDER_LINES.accepts, plan.line_columns))
        self.amounts = tuple(sorted({*plan.values_of.get("orders", ()), *plan.own_columns}))
        self.kinds = tuple(sorted(plan.outcome_kinds))
        self.no_lines = np.zeros((0, len(self.line_texts), 2), np.uint64)
        parcels = [t for t in plan.tracks if t.stream == "shipments"]
        named = {c for t in parcels for c in t.entity.columns}
        self.sent = tuple(sorted(named & _OF_PARCELS))
        self.widths = (_widest(plan.values_of), _widest(plan.others_of))
        self._streams = list(dict.fromkeys(t.stream for t in plan.tracks))
        measures, parts = self._measures()
        frames, cells = self._frames()
        self.arrays: tuple[Any, ...] = (
            self._entities(measures),
            self._columns(),
            np.array([t.number for e in plan.entities for t in self._of(e)], np.int64),
            self._tracks(frames),
            frames,
            cells,
            measures,
            parts,
            _blank(plan.cell),
            _blank([part for cells_of in plan.line_cell.values() for part in cells_of]),
            self._stream_rows(),
            np.array([t.number for s in self._streams for t in self._in(s)], np.int64),
            *self._sources(),
            np.array([self.texts.index(name) for name in self.kept], np.int64),
            self._line_keeps(),
            max((_words(frame) for t in plan.tracks for frame in t.frames), default=0) + 1,
            max((len(m.parts) for m in plan.measures), default=1),
        )

    def _order_texts(self) -> Iterable[str]:
        """Name the text columns of orders that keys, counterparts or later events need."""
        plan = self._plan
        names = {c for e in plan.entities if e.level == "order" for c in e.columns}
        names |= {c for c in plan.line_columns if not ORDER_LINES.accepts(c)}
        for stream in ("orders", "lines"):
            names |= set(plan.others_of.get(stream, ()))
        return (names | set(self.kept)) - {"order_key"}

    def _of(self, entity: Entity) -> list[Track]:
        return [t for t in self._plan.tracks if t.entity == entity]

    def _in(self, stream: str) -> list[Track]:
        return [t for t in self._plan.tracks if t.stream == stream]

    def _entities(self, measures: Any) -> Any:
        rows = np.zeros(len(self._plan.entities), ENTITY)
        column = track = measure = cell = 0
        for i, entity in enumerate(self._plan.entities):
            n_measures = sum(m.entity == entity for m in self._plan.measures)
            n_cells = len(self._plan.line_cell.get(entity, ()))
            is_line = 0 if entity.level == "line" else -1
            n_tracks = len(self._of(entity))
            rows[i] = (
                column, len(entity.columns), is_line, track, n_tracks,
                measure, n_measures, cell, n_cells,
            )  # fmt: skip
            column += len(entity.columns)
            track += n_tracks
            measure += n_measures
            cell += n_cells
        return rows

    def _columns(self) -> Any:
        found = [
            (
                _at(self.texts, name),
                _at(self.line_texts, name) if entity.level == "line" else -1,
                _at(self.kept, name),
                _at(self.sent, name),
            )
            for entity in self._plan.entities
            for name in entity.columns
        ]
        return np.array(found, COLUMN)

    def _tracks(self, frames: Any) -> Any:
        rows = np.zeros(len(self._plan.tracks), TRACK)
        first = 0
        for i, track in enumerate(self._plan.tracks):
            words = 0
            for j, frame in enumerate(track.frames):
                frames[first + j]["word"] = words
                words += FIRST + _words(frame)
            entity = self._plan.entities.index(track.entity)
            rows[i] = (entity, first, len(track.frames), words)
            first += len(track.frames)
        return rows

    def _frames(self) -> tuple[Any, Any]:
        frames: list[tuple[int, ...]] = []
        cells: list[tuple[int, int, int]] = []
        for frame in (f for t in self._plan.tracks for f in t.frames):
            values, others = _looked_at(frame)
            extremes = {c.position for c in frame.cells if c.kind in {"low", "high"}}
            bits = [sum(1 << i for i in found) for found in (values, others, extremes)]
            frames.append((frame.span, frame.delay, len(cells), len(frame.cells), *bits, 0))
            for cell in frame.cells:
                word = 0
                if cell.kind == "distinct":
                    word = SUMS * len(values) + others.index(cell.position)
                elif cell.kind in OF_VALUES:
                    word = SUMS * values.index(cell.position)
                cells.append((cell.at, KINDS.index(cell.kind), word))
        return np.array(frames, FRAME), np.array(cells, CELL)

    def _measures(self) -> tuple[Any, Any]:
        """Lay out formulas, entity by entity; cells of the order itself stand below 0 for lines."""
        plan = self._plan
        rows: list[tuple[int, ...]] = []
        parts: list[int] = []
        for entity in plan.entities:
            for at, measure in enumerate(plan.measures):
                if measure.entity != entity:
                    continue
                own_cells = plan.line_cell.get(entity, {})
                cells = [
                    own_cells[p] if p in own_cells else -1 - plan.cell[p] for p in measure.parts
                ]
                if entity.level == "order":
                    cells = [plan.cell[p] for p in measure.parts]
                formula = LAST if measure.aggregate == "last" else number(measure.aggregate)
                smallest = int(measure.reduce == "min")
                rows.append((formula, at, self._own(measure), len(parts), len(cells), smallest))
                parts += cells
        return np.array(rows, MEASURE), np.array(parts, np.int64)

    def _own(self, measure: Measure) -> int:
        if measure.aggregate not in {"zscore", "ratio"}:
            return -1
        columns = LINE_VALUES if measure.entity.level == "line" else self.amounts
        return columns.index(measure.column or "")

    def _stream_rows(self) -> Any:
        rows, first = [], 0
        for stream in self._streams:
            source, _, kind = stream.partition(":")
            kinds = sum(
                1 << self.kinds.index(counted)
                for counted in outcome_kinds(kind)
                if counted in self.kinds
            )
            n = len(self._in(stream))
            rows.append((SOURCES[source], kinds, first, n))
            first += n
        return np.array(rows, STREAM)

    def _sources(self) -> tuple[Any, Any]:
        """Where each stream's values and counterparts stand among what events are made of."""
        of_source = {"orders": self.amounts, "lines": LINE_VALUES, "shipments": PARCEL_VALUES}
        result = []
        for width, named in zip(
            self.widths, (self._plan.values_of, self._plan.others_of), strict=True
        ):
            places = np.full((len(self._streams), width), -1, np.int64)
            for row, stream in enumerate(self._streams):
                columns = of_source.get(stream, ())
                if named is self._plan.others_of:
                    columns = self.texts
                places[row, : len(named[stream])] = [columns.index(c) for c in named[stream]]
            result.append(places)
        return result[0], result[1]

    def _line_keeps(self) -> Any:
        """Entities of lines that outcomes are counted for, after the line's id (-1)."""
        entities = {
            self._plan.entities.index(t.entity)
            for t in self._plan.tracks
            if t.entity.level == "line" and t.stream.partition(":")[0] in {"outcome", "cohort"}
        }
        return np.array([-1, *sorted(entities)] if entities else [], np.int64)


def _widest(columns: Mapping[str, Sequence[str]]) -> int:
    return max(map(len, columns.values()), default=0)


def _at(names: Sequence[str], name: str) -> int:
    return names.index(name) if name in names else -1


def _blank(parts: Iterable[Any]) -> Any:
    found = (empty_cell(part.kind) for part in parts)
    return np.array([-1.0 if value is None else value for value in found], np.float64)


def _looked_at(frame: Frame) -> tuple[list[int], list[int]]:
    """Positions of the values and counterparts that a window looks at."""
    values = sorted({c.position for c in frame.cells if c.kind in OF_VALUES})
    others = sorted({c.position for c in frame.cells if c.kind == "distinct"})
    return values, others


def _words(frame: Frame) -> int:
    """Words of a window's sums."""
    values, others = _looked_at(frame)
    return SUMS * len(values) + len(others)

"""What the online engine keeps and computes for a set of features, laid out once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from features.engines.answered import Asked, Formulas
from features.engines.cells import Cells
from features.engines.events import EventPlan
from features.engines.keyed_lines import KeyedLines
from features.engines.rows import key_of
from features.engines.source import LINE_VALUES, PARCEL_VALUES, PLAN
from features.engines.tracks import OF_VALUES, Ask, Track, build_track
from features.links import BUYERS, COLUMNS, FRAUD_KINDS
from features.windows import EVERYBODY, Entity, Measure, Part

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from features.feature import Feature

    Row = Mapping[str, Any]


class Plan:
    """Tracks to keep, where their numbers go, and the formulas that read them.

    It holds no state: engines keep events and answer questions, the plan lays both out.

    Parameters
    ----------
    features
        Features to compute; those without a window are ignored.

    Raises
    ------
    ValueError
        When a feature looks at a column that events of its stream do not bring along.

    Examples
    --------
    >>> from features.catalogue import declare
    >>> from features.history import HistoryProfile
    >>> features = declare(HistoryProfile(entities={"ip_key": 1.0}))
    >>> plan = Plan([f for f in features if f.name == "ip__order_count__24h"])
    >>> [(t.entity.subject, t.stream, len(t.frames)) for t in plan.tracks]
    [('ip', 'orders', 1)]
    >>> asked = plan.ask({"ip_key": "h1:x"}, [])
    >>> [(ask.key, ask.offset, ask.track.frames[0].cells[0].kind) for ask in asked.asks]
    [('h1:x', 0, 'n')]
    >>> asked.cells[0] = 3.0
    >>> plan.values({"ip_key": "h1:x"}, asked)
    {'ip__order_count__24h': 3.0}
    """

    def __init__(self, features: Sequence[Feature]) -> None:
        self.measures = tuple(f.measure for f in features if f.measure is not None)
        self.links = tuple((f.name, f.link) for f in features if f.link is not None)
        for measure in self.measures:
            _check_columns(measure)
        parts = list(dict.fromkeys(p for m in self.measures for p in m.parts))
        self.entities = list(dict.fromkeys([EVERYBODY, *(p.entity for p in parts)]))
        streams = {p.stream for p in parts}
        self.values_of = {s: _value_columns(s, parts) for s in streams}
        self.others_of = {s: _counterpart_columns(s, parts) for s in streams}
        self._cells = Cells.of(parts)
        self.cell, self.line_cell = self._cells.order, self._cells.line
        self.tracks = self._tracks(parts)
        self.lines = KeyedLines(self.entities)
        self.line_columns = self.lines.columns
        self.events = EventPlan(self.tracks, self.lines)
        self._formulas = Formulas(self.measures, self.entities, self._cells)
        self.own_columns = self._formulas.own_columns
        self._tracks_of = {
            entity: tuple(t for t in self.tracks if t.entity == entity) for entity in self.entities
        }
        self.kept = self._kept_columns()

    def _tracks(self, parts: Sequence[Part]) -> list[Track]:
        cells: dict[tuple[Entity, str], dict[Part, int]] = {}
        for part in parts:
            own = cells.setdefault((part.entity, part.stream), {})
            own[part] = self._cells.place(part)
        return [
            build_track(number, (self.values_of[stream], self.others_of[stream]), mine)
            for number, ((_, stream), mine) in enumerate(cells.items())
        ]

    def _kept_columns(self) -> tuple[str, ...]:
        """Order columns that outcomes and parcels will need when they arrive."""
        later = [t for t in self.tracks if t.stream not in {"orders", "lines"}]
        columns = {c for t in later if t.entity.level == "order" for c in t.entity.columns}
        if self.events.wants_parcels:
            columns.add("deliver_by")
        return tuple(sorted(columns))

    @property
    def order_columns(self) -> tuple[str, ...]:
        """Order columns that windows and links read."""
        columns = {*BUYERS, *COLUMNS} if self.links else set()
        columns |= {c for e in self.entities if e.level == "order" for c in e.columns}
        columns |= {c for names in self.others_of.values() for c in names}
        columns |= set(self.values_of.get("orders", ())) | set(self.own_columns)
        columns |= set(self.lines.of_order)
        return tuple(sorted(columns | set(self.kept)))

    @property
    def outcome_kinds(self) -> frozenset[str]:
        """Kinds of outcomes that windows and links read."""
        return self.events.outcome_kinds | frozenset(FRAUD_KINDS if self.links else ())

    @property
    def wants_parcels(self) -> bool:
        """Whether windows read parcels or the planned route."""
        return self.events.wants_parcels or bool(set(self.order_columns) & set(PLAN))

    @property
    def wants_lines(self) -> bool:
        """Whether windows read order lines."""
        return bool(self.lines.entities)

    def ask(self, order: Row, lines: Sequence[Row]) -> Asked:
        """Lay out what an order asks of its windows, and the empty cells for the answers."""
        cells = list(self._cells.blank)
        present = np.ones(len(self.entities), np.bool_)
        asks: list[Ask] = []
        for i, entity in enumerate(self.entities):
            if entity.level == "line":
                continue
            key = key_of(entity, order)
            if key is None:
                present[i] = False
            else:
                asks += [Ask(track, key, 0) for track in self._tracks_of[entity]]
        totals = {e: self.lines.totals(e, order, lines) for e in self.lines.entities}
        for entity, keys in totals.items():
            for key in keys:
                asks += [Ask(track, key, len(cells)) for track in self._tracks_of[entity]]
                cells += self._cells.line_blank[entity]
        return Asked(tuple(asks), cells, present, totals)

    def values(self, order: Row, asked: Asked) -> dict[str, float | str | None]:
        """Turn answered cells into every windowed feature of an order."""
        return self._formulas.values(order, asked)


def _check_columns(measure: Measure) -> None:
    """Refuse what could only be computed from a history: it would differ once orders come."""
    for part in measure.parts:
        source, _, _ = part.stream.partition(":")
        is_bare = source in {"outcome", "cohort"}
        if part.column and (is_bare or (source == "shipments" and part.kind == "distinct")):
            raise ValueError(
                f"{measure.name}: events of {part.stream} come without {part.column}; "
                "count them, or look at the column in the stream of orders"
            )


def _value_columns(stream: str, parts: Sequence[Part]) -> list[str]:
    used = {p.column for p in parts if p.stream == stream and p.kind in OF_VALUES and p.column}
    order = {"lines": LINE_VALUES, "shipments": PARCEL_VALUES}.get(stream)
    return sorted(used) if order is None else [name for name in order if name in used]


def _counterpart_columns(stream: str, parts: Sequence[Part]) -> list[str]:
    return sorted(
        {p.column for p in parts if p.kind == "distinct" and p.stream == stream and p.column}
    )

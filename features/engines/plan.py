"""What the online engine keeps and computes for a set of features, laid out once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from features.engines.formulas import apply
from features.engines.rows import instant, missing, number, text, whole
from features.engines.source import LINE_VALUES, PARCEL_VALUES, PLAN
from features.engines.tracks import NAN, OF_VALUES, Ask, Event, Track, build_track, empty_cell
from features.lane import stretched_micro
from features.links import BUYERS, COLUMNS, FRAUD_KINDS
from features.schema import ORDER_LINES, ORDERS, SHIPMENTS
from features.windows import EVERYBODY, Entity, Measure, Part, outcome_kinds

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from features.feature import Feature

    Row = Mapping[str, Any]
    LineKeys = tuple[tuple[str | None, tuple[str | None, ...]], ...]

_REDUCE: Final = {"max": np.fmax, "min": np.fmin}
"""Both pass over unknown values."""


@dataclass(frozen=True)
class _Group:
    """Measures of one entity level that share a formula, so that one call computes them all."""

    aggregate: str
    names: tuple[str, ...]
    cells: NDArray[np.intp]
    own: NDArray[np.intp]
    entities: NDArray[np.intp]
    reduce: str

    @cached_property
    def last(self) -> tuple[int, ...]:
        """Cells of a group that gives orders rather than numbers."""
        return tuple(map(int, self.cells[0]))


@dataclass(frozen=True, slots=True)
class Asked:
    """What the windows of one order are asked, and the cells that the answers go into.

    Parameters
    ----------
    asks
        A question for each track and key; part ``c`` of its answer belongs in
        ``cells[ask.offset + c.at]`` for each cell ``c`` of the track's frames.
    cells
        Empty until answered: floats, and order keys or None where the part is ``last``.
    present
        Whether the order has a key of each of the plan's entities, by their place.
    totals
        Of each line-level entity, the units and the lowest price by key.
    """

    asks: tuple[Ask, ...]
    cells: list[Any]
    present: NDArray[np.bool_]
    totals: Mapping[Entity, Mapping[Any, tuple[int | None, int | None]]]


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
        measures = [f.measure for f in features if f.measure is not None]
        self.measures = tuple(measures)
        for measure in measures:
            _check_columns(measure)
        self.links = tuple((f.name, f.link) for f in features if f.link is not None)
        parts = list(dict.fromkeys(p for m in measures for p in m.parts))
        streams = {p.stream for p in parts}
        self.values_of = {s: _value_columns(s, parts) for s in streams}
        self.others_of = {
            s: sorted(
                {p.column for p in parts if p.kind == "distinct" and p.stream == s and p.column}
            )
            for s in streams
        }
        self.entities = list(dict.fromkeys([EVERYBODY, *(p.entity for p in parts)]))
        self._at = {entity: i for i, entity in enumerate(self.entities)}
        order_parts = [p for p in parts if p.entity.level == "order"]
        self.cell = {part: i for i, part in enumerate(order_parts)}
        self._template: list[Any] = [empty_cell(p.kind) for p in order_parts]
        self._last = [i for i, p in enumerate(order_parts) if p.kind == "last"]
        self.line_cell: dict[Entity, dict[Part, int]] = {}
        for part in parts:
            if part.entity.level == "line":
                cells = self.line_cell.setdefault(part.entity, {})
                cells[part] = len(cells)
        self.tracks = self._tracks(parts)
        self._of_entity = [
            tuple(t for t in self.tracks if t.entity == entity) for entity in self.entities
        ]
        self._order_tracks = tuple(
            t for t in self.tracks if t.stream == "orders" and t.entity.level == "order"
        )
        self._line_tracks = tuple(t for t in self.tracks if t.stream == "lines")
        self._parcel_tracks = tuple(t for t in self.tracks if t.stream == "shipments")
        self._outcome_tracks: dict[str, list[Track]] = {}
        for track in self.tracks:
            source, _, kind = track.stream.partition(":")
            if source in {"outcome", "cohort"}:
                for counted in outcome_kinds(kind):
                    self._outcome_tracks.setdefault(counted, []).append(track)
        order_measures = [m for m in measures if m.entity.level == "order"]
        self.own_columns = sorted(
            {m.column for m in order_measures if m.aggregate in {"zscore", "ratio"} and m.column}
        )
        self._groups = _grouped(order_measures, self.cell, {}, self._at, self.own_columns)
        self._line_groups = {
            entity: _grouped(
                [m for m in measures if m.entity == entity],
                self.cell,
                cells,
                self._at,
                LINE_VALUES,
            )
            for entity, cells in self.line_cell.items()
        }
        self._asked = tuple(
            (i, entity, self._of_entity[i])
            for i, entity in enumerate(self.entities)
            if entity.level == "order"
        )
        self._line_entities = [e for e in self.entities if e.level == "line"]
        self.line_columns = sorted({c for e in self._line_entities for c in e.columns})
        self._under_lines = [n for n in self.line_columns if not ORDER_LINES.accepts(n)]
        self._line_blank = {
            entity: [empty_cell(part.kind) for part in cells]
            for entity, cells in self.line_cell.items()
        }
        self.kept = self._kept_columns()

    def _tracks(self, parts: Sequence[Part]) -> list[Track]:
        cells: dict[tuple[Entity, str], dict[Part, int]] = {}
        for part in parts:
            layout = self.line_cell[part.entity] if part.entity.level == "line" else self.cell
            cells.setdefault((part.entity, part.stream), {})[part] = layout[part]
        return [
            build_track(number, (self.values_of[stream], self.others_of[stream]), mine)
            for number, ((_, stream), mine) in enumerate(cells.items())
        ]

    def _kept_columns(self) -> tuple[str, ...]:
        """Order columns that outcomes and parcels will need when they arrive."""
        later = [t for t in self.tracks if t.stream not in {"orders", "lines"}]
        columns = {c for t in later if t.entity.level == "order" for c in t.entity.columns}
        if self._parcel_tracks:
            columns.add("deliver_by")
        return tuple(sorted(columns))

    @property
    def order_columns(self) -> tuple[str, ...]:
        """Order columns that windows and links read."""
        columns = {*BUYERS, *COLUMNS} if self.links else set()
        columns |= {c for e in self.entities if e.level == "order" for c in e.columns}
        columns |= {c for names in self.others_of.values() for c in names}
        columns |= set(self.values_of.get("orders", ())) | set(self.own_columns)
        columns |= set(self._under_lines)
        return tuple(sorted(columns | set(self.kept)))

    @property
    def outcome_kinds(self) -> frozenset[str]:
        """Kinds of outcomes that windows and links read."""
        return frozenset((*self._outcome_tracks, *(FRAUD_KINDS if self.links else ())))

    @property
    def wants_parcels(self) -> bool:
        """Whether windows read parcels or the planned route."""
        return bool(self._parcel_tracks) or bool(set(self.order_columns) & set(PLAN))

    @property
    def wants_lines(self) -> bool:
        """Whether windows read order lines."""
        return bool(self._line_entities)

    def ask(self, order: Row, lines: Sequence[Row]) -> Asked:
        """Lay out what an order asks of its windows, and the empty cells for the answers."""
        cells = list(self._template)
        present = np.ones(len(self.entities), np.bool_)
        asks: list[Ask] = []
        for i, entity, tracks in self._asked:
            key = key_of(entity, order)
            if key is None:
                present[i] = False
            else:
                asks += [Ask(track, key, 0) for track in tracks]
        totals = {e: self.line_totals(e, order, lines) for e in self._line_entities}
        for entity, keys in totals.items():
            for key in keys:
                asks += [Ask(t, key, len(cells)) for t in self._of_entity[self._at[entity]]]
                cells += self._line_blank[entity]
        return Asked(tuple(asks), cells, present, totals)

    def values(self, order: Row, asked: Asked) -> dict[str, float | str | None]:
        """Turn answered cells into every windowed feature of an order."""
        names = {cell: asked.cells[cell] for cell in self._last}
        numbers = np.array(
            [0.0 if isinstance(c, str) or c is None else c for c in asked.cells], np.float64
        )
        shared = numbers[: len(self._template)]
        own = np.array([number(order.get(column)) for column in self.own_columns] + [NAN])
        result: dict[str, float | str | None] = {}
        for group in self._groups:
            if group.aggregate == "last":
                result |= {n: names[c] for n, c in zip(group.names, group.last, strict=True)}
            else:
                values = apply(group.aggregate, own[group.own], shared[group.cells])
                result |= _named(group.names, np.where(asked.present[group.entities], values, NAN))
        begin = len(shared)
        for entity, totals in asked.totals.items():
            end = begin + len(totals) * len(self._line_blank[entity])
            result |= self._line_values(entity, totals, numbers[begin:end], shared)
            begin = end
        return result

    def _line_values(
        self,
        entity: Entity,
        totals: Mapping[Any, tuple[int | None, int | None]],
        answers: NDArray[np.float64],
        shared: NDArray[np.float64],
    ) -> dict[str, float | str | None]:
        """Compute the features of a line-level entity; the worst of the order's keys counts."""
        groups = self._line_groups[entity]
        if not totals:
            return {name: None for group in groups for name in group.names}
        everyone = np.broadcast_to(shared, (len(totals), len(shared)))
        numbers = np.hstack([answers.reshape(len(totals), -1), everyone])
        own = np.array([[*map(number, amounts), NAN] for amounts in totals.values()])
        result: dict[str, float | str | None] = {}
        for group in groups:
            inputs = [numbers[:, cells_of].ravel() for cells_of in group.cells]
            values = apply(group.aggregate, own[:, group.own].ravel(), inputs)
            values = values.reshape(len(totals), -1)
            result |= _named(group.names, _REDUCE[group.reduce].reduce(values, axis=0))
        return result

    def with_order(self, order: Row, lines: Sequence[Row]) -> Sequence[Row]:
        """Lay under each line the columns of its order that entities of lines name."""
        if not self._under_lines:
            return lines
        under = {name: order.get(name) for name in self._under_lines}
        return [{**under, **line} for line in lines]

    def line_totals(
        self, entity: Entity, order: Row, lines: Sequence[Row]
    ) -> dict[Any, tuple[int | None, int | None]]:
        """Units added up and the lowest unit price, by key."""
        result: dict[Any, tuple[int | None, int | None]] = {}
        for line in self.with_order(order, lines):
            key = key_of(entity, line)
            if key is None:
                continue
            units, price = whole(line.get("quantity")), whole(line.get("unit_price_minor"))
            if key in result:
                other_units, other_price = result[key]
                known = [u for u in (units, other_units) if u is not None]
                units = sum(known) if known else None
                price = min((p for p in (price, other_price) if p is not None), default=None)
            result[key] = (units, price)
        return result

    def order_events(
        self, order: Row, lines: Sequence[Row], order_key: str, placed: int
    ) -> tuple[tuple[Track, ...], tuple[Any, ...], tuple[Event, ...]]:
        """Lay out the events that an order is: the tracks, the keys (None for none), the events."""
        values = tuple(whole(order.get(name)) for name in self.values_of.get("orders", ()))
        others = tuple(text(order.get(name)) for name in self.others_of.get("orders", ()))
        event = Event(placed, order_key, values, others)
        keys = [key_of(track.entity, order) for track in self._order_tracks]
        tracks: tuple[Track, ...] = self._order_tracks
        events: tuple[Event, ...] = (event,) * len(tracks)
        if not self._line_tracks:
            return tracks, tuple(keys), events
        wanted = self.values_of["lines"]
        line_others = tuple(text(order.get(name)) for name in self.others_of["lines"])
        extra: list[tuple[Track, Any, Event]] = []
        for track in self._line_tracks:
            for key, totals in self.line_totals(track.entity, order, lines).items():
                amounts = tuple(totals[LINE_VALUES.index(name)] for name in wanted)
                extra.append((track, key, Event(placed, order_key, amounts, line_others)))
        return (
            tracks + tuple(t for t, _, _ in extra),
            (*keys, *(k for _, k, _ in extra)),
            events + tuple(e for _, _, e in extra),
        )

    def line_keys(self, order: Row, lines: Sequence[Row]) -> LineKeys:
        """Keep of each line its id and keys, for outcomes that name a line."""
        if not any(t.entity.level == "line" for ts in self._outcome_tracks.values() for t in ts):
            return ()
        return tuple(
            (text(line.get("line_id")), tuple(text(line.get(c)) for c in self.line_columns))
            for line in self.with_order(order, lines)
        )

    def later_events(
        self,
        order_key: str,
        order: Row,
        lines: LineKeys,
        clocks: tuple[int, int],
        outcomes: Iterable[Row],
        parcels: Iterable[Row],
    ) -> list[tuple[int, Track, Any, Event]]:
        """Lay out what became known later: when known, the track, the key and the event."""
        placed, received = clocks
        first: dict[tuple[Track, Any], tuple[int, int]] = {}
        for outcome in outcomes:
            bad = outcome.get("is_bad")
            if outcome["kind"] not in self._outcome_tracks or not (missing(bad) or bad):
                continue
            occurred, known = instant(outcome["occurred_at"]), instant(outcome["known_at"])
            if occurred is None or known is None:
                continue
            clock = (max(known, received), occurred)
            for track in self._outcome_tracks[outcome["kind"]]:
                for key in self._keys_of_outcome(track.entity, order, lines, outcome):
                    first[track, key] = min(first.get((track, key), clock), clock)
        result: list[tuple[int, Track, Any, Event]] = []
        for (track, key), (known, occurred) in first.items():
            happened = placed if track.stream.startswith("cohort") else occurred
            result.append((known, track, key, Event(happened, order_key)))
        for parcel in parcels:
            result += self._parcel_events(order_key, order, clocks, parcel)
        return result

    def _keys_of_outcome(
        self, entity: Entity, order: Row, lines: LineKeys, outcome: Row
    ) -> set[Any]:
        if entity.level == "order":
            key = key_of(entity, order)
            return set() if key is None else {key}
        named = text(outcome.get("line_id"))
        at = [self.line_columns.index(column) for column in entity.columns]
        keys = {
            _joined([columns[i] for i in at])
            for line_id, columns in lines
            if named is None or line_id == named
        }
        return keys - {None}

    def _parcel_events(
        self, order_key: str, order: Row, clocks: tuple[int, int], parcel: Row
    ) -> list[tuple[int, Track, Any, Event]]:
        placed, received = clocks
        delivered = instant(parcel.get("delivered_at"))
        known = instant(parcel.get("known_at"))
        at = delivered
        if at is None:
            at = instant(parcel.get("first_attempt_at"))
        if at is None:
            at = known
        if at is None:
            return []
        promised = instant(parcel.get("promised_at"))
        if promised is None:
            promised = instant(order.get("deliver_by"))
        ok = whole(parcel.get("first_attempt_ok"))
        late = None if delivered is None or promised is None else delivered - promised
        taught = {
            "transit_log": None if delivered is None else _stretched(delivered - placed),
            "late_log": None if late is None else _stretched(late),
            "is_late": None if late is None else int(late > 0),
            "attempt_failed": None if ok is None else 1 - ok,
        }
        values = tuple(taught[name] for name in self.values_of.get("shipments", ()))
        event = Event(at, order_key, values)
        row = {**order, **{name: parcel.get(name) for name in _PARCEL_COLUMNS}}
        placing = max(at if known is None else known, received)
        keyed = [(track, key_of(track.entity, row)) for track in self._parcel_tracks]
        return [(placing, track, key, event) for track, key in keyed if key is not None]


_PARCEL_COLUMNS: Final = tuple(c.name for c in SHIPMENTS.columns if c.name not in ORDERS)


def _stretched(micros: int) -> int:
    return int(stretched_micro(np.array([micros], np.int64))[0])


def key_of(entity: Entity, row: Row) -> Any:
    """Key of a row's entity: its text, or several together; None when one is missing.

    Examples
    --------
    >>> key_of(EVERYBODY, {}), key_of(Entity("buyer", ("buyer_key",), "买家", "buyer"), {})
    ((), None)
    """
    columns = entity.columns
    if len(columns) == 1:
        value = row.get(columns[0])
        return value if isinstance(value, str) else None
    return _joined([text(row.get(column)) for column in columns])


def _joined(texts: Sequence[str | None]) -> Any:
    if len(texts) == 1:
        return texts[0]
    return None if None in texts else tuple(texts)


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


def _grouped(
    measures: Sequence[Measure],
    order_cells: dict[Part, int],
    line_cells: dict[Part, int],
    at: dict[Entity, int],
    own_columns: Sequence[str],
) -> list[_Group]:
    """Group measures by formula; line-level cells come first in the array they will read."""
    members: dict[tuple[str, str], list[Measure]] = {}
    for measure in measures:
        members.setdefault((measure.aggregate, measure.reduce), []).append(measure)
    shift = len(line_cells)

    def cell(part: Part) -> int:
        return line_cells[part] if part in line_cells else shift + order_cells[part]

    def own(measure: Measure) -> int:
        """Place of the order's own value; the last place holds none."""
        deviates = measure.aggregate in {"zscore", "ratio"}
        return own_columns.index(measure.column or "") if deviates else len(own_columns)

    return [
        _Group(
            aggregate,
            tuple(m.name for m in group),
            np.array([[cell(p) for p in m.parts] for m in group], np.intp).T.copy(),
            np.array([own(m) for m in group], np.intp),
            np.array([at[m.entity] for m in group], np.intp),
            reduce,
        )
        for (aggregate, reduce), group in members.items()
    ]


def _named(names: Sequence[str], values: NDArray[np.float64]) -> dict[str, float | str | None]:
    pairs = zip(names, values.tolist(), strict=True)
    return {name: value if value == value else None for name, value in pairs}

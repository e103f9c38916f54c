"""What an order, its outcomes and its parcels are as events of the tracks kept of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from features.engines.rows import instant, joined, key_of, missing, text, whole
from features.engines.source import LINE_VALUES
from features.engines.tracks import Event, Track
from features.lane import stretched_micro
from features.schema import ORDERS, SHIPMENTS
from features.windows import outcome_kinds

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from features.engines.keyed_lines import KeyedLines, LineKeys
    from features.windows import Entity

    Row = Mapping[str, Any]

_PARCEL_COLUMNS: Final = tuple(c.name for c in SHIPMENTS.columns if c.name not in ORDERS)
"""Columns that a parcel lays over those of its order."""


class KeptOrder(NamedTuple):
    """What is kept of an order: enough to place its outcomes and parcels later.

    Parameters
    ----------
    order_key
        Its key.
    placed, received
        Its clocks, in microseconds.
    row
        The columns that later events need.
    lines
        The id and the texts of each line, where outcomes name lines.
    """

    order_key: str
    placed: int
    received: int
    row: dict[str, Any]
    lines: LineKeys


class EventPlan:
    """Lays out events; it keeps none.

    Parameters
    ----------
    tracks
        All tracks, those of a stream with the same columns.
    lines
        Reads the keys of lines.

    Examples
    --------
    >>> from features.catalogue import declare
    >>> from features.engines.plan import Plan
    >>> from features.history import HistoryProfile
    >>> features = declare(HistoryProfile(entities={"ip_key": 1.0}))
    >>> plan = Plan([f for f in features if f.name == "ip__order_count__24h"])
    >>> ((track, key, event),) = plan.events.of_order({"ip_key": "h1:x"}, [], "order 1", 10)
    >>> track.stream, key, event
    ('orders', 'h1:x', Event(happened=10, order_key='order 1', values=(), counterparts=()))
    """

    def __init__(self, tracks: Sequence[Track], lines: KeyedLines) -> None:
        self._lines = lines
        self._of_orders = tuple(
            t for t in tracks if t.stream == "orders" and t.entity.level == "order"
        )
        self._of_lines = tuple(t for t in tracks if t.stream == "lines")
        self._of_parcels = tuple(t for t in tracks if t.stream == "shipments")
        self._of_outcomes: dict[str, list[Track]] = {}
        for track in tracks:
            source, _, kind = track.stream.partition(":")
            if source in {"outcome", "cohort"}:
                for counted in outcome_kinds(kind):
                    self._of_outcomes.setdefault(counted, []).append(track)
        self._are_lines_named = any(
            track.entity.level == "line" for of in self._of_outcomes.values() for track in of
        )

    @property
    def outcome_kinds(self) -> frozenset[str]:
        """Kinds of outcomes that make an event."""
        return frozenset(self._of_outcomes)

    @property
    def wants_parcels(self) -> bool:
        """Whether parcels make events."""
        return bool(self._of_parcels)

    def of_order(
        self, order: Row, lines: Sequence[Row], order_key: str, placed: int
    ) -> list[tuple[Track, Any, Event]]:
        """Lay out the events that an order is.

        Parameters
        ----------
        order, lines
            The order and its lines.
        order_key, placed
            Its key, and when it was placed in microseconds.

        Returns
        -------
        list
            A track, the order's key in it (None for none) and the event.
        """
        result: list[tuple[Track, Any, Event]] = []
        if self._of_orders:
            # Tracks of a stream have the same columns, and so share one event.
            values, others = _read(order, self._of_orders[0])
            event = Event(placed, order_key, values, others)
            result += [(track, key_of(track.entity, order), event) for track in self._of_orders]
        for track in self._of_lines:
            _, others = _read(order, track)
            for key, totals in self._lines.totals(track.entity, order, lines).items():
                amounts = tuple(totals[LINE_VALUES.index(name)] for name in track.values)
                result.append((track, key, Event(placed, order_key, amounts, others)))
        return result

    def line_keys(self, order: Row, lines: Sequence[Row]) -> LineKeys:
        """Keep of each line its id and keys, for outcomes that name a line."""
        return self._lines.keys(order, lines) if self._are_lines_named else ()

    def later(
        self,
        order: KeptOrder,
        outcomes: Iterable[Row],
        parcels: Iterable[Row],
    ) -> list[tuple[int, Track, Any, Event]]:
        """Lay out what became known of an order later.

        Parameters
        ----------
        order
            What was kept of it.
        outcomes, parcels
            All that is known of it now.

        Returns
        -------
        list
            When an event was known, its track, its key and the event itself.
        """
        result: list[tuple[int, Track, Any, Event]] = []
        for (track, key), (known, occurred) in self._first(order, outcomes).items():
            happened = order.placed if track.stream.startswith("cohort") else occurred
            result.append((known, track, key, Event(happened, order.order_key)))
        for parcel in parcels:
            result += self._of_parcel(order, parcel)
        return result

    def _first(
        self, order: KeptOrder, outcomes: Iterable[Row]
    ) -> dict[tuple[Track, Any], tuple[int, int]]:
        """Find when each key's first outcome of a track was known, and when it happened."""
        first: dict[tuple[Track, Any], tuple[int, int]] = {}
        for outcome in outcomes:
            bad = outcome.get("is_bad")
            if outcome["kind"] not in self._of_outcomes or not (missing(bad) or bad):
                continue
            occurred, known = instant(outcome["occurred_at"]), instant(outcome["known_at"])
            if occurred is None or known is None:
                continue
            clock = (max(known, order.received), occurred)
            for track in self._of_outcomes[outcome["kind"]]:
                for key in self._keys(track.entity, order, outcome):
                    first[track, key] = min(first.get((track, key), clock), clock)
        return first

    def _keys(self, entity: Entity, order: KeptOrder, outcome: Row) -> set[Any]:
        """Give the keys that an outcome is about: all lines of an order where it names none."""
        if entity.level == "order":
            key = key_of(entity, order.row)
            return set() if key is None else {key}
        named = text(outcome.get("line_id"))
        at = [self._lines.columns.index(column) for column in entity.columns]
        keys = {
            joined([columns[i] for i in at])
            for line_id, columns in order.lines
            if named is None or line_id == named
        }
        return keys - {None}

    def _of_parcel(self, order: KeptOrder, parcel: Row) -> list[tuple[int, Track, Any, Event]]:
        known = instant(parcel.get("known_at"))
        at = _first_known(parcel, "delivered_at", "first_attempt_at", "known_at")
        if at is None or not self._of_parcels:
            return []
        taught = _taught(order, parcel)
        values = tuple(taught[name] for name in self._of_parcels[0].values)
        event = Event(at, order.order_key, values)
        row = {**order.row, **{name: parcel.get(name) for name in _PARCEL_COLUMNS}}
        placing = max(at if known is None else known, order.received)
        keyed = [(track, key_of(track.entity, row)) for track in self._of_parcels]
        return [(placing, track, key, event) for track, key in keyed if key is not None]


def _read(order: Row, track: Track) -> tuple[tuple[int | None, ...], tuple[str | None, ...]]:
    """Read the values and the counterparts that an event of a track carries."""
    values = tuple(whole(order.get(name)) for name in track.values)
    return values, tuple(text(order.get(name)) for name in track.counterparts)


def _taught(order: KeptOrder, parcel: Row) -> dict[str, int | None]:
    """Give what a parcel teaches of the way it went; None is unknown."""
    delivered, promised = (instant(parcel.get(name)) for name in ("delivered_at", "promised_at"))
    if promised is None:
        promised = instant(order.row.get("deliver_by"))
    ok = whole(parcel.get("first_attempt_ok"))
    late = None if delivered is None or promised is None else delivered - promised
    return {
        "transit_log": None if delivered is None else _stretched(delivered - order.placed),
        "late_log": None if late is None else _stretched(late),
        "is_late": None if late is None else int(late > 0),
        "attempt_failed": None if ok is None else 1 - ok,
    }


def _first_known(row: Row, *names: str) -> int | None:
    """Give the first of some instants that is known."""
    return next((at for name in names if (at := instant(row.get(name))) is not None), None)


def _stretched(micros: int) -> int:
    return int(stretched_micro(np.array([micros], np.int64))[0])

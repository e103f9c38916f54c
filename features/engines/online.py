"""The online engine: the same features, order by order, from state kept in this process."""

from __future__ import annotations

import gc
from collections import deque
from dataclasses import dataclass, field
from datetime import timedelta
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Any, Final

from features.engines.online_columns import RowColumns
from features.engines.plan import Plan
from features.engines.rows import instant
from features.engines.slots import Slots
from features.windows import MICROSECOND

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from features.engines.tracks import Event, Track
    from features.feature import Feature
    from features.history import History, HistoryProfile

    Row = Mapping[str, Any]

SLACK: Final = timedelta(days=7)
"""How long after it was placed an order may be received and still see its whole windows."""
MEMORY: Final = timedelta(days=400)
"""How long after an order its outcomes may still arrive and count."""


class _Bundle:
    """Events that become known together: where each one goes, and whether it is there."""

    __slots__ = ("applied", "dead", "events", "keys", "known", "latest", "tracks")

    def __init__(
        self,
        known: int,
        tracks: Sequence[Slots],
        keys: Sequence[Any],
        events: Sequence[Event],
    ) -> None:
        self.known = known
        self.tracks = tracks
        self.keys = keys
        self.events = events
        self.latest = max([event.happened for event in events], default=known)
        self.applied = False
        self.dead = False


@dataclass(slots=True)
class _Record:
    """What the state keeps of an order: enough to place its outcomes and parcels later."""

    order_key: str
    placed: int
    received: int
    row: Row
    line_keys: tuple[tuple[str | None, tuple[str | None, ...]], ...]
    outcomes: dict[str, Row] = field(default_factory=dict)
    parcels: dict[str, Row] = field(default_factory=dict)
    order: _Bundle | None = None
    later: list[_Bundle] = field(default_factory=list)

    @property
    def bundles(self) -> list[_Bundle]:
        return self.later if self.order is None else [self.order, *self.later]


class OnlineState:
    """Window state in this process.

    A row is a mapping with the schema's column names; instants are aware datetimes or whole
    microseconds since 1970, and a column that is missing, None or NaN is unknown. An order row may
    carry the columns of its planned route beside its own.

    An order or outcome is seen by orders received strictly after it was known, whatever the
    sequence of the calls: the state moves to the moment of each question, back too. An order added
    again under its key replaces the earlier one, together with where its outcomes count; an
    outcome added again under its id replaces the earlier one, and an order is bad once however
    often it is reported. An outcome or parcel may come before its order and waits for it.

    Parameters
    ----------
    features
        Features to compute.
    profile
        What is true of the whole history.

    Notes
    -----
    Values equal those of `features.engines.batch.compute` to the bit for orders received within
    `SLACK` of being placed, and placed since `whole_from`; outcomes count until `MEMORY` after
    their order. Not thread-safe.

    Examples
    --------
    >>> from features.catalogue import declare
    >>> from features.history import HistoryProfile
    >>> profile = HistoryProfile(entities={"buyer_key": 1.0})
    >>> wanted = [f for f in declare(profile) if f.name == "buyer__order_count__24h"]
    >>> state = OnlineState(wanted, profile)
    >>> order = {"order_key": "a", "placed_at": 10, "received_at": 10, "buyer_key": "h1:b"}
    >>> state.add_order(order, [])
    >>> state.values(order | {"order_key": "b", "placed_at": 20, "received_at": 20}, [])
    {'buyer__order_count__24h': 1.0}
    """

    def __init__(self, features: Sequence[Feature], profile: HistoryProfile) -> None:
        self._plan = Plan(features)
        self._slots = [Slots(track) for track in self._plan.tracks]
        self._columns = RowColumns(features, profile)
        self._names = tuple(feature.name for feature in features)
        self._records: dict[str, _Record] = {}
        self._received: deque[tuple[int, str]] = deque()
        self._early: dict[str, list[tuple[str, Row]]] = {}
        self._pending: list[tuple[int, int, _Bundle]] = []
        self._applied: deque[tuple[int, int, _Bundle]] = deque()
        self._n_bundles = 0
        self._now = 0
        self._loading = False
        self.is_cut = False
        self._slack = SLACK // MICROSECOND
        self._reach = self._slack + max((t.horizon for t in self._plan.tracks), default=0)

    def __len__(self) -> int:
        return len(self._records)

    def load(self, history: History, until: datetime | None = None) -> None:
        """Fill the state from a history.

        Parameters
        ----------
        history
            The history.
        until
            Leave out what was known at or after this instant; everything is read unless given.
            Orders out of every window's reach are left out in any case.
        """
        from features.engines.loading import read

        was_enabled = gc.isenabled()
        gc.disable()
        self._loading = True
        try:
            newest = read(self, self._plan, history, instant(until))
            self._loading = False
            self._pending.sort()
            self._advance(newest + 1)
        finally:
            self._loading = False
            if was_enabled:
                gc.enable()

    @property
    def whole_from(self) -> int:
        """Orders placed before this instant miss part of their windows, which was dropped.

        Microseconds since 1970; 0 while nothing was dropped.

        Examples
        --------
        >>> from features.history import HistoryProfile
        >>> OnlineState([], HistoryProfile()).whole_from
        0
        """
        return self._now - self._slack if self.is_cut else 0

    @property
    def reach(self) -> int:
        """How far back an order may lie and still matter, in microseconds."""
        return self._reach

    def values(self, order: Row, lines: Sequence[Row]) -> dict[str, float | str | None]:
        """Compute the features of an order; the state stays as it is.

        Parameters
        ----------
        order, lines
            The order and its lines; whether it was added before makes no difference.

        Returns
        -------
        dict
            Value by feature name; None is unknown.
        """
        placed, received = _clocks(order)
        self._advance(received)
        record = self._records.get(str(order["order_key"]))
        own = [b for b in record.bundles if b.applied] if record else []
        for bundle in own:
            _take(bundle)
        try:
            result: dict[str, float | str | None] = self._columns.values(order, lines)
            asked = self._plan.ask(order, lines)
            for track, key, offset in asked.asks:
                slot = self._slots[track.number].slots.get(key)
                if slot is not None:
                    slot.read(track, placed, asked.cells, offset)
            result |= self._plan.values(order, asked)
        finally:
            for bundle in own:
                self._put(bundle)
        return {name: result[name] for name in self._names}

    def add_order(self, order: Row, lines: Sequence[Row]) -> None:
        """Let later orders see this one.

        Parameters
        ----------
        order, lines
            The order and its lines.
        """
        placed, received = _clocks(order)
        order_key = str(order["order_key"])
        old = self._records.pop(order_key, None)
        kept = {name: order[name] for name in self._plan.kept if name in order}
        record = _Record(order_key, placed, received, kept, self._plan.line_keys(order, lines))
        self._records[order_key] = record
        self._received.append((received, order_key))
        tracks, keys, events = self._plan.order_events(order, lines, order_key, placed)
        if tracks:
            record.order = _Bundle(received, self._slots_of(tracks), keys, events)
            self._push(record.order)
        if old is not None:
            for bundle in old.bundles:
                self._drop(bundle)
            record.outcomes, record.parcels = old.outcomes, old.parcels
        for kind, row in self._early.pop(order_key, ()):
            known = record.outcomes if kind == "outcome" else record.parcels
            known[str(row["outcome_id" if kind == "outcome" else "shipment_id"])] = row
        if record.outcomes or record.parcels:
            self._place_later(record)

    def add_outcome(self, outcome: Row) -> None:
        """Let later orders see an outcome.

        Parameters
        ----------
        outcome
            A row of the outcomes table; under an id that is known it replaces the earlier one.
        """
        record = self._records.get(str(outcome["order_key"]))
        if record is None:
            self._early.setdefault(str(outcome["order_key"]), []).append(("outcome", outcome))
            return
        record.outcomes[str(outcome["outcome_id"])] = outcome
        self._place_later(record)

    def add_shipment(self, shipment: Row) -> None:
        """Let later orders see a parcel.

        Parameters
        ----------
        shipment
            A row of the shipments table; under an id that is known it replaces the earlier one.
        """
        record = self._records.get(str(shipment["order_key"]))
        if record is None:
            self._early.setdefault(str(shipment["order_key"]), []).append(("parcel", shipment))
            return
        record.parcels[str(shipment["shipment_id"])] = shipment
        self._place_later(record)

    def _place_later(self, record: _Record) -> None:
        """Lay out anew what became known about an order after it was placed."""
        for bundle in record.later:
            self._drop(bundle)
        placings = self._plan.later_events(
            record.order_key,
            record.row,
            record.line_keys,
            (record.placed, record.received),
            record.outcomes.values(),
            record.parcels.values(),
        )
        by_known: dict[int, list[tuple[Track, Any, Event]]] = {}
        for known, *placing in placings:
            by_known.setdefault(known, []).append((placing[0], placing[1], placing[2]))
        record.later = []
        for known, together in by_known.items():
            tracks, keys, events = zip(*together, strict=True)
            record.later.append(_Bundle(known, self._slots_of(tracks), keys, events))
        for bundle in record.later:
            self._push(bundle)

    def _slots_of(self, tracks: Sequence[Track]) -> list[Slots]:
        return [self._slots[track.number] for track in tracks]

    def _push(self, bundle: _Bundle) -> None:
        entry = (bundle.known, self._n_bundles, bundle)
        self._n_bundles += 1
        if self._loading:
            self._pending.append(entry)
        else:
            heappush(self._pending, entry)

    def _drop(self, bundle: _Bundle) -> None:
        if bundle.applied:
            _take(bundle)
        bundle.dead = True
        bundle.applied = False

    def _put(self, bundle: _Bundle) -> None:
        floor = self._now - self._slack
        for track, key, event in zip(bundle.tracks, bundle.keys, bundle.events, strict=True):
            if key is not None:
                track.insert(key, event, floor)

    def _advance(self, received: int) -> None:
        """Show exactly what was known strictly before an instant."""
        pending, applied = self._pending, self._applied
        while applied and applied[-1][0] >= received:
            entry = applied.pop()
            if not entry[2].dead:
                _take(entry[2])
                entry[2].applied = False
                heappush(pending, entry)
        while pending and pending[0][0] < received:
            entry = heappop(pending)
            if not entry[2].dead:
                self._put(entry[2])
                entry[2].applied = True
                applied.append(entry)
        if received > self._now:
            self._now = received
            self._expire()

    def _expire(self) -> None:
        """Drop what no window can reach any more."""
        applied, bound = self._applied, self._now - self._reach
        while applied and applied[0][0] < bound and applied[0][2].latest < bound:
            bundle = applied.popleft()[2]
            if bundle.dead:
                continue
            self.is_cut = True
            bundle.applied = False
            for track, key, event in zip(bundle.tracks, bundle.keys, bundle.events, strict=True):
                if key is not None:
                    track.expire(key, event)
        forgotten = self._now - MEMORY // MICROSECOND
        while self._received and self._received[0][0] < forgotten:
            received, order_key = self._received.popleft()
            record = self._records.get(order_key)
            if record is not None and record.received == received:
                del self._records[order_key]


def _take(bundle: _Bundle) -> None:
    for track, key, event in zip(bundle.tracks, bundle.keys, bundle.events, strict=True):
        if key is not None:
            track.remove(key, event)


def _clocks(order: Row) -> tuple[int, int]:
    placed, received = instant(order["placed_at"]), instant(order["received_at"])
    if placed is None or received is None:
        raise ValueError("an order needs placed_at and received_at")
    return placed, received

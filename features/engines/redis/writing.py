"""What a step writes: an order, its news, and the events they lay out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from features.engines.events import KeptOrder
from features.engines.redis.packing import (
    News,
    outcome_row,
    pack_events,
    pack_news,
    pack_order,
    pack_row,
    parcel_row,
)
from features.engines.rows import clocks
from features.schema import SHIPMENTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from features.engines.plan import Plan
    from features.engines.redis.layout import Layout
    from features.engines.redis.packing import Placing

    Row = Mapping[str, Any]

_PARCEL: Final = (
    "delivered_at", "known_at", "first_attempt_at", "first_attempt_ok", "promised_at",
)  # fmt: skip


class Writing(NamedTuple):
    """What a step writes.

    Parameters
    ----------
    expected
        The version of the order's record it was laid out for; ``any`` when there may be any that
        has no news, ``older`` when moreover the order in it may not be newer; nothing to write when
        empty.
    order, key, due, events
        The order, its key, the instant from which it grows old, and its own events.
    news, later
        What became known of it, and the events of that.
    log
        What copies of the identity links are told.
    """

    expected: str = ""
    order: bytes = b""
    key: str = ""
    due: int = 0
    events: bytes = b""
    news: bytes = b""
    later: bytes = b""
    log: bytes = b""


class Writer:
    """Lays out what steps write.

    Parameters
    ----------
    plan, layout
        Where events go.
    kinds
        Kinds of outcomes that any feature reads; others are not kept.
    """

    def __init__(self, plan: Plan, layout: Layout, kinds: frozenset[str]) -> None:
        self._plan, self._layout, self.kinds = plan, layout, kinds
        columns = {c for t in plan.tracks for c in t.entity.columns if c in SHIPMENTS}
        self._of_parcels = sorted(columns | set(_PARCEL))
        self.floor: int | None = None
        """Events that happened and were known before this instant are left out."""
        self.left_out = False

    def order(self, order: Row, lines: Sequence[Row]) -> tuple[KeptOrder, Writing]:
        """Lay out an order: what is kept of it, and what is written unless there is news of it."""
        placed, received = clocks(order)
        row = {name: order[name] for name in self._plan.kept if name in order}
        key = str(order["order_key"])
        kept = KeptOrder(key, placed, received, row, self._plan.events.line_keys(order, lines))
        found = self._plan.events.of_order(order, lines, key, placed)
        events = self._pack((received, *placing) for placing in found)
        return kept, Writing("any", pack_order(kept), key, received, events)

    def later(self, kept: KeptOrder, news: News) -> bytes:
        """Lay out what became known of an order after it was placed."""
        outcomes, parcels = news.outcomes.values(), news.parcels.values()
        return self._pack(self._plan.events.later(kept, outcomes, parcels))

    def told(self, version: str, kept: KeptOrder | None, news: News) -> Writing:
        """Lay out all news of an order, which may not have come yet."""
        rows = (*news.outcomes.values(), *news.parcels.values())
        due = max((row.get("known_at", 0) for row in rows), default=0)
        later = self.later(kept, news) if kept else b""
        return Writing(version, news=pack_news(news), due=due, later=later)

    def outcome(self, outcome: Row) -> News:
        """Read an outcome."""
        return News({str(outcome["outcome_id"]): outcome_row(outcome)}, {})

    def parcel(self, parcel: Row) -> News:
        """Read a parcel."""
        return News({}, {str(parcel["shipment_id"]): parcel_row(parcel, self._of_parcels)})

    def _pack(self, placings: Iterable[Placing]) -> bytes:
        if self.floor is None:
            return pack_events(self._layout, placings)
        found = list(placings)
        near = [p for p in found if max(p[0], p[3].happened) >= self.floor]
        self.left_out |= len(near) < len(found)
        return pack_events(self._layout, near)


def joined(known: News, told: News, *, again: bool = False) -> News:
    """Put news together, by id; under one that both have, what is told now counts.

    Parameters
    ----------
    known, told
        What is known, and what is told now.
    again
        Whether it may be told again, or out of turn: then what became known last counts, and of
        two things known at one instant always the same one.

    Examples
    --------
    >>> fraud, cleared = ({"is_bad": bad, "known_at": at} for bad, at in ((True, 1), (False, 2)))
    >>> joined(News({"a": cleared}, {}), News({"a": fraud}, {}))
    News(outcomes={'a': {'is_bad': True, 'known_at': 1}}, parcels={})
    >>> joined(News({"a": cleared}, {}), News({"a": fraud}, {}), again=True)
    News(outcomes={'a': {'is_bad': False, 'known_at': 2}}, parcels={})
    """
    found = []
    for old, new in zip(known, told, strict=True):
        late = {name for name in old.keys() & new if again and _rank(old[name]) > _rank(new[name])}
        each = old | {name: row for name, row in new.items() if name not in late}
        found.append(dict(sorted(each.items())))
    return News(*found)


def _rank(row: Row) -> tuple[int, bytes]:
    return int(row.get("known_at", 0)), pack_row(row)

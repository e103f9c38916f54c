"""Outcomes and parcels in the store. Queries only."""

from __future__ import annotations

import uuid
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from serving.outcomes.corrections import Known, Said, counted_from, kind_of
from serving.store import text
from serving.store.tables import (
    DECISIONS,
    ORDER_EVENTS,
    OUTCOME_CORRECTIONS,
    OUTCOMES,
    SHIPMENTS,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Connection, Engine

    from features.order import Row

_LAST: Final = tuple(select(func.max(t.c.event_id)) for t in (OUTCOMES, SHIPMENTS))
_NEWEST_DECISION: Final = select(func.max(DECISIONS.c.as_of))


@dataclass(frozen=True, slots=True)
class Stored:
    """What a call left in the store.

    Parameters
    ----------
    outcomes
        Outcomes as they count now, new and corrected.
    n_new, n_corrected
        Reports that were new, and those that corrected an earlier one.
    parcels
        Parcels that were new.
    """

    outcomes: list[Row]
    n_new: int
    n_corrected: int
    parcels: list[Row]


class OutcomeStore:
    """What became known about orders.

    Parameters
    ----------
    engine
        The store.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, outcomes: Sequence[Said], shipments: Sequence[Said], *, stored_at: int) -> Stored:
        """Store what is new and what is corrected, in one commit.

        Raises
        ------
        ConflictError
            When an id stands for something else; nothing was stored.
        """
        try:
            return self._add(outcomes, shipments, stored_at)
        except IntegrityError:
            # Another worker stored some of them between the look and the commit: look again.
            return self._add(outcomes, shipments, stored_at)

    def _add(self, outcomes: Sequence[Said], shipments: Sequence[Said], stored_at: int) -> Stored:
        with self._engine.begin() as connection:
            newest = connection.execute(_NEWEST_DECISION).scalar() or 0
            earliest = min(newest, stored_at)
            found = _add_outcomes(connection, outcomes, stored_at, earliest)
            parcels = _add_shipments(connection, shipments, stored_at, earliest)
            return replace(found, parcels=parcels)

    @staticmethod
    def add_within(connection: Connection, outcomes: Sequence[Row], *, stored_at: int) -> list[Row]:
        """Store outcomes that are new within a commit under way, and give those."""
        told = [Said(row, row["known_at"]) for row in outcomes]
        return _add_outcomes(connection, told, stored_at, 0).outcomes

    def unknown_orders(self, order_keys: Sequence[str]) -> set[str]:
        """Give those orders that the service never scored."""
        wanted = select(ORDER_EVENTS.c.order_key).where(ORDER_EVENTS.c.order_key.in_(order_keys))
        with self._engine.connect() as connection:
            return set(order_keys) - set(connection.execute(wanted).scalars())

    def last_events(self) -> tuple[int, int]:
        """Give the numbers of the outcome and the parcel stored last; 0 where there is none."""
        with self._engine.connect() as connection:
            outcome, parcel = (connection.execute(last).scalar() or 0 for last in _LAST)
        return outcome, parcel

    def outcomes(self, *, after: int = 0) -> Iterator[Row]:
        """Go through the outcomes stored behind a number, in the order in which they came."""
        yield from self._rows(OUTCOMES, after)

    def shipments(self, *, after: int = 0) -> Iterator[Row]:
        """Go through the parcels stored behind a number, in the order in which they came."""
        yield from self._rows(SHIPMENTS, after)

    def _rows(self, table: Any, after: int) -> Iterator[Row]:
        wanted = select(table.c.row).where(table.c.event_id > after).order_by(table.c.event_id)
        with self._engine.connect() as connection:
            for row in connection.execute(wanted):
                yield text.read(row[0])


def _add_outcomes(
    connection: Connection, outcomes: Sequence[Said], stored_at: int, earliest: int
) -> Stored:
    """Store outcomes within a commit; none counts before an instant."""
    known = _known(connection, {said.row["outcome_id"] for said in outcomes})
    fresh: dict[str, Row] = {}
    counts: Counter[str] = Counter()
    for said in outcomes:
        name = said.row["outcome_id"]
        before = known.get(name, Known())
        if (kind := kind_of(said, before)) == "repeated":
            continue
        row = said.row | {"known_at": max(said.row["known_at"], earliest)}
        if kind == "corrected" and before.newest is not None:
            row["known_at"] = counted_from(row, before.newest)
            _put_aside(connection, name, before.newest, stored_at)
        kept = replace(said, row=row)
        counts[kind] += 1
        _insert(connection, kept, stored_at, is_correction=kind == "corrected")
        earlier = [*before.before, *([before.newest] if before.newest else [])]
        known[name], fresh[name] = Known(kept, earlier), row
    return Stored(list(fresh.values()), counts["new"], counts["corrected"], [])


def _known(connection: Connection, names: set[str]) -> dict[str, Known]:
    """Read what ids stand for; what was said earlier only where something was corrected."""
    newest = select(OUTCOMES.c.outcome_id, OUTCOMES.c.row, OUTCOMES.c.reported_at)
    found = {
        name: Known(Said(text.read(row), reported_at))
        for name, row, reported_at in connection.execute(
            newest.where(OUTCOMES.c.outcome_id.in_(names))
        )
    }
    if not found:
        return found
    table = OUTCOME_CORRECTIONS.c
    before = (
        select(table.outcome_id, table.row, table.reported_at)
        .where(table.outcome_id.in_(list(found)))
        .order_by(table.correction_id)
    )
    for name, row, reported_at in connection.execute(before):
        said = Said(text.read(row), reported_at)
        found[name] = replace(found[name], before=[*found[name].before, said])
    return found


def _put_aside(connection: Connection, name: str, said: Said, at: int) -> None:
    """Keep what an outcome said before it is corrected."""
    stored_at = select(OUTCOMES.c.stored_at).where(OUTCOMES.c.outcome_id == name)
    row = {
        "outcome_id": name,
        "reported_at": said.reported_at,
        "stored_at": stored_at.scalar_subquery(),
        "corrected_at": at,
        "row": text.write(said.row),
    }
    connection.execute(insert(OUTCOME_CORRECTIONS).values(row))


def _insert(connection: Connection, said: Said, stored_at: int, *, is_correction: bool) -> None:
    """Store an outcome under the next number, so that whoever was told up to here is told it."""
    name = said.row["outcome_id"]
    # A number is given anew only after the last one has gone: the old row goes after the new came.
    draft = uuid.uuid4().hex if is_correction else name
    row = {
        "outcome_id": draft,
        "order_key": said.row["order_key"],
        "kind": said.row["kind"],
        "known_at": said.row["known_at"],
        "stored_at": stored_at,
        "reported_at": said.reported_at,
        "row": text.write(said.row),
    }
    connection.execute(insert(OUTCOMES).values(row))
    if is_correction:
        connection.execute(delete(OUTCOMES).where(OUTCOMES.c.outcome_id == name))
        named = update(OUTCOMES).where(OUTCOMES.c.outcome_id == draft).values(outcome_id=name)
        connection.execute(named)


def _add_shipments(
    connection: Connection, shipments: Sequence[Said], stored_at: int, earliest: int
) -> list[Row]:
    """Store parcels within a commit, each once for what was known at an instant.

    What is stored of a parcel later counts strictly later, as `corrections.counted_from` tells.
    """
    wanted = select(SHIPMENTS.c.shipment_id, SHIPMENTS.c.known_at, SHIPMENTS.c.row).where(
        SHIPMENTS.c.shipment_id.in_({said.row["shipment_id"] for said in shipments})
    )
    known: set[tuple[str, int]] = set()
    newest: dict[str, int] = {}
    for name, known_at, row in connection.execute(wanted) if shipments else ():
        known.add((name, known_at))
        newest[name] = max(newest.get(name, 0), text.read(row)["known_at"])
    fresh: list[Row] = []
    for said in shipments:
        name, known_at = said.row["shipment_id"], said.row["known_at"]
        if (name, known_at) in known:
            continue
        known.add((name, known_at))
        newest[name] = max(known_at, earliest, newest.get(name, -1) + 1)
        row = said.row | {"known_at": newest[name]}
        fresh.append(row)
        stored = {
            "shipment_id": row["shipment_id"],
            "order_key": row["order_key"],
            "known_at": said.row["known_at"],
            "stored_at": stored_at,
            "row": text.write(row),
        }
        connection.execute(insert(SHIPMENTS).values(stored))
    return fresh

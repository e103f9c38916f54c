"""Outcomes and parcels in the store. Queries only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, insert, select, tuple_
from sqlalchemy.exc import IntegrityError

from serving.store import text
from serving.store.tables import ORDER_EVENTS, OUTCOMES, SHIPMENTS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Connection, Engine

Row = dict[str, Any]

_LAST: Final = tuple(select(func.max(t.c.event_id)) for t in (OUTCOMES, SHIPMENTS))


class OutcomeStore:
    """What became known about orders.

    Parameters
    ----------
    engine
        The store.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(
        self, outcomes: Sequence[Row], shipments: Sequence[Row], *, stored_at: int
    ) -> tuple[list[Row], list[Row]]:
        """Store what is new, in one commit.

        Returns
        -------
        tuple
            The outcomes and the parcels that were new, as given.
        """
        try:
            return self._add(outcomes, shipments, stored_at)
        except IntegrityError:
            # Another worker stored some of them between the look and the commit: look again.
            return self._add(outcomes, shipments, stored_at)

    def _add(
        self, outcomes: Sequence[Row], shipments: Sequence[Row], stored_at: int
    ) -> tuple[list[Row], list[Row]]:
        with self._engine.begin() as connection:
            fresh = self.add_within(connection, outcomes, stored_at=stored_at)
            return fresh, _add_shipments(connection, shipments, stored_at)

    @staticmethod
    def add_within(connection: Connection, outcomes: Sequence[Row], *, stored_at: int) -> list[Row]:
        """Store outcomes that are new within a commit under way, and give those."""
        ids = [row["outcome_id"] for row in outcomes]
        known = set(
            connection.execute(
                select(OUTCOMES.c.outcome_id).where(OUTCOMES.c.outcome_id.in_(ids))
            ).scalars()
        )
        fresh = _first_of_each(outcomes, lambda row: row["outcome_id"], known)
        if fresh:
            connection.execute(
                insert(OUTCOMES),
                [
                    {
                        "outcome_id": row["outcome_id"],
                        "order_key": row["order_key"],
                        "kind": row["kind"],
                        "known_at": row["known_at"],
                        "stored_at": stored_at,
                        "row": text.write(row),
                    }
                    for row in fresh
                ],
            )
        return fresh

    def known(self, outcome_ids: Sequence[str]) -> dict[str, Row]:
        """Give the stored outcomes among some ids, by id."""
        wanted = select(OUTCOMES.c.row).where(OUTCOMES.c.outcome_id.in_(outcome_ids))
        with self._engine.connect() as connection:
            rows = [text.read(row) for row in connection.execute(wanted).scalars()]
        return {row["outcome_id"]: row for row in rows}

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


def _add_shipments(connection: Connection, shipments: Sequence[Row], stored_at: int) -> list[Row]:
    def key(row: Row) -> tuple[str, int]:
        return row["shipment_id"], row["known_at"]

    wanted = select(SHIPMENTS.c.shipment_id, SHIPMENTS.c.known_at).where(
        tuple_(SHIPMENTS.c.shipment_id, SHIPMENTS.c.known_at).in_([key(row) for row in shipments])
    )
    known = {(row[0], row[1]) for row in connection.execute(wanted)} if shipments else set()
    fresh = _first_of_each(shipments, key, known)
    if fresh:
        connection.execute(
            insert(SHIPMENTS),
            [
                {
                    "shipment_id": row["shipment_id"],
                    "order_key": row["order_key"],
                    "known_at": row["known_at"],
                    "stored_at": stored_at,
                    "row": text.write(row),
                }
                for row in fresh
            ],
        )
    return fresh


def _first_of_each(rows: Sequence[Row], key: Any, known: set[Any]) -> list[Row]:
    """Give the rows whose key is neither known nor given earlier in the same call."""
    seen, fresh = set(known), []
    for row in rows:
        if key(row) not in seen:
            seen.add(key(row))
            fresh.append(row)
    return fresh

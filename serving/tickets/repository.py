"""Corrections of ticket priorities, and what the store knows of a ticket's order. Queries only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select

from serving.store import text
from serving.store.tables import ORDER_EVENTS, OUTCOMES, SHIPMENTS, TICKET_CORRECTIONS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

    from features.order import Row


class TicketStore:
    """Corrections, and the orders that messages are about.

    Parameters
    ----------
    engine
        The store.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def correct(self, message: str, priority: str, facts: Row, *, actor: str, at: int) -> None:
        """Keep a correction; earlier ones of the same message stay on record."""
        with self._engine.begin() as connection:
            connection.execute(
                insert(TICKET_CORRECTIONS).values(
                    text=message, priority=priority, facts=text.write(facts), actor=actor, at=at
                )
            )

    def corrections(self) -> Iterator[tuple[str, str, Row]]:
        """Go through message, priority and facts of every correction, the earliest first."""
        table = TICKET_CORRECTIONS.c
        wanted = select(table.text, table.priority, table.facts).order_by(table.correction_id)
        with self._engine.connect() as connection:
            for message, priority, facts in connection.execute(wanted):
                yield message, priority, text.read(facts)

    def order(self, order_key: str) -> Row | None:
        """Give the flat row of an order as last received, or None."""
        wanted = (
            select(ORDER_EVENTS.c.row)
            .where(ORDER_EVENTS.c.order_key == order_key)
            .order_by(ORDER_EVENTS.c.event_id.desc())
            .limit(1)
        )
        with self._engine.connect() as connection:
            row = connection.execute(wanted).scalar()
        return None if row is None else text.read(row)

    def parcels(self, order_key: str) -> list[Row]:
        """Give an order's parcels as last reported."""
        return list({row["shipment_id"]: row for row in self._rows(SHIPMENTS, order_key)}.values())

    def outcomes(self, order_key: str) -> list[Row]:
        """Give what became known of an order."""
        return list(self._rows(OUTCOMES, order_key))

    def _rows(self, table: Any, order_key: str) -> Iterator[Row]:
        wanted = (
            select(table.c.row).where(table.c.order_key == order_key).order_by(table.c.event_id)
        )
        with self._engine.connect() as connection:
            for row in connection.execute(wanted).scalars():
                yield text.read(row)

"""The outbox: events are kept in the commit of what they tell, and sent later."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from sqlalchemy import select

from serving.store import text
from serving.store.engine import add_missing
from serving.store.tables import WEBHOOK_ENDPOINTS, WEBHOOK_EVENTS

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from serving.webhooks.events import Event


def wanted_types(connection: Connection) -> frozenset[str]:
    """Give the types of events that any endpoint, also one that is switched off, wants."""
    found = connection.execute(select(WEBHOOK_ENDPOINTS.c.events)).scalars()
    return frozenset(name for events in found for name in text.read(events))


def tell(connection: Connection, *events: Event) -> None:
    """Keep events that somebody wants, within the commit under way.

    Parameters
    ----------
    connection
        Where the commit of what they tell is under way.
    events
        What happened; one that is kept already stays as it was.
    """
    wanted = wanted_types(connection)
    keep(connection, *(event for event in events if event.type in wanted))


def keep(connection: Connection, *events: Event) -> None:
    """Keep events within the commit under way, whether or not somebody wants them."""
    rows = [
        {
            "message_id": event.message_id,
            "type": event.type,
            "subject": event.subject,
            "merchant_id": event.merchant_id,
            "body": event.body(),
            "at": event.at,
            "is_spread": False,
        }
        for event in events
    ]
    add_missing(connection, WEBHOOK_EVENTS, rows)


class Wanted:
    """What endpoints want, remembered for the path of orders, which asks for each.

    Parameters
    ----------
    engine
        The store.

    Notes
    -----
    Another process's change is seen at the next `refresh`, which the service does every two
    seconds.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        # One look after the other: what an older look saw must not replace what a newer one did.
        self._lock = threading.Lock()
        self.types: frozenset[str] = frozenset()

    def refresh(self) -> None:
        """Look again."""
        with self._lock, self._engine.connect() as connection:
            self.types = wanted_types(connection)

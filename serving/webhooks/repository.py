"""Endpoints, events and messages in the store. Queries only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, delete, exists, func, insert, or_, select, update

from serving.store import text
from serving.store.engine import add_missing
from serving.store.tables import WEBHOOK_DELIVERIES, WEBHOOK_ENDPOINTS, WEBHOOK_EVENTS

if TYPE_CHECKING:
    from sqlalchemy import Engine, RowMapping, Select

    from features.order import Row

_ENDPOINTS: Final = WEBHOOK_ENDPOINTS.c
_EVENTS: Final = WEBHOOK_EVENTS.c
_DELIVERIES: Final = WEBHOOK_DELIVERIES.c


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where events are sent.

    Parameters
    ----------
    endpoint_id
        Its id.
    merchant_id
        Whose events it gets; None for all.
    url, description
        Where it is and what it is for.
    events
        Types it wants.
    state, why
        ``enabled`` or ``disabled``, and then ``asked``, ``gone`` or ``failing``.
    generation, previous_until
        How often its secret was replaced, and until when the one before is used beside it.
    failing_since
        Since when nothing was taken, or None.
    created_by, created_at, changed_at
        Who made it and when; microseconds UTC.
    """

    endpoint_id: str
    merchant_id: str | None
    url: str
    description: str | None
    events: tuple[str, ...]
    state: str
    why: str | None
    generation: int
    previous_until: int | None
    failing_since: int | None
    created_by: str
    created_at: int
    changed_at: int

    def wants(self, event: Row) -> bool:
        """Tell whether an event is for this endpoint."""
        is_theirs = self.merchant_id is None or event["merchant_id"] in {None, self.merchant_id}
        return is_theirs and event["type"] in self.events


@dataclass(frozen=True, slots=True)
class Message:
    """A message whose turn has come, taken by this worker."""

    delivery_id: int
    message_id: str
    type: str
    body: str
    attempts: int


class WebhookStore:
    """Endpoints and messages.

    Parameters
    ----------
    engine
        The store.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def endpoints(self) -> list[Endpoint]:
        """Give every endpoint, oldest first."""
        wanted = select(WEBHOOK_ENDPOINTS).order_by(_ENDPOINTS.created_at, _ENDPOINTS.endpoint_id)
        with self.engine.connect() as connection:
            return [_endpoint(row) for row in connection.execute(wanted).mappings()]

    def endpoint(self, endpoint_id: str) -> Endpoint | None:
        """Give an endpoint, or None."""
        wanted = select(WEBHOOK_ENDPOINTS).where(_ENDPOINTS.endpoint_id == endpoint_id)
        with self.engine.connect() as connection:
            row = connection.execute(wanted).mappings().first()
        return None if row is None else _endpoint(row)

    def add(self, endpoint: Row) -> None:
        """Add an endpoint."""
        with self.engine.begin() as connection:
            connection.execute(insert(WEBHOOK_ENDPOINTS).values(**_written(endpoint)))

    def change(self, endpoint_id: str, changes: Row) -> None:
        """Change an endpoint."""
        changed = update(WEBHOOK_ENDPOINTS).where(_ENDPOINTS.endpoint_id == endpoint_id)
        with self.engine.begin() as connection:
            connection.execute(changed.values(**_written(changes)))

    def remove(self, endpoint_id: str) -> None:
        """Remove an endpoint with everything that waits for it."""
        with self.engine.begin() as connection:
            connection.execute(
                delete(WEBHOOK_DELIVERIES).where(_DELIVERIES.endpoint_id == endpoint_id)
            )
            connection.execute(
                delete(WEBHOOK_ENDPOINTS).where(_ENDPOINTS.endpoint_id == endpoint_id)
            )

    def spread(self, *, limit: int) -> int:
        """Make a message of each new event for each endpoint that wants it; gives the events."""
        waiting = (
            select(_EVENTS.event_id, _EVENTS.type, _EVENTS.subject, _EVENTS.merchant_id, _EVENTS.at)
            .where(_EVENTS.is_spread.is_(False))
            .order_by(_EVENTS.event_id)
            .limit(limit)
        )
        with self.engine.connect() as connection:
            events = [dict(row) for row in connection.execute(waiting).mappings()]
        if not events:
            return 0
        endpoints = self.endpoints()
        rows = [
            _delivery(endpoint.endpoint_id, event, event["at"])
            for event in events
            for endpoint in endpoints
            if endpoint.wants(event)
        ]
        done = update(WEBHOOK_EVENTS).where(
            _EVENTS.event_id.in_([event["event_id"] for event in events])
        )
        with self.engine.begin() as connection:
            add_missing(connection, WEBHOOK_DELIVERIES, rows)
            connection.execute(done.values(is_spread=True))
        return len(events)

    def take(self, endpoint_id: str, now: int, *, until: int, limit: int) -> list[Message]:
        """Take messages whose turn has come; no other worker gets them before an instant.

        A message waits while an earlier one about the same subject does.
        """
        with self.engine.connect() as connection:
            due = connection.execute(_due(endpoint_id, now, limit)).all()
        taken = []
        for delivery_id, message_id, kind, body, attempts, due_at in due:
            mine = (
                update(WEBHOOK_DELIVERIES)
                .where(
                    _DELIVERIES.delivery_id == delivery_id,
                    _DELIVERIES.state == "waiting",
                    _DELIVERIES.due_at == due_at,
                )
                .values(due_at=until, attempts=attempts + 1, attempted_at=now)
            )
            with self.engine.begin() as connection:
                if connection.execute(mine).rowcount == 1:
                    taken.append(Message(delivery_id, message_id, kind, body, attempts + 1))
        return taken

    def note(self, message: Message, result: Row, endpoint_id: str, changes: Row) -> None:
        """Note what came of an attempt, on the message and its endpoint, in one commit.

        An attempt that was taken over by another worker meanwhile is not noted.
        """
        ours = update(WEBHOOK_DELIVERIES).where(
            _DELIVERIES.delivery_id == message.delivery_id,
            _DELIVERIES.attempts == message.attempts,
            _DELIVERIES.state == "waiting",
        )
        with self.engine.begin() as connection:
            connection.execute(ours.values(**result))
            if changes:
                changed = update(WEBHOOK_ENDPOINTS).where(_ENDPOINTS.endpoint_id == endpoint_id)
                connection.execute(changed.values(**changes))

    def replay(self, endpoint: Endpoint, condition: Any, now: int) -> int:
        """Let events be sent to an endpoint again; gives how many."""
        wanted = (
            select(_EVENTS.event_id, _EVENTS.type, _EVENTS.subject, _EVENTS.merchant_id)
            .where(condition)
            .order_by(_EVENTS.event_id)
        )
        with self.engine.begin() as connection:
            events = [dict(row) for row in connection.execute(wanted).mappings()]
            rows = [_delivery(endpoint.endpoint_id, e, now) for e in events if endpoint.wants(e)]
            again = update(WEBHOOK_DELIVERIES).where(
                _DELIVERIES.endpoint_id == endpoint.endpoint_id,
                _DELIVERIES.event_id.in_([row["event_id"] for row in rows]),
            )
            connection.execute(again.values(state="waiting", attempts=0, due_at=now))
            add_missing(connection, WEBHOOK_DELIVERIES, rows)
        return len(rows)

    def replay_event(self, endpoint: Endpoint, message_id: str, now: int) -> int:
        """Let one event be sent again; 0 when there is none that the endpoint wants."""
        return self.replay(endpoint, _EVENTS.message_id == message_id, now)

    def replay_since(self, endpoint: Endpoint, since: int, until: int, now: int) -> int:
        """Let the events of a span be sent again."""
        return self.replay(endpoint, and_(_EVENTS.at >= since, _EVENTS.at < until), now)

    def messages(self, endpoint_id: str, before: int | None, limit: int) -> list[Row]:
        """Give messages of an endpoint, newest first, from before one on."""
        wanted = (
            select(
                WEBHOOK_DELIVERIES,
                _EVENTS.message_id,
                _EVENTS.type,
                _EVENTS.at,
            )
            .join(WEBHOOK_EVENTS, _EVENTS.event_id == _DELIVERIES.event_id)
            .where(_DELIVERIES.endpoint_id == endpoint_id)
            .order_by(_DELIVERIES.event_id.desc())
            .limit(limit)
        )
        if before is not None:
            wanted = wanted.where(_DELIVERIES.event_id < before)
        with self.engine.connect() as connection:
            return [dict(row) for row in connection.execute(wanted).mappings()]

    def counts(self) -> dict[str, dict[str, int]]:
        """Count messages by endpoint and state."""
        wanted = select(_DELIVERIES.endpoint_id, _DELIVERIES.state, func.count()).group_by(
            _DELIVERIES.endpoint_id, _DELIVERIES.state
        )
        counts: dict[str, dict[str, int]] = {}
        with self.engine.connect() as connection:
            for endpoint_id, state, count in connection.execute(wanted):
                counts.setdefault(endpoint_id, {})[state] = count
        return counts

    def oldest_waiting(self) -> int | None:
        """Give when the oldest event happened that still waits for an endpoint in use, or None."""
        wanted = (
            select(func.min(_EVENTS.at))
            .join(WEBHOOK_DELIVERIES, _DELIVERIES.event_id == _EVENTS.event_id, isouter=True)
            .join(
                WEBHOOK_ENDPOINTS, _ENDPOINTS.endpoint_id == _DELIVERIES.endpoint_id, isouter=True
            )
            .where(
                or_(
                    _EVENTS.is_spread.is_(False),
                    and_(_DELIVERIES.state == "waiting", _ENDPOINTS.state == "enabled"),
                )
            )
        )
        with self.engine.connect() as connection:
            return connection.execute(wanted).scalar()

    def forget(self, before: int) -> int:
        """Forget events of before an instant, with their messages; gives how many."""
        old = select(_EVENTS.event_id).where(_EVENTS.at < before)
        with self.engine.begin() as connection:
            connection.execute(delete(WEBHOOK_DELIVERIES).where(_DELIVERIES.event_id.in_(old)))
            return connection.execute(delete(WEBHOOK_EVENTS).where(_EVENTS.at < before)).rowcount


def _due(endpoint_id: str, now: int, limit: int) -> Select[Any]:
    """Select messages whose turn has come, but for those behind another of their subject."""
    earlier = WEBHOOK_DELIVERIES.alias("earlier")
    waits_behind = exists().where(
        earlier.c.endpoint_id == _DELIVERIES.endpoint_id,
        earlier.c.subject == _DELIVERIES.subject,
        earlier.c.state == "waiting",
        earlier.c.event_id < _DELIVERIES.event_id,
    )
    return (
        select(
            _DELIVERIES.delivery_id,
            _EVENTS.message_id,
            _EVENTS.type,
            _EVENTS.body,
            _DELIVERIES.attempts,
            _DELIVERIES.due_at,
        )
        .join(WEBHOOK_EVENTS, _EVENTS.event_id == _DELIVERIES.event_id)
        .where(
            _DELIVERIES.endpoint_id == endpoint_id,
            _DELIVERIES.state == "waiting",
            _DELIVERIES.due_at <= now,
            ~waits_behind,
        )
        .order_by(_DELIVERIES.due_at, _DELIVERIES.event_id)
        .limit(limit)
    )


def _delivery(endpoint_id: str, event: Row, due_at: int) -> Row:
    return {
        "endpoint_id": endpoint_id,
        "event_id": event["event_id"],
        "subject": event["subject"],
        "state": "waiting",
        "attempts": 0,
        "due_at": due_at,
    }


def _endpoint(row: RowMapping) -> Endpoint:
    return Endpoint(**{**row, "events": tuple(text.read(row["events"]))})


def _written(endpoint: Row) -> Row:
    if "events" in endpoint:
        return endpoint | {"events": text.write(sorted(endpoint["events"]))}
    return endpoint

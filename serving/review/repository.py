"""Cases in the store. Queries only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, func, insert, or_, select, tuple_, update

from serving.addresses.repository import AddressStore
from serving.outcomes.repository import OutcomeStore
from serving.store import personal, text
from serving.store.tables import DECISIONS, ORDER_EVENTS, REVIEW_EVENTS, REVIEWS, event_of
from serving.webhooks import events, outbox

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import ColumnElement, Connection, Engine

    from features.order import Row

COMPARED = (
    "state",
    "snoozed_until",
    "claimed_by",
    "claimed_until",
    "verdict",
    "reason",
    "decided_by",
    "decided_at",
)
"""Columns of a case that its events keep before and after."""


class ReviewStore:
    """The review queue.

    Parameters
    ----------
    engine
        The store.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._wanted = (
            select(
                REVIEWS,
                DECISIONS.c.body,
                ORDER_EVENTS.c.row,
            )
            .join(DECISIONS, DECISIONS.c.decision_id == REVIEWS.c.decision_id)
            .join(ORDER_EVENTS, event_of(REVIEWS))
        )

    def page(
        self, state: str, sort: str, after: Sequence[Any] | None, limit: int, now: int
    ) -> list[Row]:
        """Give cases in a state, from the most urgent (or the oldest) on.

        Parameters
        ----------
        state
            ``open``, ``snoozed`` or ``closed``; a case whose snooze is over is open.
        sort
            ``priority`` or ``age``.
        after
            The sort key of the last case of the page before.
        limit
            Cases at most.
        now
            Microseconds UTC.
        """
        query = self._wanted.where(_in_state(state, now))
        table = REVIEWS.c
        if sort == "priority":
            query = query.order_by(table.priority.desc(), table.opened_at, table.review_id)
            if after is not None:
                priority, opened_at, review_id = after
                later = tuple_(table.opened_at, table.review_id) > tuple_(opened_at, review_id)
                query = query.where(
                    or_(table.priority < priority, and_(table.priority == priority, later))
                )
        else:
            query = query.order_by(table.opened_at, table.review_id)
            if after is not None:
                _, opened_at, review_id = after
                query = query.where(
                    tuple_(table.opened_at, table.review_id) > tuple_(opened_at, review_id)
                )
        with self.engine.connect() as connection:
            return _read(connection, connection.execute(query.limit(limit)).mappings())

    def count(self, state: str, now: int) -> int:
        """Count cases in a state."""
        query = select(func.count()).select_from(REVIEWS).where(_in_state(state, now))
        with self.engine.connect() as connection:
            return int(connection.execute(query).scalar_one())

    def find(self, review_id: str) -> Row | None:
        """Give a case, or None."""
        return self._first(REVIEWS.c.review_id == review_id)

    def find_by_order(self, order_key: str) -> Row | None:
        """Give the case of an order, or None."""
        return self._first(REVIEWS.c.order_key == order_key)

    def events(self, review_id: str) -> list[Row]:
        """Give what was done to a case, oldest first."""
        query = (
            select(REVIEW_EVENTS)
            .where(REVIEW_EVENTS.c.review_id == review_id)
            .order_by(REVIEW_EVENTS.c.event_id)
        )
        with self.engine.connect() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]

    def change(self, case: Row, changes: Row, event: Row) -> bool:
        """Change a case and note who did it, in one commit.

        Parameters
        ----------
        case
            The case as it was read.
        changes
            Columns to set.
        event
            ``at``, ``actor``, ``act`` and ``note``.

        Returns
        -------
        bool
            False when somebody else changed it meanwhile; nothing was written then.
        """
        with self.engine.begin() as connection:
            return self.change_within(connection, case, changes, event)

    @staticmethod
    def change_within(connection: Connection, case: Row, changes: Row, event: Row) -> bool:
        """Change a case within a commit under way, as :meth:`change` does."""
        changed = connection.execute(
            update(REVIEWS)
            .where(REVIEWS.c.review_id == case["review_id"], REVIEWS.c.version == case["version"])
            .values(version=case["version"] + 1, **changes)
        )
        if changed.rowcount != 1:
            return False
        before = {name: case[name] for name in COMPARED}
        connection.execute(
            insert(REVIEW_EVENTS).values(
                review_id=case["review_id"],
                before=text.write(before),
                after=text.write(before | {n: v for n, v in changes.items() if n in before}),
                **event,
            )
        )
        return True

    def unsettled(self, decided_before: int) -> list[Row]:
        """Give closed cases whose undo time is over and whose verdict is not yet an outcome."""
        query = self._wanted.where(
            REVIEWS.c.state == "closed",
            REVIEWS.c.is_settled.is_(False),
            REVIEWS.c.decided_at <= decided_before,
        ).order_by(REVIEWS.c.decided_at, REVIEWS.c.review_id)
        with self.engine.connect() as connection:
            return _read(connection, connection.execute(query).mappings())

    def settle(self, case: Row, outcome: Row, now: int) -> list[Row]:
        """Turn a verdict into an outcome, in one commit with the events that tell of it.

        Parameters
        ----------
        case
            The closed case as it was read.
        outcome
            What its verdict says of the order.
        now
            Microseconds UTC.

        Returns
        -------
        list of dict
            The outcome if it was stored just now; none when another worker settled the case, or
            its reviewer took the verdict back at the last.
        """
        ours = update(REVIEWS).where(
            REVIEWS.c.review_id == case["review_id"],
            REVIEWS.c.version == case["version"],
            REVIEWS.c.is_settled.is_(False),
        )
        with self.engine.begin() as connection:
            if connection.execute(ours.values(is_settled=True)).rowcount != 1:
                return []
            fresh = OutcomeStore.add_within(connection, [outcome], stored_at=now)
            outbox.tell(connection, *events.reviewed(case, case["row"]["merchant_id"], now))
        return fresh

    def _first(self, condition: ColumnElement[bool]) -> Row | None:
        with self.engine.connect() as connection:
            found = connection.execute(self._wanted.where(condition)).mappings()
            return next(iter(_read(connection, found)), None)


def _in_state(state: str, now: int) -> ColumnElement[bool]:
    asleep = and_(REVIEWS.c.state == "snoozed", REVIEWS.c.snoozed_until > now)
    awake = and_(REVIEWS.c.state == "snoozed", REVIEWS.c.snoozed_until <= now)
    if state == "snoozed":
        return asleep
    if state == "open":
        return or_(REVIEWS.c.state == "open", awake)
    return REVIEWS.c.state == state


def _read(connection: Connection, rows: Iterable[Mapping[Any, Any]]) -> list[Row]:
    cases = [{**row, "body": text.read(row["body"]), "row": text.read(row["row"])} for row in rows]
    personal.restore(connection, [case["body"] for case in cases])
    known = AddressStore.current(connection, [case["order_key"] for case in cases])
    for case in cases:
        # What became known since is shown; the stored decision stays as it was made.
        case["body"]["address"] = known.get(case["order_key"], case["body"]["address"])
    return cases

"""Order events and decisions in the store, read back. Queries only."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import desc, func, select

from serving.scoring.keeping import Keeping
from serving.store import personal, text
from serving.store.engine import add_missing
from serving.store.tables import DECISIONS, ORDER_EVENTS, OUTCOMES, POLICIES, event_of
from serving.webhooks.outbox import Wanted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine


@dataclass(frozen=True, slots=True)
class StoredDecision:
    """A decision read back."""

    body: dict[str, Any]
    features: dict[str, Any]
    basis: dict[str, Any]
    as_of: int
    stored_at: int


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """An order event as it was decided, for deciding it again.

    Parameters
    ----------
    decision_id
        The decision.
    row, lines
        The order as features read it.
    document
        The order without personal data.
    beside
        What the rules read of the order beside its row.
    address
        The corrected address of the answer.
    """

    decision_id: str
    row: dict[str, Any]
    lines: list[dict[str, Any]]
    document: dict[str, Any]
    beside: dict[str, Any]
    address: dict[str, Any] | None


_LAST: Final = select(func.max(ORDER_EVENTS.c.event_id))


class DecisionStore:
    """Order events and their decisions.

    Parameters
    ----------
    engine
        The store.
    wanted
        The events that other systems want; none unless given.
    """

    def __init__(self, engine: Engine, wanted: Wanted | None = None) -> None:
        self._engine = engine
        self._wanted = wanted or Wanted(engine)

    @contextmanager
    def keeping(self) -> Iterator[Keeping]:
        """Open what one order event is looked up and kept with."""
        with self._engine.connect() as connection:
            yield Keeping(connection, self._wanted.types)

    def keep_policy(self, version: str, document: dict[str, Any]) -> None:
        """Keep the policy that decisions will be made under, once a version."""
        row = {"version": version, "document": text.write(document)}
        with self._engine.begin() as connection:
            add_missing(connection, POLICIES, [row])

    def policy(self, version: str) -> dict[str, Any]:
        """Give a policy that decisions were made under."""
        wanted = select(POLICIES.c.document).where(POLICIES.c.version == version)
        with self._engine.connect() as connection:
            found: dict[str, Any] = text.read(connection.execute(wanted).scalar_one())
        return found

    def decisions(self, order_key: str) -> list[StoredDecision]:
        """Give every decision about an order, oldest first."""
        wanted = (
            select(
                DECISIONS.c.body,
                DECISIONS.c.features,
                DECISIONS.c.basis,
                DECISIONS.c.as_of,
                DECISIONS.c.stored_at,
            )
            .join(ORDER_EVENTS, event_of(DECISIONS))
            .where(DECISIONS.c.order_key == order_key)
            .order_by(ORDER_EVENTS.c.event_id)
        )
        with self._engine.connect() as connection:
            found = [
                StoredDecision(text.read(row[0]), text.read(row[1]), text.read(row[2]), *row[3:])
                for row in connection.execute(wanted)
            ]
            personal.restore(connection, [decision.body for decision in found])
            personal.restore_notes(connection, [decision.basis for decision in found])
        return found

    def count_by_action(self, since: int) -> dict[str, int]:
        """Count the decisions stored after an instant, microseconds UTC, by their action."""
        wanted = (
            select(DECISIONS.c.action, func.count())
            .where(DECISIONS.c.stored_at > since)
            .group_by(DECISIONS.c.action)
        )
        with self._engine.connect() as connection:
            return {row[0]: row[1] for row in connection.execute(wanted)}

    def event(self, decision_id: str) -> StoredEvent | None:
        """Give the newest event of an order, or None when it is not the one decided by that."""
        table = ORDER_EVENTS.c
        wanted = (
            select(
                table.order_key, table.decision_id, table.row, table.lines, table.document,
                DECISIONS.c.body, DECISIONS.c.basis,
            )
            .join(DECISIONS, event_of(DECISIONS))
            .where(DECISIONS.c.decision_id == decision_id)
        )  # fmt: skip
        with self._engine.connect() as connection:
            found = connection.execute(wanted).first()
            if found is None:
                return None
            newest = (
                select(table.decision_id)
                .where(table.order_key == found.order_key)
                .order_by(desc(table.event_id))
                .limit(1)
            )
            if connection.execute(newest).scalar_one() != decision_id:
                return None
            body, basis = text.read(found.body), text.read(found.basis)
            personal.restore(connection, [body])
            personal.restore_notes(connection, [basis])
        return StoredEvent(
            decision_id, text.read(found.row), text.read(found.lines), text.read(found.document),
            basis.get("beside") or {}, body["address"],
        )  # fmt: skip

    def newest_document(self, order_key: str) -> dict[str, Any] | None:
        """Give an order as last received, or None when it never was."""
        wanted = (
            select(ORDER_EVENTS.c.document)
            .where(ORDER_EVENTS.c.order_key == order_key)
            .order_by(desc(ORDER_EVENTS.c.event_id))
            .limit(1)
        )
        with self._engine.connect() as connection:
            row = connection.execute(wanted).first()
        return None if row is None else text.read(row[0])

    def outcomes(self, order_key: str) -> list[dict[str, Any]]:
        """Give the stored outcomes of an order, in the order in which they became known."""
        wanted = (
            select(OUTCOMES.c.row)
            .where(OUTCOMES.c.order_key == order_key)
            .order_by(OUTCOMES.c.known_at, OUTCOMES.c.event_id)
        )
        with self._engine.connect() as connection:
            return [text.read(row[0]) for row in connection.execute(wanted)]

    def last_event(self) -> int:
        """Give the number of the event stored last; 0 when there is none."""
        with self._engine.connect() as connection:
            return connection.execute(_LAST).scalar() or 0

    def events(self, *, after: int = 0) -> Iterator[tuple[dict[str, Any], list[dict[str, Any]]]]:
        """Go through the flat rows of stored events, in the order in which they came.

        Parameters
        ----------
        after
            Number of the last event that is not wanted.
        """
        wanted = (
            select(ORDER_EVENTS.c.row, ORDER_EVENTS.c.lines)
            .where(ORDER_EVENTS.c.event_id > after)
            .order_by(ORDER_EVENTS.c.event_id)
        )
        with self._engine.connect() as connection:
            for row in connection.execute(wanted):
                yield text.read(row[0]), text.read(row[1])

"""Order events and decisions in the store. Queries only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import bindparam, desc, func, insert, select
from sqlalchemy.exc import IntegrityError

from serving.addresses.outbox import open_case
from serving.exploration.repository import TrialStore
from serving.rescoring.repository import add_listed, end_listed
from serving.scoring import cases
from serving.store import personal, text
from serving.store.engine import add_missing
from serving.store.tables import DECISIONS, ORDER_EVENTS, OUTCOMES, POLICIES, REVIEWS, RULE_HITS
from serving.webhooks import events, outbox
from serving.webhooks.outbox import Wanted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection, Engine

    from serving.scoring.entry import Entry


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


@dataclass(frozen=True, slots=True)
class Kept:
    """What is stored of an order event.

    Parameters
    ----------
    body
        The answer, as text.
    is_new
        Whether it was stored just now. Of two calls that bring one event at once only the first is;
        whoever stored it lets the rest of the service know.
    """

    body: str
    is_new: bool


# Statements of the hot path are built once: building them costs more than running them.
_FIND: Final = (
    select(DECISIONS.c.body)
    .join_from(DECISIONS, ORDER_EVENTS, DECISIONS.c.decision_id == ORDER_EVENTS.c.decision_id)
    .where(
        ORDER_EVENTS.c.order_key == bindparam("order_key"),
        ORDER_EVENTS.c.revision == bindparam("revision"),
    )
)
_LAST: Final = select(func.max(ORDER_EVENTS.c.event_id))
_ADD_EVENT: Final = insert(ORDER_EVENTS)
_ADD_DECISION: Final = insert(DECISIONS)
_ADD_HITS: Final = insert(RULE_HITS)


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

    def find(self, order_key: str, revision: str) -> str | None:
        """Give the stored answer to an order event, as text, or None."""
        asked = {"order_key": order_key, "revision": revision}
        with self._engine.connect() as connection:
            row = connection.execute(_FIND, asked).first()
            if row is None:
                return None
            body = text.read(row[0])
            personal.restore(connection, [body])
        return text.write(body)

    def add(self, entry: Entry) -> Kept:
        """Store an event with its decision and its case, in one commit.

        Returns
        -------
        Kept
            What is stored of the event now: this, or what another call stored first.

        Raises
        ------
        BudgetSpentError
            When the order is to be tried out and the day's money is spent; nothing was stored.
        """
        try:
            with self._engine.begin() as connection:
                trial = entry.decision.trial
                if trial is not None and trial.is_explored:
                    TrialStore.reserve(
                        connection, entry.rows.key, entry.body, entry.as_of, entry.cap_minor
                    )
                self._add_event(connection, entry)
                self._add_decision(connection, entry)
                self._add_hits(connection, entry)
                personal.keep(
                    connection,
                    entry.rows,
                    entry.body["address"],
                    entry.address_digest,
                    stored_at=entry.stored_at,
                )
                if entry.doubt is not None:
                    decision_id = entry.body["decision_id"]
                    at = entry.stored_at
                    open_case(connection, entry.rows.order, decision_id, entry.doubt, at=at)
                if entry.body["action"] != "release" and not entry.decision.is_frozen:
                    cases.open_cases(connection, entry.rows.key, entry.body, entry.stored_at)
                self._tell(connection, entry)
                if entry.listed:
                    add_listed(connection, entry)
                if entry.instead_of is not None:
                    end_listed(connection, entry)
                    if entry.body["action"] == "release":
                        cases.withdraw_case(
                            connection, entry.body, entry.instead_of, entry.stored_at
                        )
        except IntegrityError:
            stored = self.find(entry.rows.key, entry.body["revision"])
            if stored is None:
                raise
            return Kept(stored, is_new=False)
        return Kept(text.write(entry.body), is_new=True)

    def standing(self, order_key: str) -> str | None:
        """Give the action in force for an order: a reviewer's, or the last decision's; or None."""
        decided = (
            select(DECISIONS.c.action)
            .where(DECISIONS.c.order_key == order_key)
            .order_by(DECISIONS.c.stored_at.desc(), DECISIONS.c.decision_id)
            .limit(1)
        )
        reviewed = select(REVIEWS.c.verdict).where(REVIEWS.c.order_key == order_key)
        with self._engine.connect() as connection:
            verdict = connection.execute(reviewed).scalar()
            if verdict is not None:
                return "release" if verdict == "release" else "hold"
            return connection.execute(decided).scalar()

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
            .join(ORDER_EVENTS, ORDER_EVENTS.c.decision_id == DECISIONS.c.decision_id)
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

    def event(self, decision_id: str) -> StoredEvent | None:
        """Give the newest event of an order, or None when it is not the one decided by that."""
        table = ORDER_EVENTS.c
        wanted = (
            select(
                table.order_key, table.decision_id, table.row, table.lines, table.document,
                DECISIONS.c.body, DECISIONS.c.basis,
            )
            .join(DECISIONS, DECISIONS.c.decision_id == table.decision_id)
            .where(table.decision_id == decision_id)
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

    def _tell(self, connection: Connection, entry: Entry) -> None:
        """Keep the decision as an event, when somebody wants it; a parcel that left is no news."""
        is_released = entry.body["action"] == "release"
        wanted = "order.decided" if is_released else "order.flagged"
        if wanted not in self._wanted.types or entry.decision.is_frozen:
            return
        say = events.released if is_released else events.flagged
        merchant_id = entry.rows.order["merchant_id"]
        outbox.keep(connection, say(entry.body, entry.rows.key, merchant_id, entry.stored_at))

    @staticmethod
    def _add_event(connection: Connection, entry: Entry) -> None:
        order = entry.rows.order
        row = {
            "order_key": entry.rows.key,
            "revision": entry.body["revision"],
            "merchant_id": order["merchant_id"],
            "received_at": order["received_at"],
            "stored_at": entry.stored_at,
            "decision_id": entry.body["decision_id"],
            "document": text.write(entry.document),
            "row": text.write(order),
            "lines": text.write(entry.rows.lines),
        }
        connection.execute(_ADD_EVENT, row)

    @staticmethod
    def _add_decision(connection: Connection, entry: Entry) -> None:
        row = {
            "decision_id": entry.body["decision_id"],
            "order_key": entry.rows.key,
            "revision": entry.body["revision"],
            "as_of": entry.as_of,
            "stored_at": entry.stored_at,
            "action": entry.body["action"],
            "priority": entry.body["priority"],
            "body": text.write(personal.without_address(entry.body, entry.address_digest)),
            "features": text.write(dict(entry.features)),
            "basis": text.write(entry.basis),
        }
        decision = entry.decision
        asked = (decision.review_worth_minor, decision.review_minutes, decision.minute_minor)
        names = ("review_worth", "review_minutes", "minute_price")
        row |= dict.fromkeys(names) if decision.is_frozen else dict(zip(names, asked, strict=True))
        connection.execute(_ADD_DECISION, row)

    @staticmethod
    def _add_hits(connection: Connection, entry: Entry) -> None:
        body = entry.body
        ours = [hit["id"] for hit in body["rule_hits"] if hit["source"] == "rule"]
        on_trial = [hit["id"] for hit in body["shadow_hits"]]
        rows = [
            {
                "decision_id": body["decision_id"],
                "rule_id": rule_id,
                "order_key": entry.rows.key,
                "is_shadow": rule_id in on_trial,
                "action": body["action"],
                "at": entry.stored_at,
            }
            for rule_id in (*ours, *on_trial)
        ]
        if rows:
            connection.execute(_ADD_HITS, rows)

"""What one order event leaves in the store: looked up and kept over one connection. Queries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import bindparam, insert, select
from sqlalchemy.exc import IntegrityError

from serving.addresses.outbox import open_case
from serving.exploration.repository import TrialStore
from serving.rescoring.repository import add_listed, end_listed
from serving.scoring import cases
from serving.store import personal, text
from serving.store.prepared import Prepared
from serving.store.tables import DECISIONS, ORDER_EVENTS, REVIEWS, RULE_HITS
from serving.webhooks import events, outbox

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import Connection

    from serving.scoring.entry import Entry


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


_AGAIN: Final = 4
"""How often an event is kept again because another worker opened the case of a linked order at the
same moment. That case is seen the next time, so that only a further one can be in the way."""

_FIND: Final = Prepared(
    select(DECISIONS.c.body)
    .join_from(DECISIONS, ORDER_EVENTS, DECISIONS.c.decision_id == ORDER_EVENTS.c.decision_id)
    .where(
        ORDER_EVENTS.c.order_key == bindparam("order_key"),
        ORDER_EVENTS.c.revision == bindparam("revision"),
    )
)
_ADD_EVENT: Final = Prepared(
    insert(ORDER_EVENTS).inline(), [c.name for c in ORDER_EVENTS.columns if c.name != "event_id"]
)
_ADD_DECISION: Final = Prepared(insert(DECISIONS), [c.name for c in DECISIONS.columns])
# Built once: building it costs more than running it.
_ADD_HITS: Final = insert(RULE_HITS)
_REVIEWED: Final = Prepared(
    select(REVIEWS.c.verdict).where(REVIEWS.c.order_key == bindparam("order_key"))
)
_DECIDED: Final = Prepared(
    select(DECISIONS.c.action)
    .where(DECISIONS.c.order_key == bindparam("order_key"))
    .order_by(DECISIONS.c.stored_at.desc(), DECISIONS.c.decision_id)
)


class Keeping:
    """An order event at the store: what is known of it, and what was decided.

    Parameters
    ----------
    connection
        The store; nothing is under way on it.
    wanted
        Types of the events that other systems want.
    """

    def __init__(self, connection: Connection, wanted: Collection[str]) -> None:
        self._connection = connection
        self._wanted = wanted

    def find(self, order_key: str, revision: str) -> str | None:
        """Give the stored answer to an order event, as text, or None."""
        asked = {"order_key": order_key, "revision": revision}
        row = _FIND.first(self._connection, asked)
        if row is None:
            return None
        body = text.read(row[0])
        personal.restore(self._connection, [body])
        return text.write(body)

    def standing(self, order_key: str) -> str | None:
        """Give the action in force for an order: a reviewer's, or the last decision's; or None."""
        asked = {"order_key": order_key}
        reviewed = _REVIEWED.first(self._connection, asked)
        if reviewed is not None and reviewed[0] is not None:
            return "release" if reviewed[0] == "release" else "hold"
        decided = _DECIDED.first(self._connection, asked)
        return None if decided is None else decided[0]

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
        for last in (*(False,) * _AGAIN, True):
            try:
                with self._connection.begin():
                    self._write(entry)
            except IntegrityError:
                stored = self.find(entry.rows.key, entry.body["revision"])
                if stored is not None:
                    return Kept(stored, is_new=False)
                if last:
                    raise
            else:
                break
        return Kept(text.write(entry.body), is_new=True)

    def _write(self, entry: Entry) -> None:
        connection, rows, body, at = self._connection, entry.rows, entry.body, entry.stored_at
        trial = entry.decision.trial
        if trial is not None and trial.is_explored:
            TrialStore.reserve(connection, rows.key, body, entry.as_of, entry.cap_minor)
        _ADD_EVENT.run(connection, _event_row(entry))
        _ADD_DECISION.run(connection, _decision_row(entry))
        if hits := _hit_rows(entry):
            connection.execute(_ADD_HITS, hits)
        personal.keep(connection, rows, body["address"], entry.address_digest, stored_at=at)
        if entry.doubt is not None:
            open_case(connection, rows.order, body["decision_id"], entry.doubt, at=at)
        if body["action"] != "release" and not entry.decision.is_frozen:
            cases.open_cases(connection, rows.key, body, at)
        self._tell(entry)
        if entry.listed:
            add_listed(connection, entry)
        if entry.instead_of is not None:
            end_listed(connection, entry)
            if body["action"] == "release":
                cases.withdraw_case(connection, body, entry.instead_of, at)

    def _tell(self, entry: Entry) -> None:
        """Keep the decision as an event, when somebody wants it; a parcel that left is no news."""
        is_released = entry.body["action"] == "release"
        wanted = "order.decided" if is_released else "order.flagged"
        if wanted not in self._wanted or entry.decision.is_frozen:
            return
        say = events.released if is_released else events.flagged
        merchant_id = entry.rows.order["merchant_id"]
        outbox.keep(self._connection, say(entry.body, entry.rows.key, merchant_id, entry.stored_at))


def _event_row(entry: Entry) -> dict[str, Any]:
    order = entry.rows.order
    return {
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


def _decision_row(entry: Entry) -> dict[str, Any]:
    row = {
        "decision_id": entry.body["decision_id"],
        "order_key": entry.rows.key,
        "revision": entry.body["revision"],
        "as_of": entry.as_of,
        "stored_at": entry.stored_at,
        "action": entry.body["action"],
        "priority": entry.body["priority"],
        "body": text.write(personal.without_address(entry.body, entry.address_digest)),
        "features": text.write(entry.features),
        "basis": text.write(entry.basis),
    }
    decision = entry.decision
    asked = (decision.review_worth_minor, decision.review_minutes, decision.minute_minor)
    names = ("review_worth", "review_minutes", "minute_price")
    return row | dict(zip(names, (None,) * 3 if decision.is_frozen else asked, strict=True))


def _hit_rows(entry: Entry) -> list[dict[str, Any]]:
    body = entry.body
    ours = [hit["id"] for hit in body["rule_hits"] if hit["source"] == "rule"]
    on_trial = [hit["id"] for hit in body["shadow_hits"]]
    return [
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

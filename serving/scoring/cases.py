"""Cases that a decision opens, within its own commit. Queries only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import insert, select, update

from serving.store import text
from serving.store.tables import DECISIONS, ORDER_EVENTS, REVIEW_EVENTS, REVIEWS, event_of
from serving.webhooks import events, outbox

if TYPE_CHECKING:
    from sqlalchemy import Connection

LOOKED_BACK: Final = 50
"""Linked orders at most that one decision brings into the queue."""


SERVICE: Final = "service"
"""Who opens cases, and closes those that need nobody any more."""


def open_cases(connection: Connection, order_key: str, body: dict[str, Any], at: int) -> None:
    """Open a case for an order, and for released orders that turn out to belong to it.

    The first orders of a burst look like any other when they come in; only the later ones show
    what they were the beginning of.

    Parameters
    ----------
    connection
        Where the decision's commit is under way.
    order_key
        The order decided about.
    body
        Its decision, which is not to release it.
    at
        Microseconds UTC.
    """
    case = {"decision_id": body["decision_id"], "priority": body["priority"]}
    known = connection.execute(
        select(REVIEWS.c.review_id, REVIEWS.c.state, REVIEWS.c.decided_by).where(
            REVIEWS.c.order_key == order_key
        )
    ).first()
    if known is None:
        _open(connection, order_key, case, at)
    elif known.state != "closed":
        changed = update(REVIEWS).where(REVIEWS.c.review_id == known.review_id)
        connection.execute(changed.values(version=REVIEWS.c.version + 1, **case))
    elif known.decided_by == SERVICE:
        changes = dict.fromkeys(("decided_by", "decided_at")) | {"state": "open", "opened_at": at}
        _change(connection, known.review_id, changes | case, "open", at)
    if body["rule_hits"] and body["linked_orders"]:
        _look_back(connection, order_key, body, at)


def withdraw_case(connection: Connection, again: dict[str, Any], instead_of: str, at: int) -> None:
    """Close the case of an order that is released now that nothing is missing any more.

    A case that somebody works on stays, and shows the new decision; so does one that was opened
    because of other orders.

    Parameters
    ----------
    connection
        Where the commit of the new decision is under way.
    again
        The new decision, which releases the order.
    instead_of
        The decision that it was made again from.
    at
        Microseconds UTC.
    """
    table = REVIEWS.c
    case = connection.execute(
        select(table.review_id, table.claimed_until)
        .join(DECISIONS, DECISIONS.c.decision_id == table.decision_id)
        .where(
            table.decision_id == instead_of,
            table.state != "closed",
            DECISIONS.c.action != "release",
        )
    ).first()
    if case is None:
        return
    changes = {"decision_id": again["decision_id"], "priority": again["priority"]}
    act = "update"
    if (case.claimed_until or 0) <= at:
        changes |= {"state": "closed", "decided_by": SERVICE, "decided_at": at, "is_settled": True}
        act = "withdraw"
    _change(connection, case.review_id, changes, act, at)


def _look_back(connection: Connection, order_key: str, body: dict[str, Any], at: int) -> None:
    """Bring linked orders that have no case yet into the queue, as urgent as this one."""
    linked = [key for key in body["linked_orders"][:LOOKED_BACK] if key != order_key]
    having = select(REVIEWS.c.order_key).where(REVIEWS.c.order_key.in_(linked))
    waiting = set(connection.execute(having).scalars())
    missed = [key for key in linked if key not in waiting]
    if not missed:
        return
    newest = (
        select(
            DECISIONS.c.order_key,
            DECISIONS.c.decision_id,
            DECISIONS.c.body,
            ORDER_EVENTS.c.merchant_id,
        )
        .join(ORDER_EVENTS, event_of(DECISIONS))
        .where(DECISIONS.c.order_key.in_(missed))
        .order_by(DECISIONS.c.stored_at)
    )
    decided = {row.order_key: row for row in connection.execute(newest)}
    for key, row in decided.items():
        case = {"decision_id": row.decision_id, "priority": body["priority"]}
        _open(connection, key, case, at, note=f"linked to {order_key}")
        urgency = {name: body[name] for name in ("priority", "band")}
        why = {"action": "review", "reasons": [{"code": "linked"}]}
        told = text.read(row.body) | urgency | why
        outbox.tell(connection, events.flagged(told, key, row.merchant_id, at))


def _open(
    connection: Connection, order_key: str, case: dict[str, Any], at: int, note: str | None = None
) -> None:
    review_id = "rev_" + str(case["decision_id"]).removeprefix("dec_")
    row = {
        "review_id": review_id,
        "order_key": order_key,
        "state": "open",
        "opened_at": at,
        "version": 1,
        "is_settled": False,
    }
    connection.execute(insert(REVIEWS), row | case)
    _note(connection, review_id, "open", {"state": "open"}, at, note)


def _change(
    connection: Connection, review_id: str, changes: dict[str, Any], act: str, at: int
) -> None:
    changed = update(REVIEWS).where(REVIEWS.c.review_id == review_id)
    connection.execute(changed.values(version=REVIEWS.c.version + 1, **changes))
    _note(connection, review_id, act, changes, at)


def _note(
    connection: Connection,
    review_id: str,
    act: str,
    after: dict[str, Any],
    at: int,
    note: str | None = None,
) -> None:
    event = {
        "review_id": review_id,
        "at": at,
        "actor": SERVICE,
        "act": act,
        "note": note,
        "before": "{}",
        "after": text.write(after),
    }
    connection.execute(insert(REVIEW_EVENTS), event)

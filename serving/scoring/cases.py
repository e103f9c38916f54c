"""Cases that a decision opens, within its own commit. Queries only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import insert, select, update

from serving.store import text
from serving.store.tables import DECISIONS, ORDER_EVENTS, REVIEW_EVENTS, REVIEWS
from serving.webhooks import events, outbox

if TYPE_CHECKING:
    from sqlalchemy import Connection

LOOKED_BACK: Final = 50
"""Linked orders at most that one decision brings into the queue."""


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
        select(REVIEWS.c.review_id, REVIEWS.c.state).where(REVIEWS.c.order_key == order_key)
    ).first()
    if known is None:
        _open(connection, order_key, case, at)
    elif known.state != "closed":
        changed = update(REVIEWS).where(REVIEWS.c.review_id == known.review_id)
        connection.execute(changed.values(version=REVIEWS.c.version + 1, **case))
    if body["rule_hits"] and body["linked_orders"]:
        _look_back(connection, order_key, body, at)


def _look_back(connection: Connection, order_key: str, body: dict[str, Any], at: int) -> None:
    """Bring linked orders that have no case yet into the queue, as urgent as this one."""
    linked = [key for key in body["linked_orders"][:LOOKED_BACK] if key != order_key]
    having = select(REVIEWS.c.order_key).where(REVIEWS.c.order_key.in_(linked))
    waiting = set(connection.execute(having).scalars())
    newest = (
        select(
            DECISIONS.c.order_key,
            DECISIONS.c.decision_id,
            DECISIONS.c.body,
            ORDER_EVENTS.c.merchant_id,
        )
        .join(ORDER_EVENTS, ORDER_EVENTS.c.decision_id == DECISIONS.c.decision_id)
        .where(DECISIONS.c.order_key.in_([key for key in linked if key not in waiting]))
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
    event = {
        "review_id": review_id,
        "at": at,
        "actor": "service",
        "act": "open",
        "note": note,
        "before": "{}",
        "after": text.write({"state": "open"}),
    }
    connection.execute(insert(REVIEW_EVENTS), event)

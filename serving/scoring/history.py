"""What is kept about one order, put together for a reader."""

from __future__ import annotations

import math
from datetime import datetime
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from features.order import microseconds, wire_instant
from features.wording import KIND_ZH
from serving.scoring.wording import ACTIONS_ZH

if TYPE_CHECKING:
    from serving.addresses.repository import AddressStore
    from serving.explanations.repository import ExplanationStore
    from serving.scoring.repository import DecisionStore, StoredDecision


def order_document(
    store: DecisionStore,
    addresses: AddressStore,
    explanations: ExplanationStore,
    order_key: str,
) -> dict[str, Any] | None:
    """Give order, decisions, features, address, linked orders, outcomes and timeline, or None.

    Parameters
    ----------
    store
        Where decisions are kept.
    addresses
        What became known of addresses after their decision.
    explanations
        Exact causes of predictions, by decision.
    order_key
        The order.
    """
    document = store.newest_document(order_key)
    decisions = store.decisions(order_key)
    if document is None or not decisions:
        return None
    outcomes = store.outcomes(order_key)
    newest = decisions[-1]
    updates = addresses.history(order_key)
    return {
        "order_key": order_key,
        "order": document,
        "decisions": [decision.body for decision in decisions],
        "features": {name: _plain(value) for name, value in newest.features.items()},
        "explanations": explanations.of([each.body["decision_id"] for each in decisions]),
        "address": _address_now(newest.body, updates),
        "address_updates": [_update(update) for update in updates],
        "linked_orders": newest.body["linked_orders"],
        "outcomes": [_outcome(row) for row in outcomes],
        "timeline": _timeline(document, decisions, outcomes, updates),
    }


def whole_key(text: str) -> str:
    """Give the order key that an address means, whether or not the order id's own / was escaped.

    Examples
    --------
    >>> whole_key("acme/shopify/eu/#1/2"), whole_key("acme/shopify/eu/#1%2F2")
    ('acme/shopify/eu/#1%2F2', 'acme/shopify/eu/#1%2F2')
    """
    *scope, order_id = text.split("/", 3)
    return "/".join([*scope, order_id.replace("/", "%2F")])


def _plain(value: Any) -> Any:
    """Give a value that JSON can say; what is not finite is unknown."""
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _outcome(row: dict[str, Any]) -> dict[str, Any]:
    clocks = {name: wire_instant(row[name]) for name in ("occurred_at", "known_at")}
    return {**row, **clocks}


def _address_now(body: dict[str, Any], updates: list[dict[str, Any]]) -> Any:
    """Give the address that the last update since a decision left, or the decision's own."""
    since = [update for update in updates if update["decision_id"] == body["decision_id"]]
    known = next((update for update in reversed(since) if update["act"] != "asked"), None)
    if known is None or known["answer"] is None:
        return body["address"]
    return known["answer"].address()


def _update(update: dict[str, Any]) -> dict[str, Any]:
    answer = update["answer"]
    return {
        "at": wire_instant(update["at"]),
        "by": update["actor"],
        "act": update["act"],
        "decision_id": update["decision_id"],
        "address": None if answer is None else answer.address(),
    }


def _timeline(
    document: dict[str, Any],
    decisions: list[StoredDecision],
    outcomes: list[dict[str, Any]],
    updates: list[dict[str, Any]],
) -> list[dict[str, Any]]:
    buyer = document.get("buyer") or {}
    events = [
        _event(_told(document["placed_at"]), "placed", "下单", "order placed"),
        _event(_told(document.get("paid_at")), "paid", "付款", "paid"),
        _event(_told(buyer.get("account_created_at")), "account", "注册账号", "account opened"),
    ]
    for decision in decisions:
        action = decision.body["action"]
        zh, en = f"决策：{ACTIONS_ZH[action]}", f"decided: {action}"
        events.append(_event(decision.as_of, "decision", zh, en))
    for update in updates:
        if update["answer"] is not None:
            who = update["answer"].source if update["actor"] == "service" else update["actor"]
            zh, en = f"地址更新：{who}", f"address updated: {who}"
            events.append(_event(update["at"], "address", zh, en))
    for row in outcomes:
        zh, en = f"结果：{KIND_ZH[row['kind']]}", f"outcome: {row['kind']}"
        events.append(_event(row["occurred_at"], "outcome", zh, en))
    known = sorted((event for event in events if event["at"] is not None), key=itemgetter("at"))
    return [event | {"at": wire_instant(event["at"])} for event in known]


def _told(at: str | None) -> int | None:
    """Give an instant of the document, which the channel tells on its own clock's zone, as UTC."""
    return None if at is None else microseconds(datetime.fromisoformat(at))


def _event(at: int | None, kind: str, zh: str, en: str) -> dict[str, Any]:
    return {"at": at, "kind": kind, "text": {"zh": zh, "en": en}}

"""The events, by name, and what each says. None says anything about a person."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from features.order import wire_instant
from serving.store import text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from features.order import Row


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of event.

    Parameters
    ----------
    zh, en
        When it is sent.
    example
        What its ``data`` looks like.
    """

    zh: str
    en: str
    example: Row


_ORDER: Final = "acme/shopify/eu/1001"

KINDS: Final[dict[str, Kind]] = {
    "order.flagged": Kind(
        "订单需人工审核或被拦截",
        "an order is to be reviewed or held",
        {
            "order_key": _ORDER,
            "decision_id": "dec_5f0c6b1e8a4d4c0f9b7a2d3e4f5a6b7c",
            "action": "review",
            "band": "high",
            "priority": 82.5,
            "expected_loss": {"minor": 12_900, "currency": "CNY"},
            "reasons": ["burst"],
        },
    ),
    "order.decided": Kind(
        "订单去向已定：自动放行，或审核结论不可再撤销",
        "what becomes of an order is settled: released at intake, or a verdict past its undo time",
        {
            "order_key": _ORDER,
            "decision_id": "dec_5f0c6b1e8a4d4c0f9b7a2d3e4f5a6b7c",
            "action": "release",
            "by": "service",
        },
    ),
    "review.closed": Kind(
        "审核已结案，且已过撤销时间",
        "a case was closed and can no longer be undone",
        {
            "review_id": "rev_5f0c6b1e8a4d4c0f9b7a2d3e4f5a6b7c",
            "order_key": _ORDER,
            "decision_id": "dec_5f0c6b1e8a4d4c0f9b7a2d3e4f5a6b7c",
            "verdict": "cancel",
            "cause": "fraud",
            "decided_at": "2026-03-01T08:35:05Z",
        },
    ),
    "address.needs_review": Kind(
        "地址不确定，需人工选择",
        "an address stayed unsure after everything that could be asked",
        {
            "case_id": "adr_5f0c6b1e8a4d4c0f9b7a2d3e4f5a6b7c",
            "order_key": _ORDER,
            "decision_id": "dec_5f0c6b1e8a4d4c0f9b7a2d3e4f5a6b7c",
            "country": "CN",
            "confidence": 0.62,
            "n_choices": 2,
        },
    ),
    "delivery.alert": Kind(
        "配送异常：网点妥投率骤降等",
        "deliveries are going wrong somewhere, such as an outlet whose rate has fallen",
        {
            "alert_id": "zto-310115-1:2026-03-01",
            "kind": "first_attempt",
            "carrier": "zto",
            "outlet": "zto-310115-1",
            "since": "2026-03-01T00:00:00Z",
            "usual": 0.93,
            "now": 0.61,
            "n": 84,
            "text": {"zh": "首次妥投率骤降", "en": "far fewer first attempts succeed"},
        },
    ),
    "retrain.finished": Kind(
        "每周重新训练已结束",
        "the weekly run has ended",
        {
            "period": "2026-02-23",
            "state": "done",
            "models": [{"model": "fraud", "outcome": "promoted", "version": "4"}],
        },
    ),
}
"""Every event; a new one is a line here and a call where it happens."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened.

    Parameters
    ----------
    type
        One of `KINDS`.
    subject
        What it happened to; messages about one subject keep their order.
    key
        What tells it from other events of its type: told twice, it is kept once.
    merchant_id
        Whose it is; None for everybody.
    at
        Microseconds UTC.
    data
        What there is to say.
    """

    type: str
    subject: str
    key: str
    merchant_id: str | None
    at: int
    data: Mapping[str, Any]

    @property
    def message_id(self) -> str:
        """``webhook-id``, the same however often the message is sent.

        Examples
        --------
        >>> event = Event("order.decided", "a", "dec_1", "acme", 0, {})
        >>> event.message_id == Event("order.decided", "a", "dec_1", "acme", 9, {}).message_id
        True
        """
        said = f"{self.type} {self.key}".encode()
        return "msg_" + hashlib.blake2s(said, digest_size=16).hexdigest()

    def body(self) -> str:
        """Write the message as Standard Webhooks lay it out.

        Examples
        --------
        >>> Event("order.decided", "a", "dec_1", "acme", 0, {"action": "release"}).body()
        '{"type":"order.decided","timestamp":"1970-01-01T00:00:00Z","data":{"action":"release"}}'
        """
        return text.write(
            {"type": self.type, "timestamp": wire_instant(self.at), "data": dict(self.data)}
        )


def flagged(body: Mapping[str, Any], order_key: str, merchant_id: str, at: int) -> Event:
    """Say that an order is to be reviewed or held, as its decision says."""
    decision_id = str(body["decision_id"])
    data = {
        "order_key": order_key,
        "decision_id": decision_id,
        "action": body["action"],
        "band": body["band"],
        "priority": body["priority"],
        "expected_loss": body["expected_loss"],
        "reasons": [reason["code"] for reason in body["reasons"]],
    }
    return Event("order.flagged", order_key, decision_id, merchant_id, at, data)


def released(body: Mapping[str, Any], order_key: str, merchant_id: str, at: int) -> Event:
    """Say that an order was released at intake."""
    decision_id = str(body["decision_id"])
    data = {
        "order_key": order_key,
        "decision_id": decision_id,
        "action": body["action"],
        "by": "service",
    }
    return Event("order.decided", order_key, decision_id, merchant_id, at, data)


def reviewed(case: Mapping[str, Any], merchant_id: str, at: int) -> tuple[Event, Event]:
    """Say that a case is closed and what becomes of its order."""
    order_key, key = case["order_key"], f"{case['review_id']}:{case['decided_at']}"
    ids = {name: case[name] for name in ("review_id", "order_key", "decision_id")}
    closed = ids | {
        "verdict": case["verdict"],
        "cause": case["reason"],
        "decided_at": wire_instant(case["decided_at"]),
    }
    decided = {
        "order_key": order_key,
        "decision_id": case["decision_id"],
        "action": case["verdict"],
        "by": "reviewer",
    }
    return (
        Event("review.closed", order_key, key, merchant_id, at, closed),
        Event("order.decided", order_key, key, merchant_id, at, decided),
    )


def unsure_address(case: Mapping[str, Any], n_choices: int, at: int) -> Event:
    """Say that an address waits for a reviewer."""
    names = ("case_id", "order_key", "decision_id", "country", "confidence")
    data = {name: case[name] for name in names} | {"n_choices": n_choices}
    return Event(
        "address.needs_review", case["order_key"], case["case_id"], case["merchant_id"], at, data
    )


def delivery_alert(alert: Mapping[str, Any], at: int) -> Event:
    """Say that deliveries are going wrong somewhere; the alert brings its ``alert_id``.

    Examples
    --------
    >>> event = delivery_alert({"alert_id": "a1"}, at=1_790_000_000_000_000)
    >>> event.type, event.key
    ('delivery.alert', 'a1')
    """
    key = str(alert["alert_id"])
    return Event("delivery.alert", f"alert:{key}", key, None, at, alert)


def retrained(period: str, state: str, document: Mapping[str, Any] | None, at: int) -> Event:
    """Say how a weekly run ended."""
    models = [
        {"model": week["model"], "outcome": week["outcome"], "version": week["version"]}
        for week in (document or {}).get("models", ())
    ]
    data = {"period": period, "state": state, "models": models}
    return Event("retrain.finished", f"retrain:{period}", f"{period}:{state}", None, at, data)

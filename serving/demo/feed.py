"""Feeding: orders and outcomes through a running service, in the order in which they came."""

from __future__ import annotations

import json
import time
from collections import Counter, deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from serving.demo.server import Client

OUTCOMES_AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True)
class Fed:
    """One order with its decision.

    Parameters
    ----------
    order
        The canonical document that was sent.
    decision
        The service's answer.
    """

    order: dict[str, Any]
    decision: dict[str, Any]

    @property
    def key(self) -> str:
        """The order's key."""
        key: str = self.decision["order_key"]
        return key

    @property
    def is_flagged(self) -> bool:
        """Whether a detector or rule named something, or the order is not simply released."""
        named = any(_names_trouble(hit) for hit in self.decision["rule_hits"])
        return named or self.decision["action"] != "release"


def _names_trouble(hit: dict[str, Any]) -> bool:
    """Tell whether a hit speaks against the order; a tag or a wish for its route does not."""
    outcome = hit["outcome"]
    if hit["source"] != "rule":
        return True
    return bool(outcome.get("action", "release") != "release" or outcome.get("points", 0.0) > 0)


@dataclass
class Tally:
    """What the feed brought so far."""

    orders: list[Fed] = field(default_factory=list)
    n_outcomes: int = 0

    def add(self, fed: Fed) -> None:
        """Count one order."""
        self.orders.append(fed)

    def count(self, action: str) -> int:
        """Give the number of orders with an action."""
        return sum(each.decision["action"] == action for each in self.orders)

    @property
    def n_rerouted(self) -> Counter[str]:
        """Orders that went another way than usual, by what they were kept from."""
        routes = (each.decision["route"] or {} for each in self.orders)
        avoided = (route.get("instead_of") for route in routes)
        return Counter(way["reasons"][0]["code"] for way in avoided if way)

    @property
    def flagged(self) -> set[str]:
        """Keys of the flagged orders."""
        return {each.key for each in self.orders if each.is_flagged}

    @property
    def links(self) -> dict[str, list[str]]:
        """Order to the earlier orders that its decision names."""
        return {
            each.key: [
                *each.decision["linked_orders"],
                *filter(None, [each.decision["duplicate_of"]]),
            ]
            for each in self.orders
        }


def read_lines(path: Path) -> list[dict[str, Any]]:
    """Read JSON lines; nothing when the file is not there."""
    if not path.is_file():
        return []
    return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line]


def feed(
    client: Client,
    orders: Sequence[dict[str, Any]],
    outcomes: Sequence[dict[str, Any]],
    *,
    rate: float,
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[Fed | int]:
    """Send orders, and before each one the outcomes that were known by then.

    Parameters
    ----------
    client
        Connection to the service.
    orders
        Canonical orders as they came in.
    outcomes
        Outcomes by the moment they were known.
    rate
        Orders a second; 0 is as fast as the service answers.
    sleep
        Waits.

    Yields
    ------
    Fed or int
        Each decided order; the number of outcomes just told.
    """
    waiting = deque(sorted(outcomes, key=lambda each: str(each["known_at"])))
    due = time.monotonic()
    for order in orders:
        now = order["ingest"]["received_at"]
        told: list[dict[str, Any]] = []
        while waiting and waiting[0]["known_at"] <= now and len(told) < OUTCOMES_AT_ONCE:
            told.append(waiting.popleft())
        if told:
            client.post("/v1/outcomes", {"outcomes": told})
            yield len(told)
        if rate > 0:
            sleep(max(due - time.monotonic(), 0.0))
            due = max(due, time.monotonic() - 1.0) + 1.0 / rate
        yield Fed(order, client.post("/v1/orders/score", order))

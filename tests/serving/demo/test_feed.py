from __future__ import annotations

from typing import Any, cast

from serving.demo.feed import Fed, Tally, feed
from serving.demo.server import Client, free_port


class Service:
    """Stands in for the client: remembers what it was told, in order."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def post(self, path: str, body: Any) -> dict[str, Any]:
        if path.endswith("outcomes"):
            self.told += [each["outcome_id"] for each in body["outcomes"]]
            return {}
        self.told.append(body["order_id"])
        return decision(body["order_id"])


def decision(key: str, **more: Any) -> dict[str, Any]:
    plain: dict[str, Any] = {
        "action": "release",
        "rule_hits": [],
        "linked_orders": [],
        "duplicate_of": None,
    }
    return {"order_key": key, **plain, **more}


def hit(source: str, **outcome: Any) -> dict[str, Any]:
    return {"id": "x", "source": source, "outcome": outcome}


def order(order_id: str, received_at: str) -> dict[str, Any]:
    return {"order_id": order_id, "ingest": {"received_at": received_at}}


def outcome(outcome_id: str, known_at: str) -> dict[str, Any]:
    return {"outcome_id": outcome_id, "known_at": known_at}


def run(orders: list[Any], outcomes: list[Any], rate: float = 0.0) -> tuple[list[str], list[float]]:
    service, slept = Service(), list[float]()
    list(feed(cast("Client", service), orders, outcomes, rate=rate, sleep=slept.append))
    return service.told, slept


def test_an_outcome_is_told_before_the_first_order_that_may_know_it() -> None:
    orders = [order("a", "2026-11-18T00:00:10Z"), order("b", "2026-11-18T00:01:00Z")]
    outcomes = [outcome("late", "2026-11-18T00:01:01Z"), outcome("known", "2026-11-18T00:00:30Z")]

    told, _ = run(orders, outcomes)

    assert told == ["a", "known", "b"]


def test_full_speed_never_waits() -> None:
    _, slept = run([order("a", "2026-11-18T00:00:10Z")], [])

    assert slept == []


def test_a_rate_spaces_the_orders() -> None:
    orders = [order(name, "2026-11-18T00:00:10Z") for name in "abc"]

    _, slept = run(orders, [], rate=2.0)

    assert slept[0] == 0.0
    assert 0.4 < slept[1] <= 0.5


def test_a_released_order_that_a_rule_named_counts_as_flagged() -> None:
    plain = Fed({}, decision("a"))
    named = Fed({}, decision("b", rule_hits=[hit("detector", score=0.9)], duplicate_of="a"))
    held = Fed({}, decision("c", action="hold"))
    tagged = Fed({}, decision("d", rule_hits=[hit("rule", tags=["gift"])]))
    tally = Tally([plain, named, held, tagged])

    assert tally.flagged == {"b", "c"}
    assert tally.links["b"] == ["a"]
    assert tally.count("hold") == 1


def test_a_taken_port_is_replaced_by_a_free_one() -> None:
    assert free_port(0) > 1023

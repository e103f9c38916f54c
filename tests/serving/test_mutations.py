"""Whatever a faulty client sends, the answer is a decision or a documented refusal."""

from __future__ import annotations

import os
import random
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from serving.scoring.schemas import ORDER_EXAMPLE
from tests.serving.mutations import mutated

if TYPE_CHECKING:
    from tests.serving.conftest import Service

TIMES = int(os.environ.get("ORDERINTEL_TEST_MUTATIONS", "150"))
"""Bodies of each route; the long run of a release has 10,000."""

OUTCOME = {
    "outcome_id": "cb-1", "order_key": "demo/shopify/eu/1", "kind": "chargeback", "is_bad": True,
    "amount": {"minor": 23900, "currency": "CNY"}, "occurred_at": "2026-02-20T00:00:00Z",
    "known_at": "2026-02-22T09:00:00Z", "source": "acquirer", "trust": "confirmed",
}  # fmt: skip
PARCEL = {
    "shipment_id": "s-1", "order_key": "demo/shopify/eu/1", "carrier": "SF", "origin_lat": 31.2,
    "shipped_at": "2026-02-20T00:00:00Z", "first_attempt_ok": True, "cost_minor": 900,
}  # fmt: skip


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/orders/score", ORDER_EXAMPLE),
        ("/v1/orders/score/batch", {"orders": [ORDER_EXAMPLE, ORDER_EXAMPLE | {"order_id": "2"}]}),
        ("/v1/outcomes", {"outcomes": [OUTCOME], "shipments": [PARCEL]}),
    ],
)
def test_a_mutated_body_gets_a_decision_or_a_documented_refusal(
    service: Service, path: str, body: dict[str, Any]
) -> None:
    chance = random.Random(11)  # noqa: S311 test data
    documented = service.client.app.openapi()["paths"][path]["post"]["responses"]  # type: ignore[attr-defined]  # FastAPI
    allowed = {int(status) for status in documented if int(status) < 500}
    headers = {"Content-Type": "application/json"}
    found: Counter[int] = Counter()

    for _ in range(TIMES):
        sent = mutated(body, chance)
        answer = service.call("POST", path, content=sent, headers=headers)
        assert answer.status_code in allowed, (answer.status_code, sent[:500], answer.text[:500])
        found[answer.status_code] += 1

    assert found[200]
    assert found[400]
    assert found[422]

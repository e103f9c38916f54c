"""What Prometheus reads."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import select, update

from serving.gauges import NAMES
from serving.retraining.repository import RunStore
from serving.scoring.stages import STAGES
from serving.store.tables import DECISIONS
from tests.serving.orders import locked, order

if TYPE_CHECKING:
    from tests.serving.conftest import Service

MINUTE = 60


def samples(service: Service) -> dict[tuple[str, ...], float]:
    """Give every sample by its name and the values of its labels."""
    page = service.call("GET", "/metrics").text
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(page)
        for sample in family.samples
    }


def test_everything_that_happened_is_counted(service: Service) -> None:
    for number in range(3):
        service.score(order(str(number)))
    flagged = service.score(locked("locked")).json()
    service.clock.advance(5 * MINUTE)

    found = samples(service)

    for stage in STAGES:
        assert found["orderintel_stage_seconds_count", stage] == 4
        assert found["orderintel_stage_seconds_sum", stage] > 0
    decided = {key[1:]: n for key, n in found.items() if key[0] == "orderintel_decisions_total"}
    assert sum(decided.values()) == 4
    assert decided[flagged["action"], flagged["band"]] >= 1
    assert found["orderintel_requests_total", "POST", "/v1/orders/score", "200"] == 4
    assert found["orderintel_degraded_total", "models"] == 4
    assert found["orderintel_queue_length", "reviews"] == 1
    assert found["orderintel_queue_age_seconds", "reviews"] == 5 * MINUTE
    assert found["orderintel_queue_age_seconds", "webhooks"] == 0
    assert found[("orderintel_models_missing",)] == 1


def test_features_that_are_unknown_are_told(service: Service) -> None:
    service.score(order("1"))
    service.score(order("2"))
    with service.runtime.engine.begin() as connection:
        vectors = [{"seen": 1.0, "half": None}, {"seen": 2.0, "half": 3.0}]
        keys = connection.execute(select(DECISIONS.c.decision_id)).scalars().all()
        for key, vector in zip(keys, vectors, strict=True):
            changed = update(DECISIONS).where(DECISIONS.c.decision_id == key)
            connection.execute(changed.values(features=json.dumps(vector)))

    found = samples(service)

    assert found["orderintel_feature_missing_share", "seen"] == 0
    assert found["orderintel_feature_missing_share", "half"] == 0.5


def test_the_last_run_says_what_drifted(service: Service) -> None:
    runs = RunStore(service.runtime.engine)
    week = {"begins": "2026-02-16", "alarms": [{"column": "basket__value"}], "note": ""}
    runs.begin("2026-02-23", service.clock())
    runs.end("2026-02-23", "done", service.clock(), {"drift": {"weeks": [week]}})
    service.clock.advance(3 * MINUTE)

    found = samples(service)

    assert found["orderintel_drift_alarm", "basket__value"] == 1
    assert found[("orderintel_retraining_age_seconds",)] == 3 * MINUTE


def test_every_figure_is_described_for_operators() -> None:
    from pathlib import Path

    page = (Path(__file__).parents[2] / "docs" / "operations.md").read_text("utf-8")

    for name in NAMES:
        assert f"`orderintel_{name}" in page


@pytest.mark.parametrize("secret", ["王", "13912345678", "Bearer", "oi_"])
def test_no_figure_says_anything_about_a_person(service: Service, secret: str) -> None:
    service.score(order(buyer={"name": "王小明", "phone": "13912345678"}))

    assert secret not in service.call("GET", "/metrics").text

"""What came in through the service is learned from beside what was imported."""

from __future__ import annotations

from typing import TYPE_CHECKING

from features.history import History
from serving.retraining.snapshot import take_snapshot
from tests.serving.orders import order

if TYPE_CHECKING:
    from pathlib import Path

    from tests.serving.conftest import Service


def test_stored_orders_and_outcomes_join_the_imported_ones(served: Service, tmp_path: Path) -> None:
    answer = served.score(order())
    key = answer.json()["order_key"]
    outcome = {
        "outcome_id": "f1",
        "order_key": key,
        "kind": "fraud",
        "occurred_at": "2026-03-01T08:00:00Z",
    }
    assert served.call("POST", "/v1/outcomes", json={"outcomes": [outcome]}).status_code < 300
    history = History(served.runtime.settings.history_folder)

    found = take_snapshot(history, served.runtime.engine, tmp_path / "snapshot")

    orders, outcomes = found.frame("orders"), found.frame("outcomes")
    assert len(orders) == 51
    assert key in set(orders["order_key"])
    assert set(outcomes.loc[outcomes["order_key"] == key, "kind"]) == {"fraud"}
    assert found.profile.labels == history.profile.labels


def test_the_history_itself_stays_as_it_was(served: Service, tmp_path: Path) -> None:
    served.score(order())
    history = History(served.runtime.settings.history_folder)

    take_snapshot(history, served.runtime.engine, tmp_path / "snapshot")

    assert len(History(served.runtime.settings.history_folder).frame("orders")) == 50
    assert served.runtime.settings.history_folder.resolve() == history.folder


def test_without_stored_events_the_history_is_read_as_it_is(
    served: Service, tmp_path: Path
) -> None:
    history = History(served.runtime.settings.history_folder)

    assert take_snapshot(history, served.runtime.engine, tmp_path / "snapshot") is history

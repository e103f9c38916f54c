"""A label delay asked for holds for features, labels and maturities alike."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from features.history import History, HistoryProfile, LabelProfile
from features.history_writing import write_history
from features.schema import TABLES, arrow_schema
from models.training.material import Material

if TYPE_CHECKING:
    from pathlib import Path

OPENED = datetime(2026, 1, 5, 9, tzinfo=UTC)
KNOWN_FRAUD = "buyer__fraud_count__known_30d"


def table(name: str, rows: list[dict[str, Any]]) -> pa.Table:
    schema = arrow_schema(TABLES[name])
    return pa.Table.from_pylist([{c: r.get(c) for c in schema.names} for r in rows], schema)


def order(number: int, day: int) -> dict[str, Any]:
    at = OPENED + timedelta(days=day)
    own = {"order_key": f"m/web/main/{number}", "order_id": str(number), "buyer_key": "h1:b"}
    where = {"merchant_id": "m", "channel": "web", "shop_id": "main"}
    return {**own, **where, "placed_at": at, "received_at": at}


@pytest.fixture
def history(tmp_path: Path) -> History:
    """Give a buyer's bad order, known after a day, and orders five and ten days after it."""
    known = OPENED + timedelta(days=1)
    bad = {
        "outcome_id": "f",
        "order_key": "m/web/main/0",
        "kind": "fraud",
        "is_bad": True,
        "occurred_at": known,
        "known_at": known,
    }
    tables = {
        "orders": table("orders", [order(0, 0), order(1, 5), order(2, 10)]),
        "outcomes": table("outcomes", [bad]),
    }
    labels = {"fraud": LabelProfile("fraud", 1.0)}
    profile = HistoryProfile(entities={"buyer_key": 1.0}, labels=labels)
    write_history(tmp_path / "history", tables, profile)
    return History(tmp_path / "history")


@pytest.mark.parametrize(
    ("days", "seen"), [(None, [0, 1, 1]), (0.5, [0, 1, 1]), (5, [0, 0, 1]), (10, [0, 0, 0])]
)
def test_features_see_a_label_only_after_the_delay(
    history: History, days: float | None, seen: list[int]
) -> None:
    delay = None if days is None else timedelta(days=days)

    frame = Material(history, label_delay=delay).frame

    assert frame[KNOWN_FRAUD].tolist() == seen


def test_a_delay_moves_labels_and_maturity_but_never_forward(history: History) -> None:
    short, long = (Material(history, label_delay=timedelta(days=days)) for days in (0.5, 7))

    assert short.outcomes["known_at"].tolist() == [OPENED + timedelta(days=1)]
    assert long.outcomes["known_at"].tolist() == [OPENED + timedelta(days=7)]
    assert short.profile.labels["fraud"].maturity_days == 1.0
    assert long.profile.labels["fraud"].maturity_days == 7.0

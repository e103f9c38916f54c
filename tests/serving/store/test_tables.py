"""Events are found by an index, however many there are."""

from __future__ import annotations

import pytest
from sqlalchemy import Table, select, text

from serving.store.engine import open_engine
from serving.store.tables import DECISIONS, METADATA, ORDER_EVENTS, REVIEWS, event_of


@pytest.mark.parametrize("decided", [DECISIONS, REVIEWS])
def test_the_event_of_a_decision_is_found_without_looking_at_all(decided: Table) -> None:
    engine = open_engine("sqlite://")
    METADATA.create_all(engine)
    wanted = select(decided.c.order_key, ORDER_EVENTS.c.merchant_id)
    wanted = wanted.join(ORDER_EVENTS, event_of(decided)).where(decided.c.order_key.in_(["a", "b"]))
    asked = wanted.compile(engine, compile_kwargs={"literal_binds": True})

    with engine.connect() as connection:
        plan = [row[3] for row in connection.execute(text(f"EXPLAIN QUERY PLAN {asked}"))]
    engine.dispose()

    assert len(plan) >= 2
    assert not [step for step in plan if step.startswith("SCAN")]

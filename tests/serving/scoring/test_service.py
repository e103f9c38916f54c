"""The scorer, asked and changed from two sides at one moment."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from features.order import wire_instant
from features.order.reading import parse
from serving.scoring import cases
from serving.scoring.judge import Missing
from serving.store.tables import DECISIONS, ORDER_EVENTS, REVIEWS
from tests.serving.orders import locked, order

if TYPE_CHECKING:
    from features.document import OrderDocument
    from features.order import OrderRows
    from serving.scoring.judge import Judge
    from serving.scoring.service import Enrichment
    from tests.serving.conftest import Service

PATIENCE_S = 60.0


def test_changes_of_the_judge_at_one_moment_both_stay(service: Service) -> None:
    scorer = service.runtime.scorer
    has_begun, may_end = threading.Event(), threading.Event()

    def slow(judge: Judge) -> Judge:
        has_begun.set()
        may_end.wait(PATIENCE_S)
        return replace(judge, missing=(*judge.missing, Missing("slow", "", "")))

    def quick(judge: Judge) -> Judge:
        return replace(judge, missing=(*judge.missing, Missing("quick", "", "")))

    threads = [threading.Thread(target=scorer.change_judge, args=(slow,))]
    threads[0].start()
    assert has_begun.wait(PATIENCE_S)
    threads.append(threading.Thread(target=scorer.change_judge, args=(quick,)))
    threads[1].start()
    threads[1].join(0.1)
    may_end.set()
    for thread in threads:
        thread.join(PATIENCE_S)

    assert [part.part for part in scorer.judge.missing][-2:] == ["slow", "quick"]


def test_of_two_calls_that_bring_one_event_at_once_the_first_stored_lets_the_rest_know(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    scorer = service.runtime.scorer
    told: list[int] = []
    monkeypatch.setattr(
        scorer.state, "add_order", lambda row, _lines: told.append(row["received_at"])
    )

    def overtaken(document: OrderDocument, _rows: OrderRows) -> Enrichment:
        """Let another call for the same event begin later and end sooner."""
        service.clock.advance(1)
        scorer.score(document)
        return None, ()

    slow = replace(scorer, helpers=replace(scorer.helpers, address=overtaken))
    document = parse(order())

    answer = json.loads(slow.score(document))

    ((stored, _),) = scorer.store.events()
    assert told == [stored["received_at"]]
    assert answer["as_of"] == wire_instant(stored["received_at"])


@pytest.mark.parametrize(("n_met", "status"), [(1, 200), (99, 500)])
def test_an_order_is_kept_again_when_another_worker_opened_a_case_of_it_at_that_moment(
    service: Service, monkeypatch: pytest.MonkeyPatch, n_met: int, status: int
) -> None:
    met: list[str] = []
    real = cases.open_cases

    def open_cases(connection: Any, order_key: str, body: dict[str, Any], at: int) -> None:
        real(connection, order_key, body, at)
        if len(met) < n_met:
            met.append(order_key)
            raise IntegrityError("INSERT INTO reviews", {}, Exception("duplicate key"))

    monkeypatch.setattr(cases, "open_cases", open_cases)
    if status == 500:
        with pytest.raises(IntegrityError):
            service.score(locked())
    else:
        assert service.score(locked()).status_code == status

    with service.runtime.engine.connect() as connection:
        counts = [
            connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in (ORDER_EVENTS, DECISIONS, REVIEWS)
        ]
    assert counts == [int(status == 200)] * 3
    assert len(met) < 10

"""Exact causes follow a decision, survive a restart, and name a model that is gone."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

from models.estimators.fraud import FRAUD
from serving.explanations.repository import ExplanationStore
from serving.explanations.service import Explanations
from serving.explanations.worker import ExplanationWorker
from serving.scoring.judge import LiveModel, reason_document
from tests.models.materials import material
from tests.serving.orders import order

if TYPE_CHECKING:
    from models.estimators.predictor import RiskPredictor
    from tests.serving.conftest import Service


@cache
def predictor() -> RiskPredictor:
    made = material(n_orders=2_500)
    return FRAUD.predictor(FRAUD.train(made, cutoff=made.ends_at).artifact)


@pytest.fixture(autouse=True)
def worker_rests(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nobody but the test do the work."""
    monkeypatch.setattr(ExplanationWorker, "start", lambda _: None)
    monkeypatch.setattr(ExplanationWorker, "stop", lambda _: None)


@pytest.fixture
def modelled(service: Service) -> Service:
    scorer = service.runtime.scorer
    live = {"fraud": LiveModel("fraud", "first", predictor())}
    scorer.judge = replace(scorer.judge, models=live)
    return service


def again(service: Service) -> Explanations:
    """Open the work anew, as a restart does."""
    runtime = service.runtime
    return Explanations(
        ExplanationStore(runtime.engine), lambda: runtime.scorer.judge, runtime.clock
    )


def shown(service: Service, answer: dict[str, Any]) -> Any:
    return service.call("GET", f"/v1/orders/{answer['order_key']}").json()["explanations"]


def test_exact_causes_follow_a_decision(modelled: Service) -> None:
    answer = modelled.score(order()).json()
    before = shown(modelled, answer)

    n_done = modelled.runtime.explanations.work()

    (stored,) = modelled.runtime.scorer.store.decisions(answer["order_key"])
    exact = [reason_document(r) for r in predictor().explain_exactly(stored.features, 5)]
    assert (before, n_done) == ({}, 1)
    assert shown(modelled, answer) == {
        answer["decision_id"]: {"fraud": {"version": "first", "reasons": exact}}
    }


def test_what_waited_at_a_restart_is_found_and_done_once(modelled: Service) -> None:
    answers = [modelled.score(order(order_id=f"o{i}")).json() for i in range(3)]
    modelled.runtime.explanations.store.keep({answers[1]["decision_id"]: {}}, at=0)

    work = again(modelled)
    counts = [work.work(), work.work()]

    assert counts == [2, 0]
    assert shown(modelled, answers[1]) == {answers[1]["decision_id"]: {}}
    assert shown(modelled, answers[2])[answers[2]["decision_id"]]["fraud"]["reasons"]


def test_a_model_that_is_no_longer_live_gives_no_causes(modelled: Service) -> None:
    answer = modelled.score(order()).json()
    scorer = modelled.runtime.scorer
    newer = {"fraud": replace(scorer.judge.models["fraud"], version="second")}
    scorer.judge = replace(scorer.judge, models=newer)

    modelled.runtime.explanations.work()

    assert shown(modelled, answer) == {
        answer["decision_id"]: {"fraud": {"version": "first", "reasons": None}}
    }

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from features.order import parse, to_rows
from models.routing.options import Candidate
from tests.serving.delivery.shop import order

if TYPE_CHECKING:
    from tests.serving.conftest import Service


def candidates_of(shop: Service) -> list[Candidate]:
    assert shop.runtime.delivery is not None
    network = shop.runtime.delivery.reference.network
    return [
        Candidate(warehouse, outlet, 0.0, "city")
        for warehouse in network.warehouses
        for outlet in network.outlets
    ]


def test_all_ways_together_have_the_values_of_every_way_alone(shop: Service) -> None:
    assert shop.runtime.delivery is not None
    rater = shop.runtime.delivery.rater
    assert rater is not None
    candidates = candidates_of(shop)
    rows = to_rows(parse(order()), shop.runtime.scorer.terms, received_at=shop.clock())

    ways = rater.ways(rows.order, rows.lines, candidates)

    for at, candidate in enumerate(candidates):
        plan = rater.plans([candidate]).one(0)
        alone = rater.state.values({**rows.order, **plan}, rows.lines)
        together = ways.one(at)
        assert {name: repr(value) for name, value in together.items()} == {
            name: repr(alone[name]) for name in together
        }
        assert together["plan__outlet"] == candidate.outlet.outlet


def test_all_ways_together_get_the_estimates_of_every_way_alone(shop: Service) -> None:
    assert shop.runtime.delivery is not None
    rater = shop.runtime.delivery.rater
    assert rater is not None
    assert rater.models.late is not None
    assert rater.models.eta is not None
    assert rater.models.attempt is not None
    candidates = candidates_of(shop)
    rows = to_rows(parse(order()), shop.runtime.scorer.terms, received_at=shop.clock())

    together = rater.rate(rows.order, rows.lines, candidates).every()

    for at, candidate in enumerate(candidates):
        plan = rater.plans([candidate]).one(0)
        values = rater.state.values({**rows.order, **plan}, rows.lines)
        estimate = together[at]
        assert estimate.p_late == rater.models.late.predict_one(values).probability
        days = rater.models.eta.predict_one(values)
        assert estimate.days == {**days, "promise": days["q90"]}
        failed = rater.models.attempt.predict_one(values).probability
        assert estimate.p_first_attempt == 1 - failed


def test_features_that_scoring_computed_are_taken_over(shop: Service) -> None:
    assert shop.runtime.delivery is not None
    rater = shop.runtime.delivery.rater
    assert rater is not None
    candidates = candidates_of(shop)
    rows = to_rows(parse(order()), shop.runtime.scorer.terms, received_at=shop.clock())
    known, _ = shop.runtime.scorer.state.values(rows.order, rows.lines)

    fresh = rater.ways(rows.order, rows.lines, candidates)
    reused = rater.ways(rows.order, rows.lines, candidates, known)

    assert [repr(fresh.one(at)) for at in range(6)] == [repr(reused.one(at)) for at in range(6)]


def test_without_a_promise_nothing_is_late(shop: Service) -> None:
    answer = shop.call("POST", "/v1/routes/options", json={"order": order(deliver_by=None)}).json()

    best = answer["options"][0]
    assert best["p_late"] is None
    assert best["promised_by"] is not None
    assert {reason["code"] for reason in best["reasons"]} == {"freight", "failed_attempt"}


def test_without_models_freight_decides_and_the_answer_says_so(shop: Service) -> None:
    import shutil

    from serving.runtime import open_runtime

    shutil.rmtree(shop.runtime.settings.models_folder)
    rows = to_rows(parse(order()), shop.runtime.scorer.terms, received_at=shop.clock())

    with closing(open_runtime(shop.runtime.settings, clock=shop.clock)) as bare:
        assert bare.delivery is not None
        route, missing = bare.delivery.route(rows.order, rows.lines)

    assert route["carrier"] == "yd"
    assert {part.part for part in missing} == {"model:late", "model:eta", "model:attempt"}

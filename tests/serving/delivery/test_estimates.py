from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from features.order import parse, to_rows
from models.routing.options import Candidate
from tests.serving.delivery.shop import order

if TYPE_CHECKING:
    from tests.serving.conftest import Service


def test_two_halves_make_the_same_values_as_every_way_alone(shop: Service) -> None:
    delivery = shop.runtime.delivery
    assert delivery is not None
    assert delivery.rater is not None
    network = delivery.reference.network
    candidates = [
        Candidate(warehouse, outlet, 0.0, "city")
        for warehouse in network.warehouses
        for outlet in network.outlets
    ]
    rows = to_rows(parse(order()), shop.runtime.scorer.terms, received_at=shop.clock())

    together = delivery.rater.values(rows.order, rows.lines, candidates)

    alone = [
        delivery.rater.values(rows.order, rows.lines, [candidate])[0] for candidate in candidates
    ]
    assert repr(together) == repr(alone)
    ways = [(c.warehouse.warehouse, c.outlet.outlet) for c in candidates]
    assert [(row["plan__warehouse"], row["plan__outlet"]) for row in together] == ways


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

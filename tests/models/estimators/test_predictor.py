from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from models.estimators.fraud import FRAUD
from tests.models.materials import material

if TYPE_CHECKING:
    from models.estimators.predictor import RiskPredictor

MADE = material(n_orders=5_000)


@pytest.fixture(scope="module")
def predictor() -> RiskPredictor:
    return FRAUD.predictor(FRAUD.train(MADE, cutoff=MADE.ends_at).artifact)


def order(**changes: float | str | None) -> dict[str, float | str | None]:
    usual: dict[str, float | str | None] = {
        "buyer__order_count__1h": 0.0,
        "order__value_minor": 3_000.0,
        "order__channel": "shop",
        "order__noise": 0.0,
    }
    return usual | changes


def test_one_order_gets_the_same_bits_as_a_frame(predictor: RiskPredictor) -> None:
    many = predictor.predict_frame(MADE.frame)

    rows: list[Any] = MADE.frame.to_dict("records")
    ones = [predictor.predict_one(row).probability for row in rows]

    assert np.array_equal(many, ones)


def test_an_order_gets_the_same_bits_in_any_company(predictor: RiskPredictor) -> None:
    many = predictor.predict_frame(MADE.frame)
    shuffled = MADE.frame.sample(frac=0.37, random_state=1)

    few = predictor.predict_frame(shuffled)

    assert np.array_equal(many[MADE.frame.index.get_indexer(shuffled.index)], few)


def test_more_orders_in_an_hour_raise_the_probability(predictor: RiskPredictor) -> None:
    calm = predictor.predict_one(order()).probability
    busy = predictor.predict_one(order(buyer__order_count__1h=4.0)).probability

    assert busy > 2 * calm


def test_the_clock_is_not_a_feature(predictor: RiskPredictor) -> None:
    assert "shop__orders_so_far" not in predictor.feature_names


def test_missing_and_nan_are_the_same(predictor: RiskPredictor) -> None:
    nothing = predictor.predict_one(order(order__value_minor=None))
    nan = predictor.predict_one(order(order__value_minor=math.nan))

    assert nothing == nan


def test_a_percentile_ranks_among_recent_orders(predictor: RiskPredictor) -> None:
    scores = predictor.predict_frame(MADE.frame)

    assert predictor.percentile(float(np.quantile(scores, 0.9))) == pytest.approx(90, abs=2)
    assert predictor.percentile(0.0) == 0.0
    assert predictor.percentile(1.0) == 100.0


def test_reasons_name_value_usual_direction_and_share(predictor: RiskPredictor) -> None:
    reasons = predictor.predict_one(order(buyer__order_count__1h=4.0), n_reasons=2).reasons

    first = reasons[0]
    assert first.code == "buyer__order_count__1h"
    assert first.zh == "买家一小时内订单数：4 单（本店通常 1 单）"
    assert first.en == "orders in 1 h: 4 orders (usually 1 orders in this shop)"
    assert (first.value, first.typical, first.direction) == (4.0, 1.0, "raises")
    assert len(reasons) == 2
    assert 1.0 >= first.share >= reasons[1].share


def test_no_reasons_unless_asked(predictor: RiskPredictor) -> None:
    assert predictor.predict_one(order()).reasons == ()


def test_an_empty_frame_gives_no_probabilities(predictor: RiskPredictor) -> None:
    assert predictor.predict_frame(MADE.frame.head(0)).shape == (0,)


def test_quick_and_exact_causes_are_the_same(predictor: RiskPredictor) -> None:
    for values in (order(), order(buyer__order_count__1h=4.0), order(order__channel=None)):
        quick, exact = predictor.explain(values, 3), predictor.explain_exactly(values, 3)

        assert [(r.code, r.zh, r.en, r.direction) for r in quick] == [
            (r.code, r.zh, r.en, r.direction) for r in exact
        ]
        assert [r.share for r in quick] == pytest.approx([r.share for r in exact])


def test_a_family_is_named_once(predictor: RiskPredictor) -> None:
    families = dict(zip(predictor.feature_names, predictor.families, strict=True))

    named = [families[r.code] for r in predictor.explain(order(buyer__order_count__1h=4.0), 9)]

    assert len(set(named)) == len(named)

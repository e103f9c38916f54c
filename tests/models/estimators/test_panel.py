from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from models.contracts import Prediction
from models.estimators.fraud import FRAUD
from models.estimators.panel import Panel
from models.estimators.predictor import RiskPredictor
from models.estimators.refund import REFUND
from tests.models.materials import material

if TYPE_CHECKING:
    import numpy as np

    from models.contracts import FeatureValues, Reason

MADE = material(n_orders=2_500, kinds=("fraud", "refund"))


@pytest.fixture(scope="module")
def predictors() -> dict[str, RiskPredictor]:
    return {
        estimator.name: estimator.predictor(estimator.train(MADE, cutoff=MADE.ends_at).artifact)
        for estimator in (FRAUD, REFUND)
    }


def orders() -> list[dict[str, Any]]:
    rows: list[dict[Any, Any]] = MADE.frame.drop(columns="placed_at").head(200).to_dict("records")
    return [
        {name: None if value != value else value for name, value in row.items()} for row in rows
    ]


class Failing:
    name = "failing"

    def predict_frame(self, frame: Any) -> np.ndarray:
        raise AssertionError(frame)

    def predict_one(self, values: FeatureValues, *, n_reasons: int = 0) -> Prediction:
        raise ArithmeticError(n_reasons)

    def explain(self, values: FeatureValues, n_reasons: int) -> tuple[Reason, ...]:
        del values, n_reasons
        return ()


class Constant(Failing):
    def predict_one(self, values: FeatureValues, *, n_reasons: int = 0) -> Prediction:
        del n_reasons
        return Prediction(0.25, 50.0)


def test_together_each_gives_the_bits_that_it_gives_alone(
    predictors: dict[str, RiskPredictor],
) -> None:
    panel = Panel(predictors)

    for values in orders():
        found, failed = panel.predict(values)

        assert failed == {}
        assert found == {name: p.predict_one(values) for name, p in predictors.items()}


def test_models_of_one_category_with_other_words_each_read_their_own(
    predictors: dict[str, RiskPredictor],
) -> None:
    fraud = predictors["fraud"]
    turned = {name: list(reversed(values)) for name, values in fraud.encoding.to_json().items()}
    other = fraud.artifact.document | {"vocabularies": turned}
    both = {"one": fraud, "other": RiskPredictor(replace(fraud.artifact, document=other))}
    panel = Panel(both)

    told = [panel.predict(values)[0] for values in orders()]

    assert told == [{n: p.predict_one(values) for n, p in both.items()} for values in orders()]
    assert any(found["one"] != found["other"] for found in told)


def test_one_whose_trees_cannot_be_read_leaves_the_others_standing(
    predictors: dict[str, RiskPredictor],
) -> None:
    broken = replace(predictors["fraud"].artifact, texts={"model.txt": "no trees"})
    panel = Panel({**predictors, "fraud": RiskPredictor(broken)})
    values = orders()[0]

    found, failed = panel.predict(values)

    assert found == {"refund": predictors["refund"].predict_one(values)}
    assert set(failed) == {"fraud"}


def test_values_that_lack_features_count_them_as_unknown(
    predictors: dict[str, RiskPredictor],
) -> None:
    found, _ = Panel(predictors).predict({})

    assert found == {name: p.predict_one({}) for name, p in predictors.items()}


def test_a_text_for_a_number_is_unknown(predictors: dict[str, RiskPredictor]) -> None:
    values = orders()[0]

    found, failed = Panel(predictors).predict(values | {"order__value_minor": "much"})

    unknown = values | {"order__value_minor": None}
    assert failed == {}
    assert found == {name: p.predict_one(unknown) for name, p in predictors.items()}


def test_one_that_fails_leaves_the_others_standing(predictors: dict[str, RiskPredictor]) -> None:
    panel = Panel({"failing": Failing(), "constant": Constant(), **predictors})

    found, failed = panel.predict(orders()[0])

    assert set(found) == {"constant", "fraud", "refund"}
    assert isinstance(failed["failing"], ArithmeticError)

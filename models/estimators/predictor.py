"""A loaded probability model: the same number for one order and for a million."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from models.contracts import Prediction
from models.estimators.loaded import LoadedModel
from models.estimators.single_row import SingleRow
from models.estimators.wording import reason
from models.training.calibration import Knots, interpolate
from models.training.encoding import Encoding

if TYPE_CHECKING:
    import pandas as pd

    from models.contracts import FeatureValues, Reason

MODEL_FILE: Final = "model.txt"


@dataclass(frozen=True)
class RiskPredictor(LoadedModel):
    """Probability, percentile and reasons from a saved artifact.

    Parameters
    ----------
    artifact
        A checked artifact, see `models.artifacts.load`.
    """

    @cached_property
    def feature_names(self) -> tuple[str, ...]:
        """Features it reads, in order."""
        return tuple(entry["name"] for entry in self.artifact.document["features"])

    def predict_frame(self, frame: pd.DataFrame) -> np.ndarray:
        """Probabilities, shape ``(n_orders,)``; columns the frame lacks count as unknown."""
        return self._knots.probability(self.raw_frame(frame))

    def raw_frame(self, frame: pd.DataFrame) -> np.ndarray:
        """Raw scores (log-odds before calibration), shape ``(n_orders,)``."""
        if frame.empty:
            return np.empty(0)
        return self._raw(self.encoding.many(frame))

    def predict_one(self, values: FeatureValues, *, n_reasons: int = 0) -> Prediction:
        """Prediction of one order.

        Parameters
        ----------
        values
            Feature values; what is absent counts as unknown.
        n_reasons
            Most reasons wanted; 0 leaves out the (slower) exact contributions.

        Returns
        -------
        Prediction
            Bit for bit the probability that `predict_frame` gives.
        """
        single = self._single
        with single.turn:
            single.row[:] = self.encoding.one(values)
            probability = self._knots.one(single.score())
        reasons = self.explain(values, n_reasons) if n_reasons else ()
        return Prediction(probability, self.percentile(probability), reasons)

    def predict_numbers(
        self, numbers: np.ndarray, places: np.ndarray, values: FeatureValues
    ) -> Prediction:
        """Prediction of one order whose numbers were read before, see `models.estimators.panel`.

        Parameters
        ----------
        numbers
            Numbers of the order, NaN where unknown.
        places
            Place in ``numbers`` of each feature, shape ``(n_features,)``; that of a category is
            not looked at.
        values
            Feature values, for the categories.
        """
        single = self._single
        with single.turn:
            numbers.take(places, out=single.row, mode="clip")
            self.encoding.put_codes(values, single.row)
            probability = self._knots.one(single.score())
        return Prediction(probability, self.percentile(probability))

    def percentile(self, probability: float) -> float:
        """Share of the training period's newest orders with a lower probability, 0 to 100."""
        return interpolate(probability, *self._percentiles)

    def explain(self, values: FeatureValues, n_reasons: int = 5) -> tuple[Reason, ...]:
        """Name the strongest exact TreeSHAP contributions, strongest first."""
        row = self.encoding.one(values)[None, :]
        contributions = self._booster.predict(row, pred_contrib=True, num_threads=1)[0, :-1]
        total = float(np.abs(contributions).sum())
        order = np.argsort(-np.abs(contributions), kind="stable")[:n_reasons]
        entries = self.artifact.document["features"]
        return tuple(
            reason(
                entries[place],
                values,
                weight=float(contributions[place]),
                share=abs(float(contributions[place])) / total,
                digits=self.artifact.document["currency_digits"],
            )
            for place in order
            if contributions[place] != 0.0
        )

    def _raw(self, matrix: np.ndarray) -> np.ndarray:
        raw: np.ndarray = self._booster.predict(matrix, raw_score=True, num_threads=1)
        return raw

    @cached_property
    def _booster(self) -> Any:
        import lightgbm

        return lightgbm.Booster(model_str=self.artifact.texts[MODEL_FILE])

    @cached_property
    def _single(self) -> SingleRow:
        return SingleRow(self._booster)

    @cached_property
    def encoding(self) -> Encoding:
        """How values become the numbers that the trees read."""
        vocabularies = self.artifact.document["vocabularies"]
        return Encoding(
            self.feature_names, {name: tuple(values) for name, values in vocabularies.items()}
        )

    @cached_property
    def _knots(self) -> Knots:
        knots = self.artifact.document["calibration"]
        return Knots(tuple(knots["at"]), tuple(knots["to"]))

    @cached_property
    def _percentiles(self) -> tuple[list[float], list[float]]:
        """Probabilities that divide recent orders into equal parts, and the share below each."""
        knots = [float(knot) for knot in self.artifact.document["percentile_knots"]]
        return knots, np.linspace(0.0, 100.0, len(knots)).tolist()

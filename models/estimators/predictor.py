"""A loaded probability model: the same number for one order and for a million."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np

from models.contracts import Prediction
from models.estimators.loaded import LoadedModel
from models.estimators.wording import reason
from models.training.calibration import Knots, interpolate
from models.training.encoding import Encoding
from models.training.forest import Forest
from models.training.library import TextModel

if TYPE_CHECKING:
    import pandas as pd

    from models.contracts import FeatureValues, Reason
    from models.estimators.contributions import Contributions

MODEL_FILE: Final = "model.txt"
LINES_FILE: Final = "lines.txt"
"""The trees of the part that answers for single lines."""


@dataclass(frozen=True)
class RiskPredictor(LoadedModel):
    """Probability, percentile and reasons from a saved artifact.

    Parameters
    ----------
    artifact
        A checked artifact, see `models.artifacts.load`.

    Examples
    --------
    >>> import lightgbm
    >>> import pandas as pd
    >>> from models.artifacts import Artifact
    >>> value = np.arange(400.0)
    >>> data = lightgbm.Dataset(value[:, None], label=value >= 200)
    >>> settings = {"objective": "binary", "num_leaves": 2, "num_threads": 1, "verbosity": -1}
    >>> text = lightgbm.train(settings, data, num_boost_round=20).model_to_string()
    >>> name = "order__value_minor"
    >>> feature = {"name": name, "kind": "number", "unit": "minor", "typical": 180.0}
    >>> document = {
    ...     "name": "fraud", "features": [feature | {"zh": "订单金额", "en": "order value"}],
    ...     "vocabularies": {}, "calibration": {"at": [-1.0, 1.0], "to": [-1.0, 1.0]},
    ...     "percentile_knots": [0.1, 0.5, 0.9], "currency_digits": 2,
    ... }
    >>> risk = RiskPredictor(Artifact(document, texts={MODEL_FILE: text}))
    >>> low, high = (risk.predict_one({name: n}, n_reasons=1) for n in (10.0, 390.0))
    >>> low.probability < 0.5 < high.probability, high.percentile > low.percentile
    (True, True)
    >>> high.reasons[0].value, high.reasons[0].direction, low.reasons[0].direction
    (390.0, 'raises', 'lowers')
    >>> float(risk.predict_frame(pd.DataFrame({name: [390.0]}))[0]) == high.probability
    True
    """

    @cached_property
    def feature_names(self) -> tuple[str, ...]:
        """Features it reads, in order."""
        return tuple(entry["name"] for entry in self.artifact.document["features"])

    @cached_property
    def lines(self) -> RiskPredictor | None:
        """What answers for single lines; None where outcomes named no lines at training.

        It reads the features of the order and those of the line.
        """
        document = self.artifact.document.get("lines")
        if document is None:
            return None
        texts = {MODEL_FILE: self.artifact.texts[LINES_FILE]}
        return RiskPredictor(replace(self.artifact, document=document, texts=texts))

    def predict_frame(self, frame: pd.DataFrame) -> np.ndarray:
        """Probabilities, shape ``(n_orders,)``; columns the frame lacks count as unknown."""
        return self._knots.probability(self.raw_frame(frame))

    def raw_frame(self, frame: pd.DataFrame) -> np.ndarray:
        """Raw scores (log-odds before calibration), shape ``(n_orders,)``."""
        if frame.empty:
            return np.empty(0)
        return self.trees.predict(self.encoding.many(frame))

    def predict_one(self, values: FeatureValues, *, n_reasons: int = 0) -> Prediction:
        """Prediction of one order.

        Parameters
        ----------
        values
            Feature values; what is absent counts as unknown.
        n_reasons
            Most reasons wanted; 0 leaves out the (slower) contributions.

        Returns
        -------
        Prediction
            Bit for bit the probability that `predict_frame` gives.
        """
        told = self.told(float(self.forest.raw(self.encoding.one(values)[None, :])[0, 0]))
        return replace(told, reasons=self.explain(values, n_reasons)) if n_reasons else told

    def told(self, raw: float) -> Prediction:
        """Prediction of an order whose raw score the trees gave, see `models.estimators.panel`."""
        probability = self._knots.one(raw)
        return Prediction(probability, self.percentile(probability))

    def percentile(self, probability: float) -> float:
        """Share of the training period's newest orders with a lower probability, 0 to 100."""
        return interpolate(probability, *self._percentiles)

    def explain(self, values: FeatureValues, n_reasons: int = 5) -> tuple[Reason, ...]:
        """Name the families of features that move the raw score most, strongest first.

        A family is one quantity over several windows; its Shapley values are added up, and its
        strongest member speaks for it.
        """
        return self._worded(self.contributions(self.encoding.one(values)), values, n_reasons)

    def explain_exactly(self, values: FeatureValues, n_reasons: int = 5) -> tuple[Reason, ...]:
        """Name the same by LightGBM's own TreeSHAP, which takes longer."""
        row = self.encoding.one(values)[None, :]
        return self._worded(self.trees.contributions(row)[0, :-1], values, n_reasons)

    def contributions(self, row: np.ndarray) -> np.ndarray:
        """Give what each feature adds to the raw score of an encoded row."""
        return self._contributions.of(row)

    @cached_property
    def families(self) -> tuple[str, ...]:
        """Family of each feature: its subject and quantity, without statistic and window."""
        return tuple("__".join(name.split("__")[:2]) for name in self.feature_names)

    def _worded(
        self, contributions: np.ndarray, values: FeatureValues, n_reasons: int
    ) -> tuple[Reason, ...]:
        of_family, n_families = self._family_places
        sums = np.bincount(of_family, weights=contributions, minlength=n_families)
        total = float(np.abs(sums).sum())
        entries = self.artifact.document["features"]
        reasons = []
        for family in np.argsort(-np.abs(sums), kind="stable")[:n_reasons]:
            weight = float(sums[family])
            if weight == 0.0:
                break
            members = np.flatnonzero(of_family == family)
            speaker = members[np.argmax(contributions[members] * np.sign(weight))]
            reasons.append(
                reason(
                    entries[speaker],
                    values,
                    weight=weight,
                    share=abs(weight) / total,
                    digits=self.artifact.document["currency_digits"],
                )
            )
        return tuple(reasons)

    @cached_property
    def _family_places(self) -> tuple[np.ndarray, int]:
        """Number of each feature's family, and how many families there are."""
        number = {family: place for place, family in enumerate(dict.fromkeys(self.families))}
        return np.array([number[family] for family in self.families], dtype=np.intp), len(number)

    @cached_property
    def _contributions(self) -> Contributions:
        from models.estimators.contributions import Contributions

        return Contributions(self.artifact.texts[MODEL_FILE])

    @cached_property
    def trees(self) -> TextModel:
        """The trees, ready for many rows."""
        return TextModel(self.artifact.texts[MODEL_FILE])

    @cached_property
    def forest(self) -> Forest:
        """The trees, ready for a few rows."""
        return Forest([self.artifact.texts[MODEL_FILE]])

    @cached_property
    def encoding(self) -> Encoding:
        """How values become the numbers that the trees read."""
        return Encoding.of_document(self.artifact.document)

    @cached_property
    def _knots(self) -> Knots:
        knots = self.artifact.document["calibration"]
        return Knots(tuple(knots["at"]), tuple(knots["to"]))

    @cached_property
    def _percentiles(self) -> tuple[list[float], list[float]]:
        """Probabilities that divide recent orders into equal parts, and the share below each."""
        knots = [float(knot) for knot in self.artifact.document["percentile_knots"]]
        return knots, np.linspace(0.0, 100.0, len(knots)).tolist()

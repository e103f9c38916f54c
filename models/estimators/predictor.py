"""A loaded probability model: the same number for one order and for a million."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from models.contracts import Prediction, Reason
from models.training.calibration import Knots
from models.training.encoding import Encoding

if TYPE_CHECKING:
    import pandas as pd

    from models.artifacts import Artifact
    from models.contracts import FeatureValues

MODEL_FILE: Final = "model.txt"


@dataclass(frozen=True)
class RiskPredictor:
    """Probability, percentile and reasons from a saved artifact.

    Parameters
    ----------
    artifact
        A checked artifact, see `models.artifacts.load`.
    """

    artifact: Artifact

    @property
    def name(self) -> str:
        """Name of the model."""
        return str(self.artifact.document["name"])

    @property
    def version(self) -> str:
        """Short name of the exact artifact."""
        return self.artifact.version

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
        return self._raw(self._encoding.many(frame))

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
        row = self._encoding.one(values)[None, :]
        probability = float(self._knots.probability(self._raw(row))[0])
        reasons = self.explain(values, n_reasons) if n_reasons else ()
        return Prediction(probability, self.percentile(probability), reasons)

    def percentile(self, probability: float) -> float:
        """Share of the training period's newest orders with a lower probability, 0 to 100."""
        knots = self._percentile_knots
        return float(np.interp(probability, knots, np.linspace(0.0, 100.0, len(knots))))

    def explain(self, values: FeatureValues, n_reasons: int = 5) -> tuple[Reason, ...]:
        """Name the strongest exact TreeSHAP contributions, strongest first."""
        row = self._encoding.one(values)[None, :]
        contributions = self._booster.predict(row, pred_contrib=True, num_threads=1)[0, :-1]
        total = float(np.abs(contributions).sum())
        order = np.argsort(-np.abs(contributions), kind="stable")[:n_reasons]
        return tuple(
            self._reason(int(place), float(contributions[place]), total, values)
            for place in order
            if contributions[place] != 0.0
        )

    def _reason(self, place: int, weight: float, total: float, values: FeatureValues) -> Reason:
        """Word one contribution."""
        entry = self.artifact.document["features"][place]
        value, typical = values.get(entry["name"]), entry.get("typical")
        value = None if isinstance(value, float) and np.isnan(value) else value
        shown = {"value": _show(value, entry["unit"]), "typical": _show(typical, entry["unit"])}
        return Reason(
            code=entry["name"],
            zh=_sentence(entry["zh"], "：", "（通常 {}）", "未知", **shown),
            en=_sentence(entry["en"], ": ", " (usually {})", "unknown", **shown),
            value=value,
            typical=typical,
            direction="raises" if weight > 0 else "lowers",
            share=abs(weight) / total,
        )

    def _raw(self, matrix: np.ndarray) -> np.ndarray:
        raw: np.ndarray = self._booster.predict(matrix, raw_score=True, num_threads=1)
        return raw

    @cached_property
    def _booster(self) -> Any:
        import lightgbm

        return lightgbm.Booster(model_str=self.artifact.texts[MODEL_FILE])

    @cached_property
    def _encoding(self) -> Encoding:
        vocabularies = self.artifact.document["vocabularies"]
        return Encoding(
            self.feature_names, {name: tuple(values) for name, values in vocabularies.items()}
        )

    @cached_property
    def _knots(self) -> Knots:
        knots = self.artifact.document["calibration"]
        return Knots(tuple(knots["at"]), tuple(knots["to"]))

    @cached_property
    def _percentile_knots(self) -> np.ndarray:
        return np.asarray(self.artifact.document["percentile_knots"], dtype=float)


def _show(value: object, unit: str | None) -> str | None:
    """Write a value for people, in its unit.

    Examples
    --------
    >>> _show(0.25, "share"), _show(3.0, "orders"), _show(None, "orders")
    ('25 %', '3 orders', None)
    """
    if value is None:
        return None
    if isinstance(value, str):
        return value
    number = float(value)  # type: ignore[arg-type]  # a feature value is a number or text
    if unit == "share":
        return f"{number * 100:.3g} %"
    if unit and unit.startswith("minor"):
        return f"{number / 100:,.2f}"
    text = f"{number:.6g}" if number != int(number) else f"{int(number)}"
    return f"{text} {unit}" if unit else text


def _sentence(
    meaning: str, colon: str, usual: str, unknown: str, *, value: str | None, typical: str | None
) -> str:
    """Put meaning, value and what is usual into one line."""
    tail = usual.format(typical) if typical is not None else ""
    return f"{meaning}{colon}{value if value is not None else unknown}{tail}"

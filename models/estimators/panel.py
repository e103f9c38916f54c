"""Several models asked about one order at once: its values are read once for all of them."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from features.engines.rows import picker
from models.estimators.predictor import MODEL_FILE, RiskPredictor
from models.training.forest import Forest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models.contracts import FeatureValues, Prediction, Predictor


class Panel:
    """Loaded models, ready to be asked together.

    Each gives the bits that it gives alone; one that fails leaves the others standing. What is no
    `RiskPredictor` is asked by itself.

    Parameters
    ----------
    predictors
        Loaded models by name.

    Examples
    --------
    >>> Panel({}).predict({"order__value_minor": 100.0})
    ({}, {})
    """

    def __init__(self, predictors: Mapping[str, Predictor]) -> None:
        self._alone = {n: p for n, p in predictors.items() if not isinstance(p, RiskPredictor)}
        self._together = {n: p for n, p in predictors.items() if isinstance(p, RiskPredictor)}
        encodings = [p.encoding for p in self._together.values()]
        numbers = {n for e in encodings for n in e.names if n not in e.vocabularies}
        self._names = tuple(sorted(numbers))
        slots: dict[tuple[str, tuple[str, ...] | None], int] = {}
        slots |= {(name, None): place for place, name in enumerate(self._names)}
        columns = tuple(
            tuple(
                slots.setdefault((name, encoding.vocabularies.get(name)), len(slots))
                for name in encoding.names
            )
            for encoding in encodings
        )
        self._coded = tuple(
            (name, {value: float(code) for code, value in enumerate(vocabulary)})
            for name, vocabulary in slots
            if vocabulary is not None
        )
        texts = tuple(p.artifact.texts[MODEL_FILE] for p in self._together.values())
        self._forest = _forest(texts, columns)
        self._read = picker(self._names)

    def predict(self, values: FeatureValues) -> tuple[dict[str, Prediction], dict[str, Exception]]:
        """Ask every model about one order.

        Parameters
        ----------
        values
            Feature values; what is absent counts as unknown.

        Returns
        -------
        tuple
            Prediction by model, and what went wrong by model.
        """
        found: dict[str, Prediction] = {}
        failed: dict[str, Exception] = {}
        alone: dict[str, Predictor] = self._alone
        try:
            scores = self._scores(values) if self._together else ()
        except Exception:  # noqa: BLE001 each is asked by itself then, and says what is wrong
            alone = {**self._together, **alone}
        else:
            for (name, predictor), raw in zip(self._together.items(), scores, strict=True):
                found[name] = predictor.told(raw)
        for name, other in alone.items():
            try:
                found[name] = other.predict_one(values)
            except Exception as error:  # noqa: BLE001 one that fails must not silence the others
                failed[name] = error
        return found, failed

    def _scores(self, values: FeatureValues) -> list[float]:
        """Give the raw score of each model, from one row that holds what any of them reads.

        Raises
        ------
        TypeError, ValueError
            When a text stands where a number is expected.
        """
        try:
            read: Any = self._read(values)
        except KeyError:
            read = map(values.get, self._names)
        get = values.get
        codes = [
            None if (value := get(name)) is None else of.get(str(value)) for name, of in self._coded
        ]
        row = np.fromiter([*read, *codes], np.float64)
        scores: list[float] = self._forest.raw(row[None, :])[:, 0].tolist()
        return scores


@lru_cache(maxsize=4)
def _forest(texts: tuple[str, ...], columns: tuple[tuple[int, ...], ...]) -> Forest:
    """Give the trees of some models; a judge that only takes up other rules lays out none again."""
    return Forest(texts, columns)

"""Several models asked about one order at once: its numbers are read once for all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from features.engines.rows import picker
from models.estimators.predictor import RiskPredictor

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
        together = {n: p for n, p in predictors.items() if isinstance(p, RiskPredictor)}
        names = sorted({name for p in together.values() for name in p.encoding.names})
        texts = {name for p in together.values() for name in p.encoding.vocabularies}
        self._names = tuple(name for name in names if name not in texts)
        slot = {name: place for place, name in enumerate(self._names)}
        unknown = len(self._names)
        self._together = tuple(
            (name, p, np.array([slot.get(n, unknown) for n in p.encoding.names], dtype=np.intp))
            for name, p in together.items()
        )
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
        numbers = self._numbers(values)
        for name, predictor, places in self._together:
            try:
                if numbers is None:
                    found[name] = predictor.predict_one(values)
                else:
                    found[name] = predictor.predict_numbers(numbers, places, values)
            except Exception as error:  # noqa: BLE001 one model that fails must not silence the others
                failed[name] = error
        for name, other in self._alone.items():
            try:
                found[name] = other.predict_one(values)
            except Exception as error:  # noqa: BLE001 as above
                failed[name] = error
        return found, failed

    def _numbers(self, values: FeatureValues) -> np.ndarray | None:
        """Read all numbers, a NaN last; None when a text stands where a number is expected."""
        try:
            read: Any = self._read(values)
        except KeyError:
            read = map(values.get, self._names)
        numbers = np.empty(len(self._names) + 1)
        try:
            numbers[:] = [*read, None]
        except (TypeError, ValueError):
            return None
        return numbers

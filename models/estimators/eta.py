"""When an order arrives: days from placing to delivery, with honest quantiles."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from models.artifacts import Artifact
from models.contracts import BacktestResult, Trained
from models.errors import NotSupportedError
from models.estimators.arrivals import SPREAD_FILE, delivery_document, load_transit
from models.estimators.loaded import LoadedModel
from models.evaluation.arrival import arrival_report
from models.training.delivery import (
    MAX_ROWS,
    Chosen,
    choose_features,
    plain_places,
    time_folds,
)
from models.training.parcels import days_of, read_parcels, transit_rows, young_rows
from models.training.transit_fitting import FittedTransit, TransitConfig, TransitRows, fit_transit

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    import pandas as pd

    from features.history import HistoryProfile
    from models.contracts import BacktestRequest, FeatureValues
    from models.training.material import Material
    from models.training.transit import Transit

CENTRE_FILE: Final = "model.txt"
SHARES: Final = (0.1, 0.5, 0.9)
HOLDOUT_SHARE: Final = 0.2


@dataclass(frozen=True)
class EtaPredictor(LoadedModel):
    """Days until delivery from a saved artifact.

    Parameters
    ----------
    artifact
        A checked artifact, see `models.artifacts.load`.

    Examples
    --------
    >>> import lightgbm
    >>> from models.artifacts import Artifact
    >>> from models.estimators.arrivals import SPREAD_FILE
    >>> carrier = np.repeat([0.0, 1.0], 100)
    >>> settings = {"objective": "l2", "num_leaves": 2, "num_threads": 1, "verbosity": -1}
    >>> def trees(label):
    ...     data = lightgbm.Dataset(carrier[:, None], label=label)
    ...     return lightgbm.train(settings | {"learning_rate": 1.0}, data, 1).model_to_string()
    >>> document = {
    ...     "name": "eta", "features": [{"name": "order__carrier"}],
    ...     "vocabularies": {"order__carrier": ["fast", "slow"]},
    ...     "transit": {"fallback": 1.0, "shape": [-1.0, 0.0, 1.0], "lowest_days": 0.5},
    ... }
    >>> texts = {CENTRE_FILE: trees(carrier - 0.5), SPREAD_FILE: trees(np.log(0.2) + 0 * carrier)}
    >>> model = EtaPredictor(Artifact(document, texts=texts))
    >>> fast, slow = model.predict_many([{"order__carrier": name} for name in ("fast", "slow")])
    >>> round(fast["q50"], 2), round(slow["q50"], 2), slow["q10"] < slow["mean"] < slow["q90"]
    (0.65, 3.48, True)
    """

    @cached_property
    def transit(self) -> Transit:
        """The distribution of transit times."""
        return load_transit(self.artifact, centre=CENTRE_FILE)

    def predict_days(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Foretell expected days and quantiles of many orders.

        Parameters
        ----------
        frame
            Feature columns; those it lacks count as unknown.

        Returns
        -------
        DataFrame
            ``mean``, ``q10``, ``q50``, ``q90`` in days from placing, with the frame's index.
        """
        return days_frame(self.transit, self.transit.encoding.many(frame), frame.index)

    def predict_one(self, values: FeatureValues) -> dict[str, float]:
        """Foretell one order, bit for bit those of `predict_days`."""
        return self.predict_many([values])[0]

    def predict_many(self, rows: Sequence[FeatureValues]) -> list[dict[str, float]]:
        """Foretell a few orders, or the ways one could go."""
        encoding = self.transit.encoding
        matrix = np.array([encoding.one(row) for row in rows])
        mean, quantiles = self.transit.days(matrix, SHARES)
        return [
            {"mean": float(m), "q10": float(q[0]), "q50": float(q[1]), "q90": float(q[2])}
            for m, q in zip(mean, quantiles, strict=True)
        ]


def days_frame(transit: Transit, matrix: np.ndarray, index: pd.Index) -> pd.DataFrame:
    """Write mean and quantiles of encoded rows, in days."""
    import pandas as pd

    mean, quantiles = transit.days(matrix, SHARES)
    return pd.DataFrame(
        np.column_stack([mean, quantiles]), columns=["mean", "q10", "q50", "q90"], index=index
    )


@dataclass(frozen=True)
class EtaEstimator:
    """Days from placing to delivery.

    Parameters
    ----------
    name
        Name of the model.
    config
        How it is fitted; saved in the artifact.
    purposes
        Purposes of the features it reads.

    Examples
    --------
    >>> from features.history import HistoryProfile
    >>> EtaEstimator().needs(HistoryProfile(excused={"eta": "the export has no delivery dates"}))
    'the export has no delivery dates'
    >>> EtaEstimator().needs(HistoryProfile(rows={"shipments": 900})) is None
    True
    """

    name: str = "eta"
    config: TransitConfig = field(default_factory=TransitConfig)
    purposes: frozenset[str] = frozenset({"delivery"})

    def needs(self, profile: HistoryProfile) -> str | None:
        """Say why a history cannot support the model, or None when it can."""
        if self.name in profile.excused:
            return profile.excused[self.name]
        if not profile.rows.get("shipments", 0):
            return "the history has no shipments, so no delivery to learn from"
        return None

    def predictor(self, artifact: Artifact) -> EtaPredictor:
        """Turn a loaded artifact into something that predicts."""
        return EtaPredictor(artifact)

    def train(
        self, material: Material, *, cutoff: datetime, train_days: int | None = None
    ) -> Trained:
        """Fit on every parcel that had arrived and was placed on a matured day."""
        parcels = read_parcels(material)
        days, causes = self._days(parcels, cutoff, train_days)
        older, newest = _held_out(parcels, days)
        summary: dict[str, Any] = {}
        if len(newest):
            first = self._fit(material, older)
            rows = material.frame.loc[newest.index]
            said = days_frame(first[1].transit, first[1].transit.encoding.many(rows), rows.index)
            summary = arrival_report(parcels.loc[newest.index], newest, said)
        chosen, fitted = self._fit(material, days)
        summary |= {"rows_trained": len(days), "excluded": causes}
        return Trained(self._artifact(material, chosen, fitted, days, cutoff, summary), summary)

    def backtest(self, material: Material, request: BacktestRequest) -> BacktestResult:
        """Learn from what had arrived before ``test_from``; foretell every later order."""
        import pandas as pd

        parcels = read_parcels(material)
        days, causes = self._days(parcels, request.test_from, request.train_days)
        chosen, fitted = self._fit(material, days)
        frame = material.frame
        asked = frame["placed_at"] >= pd.Timestamp(request.test_from)
        if request.test_to is not None:
            asked &= frame["placed_at"] < pd.Timestamp(request.test_to)
        test = frame[asked]
        said = days_frame(fitted.transit, chosen.encoding.many(test), test.index)
        rows = parcels.loc[test.index]
        actual = pd.Series(days_of(rows["delivered_at"] - rows["placed_at"]), index=rows.index)
        document = {
            "rows_trained": len(days),
            "excluded": causes,
            "test_rows": {"all": len(test), "delivered": int(actual.notna().sum())},
            "features": len(chosen.encoding.names),
            "features_left_out": chosen.left_out,
            **arrival_report(rows, actual.dropna(), said),
        }
        ids = rows["order_id"].astype(str).to_numpy()
        predictions = said.reset_index(drop=True)
        predictions.insert(0, "id", ids)
        return BacktestResult(predictions, document)

    def _days(
        self, parcels: pd.DataFrame, cutoff: datetime, train_days: int | None
    ) -> tuple[pd.Series, dict[str, int]]:
        """Days of the parcels that may be learned from at the cutoff."""
        days, causes = transit_rows(parcels, cutoff)
        return young_rows(days, causes, parcels, cutoff, train_days), causes

    def _fit(self, material: Material, days: pd.Series) -> tuple[Chosen, FittedTransit]:
        """Fit the distribution on the given parcels."""
        if days.empty:
            raise NotSupportedError(f"{self.name}: no parcel had been delivered by then")
        days = days.tail(MAX_ROWS)
        rows = material.frame.loc[days.index]
        chosen = choose_features(material, rows)
        values = days.to_numpy()
        gap = float(np.quantile(values, 0.9))
        splits = time_folds(rows["placed_at"], max(gap, 0.0))
        places = plain_places(material, chosen.encoding)
        parcels = TransitRows(chosen.encoding, places, chosen.matrix)
        return chosen, fit_transit(parcels, values, splits, self.config)

    def _artifact(
        self,
        material: Material,
        chosen: Chosen,
        fitted: FittedTransit,
        days: pd.Series,
        cutoff: datetime,
        summary: dict[str, Any],
    ) -> Artifact:
        """Lay out what is saved."""
        rows = material.frame.loc[days.index]
        transit = fitted.transit
        document = delivery_document(material, self.name, chosen, rows, cutoff) | {
            "kind": "days",
            "title": {"zh": "预计送达天数", "en": "days until delivery"},
            "transit": transit.to_json(),
            "config": asdict(self.config),
            "metrics": summary,
        }
        return Artifact(document, texts={CENTRE_FILE: transit.centre, SPREAD_FILE: transit.spread})


def _held_out(parcels: pd.DataFrame, days: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Split parcels into those known before the newest fifth were placed, and that fifth."""
    placed = parcels.loc[days.index, "placed_at"]
    begins = placed.quantile(1 - HOLDOUT_SHARE)
    older = parcels.loc[days.index, "known_at"] < begins
    newest = placed >= begins
    few = 300
    if min(int(older.sum()), int(newest.sum())) < few:
        return days, days.iloc[:0]
    return days[older], days[newest]


ETA = EtaEstimator()

"""Whether the first delivery attempt fails, per carrier and outlet."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from models.artifacts import Artifact
from models.contracts import BacktestResult, Prediction, Trained
from models.errors import NotSupportedError
from models.estimators.document import feature_entry
from models.estimators.loaded import LoadedModel
from models.evaluation.report import report
from models.training.attempts import (
    Rate,
    Shrinkage,
    failed_rate,
    failed_rate_of,
    feature_names,
    fit_shrinkage,
)
from models.training.parcels import attempt_rows, read_parcels, young_rows

if TYPE_CHECKING:
    from datetime import datetime

    import pandas as pd

    from features.history import HistoryProfile
    from models.contracts import BacktestRequest, FeatureValues
    from models.training.material import Material

MIN_PARCELS: Final = 300
HOLDOUT_SHARE: Final = 0.2
N_PERCENTILES: Final = 101


@dataclass(frozen=True)
class AttemptPredictor(LoadedModel):
    """Probability of a failed first attempt from a saved artifact.

    Parameters
    ----------
    artifact
        A checked artifact, see `models.artifacts.load`.

    Examples
    --------
    >>> from models.artifacts import Artifact
    >>> document = {"name": "attempt", "shrinkage": {}, "percentile_knots": [0.0, 0.2, 1.0]}
    >>> model = AttemptPredictor(Artifact(document))
    >>> model.predict_one({})  # nothing is known of its outlet, nor of any
    Prediction(probability=0.5, percentile=68.75, reasons=())
    """

    @cached_property
    def shrinkage(self) -> Shrinkage:
        """How counts fade and pull."""
        return Shrinkage(**self.artifact.document["shrinkage"])

    def rate(self, frame: pd.DataFrame) -> Rate:
        """Give the share of failed first attempts with its evidence."""
        return failed_rate(frame, self.shrinkage)

    def predict_frame(self, frame: pd.DataFrame) -> np.ndarray:
        """Probabilities of failure, shape ``(n_orders,)``."""
        return self.rate(frame).failed

    def predict_matrix(self, matrix: np.ndarray) -> np.ndarray:
        """Probabilities of failure from the columns of `feature_names` in their order."""
        return failed_rate_of(matrix, self.shrinkage).failed

    def predict_one(self, values: FeatureValues, *, n_reasons: int = 0) -> Prediction:
        """Foretell one order; the reasons are its outlet's own counts, so it gives none."""
        import pandas as pd

        del n_reasons
        frame = pd.DataFrame({name: [values.get(name)] for name in feature_names()}, dtype=float)
        probability = float(self.predict_frame(frame)[0])
        knots = np.asarray(self.artifact.document["percentile_knots"], dtype=float)
        percentile = float(np.interp(probability, knots, np.linspace(0.0, 100.0, len(knots))))
        return Prediction(probability, percentile)


@dataclass(frozen=True)
class AttemptEstimator:
    """Probability that the first delivery attempt fails.

    Parameters
    ----------
    name
        Name of the model.
    purposes
        Purposes of the features it reads.

    Examples
    --------
    >>> from features.history import HistoryProfile
    >>> AttemptEstimator().needs(HistoryProfile(rows={"orders": 900}))
    'the history has no shipments, so no delivery attempts'
    >>> AttemptEstimator().needs(HistoryProfile(rows={"shipments": 900})) is None
    True
    """

    name: str = "attempt"
    purposes: frozenset[str] = frozenset({"delivery"})

    def needs(self, profile: HistoryProfile) -> str | None:
        """Say why a history cannot support the model, or None when it can."""
        if self.name in profile.excused:
            return profile.excused[self.name]
        if not profile.rows.get("shipments", 0):
            return "the history has no shipments, so no delivery attempts"
        return None

    def predictor(self, artifact: Artifact) -> AttemptPredictor:
        """Turn a loaded artifact into something that predicts."""
        return AttemptPredictor(artifact)

    def train(
        self, material: Material, *, cutoff: datetime, train_days: int | None = None
    ) -> Trained:
        """Learn from every parcel whose first attempt was known at the cutoff."""
        import pandas as pd

        parcels = read_parcels(material)
        failed, causes = self._rows(parcels, cutoff, train_days)
        placed = parcels.loc[failed.index, "placed_at"]
        begins = pd.Timestamp(str(placed.quantile(1 - HOLDOUT_SHARE)))
        newest = failed[placed >= begins]
        older = failed[(parcels.loc[failed.index, "attempt_known_at"] < begins).to_numpy()]
        summary: dict[str, Any] = {}
        if min(len(older), len(newest)) >= MIN_PARCELS:
            first = fit_shrinkage(material.frame.loc[older.index], older.to_numpy())
            scores = failed_rate(material.frame.loc[newest.index], first).failed
            summary = report(material.orders.loc[newest.index], newest, scores)
        summary |= {"rows_trained": len(failed), "excluded": causes}
        rows = material.frame.loc[failed.index]
        shrinkage = fit_shrinkage(rows, failed.to_numpy())
        return Trained(self._artifact(material, rows, shrinkage, cutoff, summary), summary)

    def backtest(self, material: Material, request: BacktestRequest) -> BacktestResult:
        """Learn from attempts known before ``test_from``; give every later order a probability."""
        import pandas as pd

        parcels = read_parcels(material)
        failed, causes = self._rows(parcels, request.test_from, request.train_days)
        shrinkage = fit_shrinkage(material.frame.loc[failed.index], failed.to_numpy())
        frame = material.frame
        asked = frame["placed_at"] >= pd.Timestamp(request.test_from)
        if request.test_to is not None:
            asked &= frame["placed_at"] < pd.Timestamp(request.test_to)
        test = frame[asked]
        scores = failed_rate(test, shrinkage).failed
        truth = 1.0 - parcels.loc[test.index, "attempt_ok"]
        document = {
            "rows_trained": len(failed),
            "excluded": causes,
            "test_rows": {
                "all": len(test),
                "failed": int((truth == 1).sum()),
                "succeeded": int((truth == 0).sum()),
                "unknown": int(truth.isna().sum()),
            },
            "shrinkage": shrinkage.to_json(),
            **report(material.orders.loc[test.index], truth, scores),
        }
        ids = parcels.loc[test.index, "order_id"].astype(str).to_numpy()
        return BacktestResult(pd.DataFrame({"id": ids, "score": scores}), document)

    def _rows(
        self, parcels: pd.DataFrame, cutoff: datetime, train_days: int | None
    ) -> tuple[pd.Series, dict[str, int]]:
        """Pick the first attempts that may be learned from at the cutoff."""
        failed, causes = attempt_rows(parcels, cutoff)
        failed = young_rows(failed, causes, parcels, cutoff, train_days)
        if len(failed) < MIN_PARCELS:
            raise NotSupportedError(
                f"{self.name}: {len(failed)} first attempts are known: "
                f"at least {MIN_PARCELS} are needed"
            )
        return failed, causes

    def _artifact(
        self,
        material: Material,
        rows: pd.DataFrame,
        shrinkage: Shrinkage,
        cutoff: datetime,
        summary: dict[str, Any],
    ) -> Artifact:
        """Lay out what is saved."""
        by_name = {feature.name: feature for feature in material.features}
        used = [name for name in feature_names() if name in by_name]
        scores = failed_rate(rows, shrinkage).failed
        return Artifact(
            {
                "name": self.name,
                "kind": "probability",
                "title": {"zh": "首次派送失败", "en": "failed first delivery attempt"},
                "features": [feature_entry(by_name[name], rows, material) for name in used],
                "vocabularies": {},
                "shrinkage": shrinkage.to_json(),
                "percentile_knots": np.quantile(scores, np.linspace(0, 1, N_PERCENTILES)).tolist(),
                "data_cutoff": cutoff.isoformat(),
                "trained_from": rows["placed_at"].min().isoformat(),
                "trained_to": rows["placed_at"].max().isoformat(),
                "rows_trained": len(rows),
                "code_version": version("order-intelligence"),
                "metrics": summary,
            }
        )


ATTEMPT = AttemptEstimator()

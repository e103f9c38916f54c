"""Whether an order arrives after its promise."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from models.artifacts import Artifact
from models.contracts import BacktestResult, Prediction, Trained
from models.errors import NotSupportedError
from models.estimators.arrivals import SPREAD_FILE, delivery_document, load_transit
from models.estimators.document import RECENT_ROWS
from models.estimators.loaded import LoadedModel
from models.evaluation.report import report
from models.support import check_supported
from models.training.calibration import Knots
from models.training.delivery import (
    MAX_ROWS,
    Chosen,
    choose_features,
    plain_places,
    time_folds,
)
from models.training.encoding import Encoding
from models.training.lateness import (
    HEADS,
    PROMISE,
    ArrivedRows,
    LateConfig,
    Lateness,
    LateRows,
    fit_lateness,
    promised_days,
)
from models.training.parcels import ends_at, late_by, read_parcels, transit_rows

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    import pandas as pd

    from features.history import HistoryProfile
    from models.contracts import BacktestRequest, FeatureValues
    from models.training.material import Material

LATELY_FILE: Final = "model.txt"
PLAIN_FILE: Final = "plain.txt"
CENTRE_FILE: Final = "transit.txt"
HOLDOUT_SHARE: Final = 0.2
HOLDOUT_BAD: Final = 40
N_PERCENTILES: Final = 101
LEFT_OUT: Final = frozenset({"timing__promise_weekday"})
"""With it a later promise could raise the probability."""


@dataclass(frozen=True)
class LatePredictor(LoadedModel):
    """Probability of missing the promise from a saved artifact.

    Parameters
    ----------
    artifact
        A checked artifact, see `models.artifacts.load`.

    Examples
    --------
    >>> import lightgbm
    >>> from models.artifacts import Artifact
    >>> hours = np.arange(200.0)
    >>> settings = {"objective": "binary", "num_leaves": 2, "num_threads": 1, "verbosity": -1}
    >>> data = lightgbm.Dataset(hours[:, None], label=hours < 48)
    >>> text = lightgbm.train(settings, data, num_boost_round=5).model_to_string()
    >>> document = {
    ...     "name": "late", "features": [{"name": PROMISE}], "vocabularies": {},
    ...     "plain_features": [0], "weights": [0.0, 0.5, 0.5, 0.0], "usual_lateness": 0.0,
    ...     "calibration": {"at": [-1.0, 1.0], "to": [-1.0, 1.0]},
    ...     "percentile_knots": [0.0, 0.5, 1.0],
    ... }
    >>> late = LatePredictor(Artifact(document, texts={LATELY_FILE: text, PLAIN_FILE: text}))
    >>> soon, far = (late.predict_one({PROMISE: hours}).probability for hours in (24.0, 120.0))
    >>> soon > far, late.percentile(0.75)
    (True, 75.0)
    """

    def predict_frame(self, frame: pd.DataFrame) -> np.ndarray:
        """Probabilities, shape ``(n_orders,)``; columns the frame lacks count as unknown.

        The promise is the feature ``timing__hours_to_promise``.
        """
        import pandas as pd

        hours = frame[PROMISE] if PROMISE in frame else pd.Series(np.nan, index=frame.index)
        days = hours.to_numpy(dtype=float, na_value=np.nan) / 24
        return self.lateness.probability(self.lateness.encoding.many(frame), days)

    def predict_one(self, values: FeatureValues, *, n_reasons: int = 0) -> Prediction:
        """Foretell one order, bit for bit as `predict_frame` does; it gives no reasons."""
        del n_reasons
        probability = float(self.predict_many([values])[0])
        return Prediction(probability, self.percentile(probability))

    def predict_many(self, rows: Sequence[FeatureValues]) -> np.ndarray:
        """Probabilities of a few orders, or of the ways one could go, shape ``(n_orders,)``."""
        hours = [row.get(PROMISE) for row in rows]
        days = np.array([np.nan if value is None else float(value) / 24 for value in hours])
        encoding = self.lateness.encoding
        return self.lateness.probability(np.array([encoding.one(row) for row in rows]), days)

    def percentile(self, probability: float) -> float:
        """Share of the newest training orders with a lower probability, 0 to 100."""
        knots = np.asarray(self.artifact.document["percentile_knots"], dtype=float)
        return float(np.interp(probability, knots, np.linspace(0.0, 100.0, len(knots))))

    @cached_property
    def lateness(self) -> Lateness:
        """The fitted heads, their weights and the calibration."""
        document, texts = self.artifact.document, self.artifact.texts
        transit = None
        if "transit" in document:
            transit = load_transit(self.artifact, centre=CENTRE_FILE)
        knots = document["calibration"]
        return Lateness(
            Encoding.of_document(document),
            tuple(document["plain_features"]),
            texts[LATELY_FILE],
            texts[PLAIN_FILE],
            transit,
            tuple(document["weights"]),
            document["usual_lateness"],
            Knots(tuple(knots["at"]), tuple(knots["to"])),
        )


@dataclass(frozen=True)
class _Rows:
    """Orders with a known label at an instant, and what was left out by cause."""

    labels: pd.DataFrame
    days: pd.Series
    excluded: dict[str, int]


@dataclass(frozen=True)
class LateEstimator:
    """A calibrated probability that an order misses its promise.

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
    >>> from datetime import timedelta
    >>> from features.history import HistoryProfile, LabelProfile
    >>> late = LabelProfile("late", 3.0)
    >>> promised = HistoryProfile(rows={"shipments": 900}, labels={"late": late})
    >>> LateEstimator().needs(promised) is None, LateEstimator().maturity(promised).days
    (True, 3)
    >>> LateEstimator().maturity(promised, timedelta(days=7)).days
    7
    >>> LateEstimator().needs(HistoryProfile(rows={"shipments": 900}))
    'the history promises no delivery, so nothing can be late'
    """

    name: str = "late"
    config: LateConfig = field(default_factory=LateConfig)
    purposes: frozenset[str] = frozenset({"delivery"})

    def needs(self, profile: HistoryProfile) -> str | None:
        """Say why a history cannot support the model, or None when it can."""
        if self.name in profile.excused:
            return profile.excused[self.name]
        if not profile.rows.get("shipments", 0):
            return "the history has no shipments, so no delivery to compare with a promise"
        if self.name not in profile.labels:
            return "the history promises no delivery, so nothing can be late"
        return None

    def maturity(self, profile: HistoryProfile, delay: timedelta | None = None) -> timedelta:
        """Time after the earlier of promise and delivery until the label is known."""
        return delay if delay is not None else profile.labels[self.name].maturity

    def predictor(self, artifact: Artifact) -> LatePredictor:
        """Turn a loaded artifact into something that predicts."""
        return LatePredictor(artifact)

    def train(
        self, material: Material, *, cutoff: datetime, train_days: int | None = None
    ) -> Trained:
        """Fit on every parcel whose promise had matured at the cutoff.

        The newest fifth of them is held out first and says how good the model is out of time;
        then all of them are learned from.
        """
        check_supported(self, material.profile)
        parcels = read_parcels(material)
        maturity = self.maturity(material.profile)
        rows = self._rows(parcels, cutoff, train_days, maturity)
        summary = self._held_out(material, parcels, rows, maturity)
        chosen, lateness = self._fit(material, parcels, rows, maturity)
        summary |= {"rows_trained": len(rows.labels), "excluded": rows.excluded}
        artifact = self._artifact(material, parcels, chosen, lateness, rows, cutoff, summary)
        return Trained(artifact, summary)

    def backtest(self, material: Material, request: BacktestRequest) -> BacktestResult:
        """Learn from what was known before ``test_from``; give every later order a probability."""
        import pandas as pd

        check_supported(self, material.profile)
        parcels = read_parcels(material)
        maturity = self.maturity(material.profile, request.label_delay)
        rows = self._rows(parcels, request.test_from, request.train_days, maturity)
        chosen, lateness = self._fit(material, parcels, rows, maturity)
        frame = material.frame
        asked = frame["placed_at"] >= pd.Timestamp(request.test_from)
        if request.test_to is not None:
            asked &= frame["placed_at"] < pd.Timestamp(request.test_to)
        test = frame[asked]
        told = parcels.loc[test.index]
        scores = lateness.probability(chosen.encoding.many(test), promised_days(told))
        truth = _truth(told, ends_at(material, parcels), maturity)
        document = {
            "label_delay_days": maturity / timedelta(days=1),
            "rows_trained": len(rows.labels),
            "late_rows_trained": int(rows.labels["label"].sum()),
            "excluded": rows.excluded,
            "test_rows": {
                "all": len(test),
                "late": int((truth == 1).sum()),
                "in time": int((truth == 0).sum()),
                "never delivered or unknown": int(truth.isna().sum()),
            },
            "heads": dict(zip(HEADS, lateness.weights, strict=False)),
            "features": len(chosen.encoding.names),
            "features_left_out": chosen.left_out,
            **report(material.orders.loc[test.index], truth, scores),
        }
        ids = told["order_id"].astype(str).to_numpy()
        return BacktestResult(pd.DataFrame({"id": ids, "score": scores}), document)

    def _rows(
        self,
        parcels: pd.DataFrame,
        cutoff: datetime,
        train_days: int | None,
        maturity: timedelta,
    ) -> _Rows:
        """Pick the orders that may be learned from at the cutoff."""
        import pandas as pd

        placed = parcels["placed_at"]
        earlier = parcels[placed < pd.Timestamp(cutoff)]
        days, causes = transit_rows(parcels, cutoff)
        if train_days is not None:
            since = pd.Timestamp(cutoff) - timedelta(days=train_days)
            causes["before training days"] = int((earlier["placed_at"] < since).sum())
            earlier = earlier[earlier["placed_at"] >= since]
            days = days[placed.loc[days.index] >= since]
        labels = late_by(parcels, cutoff, maturity).loc[earlier.index]
        usable = labels["cause"].isna() & labels["label"].notna()
        left = labels.loc[~usable, "cause"].fillna("never delivered").value_counts()
        causes = {str(cause): int(count) for cause, count in left.items()} | causes
        return _Rows(labels[usable], days, causes)

    def _fit(
        self, material: Material, parcels: pd.DataFrame, rows: _Rows, maturity: timedelta
    ) -> tuple[Chosen, Lateness]:
        """Fit both heads and their stack on the given orders."""
        if rows.labels.empty:
            raise NotSupportedError(f"{self.name}: no promise had matured by then")
        labels = rows.labels.tail(MAX_ROWS)
        frame = material.frame.loc[labels.index]
        chosen = choose_features(material, frame, without=LEFT_OUT)
        told = parcels.loc[frame.index]
        known = LateRows(
            chosen.matrix,
            labels["label"].to_numpy(),
            promised_days(told),
            _micros(told["placed_at"]),
        )
        gap = float(np.nanmedian(known.promised_days)) + maturity / timedelta(days=1)
        splits = time_folds(told["placed_at"], max(gap, 0.0))
        days = rows.days.tail(MAX_ROWS)
        there = material.frame.loc[days.index]
        arrived = ArrivedRows(
            chosen.encoding.many(there), days.to_numpy(), _micros(there["placed_at"])
        )
        features = chosen.encoding, plain_places(material, chosen.encoding)
        return chosen, fit_lateness(features, known, arrived, splits, self.config)

    def _held_out(
        self, material: Material, parcels: pd.DataFrame, rows: _Rows, maturity: timedelta
    ) -> dict[str, Any]:
        """Fit without the newest fifth and say how good that is out of time."""
        import pandas as pd

        placed = parcels["placed_at"]
        begins = pd.Timestamp(str(placed.loc[rows.labels.index].quantile(1 - HOLDOUT_SHARE)))
        older = self._rows(parcels[placed < begins], begins, None, maturity)
        newest = rows.labels[placed.loc[rows.labels.index] >= begins]
        if min(_rarer(older.labels["label"]), _rarer(newest["label"])) < HOLDOUT_BAD:
            return {}
        chosen, lateness = self._fit(material, parcels, older, maturity)
        test = material.frame.loc[newest.index]
        days = promised_days(parcels.loc[newest.index])
        scores = lateness.probability(chosen.encoding.many(test), days)
        return report(material.orders.loc[newest.index], newest["label"], scores)

    def _artifact(
        self,
        material: Material,
        parcels: pd.DataFrame,
        chosen: Chosen,
        lateness: Lateness,
        rows: _Rows,
        cutoff: datetime,
        summary: dict[str, Any],
    ) -> Artifact:
        """Lay out what is saved."""
        frame = material.frame.loc[rows.labels.index]
        recent = frame.tail(RECENT_ROWS)
        days = promised_days(parcels.loc[recent.index])
        scores = lateness.probability(chosen.encoding.many(recent), days)
        document = delivery_document(material, self.name, chosen, frame, cutoff) | {
            "kind": "probability",
            "title": {"zh": "晚于承诺送达", "en": "delivered after the promise"},
            "plain_features": list(lateness.places),
            "weights": list(lateness.weights),
            "usual_lateness": lateness.usual,
            "calibration": lateness.knots.to_json(),
            "percentile_knots": np.quantile(scores, np.linspace(0, 1, N_PERCENTILES)).tolist(),
            "label_maturity_days": self.maturity(material.profile) / timedelta(days=1),
            "config": asdict(self.config),
            "metrics": summary,
        }
        texts = {LATELY_FILE: lateness.lately, PLAIN_FILE: lateness.plain}
        if lateness.transit is not None:
            document["transit"] = lateness.transit.to_json()
            texts |= {CENTRE_FILE: lateness.transit.centre, SPREAD_FILE: lateness.transit.spread}
        return Artifact(document, texts=texts)


def _truth(parcels: pd.DataFrame, at: pd.Timestamp, maturity: timedelta) -> pd.Series:
    """Label parcels at the end of the history; those never delivered stay unknown."""
    label: pd.Series = late_by(parcels, at, maturity)["label"]
    return label.where(parcels["delivered_at"].notna())


def _micros(instants: pd.Series) -> np.ndarray:
    """Microseconds since 1970."""
    return np.asarray(instants.astype("datetime64[us, UTC]").astype("int64"))


def _rarer(label: pd.Series) -> int:
    """Count the rarer class."""
    late = int(label.sum())
    return min(late, len(label) - late)


LATE = LateEstimator()

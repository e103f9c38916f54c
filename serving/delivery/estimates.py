"""What the delivery models expect of each way an order could go, from live window state."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from features.engines.plans import PlanBook
from features.engines.ways import way_reader
from models.estimators.eta import SHARES
from models.estimators.ways import WayEncoding
from models.routing.options import Estimates, Lanes
from models.training.attempts import feature_names
from models.training.encoding import Encoding
from models.training.lateness import PROMISE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from features.engines.plans import Plans
    from features.engines.ways import WayReader, Ways
    from features.feature import Feature
    from features.history import HistoryProfile
    from models.estimators.attempt import AttemptPredictor
    from models.estimators.eta import EtaPredictor
    from models.estimators.late import LatePredictor
    from models.routing.network import Outlet
    from models.routing.options import Candidate
    from models.routing.ways import Way
    from models.training.lateness import Lateness
    from models.training.transit import Transit
    from serving.state.windows import WindowEngine

    Row = Mapping[str, Any]
    Values = Mapping[str, float | str | None]

ATTEMPTS: Final = Encoding(feature_names(), {})
PROMISE_TARGET: Final = 0.9
"""Share of orders that a promised date is to keep, unless the merchant says otherwise."""
HOURS_A_DAY: Final = 24


@dataclass(frozen=True)
class DeliveryModels:
    """The loaded delivery models; None where one is missing."""

    late: LatePredictor | None = None
    eta: EtaPredictor | None = None
    attempt: AttemptPredictor | None = None

    @property
    def versions(self) -> dict[str, str]:
        """Version by name of the loaded models."""
        loaded = {"late": self.late, "eta": self.eta, "attempt": self.attempt}
        return {name: model.version for name, model in loaded.items() if model is not None}

    @property
    def features(self) -> frozenset[str]:
        """Features that any of them reads."""
        read: set[str] = set()
        if self.late is not None:
            read.update(self.late.lateness.encoding.names)
            read.add(PROMISE)
        if self.eta is not None:
            read.update(self.eta.transit.encoding.names)
        if self.attempt is not None:
            read.update(ATTEMPTS.names)
        return frozenset(read)


@dataclass(frozen=True)
class OptionRater:
    """Rates the candidates of one order.

    Parameters
    ----------
    state
        Window state of parcels.
    features
        The features it computes.
    profile
        The history's.
    models
        The loaded models.
    origins
        Warehouse to its planned columns.
    promise_target
        Share of orders that a promised date is to keep.
    """

    state: WindowEngine
    features: Sequence[Feature]
    profile: HistoryProfile
    models: DeliveryModels
    origins: Mapping[str, Row] = field(default_factory=dict)
    promise_target: float = PROMISE_TARGET

    def rate(
        self,
        order: Row,
        lines: Sequence[Row],
        candidates: Sequence[Candidate | Way],
        known: Values | None = None,
    ) -> Estimates:
        """Rate all candidates of an order in one call of each model.

        Parameters
        ----------
        order, lines
            The order as flat rows.
        candidates
            Ways it could go.
        known
            Features of this order that were computed before.

        Returns
        -------
        Estimates
            What no model says is None.
        """
        if not candidates:
            return Estimates(0)
        ways = self.ways(order, lines, candidates, known)
        matrix = self._encoding.many(ways)
        late = attempt = arrivals = None
        if self._lateness is not None and order.get("deliver_by") is not None:
            hours = ways.of_all(PROMISE)
            days = np.array([np.nan if hours is None else float(hours) / HOURS_A_DAY])
            late = self._lateness.probability(matrix, days)
        if self.models.attempt is not None:
            read = matrix.take(self._encoding.columns["attempt"], axis=1)
            attempt = 1.0 - self.models.attempt.predict_matrix(read)
        if self._transit is not None:
            arrivals = _Arrivals(self._transit, matrix, (*SHARES, self.promise_target))
        return Estimates(len(candidates), late, attempt, arrivals)

    def ways(
        self,
        order: Row,
        lines: Sequence[Row],
        candidates: Sequence[Candidate | Way],
        known: Values | None = None,
    ) -> Ways:
        """Give the feature values of each candidate."""
        return self._reader.read(order, lines, self.plans(candidates), known)

    def plans(self, candidates: Sequence[Candidate | Way]) -> Plans:
        """Give the planned columns of an order that goes these ways."""
        lanes = Lanes.of(candidates)
        return self._book.plans(
            lanes.ends,
            lambda at: self._origin(lanes.warehouses[at].warehouse),
            lambda at: _last_mile(lanes.outlets[at]),
        )

    def _origin(self, warehouse: str) -> Row:
        """Give the planned columns of what leaves a warehouse."""
        return {"warehouse": warehouse, **self.origins.get(warehouse, {})}

    @cached_property
    def _book(self) -> PlanBook:
        return PlanBook()

    @cached_property
    def _reader(self) -> WayReader:
        return way_reader(self.state, self.features, self.profile, self.models.features)

    @cached_property
    def _encoding(self) -> WayEncoding:
        """How the models read the ways of an order."""
        encodings = {"attempt": ATTEMPTS}
        if self.models.late is not None:
            encodings["late"] = self.models.late.lateness.encoding
        if self.models.eta is not None:
            encodings["eta"] = self.models.eta.transit.encoding
        return WayEncoding(encodings, self._reader.names)

    @cached_property
    def _lateness(self) -> Lateness | None:
        """The model of lateness as it reads what all models were laid out for."""
        if self.models.late is None:
            return None
        return self.models.late.lateness.among(self._encoding.columns["late"].tolist())

    @cached_property
    def _transit(self) -> Transit | None:
        """The distribution of transit times, likewise."""
        if self.models.eta is None:
            return None
        return self.models.eta.transit.among(self._encoding.columns["eta"].tolist())


def _last_mile(outlet: Outlet) -> Row:
    """Give the planned columns of what an outlet brings."""
    return {"carrier": outlet.carrier, "outlet": outlet.outlet, "service": outlet.service}


@dataclass(frozen=True, slots=True)
class _Arrivals:
    """When an order would arrive by each of its ways; only asked about the ways that are shown."""

    transit: Transit
    matrix: NDArray[np.float64]
    shares: tuple[float, ...]

    def days(self, places: Sequence[int]) -> NDArray[np.float64]:
        """See `models.routing.options.Arrivals`."""
        mean, quantiles = self.transit.days(self.matrix.take(places, axis=0), self.shares)
        days = np.empty((len(mean), 1 + quantiles.shape[1]))
        days[:, 0], days[:, 1:] = mean, quantiles
        return days

    def nine_in_ten(self) -> NDArray[np.float64]:
        """See `models.routing.options.Arrivals`."""
        located = self.transit.locate(self.matrix)
        return self.transit.quantiles_of(*located, (SHARES[-1],))[:, 0]

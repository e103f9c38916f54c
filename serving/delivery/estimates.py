"""What the delivery models expect of each way an order could go, from live window state."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from features.engines.ways import way_reader
from models.estimators.ways import WayEncoding
from models.routing.options import Estimates
from models.training.attempts import feature_names
from models.training.encoding import Encoding
from models.training.lateness import PROMISE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from features.engines.ways import WayReader, Ways
    from features.feature import Feature
    from features.history import HistoryProfile
    from models.estimators.attempt import AttemptPredictor
    from models.estimators.eta import EtaPredictor
    from models.estimators.late import LatePredictor
    from models.routing.network import Outlet, Warehouse
    from models.routing.options import Candidate
    from models.routing.ways import Way
    from serving.state.windows import WindowEngine

    Row = Mapping[str, Any]
    Values = Mapping[str, float | str | None]

ATTEMPTS: Final = Encoding(feature_names(), {})
SHARES: Final = (0.1, 0.5, 0.9)
PROMISE_TARGET: Final = 0.9
"""Share of orders that a promised date is to keep, unless the merchant says otherwise."""
HOURS_A_DAY: Final = 24
MOST_PLANS: Final = 50_000
"""Pairs of warehouse and outlet of which the planned columns are remembered."""


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
        ways = self.ways(order, lines, candidates, known)
        models, encodings = self.models, self._encodings
        late = attempt = days = None
        if models.late is not None and order.get("deliver_by") is not None:
            promised = encodings["promise"].many(ways)[:, 0] / HOURS_A_DAY
            late = models.late.lateness.probability(encodings["late"].many(ways), promised)
        if models.attempt is not None:
            attempt = 1.0 - models.attempt.predict_matrix(encodings["attempt"].many(ways))
        if models.eta is not None:
            shares = (*SHARES, self.promise_target)
            days = partial(_days, models.eta, encodings["eta"], ways, shares)
        return Estimates(len(candidates), late, attempt, days)

    def ways(
        self,
        order: Row,
        lines: Sequence[Row],
        candidates: Sequence[Candidate | Way],
        known: Values | None = None,
    ) -> Ways:
        """Give the feature values of each candidate."""
        plans = [self.plan(candidate.warehouse, candidate.outlet) for candidate in candidates]
        return self._reader.read(order, lines, plans, known)

    def plan(self, warehouse: Warehouse, outlet: Outlet) -> Row:
        """Give the planned columns of an order that goes this way."""
        key = warehouse.warehouse, outlet.outlet
        found = self._plans.get(key)
        if found is None:
            found = {
                "warehouse": warehouse.warehouse,
                **self.origins.get(warehouse.warehouse, {}),
                "carrier": outlet.carrier,
                "outlet": outlet.outlet,
                "service": outlet.service,
            }
            if len(self._plans) >= MOST_PLANS:
                self._plans.clear()
            self._plans[key] = found
        return found

    @cached_property
    def _plans(self) -> dict[tuple[str, str], Row]:
        return {}

    @cached_property
    def _reader(self) -> WayReader:
        return way_reader(self.state, self.features, self.profile, self.models.features)

    @cached_property
    def _encodings(self) -> dict[str, WayEncoding]:
        """How each model reads the ways of an order, and the promise alone."""
        encodings = {"attempt": ATTEMPTS, "promise": Encoding((PROMISE,), {})}
        if self.models.late is not None:
            encodings["late"] = self.models.late.lateness.encoding
        if self.models.eta is not None:
            encodings["eta"] = self.models.eta.transit.encoding
        return {name: WayEncoding(encoding) for name, encoding in encodings.items()}


def _days(
    eta: EtaPredictor,
    encoding: WayEncoding,
    ways: Ways,
    shares: tuple[float, ...],
    places: Sequence[int],
) -> NDArray[np.float64]:
    """Foretell the days of some ways: mean, then the quantiles at some shares."""
    mean, quantiles = eta.transit.days(encoding.many(ways, places), shares)
    return np.column_stack([mean, quantiles])

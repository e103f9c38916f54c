"""What the delivery models expect of each way an order could go, from live window state."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from models.routing.options import Estimate
from models.training.attempts import feature_names

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from features.feature import Feature
    from models.estimators.attempt import AttemptPredictor
    from models.estimators.eta import EtaPredictor
    from models.estimators.late import LatePredictor
    from models.routing.network import Outlet, Warehouse
    from models.routing.options import Candidate
    from serving.state.windows import WindowEngine

    Row = Mapping[str, Any]
    Values = Mapping[str, float | str | None]

ATTEMPTS: Final = feature_names()
FROM_WAREHOUSE: Final = frozenset(
    {"warehouse", "origin_region", "origin_postal", "origin_lat", "origin_lon"}
)
"""Planned columns that the warehouse decides; the outlet decides the others."""


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


@dataclass(frozen=True)
class OptionRater:
    """Rates the candidates of one order.

    Parameters
    ----------
    state
        Window state of parcels.
    features
        The features it computes.
    models
        The loaded models.
    origins
        Warehouse to its planned columns.
    """

    state: WindowEngine
    features: Sequence[Feature]
    models: DeliveryModels
    origins: Mapping[str, Row] = field(default_factory=dict)

    def rate(
        self, order: Row, lines: Sequence[Row], candidates: Sequence[Candidate]
    ) -> list[Estimate]:
        """Rate all candidates of an order in one call of each model.

        Parameters
        ----------
        order, lines
            The order as flat rows.
        candidates
            Ways it could go.

        Returns
        -------
        list of Estimate
            One a candidate; what no model says is None.
        """
        values = self.values(order, lines, candidates)
        late = attempt = days = None
        if self.models.late is not None and order.get("deliver_by") is not None:
            late = self.models.late.predict_many(values)
        if self.models.attempt is not None:
            read = pd.DataFrame([{name: row.get(name) for name in ATTEMPTS} for row in values])
            attempt = self.models.attempt.predict_frame(read.astype(float))
        if self.models.eta is not None:
            days = self.models.eta.predict_many(values)
        return [
            Estimate(
                None if late is None else float(late[place]),
                None if attempt is None else 1.0 - float(attempt[place]),
                None if days is None else days[place],
            )
            for place in range(len(candidates))
        ]

    def values(
        self, order: Row, lines: Sequence[Row], candidates: Sequence[Candidate]
    ) -> list[dict[str, float | str | None]]:
        """Give the feature values of each candidate.

        No feature hangs on the warehouse and the outlet at once, so each of them is looked up
        once, side by side, and the two halves are put together.
        """
        warehouses = list({c.warehouse.warehouse: c.warehouse for c in candidates}.values())
        outlets = list({c.outlet.outlet: c.outlet for c in candidates}.values())
        of_warehouse, of_outlet = {}, {}
        for place in range(max(len(warehouses), len(outlets))):
            warehouse = warehouses[min(place, len(warehouses) - 1)]
            outlet = outlets[min(place, len(outlets) - 1)]
            found = self.state.values({**order, **self.plan(warehouse, outlet)}, lines)
            of_warehouse[warehouse.warehouse] = {name: found[name] for name in self._theirs}
            of_outlet[outlet.outlet] = found
        return [
            {**of_outlet[c.outlet.outlet], **of_warehouse[c.warehouse.warehouse]}
            for c in candidates
        ]

    @cached_property
    def _theirs(self) -> tuple[str, ...]:
        return warehouse_features(self.features)

    def plan(self, warehouse: Warehouse, outlet: Outlet) -> dict[str, Any]:
        """Give the planned columns of an order that goes this way."""
        return {
            "warehouse": warehouse.warehouse,
            **self.origins.get(warehouse.warehouse, {}),
            "carrier": outlet.carrier,
            "outlet": outlet.outlet,
            "service": outlet.service,
        }


def warehouse_features(features: Iterable[Feature]) -> tuple[str, ...]:
    """Name the features that hang on the planned warehouse."""
    found = []
    for feature in features:
        columns = set(feature.order_columns)
        if feature.measure is not None:
            columns = set(feature.measure.entity.columns)
        if columns & FROM_WAREHOUSE:
            found.append(feature.name)
    return tuple(found)

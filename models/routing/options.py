"""A way that an order can go, what is expected of it, and what it costs. No logic."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models.routing.network import Outlet, Warehouse


@dataclass(frozen=True, slots=True)
class Candidate:
    """A warehouse and an outlet that can take the order together."""

    warehouse: Warehouse
    outlet: Outlet
    freight_minor: float
    served_by: str
    """How the outlet is known to serve the place: ``fence``, ``city``, ``region``, ``unknown``."""

    @property
    def key(self) -> tuple[str, str, str, str]:
        """Warehouse, carrier, outlet and service."""
        outlet = self.outlet
        return self.warehouse.warehouse, outlet.carrier, outlet.outlet, outlet.service or ""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What the delivery models say about a candidate; None where there is no model."""

    p_late: float | None = None
    p_first_attempt: float | None = None
    days: Mapping[str, float] | None = None
    """``mean``, ``q10``, ``q50`` and ``q90`` days from placing."""


@dataclass(frozen=True, slots=True)
class Option:
    """A candidate with its expected cost.

    Parameters
    ----------
    candidate, estimate
        What it is, and what is expected of it.
    parts
        Cost by cause, minor units of the base currency.
    """

    candidate: Candidate
    estimate: Estimate
    parts: Mapping[str, float]

    @property
    def cost_minor(self) -> float:
        """Expected total cost, minor units of the base currency."""
        return sum(self.parts.values())

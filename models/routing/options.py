"""A way that an order can go, what is expected of it, and what it costs. No logic."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from models.routing.costs import RoutingCosts
    from models.routing.network import Outlet, Warehouse

    Floats = NDArray[np.float64]

DAYS = ("mean", "q10", "q50", "q90", "promise")
"""Days from placing: quantiles, and that within which the wanted share of such orders arrives."""


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
    """Days from placing, by the names in `DAYS`."""


@dataclass(frozen=True, slots=True)
class Warned:
    """What a warning in force, or an outlet that dropped, does to a candidate.

    Parameters
    ----------
    late, failed
        Added to the probabilities of being late and of a failed first attempt.
    reason
        ``code``, ``zh`` and ``en`` of why.
    notice
        What the buyer may be told when the order goes this way all the same, ``zh`` and ``en``;
        None where there is nothing to tell.
    moved
        The same for an order that leaves from another warehouse for it.
    """

    late: float
    failed: float
    reason: Mapping[str, Any]
    notice: Mapping[str, str] | None = None
    moved: Mapping[str, str] | None = None

    def minor(self, costs: RoutingCosts) -> float:
        """Give what it adds to the expected cost, minor units of the base currency."""
        return self.late * costs.late.minor + self.failed * costs.failed_attempt.minor


@dataclass(frozen=True, slots=True)
class Estimates:
    """What the delivery models say about the candidates of one order, column by column.

    Parameters
    ----------
    n
        How many candidates.
    p_late, p_first_attempt
        Shape ``(n,)``; None where there is no model.
    days
        From positions of candidates to their `DAYS`, shape ``(n_positions, 5)``; None where there
        is no model. No cost hangs on them, so they are asked of the chosen ones only.
    warned
        Position of a candidate to what warnings did to it; its columns hold it already.
    """

    n: int
    p_late: Floats | None = None
    p_first_attempt: Floats | None = None
    days: Callable[[Sequence[int]], Floats] | None = None
    warned: Mapping[int, tuple[Warned, ...]] = field(default_factory=dict)

    def some(self, places: Sequence[int]) -> list[Estimate]:
        """Give what is expected of some candidates."""
        days: list[Mapping[str, float] | None] = [None] * len(places)
        if self.days is not None and places:
            days = [dict(zip(DAYS, row, strict=True)) for row in self.days(places).tolist()]
        return [
            Estimate(
                None if self.p_late is None else float(self.p_late[at]),
                None if self.p_first_attempt is None else float(self.p_first_attempt[at]),
                of_days,
            )
            for at, of_days in zip(places, days, strict=True)
        ]

    def every(self) -> list[Estimate]:
        """Give what is expected of every candidate."""
        return self.some(range(self.n))

    @classmethod
    def of(cls, estimates: Sequence[Estimate]) -> Estimates:
        """Lay single estimates out as columns; all know the same."""
        if not estimates:
            return cls(0)
        first = estimates[0]
        days = None
        if first.days is not None:
            table = np.array([[(one.days or {})[name] for name in DAYS] for one in estimates])
            days = lambda places: table[list(places)]  # noqa: E731 a closure over the table
        return cls(
            len(estimates),
            None if first.p_late is None else _column(one.p_late for one in estimates),
            None
            if first.p_first_attempt is None
            else _column(one.p_first_attempt for one in estimates),
            days,
        )


def _column(values: Any) -> Floats:
    return np.array(list(values), np.float64)


@dataclass(frozen=True, slots=True)
class Option:
    """A candidate with its expected cost.

    Parameters
    ----------
    candidate, estimate
        What it is, and what is expected of it.
    parts
        Cost by cause, minor units of the base currency.
    warned
        What warnings do to it.
    """

    candidate: Candidate
    estimate: Estimate
    parts: Mapping[str, float]
    warned: tuple[Warned, ...] = ()

    @property
    def cost_minor(self) -> float:
        """Expected total cost, minor units of the base currency."""
        return sum(self.parts.values())

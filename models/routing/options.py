"""A way that an order can go, what is expected of it, and what it costs. No logic."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol, overload

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from features.engines.plans import EndNames
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

    key: tuple[str, str, str, str] = field(init=False)
    """Warehouse, carrier, outlet and service."""

    def __post_init__(self) -> None:
        outlet = self.outlet
        key = self.warehouse.warehouse, outlet.carrier, outlet.outlet, outlet.service or ""
        object.__setattr__(self, "key", key)


@dataclass(frozen=True, eq=False)
class Candidates(Sequence[Candidate]):
    """The candidates of an order; the same object serves all orders that have the same ones.

    Parameters
    ----------
    ways
        They themselves.
    n_unpriced
        Pairs left out because their tariff has no price for the weight.

    Examples
    --------
    >>> from models.routing.network import Outlet, Warehouse
    >>> both = Candidates(
    ...     tuple(Candidate(Warehouse(name), Outlet("a", "sf"), 900.0, "city") for name in "BA")
    ... )
    >>> both.freight_minor, both.rank
    (array([900., 900.]), array([1, 0]))
    """

    ways: tuple[Candidate, ...]
    n_unpriced: int = 0

    def __len__(self) -> int:
        return len(self.ways)

    @overload
    def __getitem__(self, at: int) -> Candidate: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[Candidate, ...]: ...
    def __getitem__(self, at: int | slice) -> Candidate | tuple[Candidate, ...]:
        return self.ways[at]

    def __iter__(self) -> Iterator[Candidate]:
        return iter(self.ways)

    @cached_property
    def ends(self) -> EndNames:
        """Names of the warehouse and of the outlet of each."""
        warehouses = tuple([way.warehouse.warehouse for way in self.ways])
        return warehouses, tuple([way.outlet.outlet for way in self.ways])

    @cached_property
    def freight_minor(self) -> Floats:
        """Freight of each, NaN where no tariff is known."""
        return _column(way.freight_minor for way in self.ways)

    @cached_property
    def all_priced(self) -> bool:
        """Whether a tariff is known for every one of them."""
        return not np.isnan(self.freight_minor).any()

    @cached_property
    def handling_minor(self) -> Floats | None:
        """What handling one unit costs in the warehouse of each; None where it costs nothing."""
        found = _column(way.warehouse.handling_minor for way in self.ways)
        return found if found.any() else None

    @cached_property
    def rank(self) -> NDArray[np.intp]:
        """Place of each in the order of warehouse, carrier, outlet and service."""
        rank = np.empty(len(self.ways), np.intp)
        rank[sorted(range(len(self.ways)), key=lambda at: self.ways[at].key)] = np.arange(
            len(self.ways)
        )
        return rank


@dataclass(frozen=True, slots=True)
class Estimate:
    """What the delivery models say about a candidate; None where there is no model."""

    p_late: float | None = None
    p_first_attempt: float | None = None
    days: Mapping[str, float] | None = None
    """Days from placing, by the names in `DAYS`."""


class Cause(Protocol):
    """Why a candidate fares otherwise than the models expect, in words."""

    @property
    def reason(self) -> Mapping[str, Any]:
        """``code``, ``zh`` and ``en`` of why, and the ids of the ``alerts``."""

    @property
    def notice(self) -> Mapping[str, str] | None:
        """What the buyer may be told when the order goes this way all the same; None: nothing."""

    @property
    def moved(self) -> Mapping[str, str] | None:
        """The same for an order that leaves from another warehouse for it."""


@dataclass(frozen=True, slots=True)
class Warned:
    """What a warning in force, or an outlet that dropped, does to a candidate.

    Parameters
    ----------
    late, failed
        Added to the probabilities of being late and of a failed first attempt.
    cause
        The warning or the drop; its words are written for the options that are shown.
    """

    late: float
    failed: float
    cause: Cause

    def minor(self, costs: RoutingCosts) -> float:
        """Give what it adds to the expected cost, minor units of the base currency."""
        return self.late * costs.late.minor + self.failed * costs.failed_attempt.minor


class Arrivals(Protocol):
    """When each candidate of one order would arrive; no cost hangs on it, so few are asked for."""

    def days(self, places: Sequence[int]) -> Floats:
        """Give the `DAYS` of candidates by their positions, shape ``(n_positions, 5)``."""

    def nine_in_ten(self) -> Floats:
        """Give the days within which nine in ten parcels of each candidate arrive."""


@dataclass(frozen=True, slots=True)
class Table:
    """Arrivals as they are, shape ``(n, 5)``."""

    rows: Floats

    def days(self, places: Sequence[int]) -> Floats:
        """See `Arrivals.days`."""
        found: Floats = self.rows[list(places)]
        return found

    def nine_in_ten(self) -> Floats:
        """See `Arrivals.nine_in_ten`."""
        return self.rows[:, DAYS.index("q90")]


@dataclass(frozen=True, slots=True)
class Estimates:
    """What the delivery models say about the candidates of one order, column by column.

    Parameters
    ----------
    n
        How many candidates.
    p_late, p_first_attempt
        Shape ``(n,)``; None where there is no model.
    arrivals
        When they arrive; None where there is no model.
    warned
        Position of a candidate to what warnings did to it; its columns hold it already.
    """

    n: int
    p_late: Floats | None = None
    p_first_attempt: Floats | None = None
    arrivals: Arrivals | None = None
    warned: Mapping[int, tuple[Warned, ...]] = field(default_factory=dict)

    def some(self, places: Sequence[int]) -> list[Estimate]:
        """Give what is expected of some candidates."""
        days: list[Mapping[str, float] | None] = [None] * len(places)
        if self.arrivals is not None and places:
            rows = self.arrivals.days(places).tolist()
            days = [dict(zip(DAYS, row, strict=True)) for row in rows]
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
        arrivals = None
        if first.days is not None:
            rows = [[(one.days or {})[name] for name in DAYS] for one in estimates]
            arrivals = Table(np.array(rows))
        return cls(
            len(estimates),
            None if first.p_late is None else _column(one.p_late for one in estimates),
            None
            if first.p_first_attempt is None
            else _column(one.p_first_attempt for one in estimates),
            arrivals,
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

    cost_minor: float = field(init=False, repr=False, compare=False)
    """Expected total cost, minor units of the base currency."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "cost_minor", sum(self.parts.values()))

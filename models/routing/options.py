"""A way that an order can go, what is expected of it, and what it costs. No logic."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol, overload

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from numpy.typing import NDArray

    from features.engines.plans import EndNames
    from models.routing.costs import RoutingCosts
    from models.routing.network import Outlet, Warehouse
    from models.routing.ways import Way

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
        object.__setattr__(self, "key", key_of(self.warehouse, self.outlet))


def key_of(warehouse: Warehouse, outlet: Outlet) -> tuple[str, str, str, str]:
    """Give the key of a way, see `Candidate`."""
    return warehouse.warehouse, outlet.carrier, outlet.outlet, outlet.service or ""


@dataclass(frozen=True, eq=False)
class Lanes:
    """The ends of ways, a warehouse and an outlet each, and what hangs on them alone.

    Parameters
    ----------
    warehouses, outlets
        Where each way begins and ends.
    served_by
        How each outlet is known to serve the place, see `Candidate`.

    Examples
    --------
    >>> from models.routing.network import Outlet, Warehouse
    >>> lanes = Lanes((Warehouse("B"), Warehouse("A")), (Outlet("a", "sf"),) * 2, ("city",) * 2)
    >>> lanes.ends, lanes.rank, len(lanes.without([0]).warehouses)
    ((('B', 'A'), ('a', 'a')), array([1, 0]), 1)
    """

    warehouses: tuple[Warehouse, ...]
    outlets: tuple[Outlet, ...]
    served_by: tuple[str, ...]

    @classmethod
    def of(cls, ways: Sequence[Candidate | Way]) -> Lanes:
        """Give the lanes of some ways."""
        if isinstance(ways, Candidates):
            return ways.lanes
        return cls(
            tuple([way.warehouse for way in ways]),
            tuple([way.outlet for way in ways]),
            tuple([way.served_by for way in ways]),
        )

    def without(self, places: Collection[int]) -> Lanes:
        """Give the lanes but for those at some positions."""
        kept = [at for at in range(len(self.warehouses)) if at not in places]
        return Lanes(
            tuple([self.warehouses[at] for at in kept]),
            tuple([self.outlets[at] for at in kept]),
            tuple([self.served_by[at] for at in kept]),
        )

    @cached_property
    def ends(self) -> EndNames:
        """Names of the warehouse and of the outlet of each."""
        warehouses = tuple([warehouse.warehouse for warehouse in self.warehouses])
        return warehouses, tuple([outlet.outlet for outlet in self.outlets])

    @cached_property
    def houses(self) -> Mapping[str, Warehouse]:
        """The warehouses by name, each once."""
        return dict(zip(self.ends[0], self.warehouses, strict=True))

    @cached_property
    def handling_minor(self) -> Floats | None:
        """What handling one unit costs in the warehouse of each; None where it costs nothing."""
        found = _column(warehouse.handling_minor for warehouse in self.warehouses)
        return found if found.any() else None

    @cached_property
    def rank(self) -> NDArray[np.intp]:
        """Place of each in the order of warehouse, carrier, outlet and service."""
        keys = [*map(key_of, self.warehouses, self.outlets)]
        rank = np.empty(len(keys), np.intp)
        rank[sorted(range(len(keys)), key=keys.__getitem__)] = np.arange(len(keys))
        return rank


@dataclass(frozen=True, eq=False)
class Candidates(Sequence[Candidate]):
    """The candidates of an order; the same object serves all orders that have the same ones.

    They are kept as columns: few of them are ever looked at one by one.

    Parameters
    ----------
    lanes
        Where they begin and end.
    freight_minor
        Freight of each, NaN where no tariff is known.
    n_unpriced
        Pairs left out because their tariff has no price for the weight.

    Examples
    --------
    >>> from models.routing.network import Outlet, Warehouse
    >>> both = Candidates.of(
    ...     [Candidate(Warehouse(name), Outlet("a", "sf"), 900.0, "city") for name in "BA"]
    ... )
    >>> both.freight_minor, both[1].key
    (array([900., 900.]), ('A', 'sf', 'a', ''))
    """

    lanes: Lanes
    freight_minor: Floats
    n_unpriced: int = 0

    @classmethod
    def of(cls, candidates: Sequence[Candidate]) -> Candidates:
        """Lay single candidates out as columns."""
        return cls(Lanes.of(candidates), _column(each.freight_minor for each in candidates))

    def __len__(self) -> int:
        return len(self.lanes.warehouses)

    @overload
    def __getitem__(self, at: int) -> Candidate: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[Candidate, ...]: ...
    def __getitem__(self, at: int | slice) -> Candidate | tuple[Candidate, ...]:
        if isinstance(at, slice):
            return tuple([self[place] for place in range(len(self))[at]])
        lanes, freight = self.lanes, float(self.freight_minor[at])
        return Candidate(lanes.warehouses[at], lanes.outlets[at], freight, lanes.served_by[at])

    @cached_property
    def all_priced(self) -> bool:
        """Whether a tariff is known for every one of them."""
        return not np.isnan(self.freight_minor).any()


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

"""The planned columns of the ways that orders can go, and what is worked out of them once.

A way has two ends: the warehouse where a parcel leaves and the outlet that brings it. The same few
ends come with every order, so that whatever hangs on an end alone is worked out when it is first
seen and looked up by its place from then on.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, TypeVar

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping, Sequence

    from numpy.typing import NDArray

    Row = Mapping[str, Any]
    Places = NDArray[np.intp]
    EndNames = tuple[tuple[str, ...], tuple[str, ...]]

Made = TypeVar("Made")

LEAVING: Final = ("warehouse", "origin_region", "origin_postal", "origin_lat", "origin_lon")
"""Planned columns that the warehouse decides."""

BRINGING: Final = ("carrier", "outlet", "service")
"""Planned columns that the outlet decides: with `LEAVING` all of `features.engines.source.PLAN`."""

MOST_KEPT: Final = 30_000
"""Ways whose plans are kept for further orders before all are forgotten."""


class Ends:
    """Planned columns of one end of the ways, a row each; rows are added and never change.

    Examples
    --------
    >>> outlets = Ends()
    >>> names = ("a", "b", "a")
    >>> places = outlets.places(names, lambda at: {"carrier": "sf", "outlet": names[at]})
    >>> places.tolist()
    [0, 1, 0]
    >>> outlets.each(lambda row: [row["outlet"]], places).tolist()
    [['a'], ['b'], ['a']]
    """

    def __init__(self) -> None:
        self._rows: list[Row] = []
        self._places: dict[str, int] = {}
        self._worked: dict[Callable[[Row], Any], NDArray[Any]] = {}
        self._adding = threading.Lock()

    def places(self, names: Sequence[str], row_of: Callable[[int], Row]) -> Places:
        """Give the places of some ends.

        Parameters
        ----------
        names
            Of the ends; any may come several times.
        row_of
            From a position among the names to its row; asked when an end is seen the first time.
        """
        self._add(names, row_of)
        return np.array([self._places[name] for name in names], np.intp)

    def _add(self, names: Sequence[str], row_of: Callable[[int], Row]) -> None:
        with self._adding:
            for at, name in enumerate(names):
                if name not in self._places:
                    self._rows.append(row_of(at))
                    self._places[name] = len(self._rows) - 1

    def row(self, place: int) -> Row:
        """Give the planned columns of an end."""
        return self._rows[place]

    def each(self, work: Callable[[Row], Any], places: Places) -> NDArray[Any]:
        """Give what a function makes of some rows, stacked; each row is worked out once.

        Parameters
        ----------
        work
            From a row to values, of one shape and type for every row.
        places
            Rows that are wanted.
        """
        found = self._worked.get(work)
        if found is None or len(found) < len(self._rows):
            begin = 0 if found is None else len(found)
            fresh = np.stack([work(row) for row in self._rows[begin:]])
            found = fresh if found is None else np.concatenate([found, fresh])
            self._worked[work] = found
        wanted: NDArray[Any] = found[places]
        return wanted


@dataclass(frozen=True, slots=True)
class Side:
    """One end of each of some ways."""

    ends: Ends
    places: Places


@dataclass(frozen=True, eq=False)
class Plans:
    """The planned columns of the ways of one order: which ends each of them has.

    Parameters
    ----------
    sides
        Where the ways begin, with the columns `LEAVING`, and where they end, with `BRINGING`.

    Examples
    --------
    >>> warehouses, outlets = Ends(), Ends()
    >>> begin = Side(warehouses, warehouses.places(("JX", "DG"), lambda _: {}))
    >>> plans = Plans((begin, Side(outlets, outlets.places(("a", "a"), lambda _: {}))))
    >>> plans.n, plans.once("pairs", lambda plans: [side.places.tolist() for side in plans.sides])
    (2, [[0, 1], [0, 0]])
    """

    sides: tuple[Side, Side]
    _made: dict[Any, Any] = field(default_factory=dict, init=False, repr=False)

    @property
    def n(self) -> int:
        """How many ways."""
        return len(self.sides[0].places)

    def once(self, maker: Hashable, make: Callable[[Plans], Made]) -> Made:
        """Give what somebody makes of the plans alone; it is made when it is first asked for.

        Orders that can go the same ways share their plans, and with them what was made of them.
        """
        found: Made | None = self._made.get(maker)
        if found is None:
            found = self._made[maker] = make(self)
        return found

    def one(self, way: int) -> dict[str, Any]:
        """Give the planned columns of one way."""
        leaving, bringing = (side.ends.row(int(side.places[way])) for side in self.sides)
        return {**leaving, **bringing}


class PlanBook:
    """Plans by the names of their ends: orders that can go the same ways share them.

    Examples
    --------
    >>> book = PlanBook()
    >>> ends = ("JX", "JX"), ("a", "b")
    >>> plans = book.plans(
    ...     ends, lambda _: {"warehouse": "JX"}, lambda at: {"carrier": "sf", "outlet": ends[1][at]}
    ... )
    >>> plans.one(1), book.plans(ends, dict, dict) is plans
    ({'warehouse': 'JX', 'carrier': 'sf', 'outlet': 'b'}, True)
    """

    def __init__(self) -> None:
        self._warehouses, self._outlets = Ends(), Ends()
        self._kept: dict[EndNames, Plans] = {}
        self._n_kept = 0

    def plans(
        self, ends: EndNames, leaving: Callable[[int], Row], bringing: Callable[[int], Row]
    ) -> Plans:
        """Give the plans of some ways.

        Parameters
        ----------
        ends
            Names of the warehouse and of the outlet of each way.
        leaving, bringing
            From a position among the ways to the planned columns of its warehouse and of its
            outlet; asked when an end is seen the first time.
        """
        found = self._kept.get(ends)
        if found is None:
            begin = Side(self._warehouses, self._warehouses.places(ends[0], leaving))
            end = Side(self._outlets, self._outlets.places(ends[1], bringing))
            found = Plans((begin, end))
            self._n_kept += found.n
            if self._n_kept > MOST_KEPT:
                self._kept.clear()
                self._n_kept = found.n
            self._kept[ends] = found
        return found

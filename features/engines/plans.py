"""The planned columns of the ways that orders can go, and what is worked out of them once.

A way has two ends: the warehouse where a parcel leaves and the outlet that brings it. The same few
ends come with every order, so that whatever hangs on an end alone is worked out when it is first
seen and looked up by its place from then on.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    Row = Mapping[str, Any]
    Places = NDArray[np.intp]

LEAVING: Final = ("warehouse", "origin_region", "origin_postal", "origin_lat", "origin_lon")
"""Planned columns that the warehouse decides."""

BRINGING: Final = ("carrier", "outlet", "service")
"""Planned columns that the outlet decides: with `LEAVING` all of `features.engines.source.PLAN`."""

MOST_KEPT: Final = 10_000
"""Sequences of names whose places are remembered before all are forgotten."""


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
        self._asked: dict[tuple[str, ...], Places] = {}
        self._adding = threading.Lock()

    def places(self, names: tuple[str, ...], row_of: Callable[[int], Row]) -> Places:
        """Give the places of some ends.

        Parameters
        ----------
        names
            Of the ends; any may come several times. The same few sequences of names are asked for
            again and again.
        row_of
            From a position among the names to its row; asked when an end is seen the first time.
        """
        found = self._asked.get(names)
        if found is None:
            self._add(names, row_of)
            found = np.array([self._places[name] for name in names], np.intp)
            if len(self._asked) >= MOST_KEPT:
                self._asked.clear()
            self._asked[names] = found
        return found

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
            fresh = np.array([work(row) for row in self._rows[begin:]])
            found = fresh if found is None else np.concatenate([found, fresh])
            self._worked[work] = found
        wanted: NDArray[Any] = found[places]
        return wanted


@dataclass(frozen=True, slots=True)
class Side:
    """One end of each of some ways."""

    ends: Ends
    places: Places


@dataclass(frozen=True)
class Plans:
    """The planned columns of the ways of one order: which ends each of them has.

    Parameters
    ----------
    sides
        Where the ways begin, with the columns `LEAVING`, and where they end, with `BRINGING`.
    """

    sides: tuple[Side, Side]

    @property
    def n(self) -> int:
        """How many ways."""
        return len(self.sides[0].places)

    def one(self, way: int) -> dict[str, Any]:
        """Give the planned columns of one way."""
        leaving, bringing = (side.ends.row(int(side.places[way])) for side in self.sides)
        return {**leaving, **bringing}

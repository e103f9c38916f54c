"""Sets of an order's lines as numbers, and every way of parting an order into such sets."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

MOST_LINES: Final = 8
"""Lines up to which all partings are tried: eight have 4,140, nine 21,147."""


@lru_cache(maxsize=MOST_LINES + 1)
def members(n_lines: int) -> NDArray[np.float64]:
    """Tell which lines each set holds.

    Returns
    -------
    array of shape (2 ** n_lines, n_lines)
        1 where the set, a number whose bits are its lines, holds the line.

    Examples
    --------
    >>> members(2).tolist()
    [[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]
    """
    sets = np.arange(2**n_lines)
    held = (sets[:, None] >> np.arange(n_lines)) & 1
    held.setflags(write=False)
    return held.astype(np.float64)


@lru_cache(maxsize=MOST_LINES + 1)
def partings(n_lines: int) -> NDArray[np.intp]:
    """Give every way of parting the lines into sets.

    Returns
    -------
    array of shape (n_partings, n_lines)
        The sets of a parting, filled up with the empty set 0; fewer sets first.

    Examples
    --------
    >>> partings(2).tolist()
    [[3, 0], [1, 2]]
    >>> len(partings(5))
    52
    """
    found = sorted(_parted(2**n_lines - 1), key=lambda sets: (len(sets), sets))
    return np.array([sets + (0,) * (n_lines - len(sets)) for sets in found], dtype=np.intp)


def _parted(rest: int) -> Iterator[tuple[int, ...]]:
    """Part a set; the first part holds its lowest line."""
    if not rest:
        yield ()
        return
    lowest = rest & -rest
    others = rest ^ lowest
    part = others
    while True:
        for more in _parted(others ^ part):
            yield (lowest | part, *more)
        if not part:
            return
        part = (part - 1) & others

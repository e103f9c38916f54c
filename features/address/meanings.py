"""Divisions of China and what a name may stand for. No data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from features.address.record import Record

if TYPE_CHECKING:
    from collections.abc import Iterable

PROVINCE: Final = 1
CITY: Final = 2
COUNTY: Final = 3


class Division(Record, frozen=True):
    """One division.

    Parameters
    ----------
    code
        GB/T 2260 code, six digits.
    name
        Full name.
    level
        1 province, 2 city, 3 county.
    parent
        Index of the parent, or -1.
    lat, lon
        Centre in WGS-84 degrees, or None when unknown.
    """

    code: str
    name: str
    level: int
    parent: int
    lat: float | None
    lon: float | None


class Name(Record, frozen=True):
    """What a name may stand for.

    Parameters
    ----------
    node
        Index of the division.
    weight
        How surely the name means a division: 1 full, less for short, former and nick names.
    needs_parent
        Whether it counts only beside a parent that is named too.
    until
        Year in which the name went out of use; 0 while it is in use.
    is_landmark
        Whether it is a place inside the division and no name of it.
    """

    node: int
    weight: float
    needs_parent: bool = False
    until: int = 0
    is_landmark: bool = False


class Meanings(Record, frozen=True):
    """What one text may stand for, with what is asked of it for every address.

    Parameters
    ----------
    each
        The meanings.
    by_node
        The same by their division.
    strongest
        Weight of the weightiest.
    is_landmark, needs_parent
        Whether all of them are, or do.
    has_former
        Whether one of them is a name out of use.

    Examples
    --------
    >>> from features.address.gazetteer import china
    >>> found = china().names["朝阳区"]
    >>> len(found.each), found.strongest, found.is_landmark
    (2, 1.0, False)
    """

    each: tuple[Name, ...]
    by_node: dict[int, Name]
    strongest: float
    is_landmark: bool
    needs_parent: bool
    has_former: bool

    @classmethod
    def of(cls, names: Iterable[Name]) -> Meanings:
        """Compute the answers once."""
        each = tuple(names)
        return cls(
            each,
            {name.node: name for name in each},
            max([name.weight for name in each]),
            all(name.is_landmark for name in each),
            all(name.needs_parent for name in each),
            any(name.until for name in each),
        )

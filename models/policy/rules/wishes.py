"""What rules wish of a route: options that can take the order, those that fit the wishes first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from models.routing.options import Candidate, Option

    Wishes = Mapping[str, tuple[str, ...]]

PARTS: Final = ("warehouse", "carrier", "outlet", "service")
"""Parts of a route, in the order of a candidate's key."""


def as_wished(options: Sequence[Option], prefer: Wishes, avoid: Wishes) -> tuple[Option, ...]:
    """Put the options that meet most wishes first; among equals the cheapest stays first.

    A wish never turns an option down: an order goes the unwished way rather than nowhere.

    Parameters
    ----------
    options
        Cheapest first.
    prefer, avoid
        Part of a route to its wanted, or unwanted, names.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> def way(carrier):
    ...     key = ("JX", carrier, f"{carrier}-1", "standard")
    ...     return SimpleNamespace(candidate=SimpleNamespace(key=key))
    >>> ways = [way("yunda"), way("sf")]  # the cheaper first
    >>> [way.candidate.key[1] for way in as_wished(ways, {"carrier": ("sf",)}, {})]
    ['sf', 'yunda']
    """
    if not prefer and not avoid:
        return tuple(options)
    return tuple(sorted(options, key=lambda option: unmet(option.candidate, prefer, avoid)))


def unmet(candidate: Candidate, prefer: Wishes, avoid: Wishes) -> int:
    """Count the wishes that a candidate does not meet.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> by_sf = SimpleNamespace(key=("JX", "sf", "sf-sh-1", "standard"))
    >>> unmet(by_sf, {"carrier": ("jd",)}, {"warehouse": ("JX",)})
    2
    """
    route = dict(zip(PARTS, candidate.key, strict=True))
    missed = sum(route[part] not in names for part, names in prefer.items())
    return missed + sum(route[part] in names for part, names in avoid.items())

"""Whether an outlet serves a place, and how that is known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from models.routing.network import Destination, Outlet

SHORTEST_NAME: Final = 2
"""Characters of a division name without its level."""


def serves(outlet: Outlet, to: Destination) -> str | None:
    """Say how an outlet is known to serve a place, or None when it does not.

    The fence decides where both it and the coordinates are known; else the city, else the region.
    An outlet without any area serves every place.

    Examples
    --------
    >>> from models.routing.network import Destination, Outlet
    >>> serves(Outlet("a", "sf", region="上海市", city="上海市"), Destination(city="上海市"))
    'city'
    >>> serves(Outlet("a", "sf", city="上海市"), Destination(city="杭州市")) is None
    True
    """
    if outlet.fence is not None and to.lat is not None and to.lon is not None:
        return "fence" if outlet.fence.holds(lat=to.lat, lon=to.lon) else None
    if outlet.city is not None and to.city is not None:
        unlike = (
            outlet.region is not None
            and to.region is not None
            and not same_place(outlet.region, to.region)
        )
        return "city" if same_place(outlet.city, to.city) and not unlike else None
    if outlet.city is not None:
        return None
    if outlet.region is not None:
        return "region" if to.region and same_place(outlet.region, to.region) else None
    return "unknown" if outlet.fence is None else None


def same_place(one: str, other: str) -> bool:
    """Tell whether two division names mean the same, Chinese ones with or without their level.

    Examples
    --------
    >>> same_place("上海", "上海市"), same_place("广西壮族自治区", "广西")
    (True, True)
    >>> same_place("York", "Yorkshire")
    False
    """
    if one == other:
        return True
    short, long = sorted((one, other), key=len)
    return len(short) >= SHORTEST_NAME and not short.isascii() and long.startswith(short)

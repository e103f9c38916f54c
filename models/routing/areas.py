"""Whether an outlet serves a place, and how that is known."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from models.routing.network import Destination, Outlet

POLE: Final = 90.0
SHORTEST_NAME: Final = 2
"""Characters of a division name without its level."""


def serves(outlet: Outlet, to: Destination) -> str | None:
    """Say how an outlet is known to serve a place, or None when it does not.

    The fence decides where both it and the coordinates are known: it serves the place when it
    meets the circle in which the address may lie. Else the city decides, else the region. An
    outlet without any area serves every place.

    Examples
    --------
    >>> from models.routing.network import Destination, Outlet
    >>> serves(Outlet("a", "sf", region="上海市", city="上海市"), Destination(city="上海市"))
    'city'
    >>> serves(Outlet("a", "sf", city="上海市"), Destination(city="杭州市")) is None
    True
    """
    if (
        outlet.fence is not None
        and to.lat is not None
        and to.lon is not None
        and has_coordinates(to)
    ):
        radius_m = to.radius_m or 0.0
        return "fence" if outlet.fence.touches(lat=to.lat, lon=to.lon, radius_m=radius_m) else None
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


def has_coordinates(to: Destination) -> bool:
    """Tell whether a place has coordinates on the globe; what is none of it counts as unknown.

    Examples
    --------
    >>> from models.routing.network import Destination
    >>> has_coordinates(Destination(lat=31.2, lon=121.5)), has_coordinates(Destination(lat=31.2))
    (True, False)
    >>> has_coordinates(Destination(lat=121.5, lon=31.2))
    False
    """
    if to.lat is None or to.lon is None:
        return False
    return math.isfinite(to.lon) and abs(to.lat) <= POLE


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

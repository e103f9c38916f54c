"""A simple merchant's way to choose: the first outlet of a list that has room, else the surest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models.routing.network import Shelf
    from models.routing.options import Option


@dataclass(frozen=True, slots=True)
class OutletRule:
    """First outlet whose area holds the address and that has room, else the better rate.

    Parameters
    ----------
    first
        Outlets in the order in which they are tried; empty for all, by name.
    more_than
        Parcels that an outlet must still be able to take today beside this one's place.

    Examples
    --------
    >>> from models.routing.network import Outlet, Shelf, Warehouse
    >>> from models.routing.options import Candidate, Estimate, Option
    >>> def option(name, carrier, rate):
    ...     outlet = Outlet(name, carrier, daily_capacity=60)
    ...     way = Candidate(Warehouse("JX"), outlet, 900.0, "fence")
    ...     return Option(way, Estimate(p_first_attempt=rate), {"freight": 900.0})
    >>> options = [option("yd-1", "yd", 0.97), option("sf-1", "sf", 0.9)]
    >>> rule = OutletRule(("sf-1",), more_than=50)
    >>> [o.candidate.outlet.outlet for o in rule.order(options, Shelf())]
    ['sf-1', 'yd-1']
    >>> [o.candidate.outlet.outlet for o in rule.order(options, Shelf(taken_today={"sf-1": 10}))]
    ['yd-1', 'sf-1']
    """

    first: tuple[str, ...] = ()
    more_than: int = 0

    def order(self, options: Sequence[Option], shelf: Shelf) -> tuple[Option, ...]:
        """Put options in the order of the rule; among equals the cheapest stays first.

        An outlet of unlimited or unknown capacity has room. A missing rate is the worst.
        """
        places = {name: at for at, name in enumerate(self.first)}

        def rank(option: Option) -> tuple[float, float, str]:
            outlet = option.candidate.outlet
            place = places.get(outlet.outlet, len(places))
            is_listed = not places or outlet.outlet in places
            name = "" if places else outlet.outlet
            if is_listed and self.has_room(option, shelf):
                return 0.0, float(place), name
            return 1.0, -(option.estimate.p_first_attempt or 0.0), ""

        return tuple(sorted(options, key=rank))

    def has_room(self, option: Option, shelf: Shelf) -> bool:
        """Tell whether the outlet can take more parcels than the rule asks for."""
        outlet = option.candidate.outlet
        if outlet.daily_capacity is None:
            return True
        left = outlet.daily_capacity - shelf.taken_today.get(outlet.outlet, 0)
        return left > self.more_than

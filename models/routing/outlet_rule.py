"""The rule of simple merchants: the first outlet with room, else the better delivery rate."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from models.routing.options import Option


@dataclass(frozen=True, slots=True)
class OutletRule:
    """Outlets in the merchant's order, and how much room one must have.

    Parameters
    ----------
    outlets
        The first is tried first.
    more_than
        Parcels that must be left of an outlet's day, more than this.
    """

    outlets: tuple[str, ...]
    more_than: int = 0

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> OutletRule:
        """Read a rule as it is written down.

        Raises
        ------
        ValueError
            When a field is missing, unknown or of another kind; it names the field.

        Examples
        --------
        >>> OutletRule.from_dict({"outlets": ["yd-1", "sf-1"], "more_than": 20})
        OutletRule(outlets=('yd-1', 'sf-1'), more_than=20)
        >>> OutletRule.from_dict({"outlets": "yd-1"})
        Traceback (most recent call last):
        ...
        ValueError: outlets: a list of outlet names, not 'yd-1'
        """
        unknown = sorted(document.keys() - {"outlets", "more_than"})
        if unknown:
            raise ValueError(f"{unknown[0]}: no such field; there are outlets and more_than")
        outlets, more_than = document.get("outlets"), document.get("more_than", 0)
        if not isinstance(outlets, list) or not all(isinstance(name, str) for name in outlets):
            raise ValueError(f"outlets: a list of outlet names, not {outlets!r}")
        if isinstance(more_than, bool) or not isinstance(more_than, int) or more_than < 0:
            raise ValueError(f"more_than: a number of parcels from 0 on, not {more_than!r}")
        return cls(tuple(outlets), more_than)


def by_outlet_rule(
    options: Sequence[Option], rule: OutletRule, taken_today: Mapping[str, int]
) -> tuple[Option, ...]:
    """Sort options as the rule says.

    First those of outlets on the list whose fence holds the address and that have room, in the
    order of the list; then the others, the better first-attempt rate first, an unknown one last.
    Among equals the cheaper stays first.

    Parameters
    ----------
    options
        Cheapest first.
    rule
        The merchant's.
    taken_today
        Outlet to parcels that its day has already.
    """
    place = {outlet: number for number, outlet in enumerate(rule.outlets)}

    def rank(option: Option) -> tuple[int, float]:
        outlet = option.candidate.outlet
        left = (
            math.inf
            if outlet.daily_capacity is None
            else outlet.daily_capacity - taken_today.get(outlet.outlet, 0)
        )
        listed = outlet.outlet in place and option.candidate.served_by == "fence"
        if listed and left > rule.more_than:
            return place[outlet.outlet], 0.0
        rate = option.estimate.p_first_attempt
        return len(place), math.inf if rate is None else -rate

    return tuple(sorted(options, key=rank))

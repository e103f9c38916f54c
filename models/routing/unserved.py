"""Why nobody sends an order: the constraint that binds, by name."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from models.routing.constraints import CONSTRAINTS
from models.routing.lines import units_of
from models.routing.plans import way_uses

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models.routing.orders import Asked
    from models.routing.resources import Capacity, Resource

BINDS: dict[str, str] = {
    "stock": "stock",
    "warehouse": "warehouse_capacity",
    "outlet": "outlet_capacity",
}
"""Kind of resource to the constraint that it is."""


@dataclass(frozen=True, slots=True)
class Unserved:
    """What was binding.

    Parameters
    ----------
    code
        The constraint, a key of ``CONSTRAINTS``.
    resources
        What there was too little of on the way that came closest: ``("stock", "JX", "A")``,
        ``("warehouse", "JX")`` or ``("outlet", "sf-1")``.
    taken
        Whether it was there before other orders of the wave took it.
    turned_down
        Ways that were never open, by the constraint.
    """

    code: str
    resources: tuple[Resource, ...] = ()
    taken: bool = False
    turned_down: Mapping[str, int] = field(default_factory=dict)

    @property
    def text(self) -> dict[str, str]:
        """Say it in words."""
        zh, en = CONSTRAINTS[self.code]
        names = ", ".join(" ".join(resource[1:]) for resource in self.resources)
        detail = f" ({names})" if names else ""
        return {"zh": f"{zh}{detail}", "en": f"{en}{detail}"}


def why_unserved(asked: Asked, before: Capacity, after: Capacity) -> Unserved:
    """Name what binds an order that nobody sends.

    Parameters
    ----------
    asked
        The order.
    before, after
        What was left before the other orders took theirs, and after.
    """
    quoted = asked.quoted
    if not quoted.ways:
        code = next((name for name in reversed(CONSTRAINTS) if asked.turned_down.get(name)), None)
        return Unserved(code or "no_outlet", turned_down=asked.turned_down)
    everything = len(quoted.unsent_minor) - 1
    priced = np.flatnonzero(np.isfinite(quoted.minor[:, everything]))
    if not len(priced):
        return Unserved(_unpriced(asked), turned_down=asked.turned_down)
    units = units_of(quoted.lines, everything)
    ways = {way: way_uses(quoted.ways[way], units) for way in priced.tolist()}
    was_open = [way for way, uses in ways.items() if not before.lacking(uses)]
    lacking, _ = min(
        ((after.lacking(ways[way]), way) for way in was_open or ways),
        key=lambda lack: (len(lack[0]), quoted.minor[lack[1], everything], lack[1]),
    )
    if not lacking:
        return Unserved("cost", turned_down=asked.turned_down)
    code = BINDS[lacking[0][0]]
    return Unserved(code, tuple(lacking), bool(was_open), asked.turned_down)


def _unpriced(asked: Asked) -> str:
    """Tell whether a parcel of the whole order is too heavy for all, or has no price."""
    weight = float(asked.quoted.lines.weights_g.sum())
    limits = [way.outlet.max_weight_g for way in asked.quoted.ways]
    too_heavy = all(limit is not None and weight > limit for limit in limits)
    return "weight" if too_heavy else "tariff"

"""What an option costs, and why, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from models.routing.costs import PARTS

if TYPE_CHECKING:
    from models.routing.costs import RoutingCosts
    from models.routing.options import Option


_SAID: Final = {name: {"code": name, "zh": zh, "en": en} for name, (zh, en) in PARTS.items()}


def explain_option(option: Option, best: Option, costs: RoutingCosts) -> list[dict[str, Any]]:
    """Say what an option's cost is made of, and what it costs beyond the best.

    Returns
    -------
    list of dict
        ``code``, ``zh``, ``en`` and ``minor`` of each part, dearest first.

    Examples
    --------
    >>> from models.routing.costs import RoutingCosts
    >>> from models.routing.network import Outlet, Warehouse
    >>> from models.routing.options import Candidate, Estimate, Option
    >>> candidate = Candidate(Warehouse("JX"), Outlet("a", "sf"), 900.0, "city")
    >>> option = Option(candidate, Estimate(), {"freight": 900.0})
    >>> explain_option(option, option, RoutingCosts())[0]["en"]
    'freight'
    """
    dearest_first = sorted([(-minor, name) for name, minor in option.parts.items()])
    reasons = [{**_SAID[name], "minor": round(-minus)} for minus, name in dearest_first]
    if option.warned:
        reasons += explain_warnings(option, costs)
    beyond = option.cost_minor - best.cost_minor
    if beyond > 0:
        reasons.append(
            {
                "code": "dearer",
                "zh": "比最优方案多花",
                "en": "costs more than the best option",
                "minor": round(beyond),
            }
        )
    return reasons


def explain_warnings(option: Option, costs: RoutingCosts) -> list[dict[str, Any]]:
    """Say which warnings are in force for an option, and what each adds to its cost, most first."""
    told = [{**one.cause.reason, "minor": round(one.minor(costs))} for one in option.warned]
    return sorted(told, key=lambda reason: -reason["minor"])

"""What an option costs, and why, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from models.routing.costs import PARTS

if TYPE_CHECKING:
    from models.routing.options import Option


def added_minor(option: Option) -> float:
    """Give what a warning in force adds to the expected cost of an option."""
    if option.warned is None:
        return 0.0
    before, after = option.warned, option.estimate
    added = 0.0
    if after.p_late and before.p_late is not None:
        added += option.parts.get("late", 0.0) * (1 - before.p_late / after.p_late)
    if after.p_first_attempt not in (None, 1.0) and before.p_first_attempt is not None:
        share = (1 - before.p_first_attempt) / (1 - after.p_first_attempt)
        added += option.parts.get("failed_attempt", 0.0) * (1 - share)
    return added


def explain_option(option: Option, best: Option) -> list[dict[str, Any]]:
    """Say what an option's cost is made of, and what it costs beyond the best.

    Returns
    -------
    list of dict
        ``code``, ``zh``, ``en`` and ``minor`` of each part, dearest first.

    Examples
    --------
    >>> from models.routing.network import Outlet, Warehouse
    >>> from models.routing.options import Candidate, Estimate, Option
    >>> candidate = Candidate(Warehouse("JX"), Outlet("a", "sf"), 900.0, "city")
    >>> option = Option(candidate, Estimate(), {"freight": 900.0})
    >>> explain_option(option, option)[0]["en"]
    'freight'
    """
    reasons = [
        {"code": name, "zh": PARTS[name][0], "en": PARTS[name][1], "minor": round(minor)}
        for name, minor in sorted(option.parts.items(), key=lambda part: (-part[1], part[0]))
    ]
    if option.warned is not None:
        reasons.append({**option.warned.reason, "minor": round(added_minor(option))})
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

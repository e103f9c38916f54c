"""The figures above the queue."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from serving.runtime import Runtime

DAY: Final = 86_400 * 1_000_000


def figures(runtime: Runtime) -> dict[str, Any]:
    """Count cases that wait, decisions of the last 24 hours by action, and reviewers' minutes."""
    now = runtime.clock()
    counted = runtime.scorer.store.count_by_action(now - DAY)
    load = runtime.exploration.moments.load
    price = {"minor": round(load.price), "currency": runtime.exploration.currency}
    return {
        "used": round(load.used_minutes(now)),
        "capacity": round(load.capacity.minutes_per_day),
        "minute": price,
        "open": runtime.reviews.store.count("open", now),
        "decided": sum(counted.values()),
        **{action: counted.get(action, 0) for action in ("release", "review", "hold")},
    }

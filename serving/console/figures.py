"""The figures above the queue."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from features.durations import DAY_US

if TYPE_CHECKING:
    from serving.runtime import Runtime


def figures(runtime: Runtime) -> dict[str, Any]:
    """Count cases that wait, decisions of the last 24 hours by action, and reviewers' minutes."""
    now = runtime.clock()
    counted = runtime.scorer.store.count_by_action(now - DAY_US)
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

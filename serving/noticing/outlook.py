"""What was noticed, as routes and pages show it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from features.order import wire_instant
from serving.noticing.reading import read_alerts
from serving.noticing.repository import NoticeStore

if TYPE_CHECKING:
    from serving.runtime import Runtime

IS_OPEN: Final = {"open": True, "closed": False, "all": None}
NO_ADVICE: Final[dict[str, Any]] = {"as_of": None, "currency": None, "areas": [], "assumptions": []}


def rates(runtime: Runtime, measure: str, level: str) -> tuple[str | None, list[dict[str, Any]]]:
    """Give the newest rates of a level, the surely worst ones first; none before the first look."""
    kept = NoticeStore(runtime.engine).report(f"rates:{measure}")
    if kept is None:
        return None, []
    rows = [row for row in kept[1]["rows"] if row["level"] == level]
    return kept[1]["as_of"], sorted(rows, key=lambda row: (row["high"], row["path"]))


def alerts(runtime: Runtime, state: str) -> dict[str, Any]:
    """Give outlets that dropped, and the warnings in force."""
    drops = NoticeStore(runtime.engine).alerts(is_open=IS_OPEN[state])
    for drop in drops:
        drop["closed_at"] = drop["closed_at"] and wire_instant(drop["closed_at"])
    drops.sort(key=lambda drop: (drop["since"], drop["alert_id"]), reverse=True)
    return {"drops": drops, "warnings": warnings(runtime)}


def warnings(runtime: Runtime) -> list[dict[str, Any]]:
    """Give the weather and traffic warnings that are in force or announced."""
    now = runtime.clock()
    known = read_alerts(runtime.history) if runtime.history is not None else ()
    shown = [each for each in known if each.known_at <= now < each.ends_at]
    return [
        {
            "alert_id": each.alert_id,
            "kind": each.kind,
            "severity": each.severity,
            "country": each.country,
            "region": each.region,
            "city": each.city,
            "starts_at": wire_instant(each.starts_at),
            "ends_at": wire_instant(each.ends_at),
            "text": each.text,
        }
        for each in sorted(shown, key=lambda each: (each.ends_at, each.alert_id))
    ]


def advice(runtime: Runtime) -> dict[str, Any]:
    """Give the newest advice; none before the first look."""
    kept = NoticeStore(runtime.engine).report("advice")
    return NO_ADVICE if kept is None else dict(kept[1])

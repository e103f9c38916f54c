"""``orderintel export``: what the service stored becomes history."""

from __future__ import annotations

from typing import Annotated

import typer

from serving.cli.console import emit_json, fail, progress, say
from serving.settings import load_settings


def export_stored(
    timezone: Annotated[
        str, typer.Option(help="Zone of the merchant's days, for a history that begins here.")
    ] = "UTC",
    label: Annotated[
        list[str] | None,
        typer.Option(
            help="KIND=DAYS after which no bad news is good news, such as fraud=90; repeat it. "
            "For a history that begins here."
        ),
    ] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Add orders, lines, parcels, outcomes and verdicts that the service stored to the history.

    Each is added once, however often this runs; a killed export changes nothing.
    """
    from serving.clock import now
    from serving.exports.service import Beginning, export
    from serving.opening import open_store

    settings = load_settings()
    beginning = Beginning(_zone(timezone), _labels(label or []))
    engine = open_store(settings, now)
    try:
        with progress("exporting") as advance:
            told = export(settings, engine, beginning=beginning, on_step=lambda _: advance(1))
    finally:
        engine.dispose()
    if as_json:
        emit_json(told)
        return
    if told["state"] == "busy":
        say("another export is under way; nothing to do")
        return
    rows = ", ".join(f"{count:,} {name}" for name, count in sorted(told["rows"].items()))
    say(f"the history holds {rows or 'nothing'}")
    if told["state"] == "nothing_new":
        say("nothing changed: all of this was in the history already")


def _zone(name: str) -> str:
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError):
        fail(f"--timezone {name}: no such zone; write it like Asia/Shanghai")


def _labels(given: list[str]) -> dict[str, float]:
    """Read ``fraud=90`` and the like."""
    from features.schema import OUTCOME_KINDS

    labels: dict[str, float] = {}
    for each in given:
        kind, _, days = each.partition("=")
        known = (*OUTCOME_KINDS, "late")
        if kind not in known or not days.replace(".", "", 1).isdecimal():
            fail(f"--label {each}: write KIND=DAYS, where KIND is one of {', '.join(known)}")
        labels[kind] = float(days)
    return labels

"""``orderintel delivery``: how deliveries go, and which outlets dropped."""

from __future__ import annotations

from typing import Annotated, Any, Final

import typer

from serving.cli.console import emit_json, fail, say, table
from serving.settings import load_settings

HEADER: Final = ("outlet", "what", "since", "usual", "now", "parcels")


def delivery(
    *, as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False
) -> None:
    """Work out delivery rates, notice outlets that drop, and advise forward warehouses.

    A running service does this once an hour.
    """
    from features.errors import HistoryError
    from features.history import History
    from serving.clock import now
    from serving.noticing.service import NoticeService
    from serving.noticing.settings import notice_settings
    from serving.opening import open_store

    settings = load_settings()
    try:
        history = History(settings.history_folder)
    except HistoryError as error:
        fail(str(error))
    if not history.has("shipments"):
        fail("the history has no shipments: import some first")
    engine = open_store(settings, now)
    try:
        told = NoticeService(history, engine, notice_settings(settings)).look(
            now(), say=lambda step: None if as_json else say(step)
        )
    finally:
        engine.dispose()
    if as_json:
        emit_json(told)
        return
    say(f"{told['parcels']:,} parcels, {told['outlets']:,} outlets, as known at {told['as_of']}")
    table(f"Outlets that dropped ({len(told['new'])} new)", HEADER, drop_rows(told["open"]))


def drop_rows(drops: list[dict[str, Any]]) -> list[tuple[str, ...]]:
    """Write drops as rows of a table."""
    return [
        (
            d["outlet"],
            d["kind"],
            d["since_on"],
            f"{d['usual']:.0%}",
            f"{d['now']:.0%}",
            str(d["n"]),
        )
        for d in drops
    ]

"""``orderintel audit``: who did what, and whether the log still stands."""

from __future__ import annotations

from typing import Annotated

import typer

from serving.cli.console import emit_json, fail, say, table
from serving.cli.keys import Json, opened


def audit(
    lines: Annotated[int, typer.Option(min=1, help="How many of the newest lines.")] = 20,
    as_json: Json = False,
) -> None:
    """Show the newest lines of the audit log and check all of it; exit code 1 when it is broken."""
    with opened() as (_, _engine, log):
        shown = [line.document() for line in log.page(None, lines)]
        broken_at = log.broken_at()
    if as_json:
        emit_json({"items": shown, "broken_at": broken_at})
    else:
        names = ("number", "at", "actor", "act", "subject")
        header = ("#", "when (UTC)", "who", "what", "to what")
        table("Audit log", header, [[each[name] for name in names] for each in shown])
    if broken_at is not None:
        fail(f"line {broken_at} was changed or is missing: compare with a backup")
    say("the log stands")

"""``orderintel retrain``: the weekly run, from new outcomes to a promotion or a refusal."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from serving.cli.console import emit_json, say, table


def retrain(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="As far as the verdicts; nothing is changed.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Fit challengers, judge them on the newest matured weeks, promote or say why not.

    A week that is done, or that another process is at, is left alone.
    """
    from serving.retraining.service import retrain as run
    from serving.settings import load_settings

    told = run(load_settings(), dry_run=dry_run, say=say)
    if as_json:
        emit_json(told)
    elif told["state"] in {"done", "tried"}:
        show(told)


def show(told: dict[str, Any]) -> None:
    """Print what became of each model, and what changed meanwhile."""
    for week in told["models"]:
        for challenger in week["challengers"]:
            table(
                f"{week['model']}: {challenger['recipe']}",
                ("check", "", "reason"),
                [
                    (finding["check"], "✓" if finding["passed"] else "✗", finding["en"])
                    for finding in challenger["findings"]
                ],
            )
    table(
        f"run of {told['period']}",
        ("model", "outcome", "why"),
        [(week["model"], week["outcome"], week["why"]["en"]) for week in told["models"]],
    )
    for week in told["drift"]["weeks"]:
        named = ", ".join(alarm["column"] for alarm in week["alarms"][:5]) or "none"
        say(f"drift in the week from {week['begins'][:10]}: {week['note'] or named}")
    if told.get("report"):
        say(f"report: {told['report']}")

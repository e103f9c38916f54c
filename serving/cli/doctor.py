"""``orderintel doctor``: looks at everything a service needs and prints the fix."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from serving.cli.console import emit_json, fail, say
from serving.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Iterable

    from serving.checkup import Finding

MARKS = {"ok": "ok  ", "warn": "note", "fail": "FAIL"}


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Check keys, clock, disk, database, history, models and addresses; print what mends them."""
    from dataclasses import asdict

    from serving import logs
    from serving.checkup import examine

    logs.configure("ERROR")  # what is missing is a finding, with its fix
    findings = examine(load_settings())
    if as_json:
        emit_json({"findings": [asdict(finding) for finding in findings]})
    else:
        show(findings)
    failed = [finding.name for finding in findings if finding.state == "fail"]
    if failed:
        fail(f"mend first: {', '.join(failed)}")


def show(findings: Iterable[Finding]) -> None:
    """Print findings, each with its fix."""
    for finding in findings:
        say(f"{MARKS[finding.state]}  {finding.name:<10} {finding.what}")
        if finding.fix:
            say(f"{'':<17}→ {finding.fix}")

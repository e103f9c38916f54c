"""``orderintel backup`` and ``orderintel restore``: a home in one file, and back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from serving.cli.console import emit_json, fail, say
from serving.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Callable

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


def backup_home(
    file: Annotated[Path, typer.Argument(help="The backup to write; replaced when it is whole.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Write store, history, models, rules and policy to one file, while the service goes on.

    The secret key is not part of it: keep a copy of it somewhere else.
    """
    from serving.backups.service import backup
    from serving.clock import now

    told = _done(lambda: backup(load_settings(), file, clock=now, say=say))
    if as_json:
        emit_json(told)
        return
    say(f"{told['file']}: {told['bytes'] / 1e6:,.1f} MB, {sum(told['rows'].values()):,} rows")
    say("keep a copy of the secret key elsewhere: without it nothing in the backup opens")


def restore_home(
    file: Annotated[Path, typer.Argument(help="The backup.", exists=True, dir_okay=False)],
    *,
    as_json: AsJson = False,
) -> None:
    """Make an empty ORDERINTEL_HOME from a backup, then check it as `orderintel doctor` does.

    The secret key must be there: in ORDERINTEL_HOME/secret.key or in the environment.
    """
    from serving import logs
    from serving.backups.service import restore
    from serving.checkup import examine
    from serving.cli.doctor import show

    settings = load_settings()
    told = _done(lambda: restore(settings, file, say=say))
    logs.configure("ERROR")  # what is missing is a finding, with its fix
    findings = examine(settings)
    if as_json:
        from dataclasses import asdict

        emit_json(told | {"findings": [asdict(finding) for finding in findings]})
    else:
        say(f"restored the backup of {told['made_at']}: {sum(told['rows'].values()):,} rows")
        show(findings)
    failed = [finding.name for finding in findings if finding.state == "fail"]
    if failed:
        fail(f"restored, but mend first: {', '.join(failed)}")


def _done(work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Do the work; a store that does not answer is told as such."""
    from sqlalchemy.exc import SQLAlchemyError

    try:
        return work()
    except SQLAlchemyError as error:
        fail(
            f"the database does not answer ({type(error).__name__}): "
            "check ORDERINTEL_DATABASE_URL and its server"
        )

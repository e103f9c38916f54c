"""``orderintel models``: list versions, promote one by hand, go back to the one before."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from serving.cli.console import emit_json, say, table

if TYPE_CHECKING:
    from serving.registry import Registry

models = typer.Typer(
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    no_args_is_help=True,
    help="List, promote and roll back models.",
)


@models.command("list")
def list_versions(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """List the versions of every served model, newest first."""
    registry = _registry()
    found = [each for name in registry.shelf.names() for each in registry.versions(name)]
    if as_json:
        emit_json(found)
        return
    rows = [
        (
            each["name"],
            each["version"],
            ", ".join(each["aliases"]),
            each["digest"][:12],
            f"{datetime.fromtimestamp(each['created_at'] / 1e3, UTC):%Y-%m-%d %H:%M}",
        )
        for each in found
    ]
    table("Models", ("model", "version", "is", "digest", "made (UTC)"), rows)


@models.command("rollback")
def rollback(name: Annotated[str, typer.Argument(help="Model, such as fraud.")]) -> None:
    """Serve the champion before again, at once; running services take it up by themselves."""
    registry, started = _registry(), time.perf_counter()
    if registry.shelf.back(name):
        say(f"{name}: the champion before is served again ({time.perf_counter() - started:.2f} s)")
        version = registry.follow(name)
    else:
        version = registry.rollback(name)
    _note("model.rollback", name, str(version))
    say(f"{name}: version {version} is champion")


@models.command("promote")
def promote(
    name: Annotated[str, typer.Argument(help="Model, such as fraud.")],
    version: Annotated[str, typer.Argument(help="Version, see `orderintel models list`.")],
) -> None:
    """Make a version champion by hand, past the gate."""
    _registry().promote(name, version)
    _note("model.promote", name, version)
    say(f"{name}: version {version} is champion")


def _note(act: str, name: str, version: str) -> None:
    """Write down in the audit log what was done by hand."""
    from serving.cli.keys import ACTOR, opened

    with opened() as (_, _engine, audit):
        audit.add(ACTOR, act, name, version=version)


def _registry() -> Registry:
    from serving.registry import Registry
    from serving.settings import load_settings

    settings = load_settings()
    return Registry(settings.home, settings.mlflow_tracking_uri)

"""``orderintel keys``: API keys, and the data key that seals personal data."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from serving.cli.console import emit_json, fail, say, table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

    from serving.access.audit import AuditLog
    from serving.settings import Settings

keys: Final = typer.Typer(
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    no_args_is_help=True,
    help="List, make and take back API keys.",
)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
ACTOR: Final = "command line"


@contextmanager
def opened() -> Iterator[tuple[Settings, Engine, AuditLog]]:
    """Give the settings, the store and its audit log while the block runs."""
    from serving.access.audit import AuditLog
    from serving.clock import now
    from serving.opening import open_store
    from serving.secret import tenant_secret
    from serving.settings import load_settings

    settings = load_settings()
    engine = open_store(settings, now)
    try:
        yield settings, engine, AuditLog(engine, tenant_secret(settings), now)
    finally:
        engine.dispose()


@keys.command("list")
def list_keys(as_json: Json = False) -> None:
    """List every key: what it opens, until when, and when it was last used."""
    from serving.clock import now
    from serving.security import KeyRing

    with opened() as (_, engine, _audit):
        found = [_shown(row, now()) for row in KeyRing(engine, now).listed()]
    if as_json:
        emit_json(found)
        return
    names = ("key_id", "prefix", "name", "state", "scopes", "expires_at", "last_used_at")
    rows = [[" ".join(v) if isinstance(v := each[n], list) else v or "–" for n in names]
            for each in found]  # fmt: skip
    table("API keys", ("id", "begins with", "for", "is", "opens", "until", "last used"), rows)


@keys.command()
def create(
    name: Annotated[str, typer.Option(help="What the key is for.")],
    role: Annotated[
        str | None, typer.Option(help="score, review, admin, or a role of the console's users.")
    ] = None,
    scope: Annotated[
        list[str] | None, typer.Option(help="A scope (docs/security.md); repeatable.")
    ] = None,
    days: Annotated[
        int | None, typer.Option(min=1, help="Days for which it is valid; for ever unless given.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Make a key and print it, this once; only a digest of it is kept."""
    from serving.clock import now
    from serving.security import KEY_ROLES, SCOPES, KeyRing

    scopes = scope or None
    if (role is None) == (scopes is None):
        raise typer.BadParameter("give either --role or --scope", param_hint="--role")
    if role is not None and role not in KEY_ROLES:
        raise typer.BadParameter(f"choose from {', '.join(KEY_ROLES)}", param_hint="--role")
    if unknown := sorted(set(scopes or ()) - SCOPES.keys()):
        raise typer.BadParameter(
            f"{', '.join(unknown)}: choose from {', '.join(SCOPES)}", param_hint="--scope"
        )
    with opened() as (settings, engine, audit):
        ring = KeyRing(engine, now, settings.tenant or "")
        secret = ring.create(name, role or "own", days=days, scopes=scopes)
        audit.add(ACTOR, "key.create", name, role=role, scopes=scopes, days=days)
    if as_json:
        emit_json({"name": name, "key": secret})
    else:
        say("API key (shown this once, keep it):")
        typer.echo(secret)


@keys.command()
def revoke(key_id: Annotated[str, typer.Argument(help="Id, see `orderintel keys list`.")]) -> None:
    """Take a key back, with every log-in that was made with it; services hear of it in seconds."""
    from serving.access.sessions import SessionStore
    from serving.access.users import UserStore
    from serving.clock import now
    from serving.security import KeyRing

    with opened() as (_, engine, audit):
        ring = KeyRing(engine, now)
        if not ring.revoke(key_id):
            fail(f"no valid key has the id {key_id}: see `orderintel keys list`")
        SessionStore(engine, now, UserStore(engine, now), ring).end_all(key_id)
        audit.add(ACTOR, "key.revoke", key_id)
    say(f"{key_id} is taken back")


@keys.command()
def rotate() -> None:
    """Seal personal data with a fresh data key; services that run take it up by themselves.

    What a service seals with the old key meanwhile stays readable and is sealed anew at the next
    start or rotation.
    """
    from serving.clock import now
    from serving.store.cipher import add_data_key, seal_anew

    with opened() as (_, engine, audit):
        key_id = add_data_key(engine, at=now())
        count = seal_anew(engine)
        audit.add(ACTOR, "secret.rotate", f"data key {key_id}", sealed=count)
    say(f"data key {key_id}: {count:,} values sealed anew")


def _shown(row: dict[str, Any], present: int) -> dict[str, Any]:
    """Write a key as it is listed."""
    from features.order import wire_instant

    ended = row["expires_at"] is not None and row["expires_at"] <= present
    state = "revoked" if row["is_revoked"] else "expired" if ended else "valid"
    told = {name: row[name] for name in ("key_id", "prefix", "name", "role")}
    instants = {
        name: None if row[name] is None else wire_instant(row[name])
        for name in ("created_at", "expires_at", "last_used_at")
    }
    return {**told, "state": state, "scopes": row["scopes"].split(), **instants}

"""``orderintel users``: who logs in at the console, in which role."""

from __future__ import annotations

from typing import Annotated, Final

import typer

from serving.cli.console import emit_json, fail, say, table
from serving.cli.keys import ACTOR, Json, opened

users: Final = typer.Typer(
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    no_args_is_help=True,
    help="List, make and change the console's users.",
)

Name = Annotated[str, typer.Argument(help="Name under which the user logs in.")]
Role = Annotated[str | None, typer.Option(help="reviewer, lead, planner, admin or auditor.")]


@users.command("list")
def list_users(as_json: Json = False) -> None:
    """List every user with the role."""
    from serving.access.users import UserStore
    from serving.clock import now

    with opened() as (_, engine, _audit):
        found = UserStore(engine, now).users()
    if as_json:
        emit_json([{n: each[n] for n in ("user_id", "name", "role", "is_active")}
                   for each in found])  # fmt: skip
        return
    rows = [(u["name"], u["role"], "active" if u["is_active"] else "locked out") for u in found]
    table("Users", ("name", "role", "is"), rows)


@users.command()
def create(
    name: Name,
    role: Annotated[str, typer.Option(help="reviewer, lead, planner, admin or auditor.")],
    as_json: Json = False,
) -> None:
    """Make a user and print the password, this once."""
    from serving.access.users import UserStore
    from serving.clock import now
    from serving.errors import ConflictError

    _check(role)
    with opened() as (_, engine, audit):
        try:
            password = UserStore(engine, now).create(name, role)
        except ConflictError as error:
            fail(f"{error}: `orderintel users change` changes it")
        audit.add(ACTOR, "user.create", name, role=role)
    _tell(name, password, as_json=as_json)


@users.command()
def change(
    name: Name,
    role: Role = None,
    lock: Annotated[bool | None, typer.Option("--lock/--unlock", help="Let out, or in.")] = None,
    password: Annotated[bool, typer.Option("--password", help="Give a new password.")] = False,
    as_json: Json = False,
) -> None:
    """Change a user's role, lock the user out or in, or give a new password; ends all log-ins."""
    import secrets

    from serving.access.sessions import SessionStore
    from serving.access.users import PASSWORD_BYTES, UserStore
    from serving.clock import now
    from serving.errors import NotFoundError
    from serving.security import KeyRing

    if role is not None:
        _check(role)
    fresh = secrets.token_urlsafe(PASSWORD_BYTES) if password else None
    active = None if lock is None else not lock
    with opened() as (_, engine, audit):
        store = UserStore(engine, now)
        try:
            user_id = store.change(name, role=role, is_active=active, password=fresh)
        except NotFoundError as error:
            fail(f"{error}: see `orderintel users list`")
        SessionStore(engine, now, store, KeyRing(engine, now)).end_all(user_id)
        audit.add(
            ACTOR, "user.change", name, role=role, is_active=active, has_new_password=password
        )
    if fresh is not None:
        _tell(name, fresh, as_json=as_json)
    else:
        say(f"{name} is changed")


def _check(role: str) -> None:
    from serving.security import ROLES

    if role not in ROLES:
        raise typer.BadParameter(f"choose from {', '.join(ROLES)}", param_hint="--role")


def _tell(name: str, password: str, *, as_json: bool) -> None:
    if as_json:
        emit_json({"name": name, "password": password})
    else:
        say(f"password of {name} (shown this once):")
        typer.echo(password)

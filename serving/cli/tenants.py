"""``orderintel tenants``: several shops in one service that share nothing."""

from __future__ import annotations

from typing import Annotated, Final

import typer

from serving.cli.console import emit_json, fail, say, table

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]

tenants: Final = typer.Typer(
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    no_args_is_help=True,
    help="List and add shops that one service keeps apart.",
)


@tenants.command("list")
def list_tenants(as_json: Json = False) -> None:
    """List the shops of this home."""
    from serving.settings import load_settings
    from serving.tenants import tenant_names

    settings = load_settings()
    found = [
        {"name": name, "home": str(settings.of_tenant(name).home)}
        for name in tenant_names(settings)
    ]
    if as_json:
        emit_json(found)
    else:
        table("Shops", ("name", "home"), [(each["name"], each["home"]) for each in found])


@tenants.command()
def add(
    name: Annotated[str, typer.Argument(help="Letters, digits and dashes; part of its keys.")],
    as_json: Json = False,
) -> None:
    """Add a shop with a home, a secret, a store, a first key and a first user of its own."""
    from serving.settings import load_settings
    from serving.tenants import add_tenant, is_name

    settings = load_settings()
    if not is_name(name):
        fail(f"{name!r} is no name of a shop: take up to 32 of a-z, 0-9 and -, first no dash")
    if settings.of_tenant(name).home.exists():
        fail(f"there is a shop {name} already: see `orderintel tenants list`")
    made = add_tenant(settings, name)
    if as_json:
        emit_json(made)
        return
    say(f"shop {name} in {made['home']}; both are shown this once:")
    say(f"API key   {made['key']}")
    say(f"console   /t/{name}/console as {made['user']}, password {made['password']}")
    say(f"its data: ORDERINTEL_TENANT={name} orderintel import MAPPING.yaml")

"""``orderintel address``: enhance one address on screen, or a file of them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from serving.cli.console import emit_json, fail, progress, say

STEP = 1_000
"""Lines between two reports of progress."""

DISTRICT = 4
"""Level of precision of a county or district."""


def address(
    text: Annotated[str | None, typer.Argument(help="The address as typed.")] = None,
    *,
    country: Annotated[str | None, typer.Option(help="ISO 3166 alpha-2 code, when known.")] = None,
    file: Annotated[Path | None, typer.Option(help="JSON lines with raw and country.")] = None,
    out: Annotated[Path | None, typer.Option(help="Where the JSON lines go.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the data version."
        ),
    ] = False,
) -> None:
    """Enhance addresses: divisions, road, number, building, unit, place, confidence."""
    if (text is None) == (file is None):
        raise typer.BadParameter("give either an address or --file")
    if file is not None:
        if out is None:
            raise typer.BadParameter("--file needs --out")
        _enhance_file(file, out)
        return
    from features.address.resolve import resolve

    place = resolve(text or "", country)
    if as_json:
        emit_json(place.document())
    else:
        from serving.cli.address_screen import show

        show(place)


def _enhance_file(source: Path, target: Path) -> None:
    """Enhance a file of JSON lines; the result appears only when it is complete."""
    from serving.whole import whole

    if not source.is_file():
        fail(f"{source}: there is no such file")
    with whole(target) as draft:
        n_lines, n_placed = _write(source, draft)
    say(f"{n_lines} addresses written to {target}; {n_placed} placed in a district or closer")


def _write(source: Path, draft: Path) -> tuple[int, int]:
    """Write the enhanced lines; give how many there are, and how many were placed."""
    from pydantic_core import to_json

    from features.address.resolve import resolve

    with source.open("rb") as lines:
        total = sum(1 for _ in lines)
    n_placed = 0
    with (
        source.open("rb") as lines,
        draft.open("wb") as out,
        progress("addresses", total) as advance,
    ):
        for number, line in enumerate(lines, start=1):
            place = resolve(*_question(line, f"{source}, line {number}"))
            n_placed += place.level >= DISTRICT
            out.write(to_json(place.document()) + b"\n")
            if number % STEP == 0:
                advance(STEP)
        advance(total % STEP)
    return total, n_placed


def _question(line: bytes, where: str) -> tuple[str, str | None]:
    """Read one line; one that cannot be read stops the work and is named."""
    from pydantic_core import from_json

    try:
        document: Any = from_json(line)
        raw, country = document["raw"], document.get("country")
    except (ValueError, TypeError, KeyError, AttributeError):
        fail(f'{where}: expected {{"raw": "…"}} with an optional country')
    if not isinstance(raw, str) or not isinstance(country, str | None):
        fail(f"{where}: raw and country must be text")
    return raw, country


def data_version() -> str:
    """Name the data and the rules that an address's answer hangs on."""
    from features.address.gazetteer import china
    from features.address.keys import KEY_VERSION

    return f"divisions of {china().release}, address keys version {KEY_VERSION}"


def _print_version(asked: bool) -> None:
    if asked:
        say(data_version())
        raise typer.Exit

"""``orderintel address``: enhance one address on screen, or a file of them."""

from __future__ import annotations

import json
from pathlib import Path  # noqa: TC003 typer reads it at run time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from serving.cli.console import emit_json, fail, progress, say

if TYPE_CHECKING:
    from collections.abc import Iterator

    from features.address.result import Resolution

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
        _explain(place)


def _enhance_file(source: Path, target: Path) -> None:
    """Enhance a file of JSON lines; the result appears only when it is complete."""
    if not source.is_file():
        fail(f"{source}: there is no such file")
    partial = target.with_name(target.name + ".part")
    try:
        n_lines, n_placed = _write(source, partial)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    partial.replace(target)
    say(f"{n_lines} addresses written to {target}; {n_placed} placed in a district or closer")


def _write(source: Path, partial: Path) -> tuple[int, int]:
    """Write the enhanced lines; give how many there are, and how many were placed."""
    from features.address.resolve import resolve

    with source.open("rb") as lines:
        total = sum(1 for _ in lines)
    n_placed = 0
    with (
        source.open("rb") as lines,
        partial.open("w", encoding="utf-8") as out,
        progress("addresses", total) as advance,
    ):
        for number, line in enumerate(lines, start=1):
            place = resolve(*_question(line, f"{source}, line {number}"))
            n_placed += place.level >= DISTRICT
            out.write(json.dumps(place.document(), ensure_ascii=False) + "\n")
            if number % STEP == 0:
                advance(STEP)
        advance(total % STEP)
    return total, n_placed


def _question(line: bytes, where: str) -> tuple[str, str | None]:
    """Read one line; one that cannot be read stops the work and is named."""
    try:
        document: Any = json.loads(line.decode("utf-8"))
        raw, country = document["raw"], document.get("country")
    except (ValueError, TypeError, KeyError, AttributeError):
        fail(f'{where}: expected {{"raw": "…"}} with an optional country')
    if not isinstance(raw, str) or not isinstance(country, str | None):
        fail(f"{where}: raw and country must be text")
    return raw, country


def _explain(place: Resolution) -> None:
    """Show one address on one screen."""
    from rich.console import Console
    from rich.table import Table

    view = Table(show_header=False, show_edge=False, box=None, pad_edge=False)
    view.add_column(style="dim", no_wrap=True)
    view.add_column()
    for label, value in _rows(place):
        view.add_row(label, value)
    Console(highlight=False).print(view)


def _rows(place: Resolution) -> Iterator[tuple[str, str]]:
    """List what is worth showing of a resolved address."""
    from features.address.gazetteer import china

    fields = (
        ("country", place.country),
        ("province 省", place.province),
        ("city 市", place.city),
        ("district 区县", place.district),
        ("township 乡镇", place.township),
        ("street 路", place.street),
        ("house 号", place.house),
        ("estate 小区", place.estate),
        ("building 栋", place.building),
        ("unit 单元室", place.unit),
        ("postal 邮编", place.postal),
    )
    yield from ((label, value or "unknown 未知") for label, value in fields[:4])
    yield from ((label, value) for label, value in fields[4:] if value)
    if place.lat is not None and place.lon is not None:
        yield "centre 中心", f"{place.lat:.4f}, {place.lon:.4f} (WGS-84, of the division)"
    yield "precision 精度", f"{place.level} {place.precision}"
    yield "confidence 置信度", f"{place.confidence:.1%}"
    if place.inferred:
        yield "inferred 推断", ", ".join(place.inferred)
    for former, today, year in place.replaced:
        yield "renamed 更名", f"{former} → {today} ({year})"
    lifted = [part for part in (place.name, place.phone, place.email, *place.remarks) if part]
    if lifted:
        yield "lifted out 剥离", " · ".join(lifted)
    if place.unusable:
        yield "unusable 不可用", "; ".join(place.unusable)
    for number, candidate in enumerate(place.candidates, start=1):
        names = [candidate.province, candidate.city, candidate.district]
        path = " ".join(dict.fromkeys(name for name in names if name))
        yield f"candidate {number}", f"{path}  {candidate.confidence:.1%}"
    yield "data 数据", f"divisions of {china().release}"

"""``orderintel address``: enhance one address on screen, or a file of them."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 typer reads it at run time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from serving.cli.console import emit_json, fail, progress, say

if TYPE_CHECKING:
    from collections.abc import Iterator

    from features.address.result import Resolution

STEP = 1_000
"""Lines between two reports of progress."""

LEVELS_ZH = {"province": "省", "city": "市", "district": "区县"}
PRECISIONS_ZH = ("未知", "国家", "省", "市", "区县", "乡镇", "道路", "门牌", "楼栋", "单元室")

CAUSES_ZH = {
    "empty text": "没有文字",
    "control characters": "控制字符",
    "markup": "网页标记",
    "no place in the text": "文中没有地点",
    "no place recognised": "认不出地点",
    "no division recognised": "认不出行政区划",
    "several places fit equally well": "几处地点同样符合",
    "one place fits, but no more than a guess": "只能猜到一处",
    "a second address": "还有第二个地址",
}
"""What could not be used, in Chinese."""

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
    from pydantic_core import to_json

    from features.address.resolve import resolve

    with source.open("rb") as lines:
        total = sum(1 for _ in lines)
    n_placed = 0
    with (
        source.open("rb") as lines,
        partial.open("wb") as out,
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
    if place.standard:
        yield "standard 标准写法", place.standard
    yield from _fields(place)
    if place.lat is not None and place.lon is not None:
        where = f"{place.lat:.4f}, {place.lon:.4f} ({place.datum}"
        yield "centre 中心点", f"{where}, ± {(place.radius_m or 0) / 1000:.0f} km, of the division)"
    yield "precision 精度", f"{place.level} of 9: {place.precision} {PRECISIONS_ZH[place.level]}"
    yield "confidence 置信度", f"{place.confidence:.2%}"
    yield from _notes(place)
    for number, candidate in enumerate(place.candidates, start=1):
        names = [candidate.province, candidate.city, candidate.district]
        path = " ".join(dict.fromkeys(name for name in names if name))
        yield f"candidate 候选 {number}", f"{path}  {candidate.confidence:.2%}"
    yield "data 数据", data_version()


def _fields(place: Resolution) -> Iterator[tuple[str, str]]:
    """List the parts: divisions always, the others where they are known."""
    fields = (
        ("country 国家", place.country),
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


def _notes(place: Resolution) -> Iterator[tuple[str, str]]:
    """Say what was inferred, replaced, corrected, lifted out or of no use."""
    if place.inferred:
        levels = (f"{level} {LEVELS_ZH[level]}" for level in place.inferred)
        yield "inferred 推断补全", ", ".join(levels)
    for former, today, year in place.replaced:
        yield "renamed 更名", f"{former} → {today} ({year})"
    for typed, right in place.corrected:
        yield "corrected 纠正", f"{typed} → {right}"
    lifted = [part for part in (place.name, place.phone, place.email, *place.remarks) if part]
    if lifted:
        yield "lifted out 剥离", " · ".join(lifted)
    if place.unusable:
        causes = (f"{cause} {CAUSES_ZH.get(cause, '文字过长')}" for cause in place.unusable)
        yield "unusable 不可用", "; ".join(causes)


def data_version() -> str:
    """Name the data and the rules that an address's answer hangs on."""
    from features.address.gazetteer import china
    from features.address.keys import KEY_VERSION

    return f"divisions of {china().release}, address keys version {KEY_VERSION}"


def _print_version(asked: bool) -> None:
    if asked:
        say(data_version())
        raise typer.Exit

"""How a file that no mapping describes is written: encoding, delimiter, sheet, header."""

from __future__ import annotations

import codecs
import csv
import json
import re
import zipfile
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from features.errors import ImportRefusedError
from features.mapping.delimited import DELIMITERS
from features.mapping.document import FORMATS
from features.mapping.drafting.words import is_known
from features.mapping.magic import CANDIDATES, what_it_is, why_not_opened
from features.mapping.reading import N_PEEKED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

_LOOKED_AT: Final = 1 << 20
"""Bytes from which encoding, delimiter and header are told."""
_FOREIGN: Final = re.compile(r"[^\x00-\x7f]+")
_WITHIN: Final = re.compile(
    r"[A-Za-z][^\x00-\x7f]{1,2}[a-z]|[a-z][^\x00-\x7f]{1,2}(?![^\x00-\x7f])"
)
_SURE: Final = frozenset({"utf-8", "windows-1252"})
"""Encodings that are not taken for another's bytes: one that tells itself, and the last resort."""
LEAST_NAMES: Final = 2
"""Names of columns that a further sheet needs to be looked at."""
_BOOK: Final = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
"""What workbooks begin with."""
_WIDE: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def form_of(path: Path) -> str:
    """Tell the form of a file by its ending, and by its bytes where these say otherwise.

    Many programs call text ``.xls``, and many people a workbook ``.csv``.

    Parameters
    ----------
    path
        The file.
    """
    form = FORMATS.get(path.suffix.lower(), "csv")
    with path.open("rb") as stream:
        start = stream.read(len(_BOOK[0]))
    if form == "csv" and start == _BOOK[0] and _is_book(path):
        return "excel"
    return (
        "csv" if form == "excel" and not start.startswith(_BOOK) and not what_it_is(path) else form
    )


def _is_book(path: Path) -> bool:
    """Tell a workbook from any other archive."""
    return zipfile.is_zipfile(path) and "[Content_Types].xml" in zipfile.ZipFile(path).namelist()


def _of_text(path: Path) -> dict[str, Any]:
    """Tell encoding, delimiter and header of delimited text."""
    with path.open("rb") as stream:
        start = stream.read(_LOOKED_AT)
    encoding = "utf-16" if start.startswith(_WIDE) else _encoding(start, path)
    text = start.decode(CANDIDATES.get(encoding, encoding), "ignore").removeprefix("\ufeff")
    lines = text.splitlines()[:N_PEEKED]
    delimiter = max(DELIMITERS, key=lambda sign: _parted(lines, sign))
    return {
        "encoding": encoding,
        "delimiter": delimiter,
        "skip": _header_at(_records(lines, delimiter)),
    }


def _parted(lines: Sequence[str], sign: str) -> tuple[int, int]:
    """Count the names that a sign parts in some line, and how often it stands in one.

    Programs that end every value with a tab write more tabs than commas.
    """
    others = [other for other in DELIMITERS if other != sign]
    found = [
        sum(
            is_known(cell)
            for cell in map(str.strip, line.split(sign))
            if not any(other in cell for other in others)
        )
        for line in lines
    ]
    return max(found, default=0), max((line.count(sign) for line in lines), default=0)


def _records(lines: Sequence[str], delimiter: str) -> list[list[str]]:
    """Part lines into values; a quote that is never closed would take all lines behind it in."""
    try:
        return list(islice(csv.reader(lines, delimiter=delimiter), N_PEEKED))
    except csv.Error:
        return [line.split(delimiter) for line in lines]


def _encoding(start: bytes, path: Path) -> str:
    """Tell the encoding: the first in which most names are known and that reads like text."""
    found: dict[str, int] = {}
    for name, codec in CANDIDATES.items():
        decoder = codecs.getincrementaldecoder(codec)("strict")
        try:
            text = decoder.decode(start, final=len(start) < _LOOKED_AT)
        except UnicodeDecodeError:
            continue
        # Bytes of Latin letters read as Chinese ones too, but then those stand within words.
        if name in _SURE or 2 * len(_WITHIN.findall(text)) <= len(_FOREIGN.findall(text)):
            found[name] = max(map(_n_known, text.splitlines()[:N_PEEKED]), default=0)
        if name == "utf-8":
            break
    if found:
        return max(found, key=lambda name: found[name])
    raise ImportRefusedError(
        f"{path.name}: {what_it_is(path) or 'is no text in a common encoding'}"
    )


def _n_known(line: str) -> int:
    """Count the names that exports use in a line, whatever parts it."""
    return sum(map(is_known, re.split("[" + "".join(DELIMITERS) + "]", line.replace('"', ""))))


def _header_at(rows: Sequence[Sequence[Any]]) -> int:
    """Find the row that names the columns: the one with the most names that exports use."""
    known = [sum(is_known(str(cell)) for cell in row) for row in rows]
    return known.index(max(known)) if any(known) else 0


def _of_workbook(path: Path) -> dict[str, Any]:
    """Tell the sheet with the orders, and the row with its names."""
    return sheets_in(path)[0]


def sheets_in(path: Path) -> list[dict[str, Any]]:
    """Tell the sheets of a workbook in which exports' names stand, the one with most first.

    Parameters
    ----------
    path
        The workbook.

    Returns
    -------
    list of dict
        Options of each, as under ``files``; at least one.

    Raises
    ------
    ImportRefusedError
        When it cannot be opened.
    """
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        book = CalamineWorkbook.from_path(str(path))
    except (CalamineError, OSError):
        raise ImportRefusedError(f"{path.name}: {why_not_opened(path)}") from None
    found: list[tuple[int, int, dict[str, Any]]] = []
    for number, name in enumerate(book.sheet_names):
        rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False)[:N_PEEKED]
        skip = _header_at(rows)
        has_rows = len(rows) > skip + 1
        n_known = sum(is_known(str(cell)) for cell in rows[skip]) if has_rows else -1
        found.append((-n_known, number, {"sheet": name if number else 0, "skip": skip}))
    found.sort(key=lambda sheet: sheet[:2])
    return [options for n_known, _, options in found if -n_known >= LEAST_NAMES] or [found[0][2]]


def list_in(path: Path) -> str | None:
    """Name the list of objects that the objects of a file hold, if any."""
    with path.open(encoding="utf-8-sig") as lines:
        for document in _documents(lines):
            for key, value in document.items():
                if isinstance(value, list) and value and isinstance(value[0], dict):
                    return str(key)
    return None


def _documents(lines: Iterable[str]) -> Iterable[dict[str, Any]]:
    for line in islice(lines, N_PEEKED):
        try:
            found = json.loads(line)
        except ValueError:
            continue
        yield from (item for item in (found if isinstance(found, list) else [found])[:N_PEEKED]
                    if isinstance(item, dict))  # fmt: skip


def _plain(_path: Path) -> dict[str, Any]:
    return {}


OPTIONS: Final[dict[str, Callable[[Path], dict[str, Any]]]] = {
    "csv": _of_text,
    "excel": _of_workbook,
    "parquet": _plain,
    "jsonl": _plain,
}
"""Form of a file to what tells how it is written."""

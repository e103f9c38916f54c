"""Forms of files: delimited text, workbooks, JSON lines; the same rows give the same bytes."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from typing import TYPE_CHECKING, Any, Final
from xml.sax.saxutils import escape

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

EPOCH_OF_ZIP: Final = (2026, 1, 1, 0, 0, 0)
"""Date of every member of a workbook, so that the same rows give the same bytes."""


def local_text(seconds: Any, offset_min: int = 480) -> list[str]:
    """Write instants as local wall-clock text; nothing for -1.

    Examples
    --------
    >>> local_text(np.array([1794326400, -1]))
    ['2026-11-11 00:00:00', '']
    """
    at = np.asarray(seconds, dtype=np.int64)
    texts = np.datetime_as_string((at + offset_min * 60).astype("M8[s]"), unit="s").tolist()
    return [t.replace("T", " ") if s >= 0 else "" for t, s in zip(texts, at.tolist(), strict=True)]


def yuan(minor: Any) -> list[str]:
    """Write fen as yuan with two digits.

    Examples
    --------
    >>> yuan([1234, 50])
    ['12.34', '0.50']
    """
    return [f"{int(m) // 100}.{int(m) % 100:02d}" for m in minor]


def write_csv(path: Path, columns: Mapping[str, Sequence[Any]], encoding: str = "utf-8") -> None:
    """Write columns of text as comma-separated values."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows(zip(*columns.values(), strict=True))
    path.write_bytes(text.getvalue().encode(encoding))


def write_json_lines(path: Path, documents: Iterable[Mapping[str, Any]]) -> None:
    """Write documents as JSON, one a line."""
    dump = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
    path.write_text("".join(f"{dump(each)}\n" for each in documents), "utf-8")


def write_workbook(path: Path, columns: Mapping[str, Sequence[Any]], sheet: str) -> None:
    """Write columns as the only sheet of an Excel workbook (Office Open XML, inline text).

    Parameters
    ----------
    path
        Where to write.
    columns
        Header to cells; whole numbers become numbers, everything else text.
    sheet
        Name of the sheet.
    """
    rows = [list(columns), *zip(*columns.values(), strict=True)]
    body = "".join(f"<row>{''.join(map(_cell, row))}</row>" for row in rows)
    parts = {
        "[Content_Types].xml": _TYPES,
        "_rels/.rels": _RELATIONS.format(kind="officeDocument", target="xl/workbook.xml"),
        "xl/workbook.xml": _BOOK.format(sheet=escape(sheet)),
        "xl/_rels/workbook.xml.rels": _RELATIONS.format(
            kind="worksheet", target="worksheets/sheet1.xml"
        ),
        "xl/worksheets/sheet1.xml": _SHEET.format(body=body),
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as book:
        for name, text in parts.items():
            book.writestr(
                zipfile.ZipInfo(name, EPOCH_OF_ZIP), _HEAD + text, zipfile.ZIP_DEFLATED, 1
            )


def _cell(value: Any) -> str:
    """Write one cell."""
    if isinstance(value, int):
        return f"<c><v>{value}</v></c>"
    text = escape(str(value))
    return f'<c t="inlineStr"><is><t>{text}</t></is></c>' if text else "<c/>"


_HEAD: Final = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_OPEN: Final = "http://schemas.openxmlformats.org"
_TYPES: Final = (
    f'<Types xmlns="{_OPEN}/package/2006/content-types">'
    '<Default Extension="rels" '
    'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Override PartName="/xl/workbook.xml" ContentType="application/'
    'vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
    '<Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/'
    'vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>'
)
_RELATIONS: Final = (
    f'<Relationships xmlns="{_OPEN}/package/2006/relationships"><Relationship Id="rId1" '
    f'Type="{_OPEN}/officeDocument/2006/relationships/{{kind}}" Target="{{target}}"/>'
    "</Relationships>"
)
_BOOK: Final = (
    f'<workbook xmlns="{_OPEN}/spreadsheetml/2006/main" '
    f'xmlns:r="{_OPEN}/officeDocument/2006/relationships"><sheets>'
    '<sheet name="{sheet}" sheetId="1" r:id="rId1"/></sheets></workbook>'
)
_SHEET: Final = (
    f'<worksheet xmlns="{_OPEN}/spreadsheetml/2006/main">'
    "<sheetData>{body}</sheetData></worksheet>"
)

"""What a file is by its bytes, where it is not what its mapping says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

_WORKBOOK: Final = "is a workbook; write `format: excel` in the mapping"
_ARCHIVE: Final = "is a workbook or a zip archive; write `format: excel`, or unpack it"
_LOCKED: Final = (
    "cannot be opened: it is damaged or locked with a password; open it in a spreadsheet program "
    "and save it again without one"
)
_PICTURE: Final = "is a picture; name the file with the orders"
_PAGE: Final = "is a web page; open it in a spreadsheet program and save it as .xlsx or CSV"
_PACKED: Final = "is packed; unpack it and name the file within"
_WIDE: Final = "has a byte order mark of UTF-16; write `encoding: utf-16` in the mapping"

SIGNATURES: Final[dict[bytes, str]] = {
    b"PK\x03\x04": _ARCHIVE,
    b"\xd0\xcf\x11\xe0": _WORKBOOK,
    b"PAR1": "is Parquet; write `format: parquet` in the mapping",
    b"\x1f\x8b": _PACKED,
    b"Rar!": _PACKED,
    b"7z\xbc\xaf": _PACKED,
    b"%PDF": "is a PDF; export the orders as CSV or .xlsx",
    b"\x89PNG": _PICTURE,
    b"\xff\xd8\xff": _PICTURE,
    b"GIF8": _PICTURE,
    b"\xff\xfe": _WIDE,
    b"\xfe\xff": _WIDE,
    b"<": _PAGE,
}
"""First bytes of a file to what it is and what to do."""

CANDIDATES: Final = {
    "utf-8": "utf-8",
    "gbk": "gb18030",
    "big5": "cp950",
    "shift_jis": "cp932",
    "euc-kr": "cp949",
    "windows-1252": "cp1252",
}
"""Encodings that exports are written in, most likely first, each with how it is tried."""

SHOWN: Final = 6
"""Characters that are shown on each side of the one in question."""


def what_it_is(path: Path) -> str:
    """Say what a file is by its first bytes; empty for text and what is not known.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder) / "orders.csv"
    ...     _ = path.write_bytes(b"%PDF-1.7")
    ...     what_it_is(path)
    'is a PDF; export the orders as CSV or .xlsx'
    """
    with path.open("rb") as stream:
        start = stream.read(64).removeprefix(b"\xef\xbb\xbf").lstrip()
    return next((what for sign, what in SIGNATURES.items() if start.startswith(sign)), "")


def why_not_opened(path: Path) -> str:
    """Say why a file cannot be opened as a workbook.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder) / "orders.xlsx"
    ...     _ = path.write_bytes(b"a,b")
    ...     why_not_opened(path)
    'is no workbook; if it is text, write `format: csv`'
    """
    found = what_it_is(path)
    if found in {_WORKBOOK, _ARCHIVE}:
        return _LOCKED
    return found or "is no workbook; if it is text, write `format: csv`"


def would_read(line: bytes, at: int) -> str:
    """Say how the bytes around one place of a line read in each encoding that may be theirs.

    Examples
    --------
    >>> would_read("1;Köln".encode("cp1252"), 3)
    "'1;K鰈n' in gbk, '1;K闤n' in big5, '1;Köln' in windows-1252"
    """
    found = []
    for name, codec in CANDIDATES.items():
        try:
            text = line.decode(codec).replace("\ufeff", "")
        except UnicodeDecodeError:
            continue
        middle = len(line[:at].decode(codec, "ignore"))
        shown = " ".join(text[max(0, middle - SHOWN) : middle + SHOWN].split())
        if shown.isprintable():
            found.append(f"{shown!r} in {name}")
    return ", ".join(found) or "like no text in any common encoding"

"""What every reader of a file form shares: the file at hand, its text, rows of text."""

from __future__ import annotations

import codecs
from bisect import bisect_right
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from features.errors import ImportRefusedError
from features.mapping.magic import what_it_is, would_read
from features.mapping.scope import ROW, quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    import duckdb

    from features.mapping.parts import FileSpec

INCOMING: Final = "incoming"
"""Table that a reader fills with the rows of one file, numbered from 0 in ``__row``."""

BATCH: Final = 50_000
CHUNK: Final = 1 << 20
EXACT_FLOATS: Final = 1e15
MAX_BAD_SHARE: Final = 0.5
N_PEEKED: Final = 20
"""Rows below the header in which the names of the columns are looked for."""

WIDER: Final = {"utf-8": "utf-8-sig", "gbk": "gb18030", "gb2312": "gb18030"}
"""Encoding to the one that reads all it can and more: a byte order mark, rarer characters."""


@dataclass
class ReadFile:
    """What was read of one file.

    Parameters
    ----------
    name
        Its path below the root.
    first_row
        Number of its first row among all rows of its source.
    unit
        What its rows are counted in for people: lines of a text, rows of a sheet.
    rows
        Rows read.
    n_malformed
        Lines that have no form.
    n_older
        Rows of what a later file tells again.
    malformed
        Fault to the number of lines with it and the first of them.

    Examples
    --------
    >>> file = ReadFile("orders.csv", first_row=0)
    >>> for row, line in enumerate([2, 3, 7, 8]):
    ...     file.place(row, line)
    >>> [file.locate(row) for row in (0, 1, 3)]
    ['orders.csv line 2', 'orders.csv line 3', 'orders.csv line 8']
    """

    name: str
    first_row: int
    unit: str = "line"
    rows: int = 0
    n_malformed: int = 0
    n_older: int = 0
    malformed: dict[str, tuple[int, int]] = field(default_factory=dict)
    _starts: list[int] = field(default_factory=list)
    _lines: list[int] = field(default_factory=list)

    def note(self, line: int, fault: str) -> None:
        """Count a malformed line."""
        self.n_malformed += 1
        count, first = self.malformed.get(fault, (0, line))
        self.malformed[fault] = (count + 1, first)

    def place(self, row: int, line: int) -> None:
        """Remember where a row stands; rows are placed in order, and stand apart by one line."""
        if not self._starts or self._lines[-1] + row - self._starts[-1] != line:
            self._starts.append(row)
            self._lines.append(line)

    def locate(self, row: int) -> str:
        """Say where a row stands, counted as an editor or a spreadsheet counts it."""
        stretch = bisect_right(self._starts, row) - 1
        line = row + 1 if stretch < 0 else self._lines[stretch] + row - self._starts[stretch]
        return f"{self.name} {self.unit} {line}"


@dataclass(frozen=True)
class Incoming:
    """The file that a reader is to read.

    Parameters
    ----------
    spec
        Its source in the mapping.
    path
        Where it is.
    file
        What is told about it.
    scratch
        Folder for copies.
    is_wanted
        Tells whether the mapping can mean a column of this name.
    """

    spec: FileSpec
    path: Path
    file: ReadFile
    scratch: Path
    is_wanted: Callable[[str], bool]

    def check_header(self, header: list[str], below: Iterable[tuple[int, list[str]]]) -> None:
        """Refuse a header that names no column of the mapping while a row below it does.

        Parameters
        ----------
        header
            Names of the columns.
        below
            Line and cells of the rows that follow.
        """
        if any(map(self.is_wanted, header)):
            return
        found = {line: sum(map(self.is_wanted, cells)) for line, cells in below}
        line = max(found, key=lambda one: found[one], default=0)
        if line and found[line]:
            raise ImportRefusedError(
                f"{self.file.name}: the names of the columns stand in {self.file.unit} {line}; "
                f"write `skip: {line - 1}` for files.{self.spec.name} in the mapping"
            )


def refuse_bad(file: ReadFile) -> None:
    """Refuse a file of which most lines have no form."""
    total = file.rows + file.n_malformed
    if file.n_malformed > MAX_BAD_SHARE * total:
        fault, (_, line) = max(file.malformed.items(), key=lambda item: item[1][0])
        raise ImportRefusedError(
            f"{file.name}: {file.n_malformed} of {total} lines are malformed "
            f"(line {line}: {fault}); check delimiter, quote and encoding in the mapping, "
            "or write `short_lines: fill` where lines end before their empty values"
        )


def as_utf8(incoming: Incoming) -> Path:
    """Copy a text file as UTF-8 without byte order mark, refusing bytes of another encoding."""
    encoding, path = incoming.spec.encoding, incoming.path
    target = incoming.scratch / f"text-{incoming.file.first_row}-{path.name}.utf8"
    decoder = codecs.getincrementaldecoder(WIDER.get(encoding, encoding))("strict")
    if (found := what_it_is(path)) and not encoding.startswith("utf-16"):
        raise ImportRefusedError(f"{incoming.file.name}: {found}")
    line = 1
    with path.open("rb") as raw, target.open("w", encoding="utf-8", newline="") as out:
        while True:
            chunk = raw.read(CHUNK)
            try:
                text = decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                raise _undecodable(incoming, line, error) from None
            except UnicodeError:
                raise ImportRefusedError(
                    f"{incoming.file.name}: has no byte order mark; write `encoding: utf-16-le`, "
                    f"or utf-8, for files.{incoming.spec.name}"
                ) from None
            if not chunk:
                break
            if line == 1 and "\0" in text:
                raise ImportRefusedError(
                    f"{incoming.file.name}: holds bytes that are no text; export it again"
                )
            line += text.count("\n")
            out.write(text)
    return target


def _undecodable(incoming: Incoming, line: int, error: UnicodeDecodeError) -> ImportRefusedError:
    """Say how the bytes that cannot be read would read in other encodings."""
    spec, whole, at = incoming.spec, error.object, error.start
    begin, end = whole.rfind(b"\n", 0, at) + 1, whole.find(b"\n", at)
    number = line + whole[:at].count(b"\n")
    others = would_read(whole[begin : end if end >= 0 else None], at - begin)
    return ImportRefusedError(
        f"{incoming.file.name}: line {number} is not {spec.encoding}; it "
        f"reads {others}: write the right one as `encoding: …` for files.{spec.name}"
    )


def joined(rows: list[list[Any]]) -> list[Any]:
    """Make one header of rows that head the columns together; a merged cell heads all below it.

    Examples
    --------
    >>> joined([["id", "amount", "", "note"], ["", "due", "paid", ""]])
    ['id', 'amount.due', 'amount.paid', 'note']
    """
    names: list[Any] = list(rows[-1]) if rows else []
    for upper in reversed(rows[:-1]):
        names += [""] * (len(upper) - len(names))
        group: Any = ""
        for index, below in enumerate(names):
            own = upper[index] if index < len(upper) else ""
            group = own or (group if below else "")
            names[index] = f"{group}.{below}" if group and below else group or below
    return names


def header_names(cells: list[Any], file: str) -> list[str]:
    r"""Read the names of the columns from a header row.

    Blanks and line breaks within a name are one blank. A name that stands twice is numbered,
    whatever its case; a column without one is named by its number.

    Examples
    --------
    >>> header_names([" id ", None, "ID", "total\n(yuan)"], "orders.csv")
    ['id', 'column 2', 'ID 2', 'total (yuan)']
    """
    names: list[str] = []
    taken: set[str] = set()
    for index, cell in enumerate(cells):
        name = " ".join(str(cell or "").replace("\ufeff", "").split())
        names.append(unique(name or f"column {index + 1}", taken))
    if not names:
        raise ImportRefusedError(f"{file}: has no header row; the first row must name the columns")
    return names


def unique(name: str, taken: set[str]) -> str:
    """Take a name; one that is taken already, whatever its case, gets a number.

    Examples
    --------
    >>> unique("Id", {"id"})
    'Id 2'
    """
    found, number = name, 1
    while found.lower() in taken:
        number += 1
        found = f"{name} {number}"
    taken.add(found.lower())
    return found


def cell_text(cell: Any) -> str | None:
    """Write a cell of a workbook or a JSON value as text.

    Examples
    --------
    >>> cell_text(12.0), cell_text(1e15), cell_text(""), cell_text(True)
    ('12', '1.0E+15', None, 'true')
    """
    if cell is None or cell == "":
        return None
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, float):
        if not cell.is_integer():
            return repr(cell)
        # A workbook keeps 15 digits: a longer id has already lost its tail.
        return str(int(cell)) if abs(cell) < EXACT_FLOATS else f"{cell:.1E}"
    return str(cell)


def insert_rows(
    connection: duckdb.DuckDBPyConnection,
    header: list[str],
    rows: Iterator[tuple[int, list[Any]]],
    file: ReadFile,
) -> None:
    """Make ``incoming`` from rows of text and their lines, a batch at a time."""
    columns = ", ".join(f"{quoted(name)} VARCHAR" for name in header)
    connection.execute(f'CREATE TABLE {INCOMING} ({columns}, "{ROW}" BIGINT)')
    done, width = 0, len(header)
    while batch := list(islice(rows, BATCH)):
        for index, (line, _) in enumerate(batch):
            file.place(done + index, line)
        padded = [(row + [None] * width)[:width] for _, row in batch]
        append_columns(connection, header, list(zip(*padded, strict=True)), done)
        done += len(batch)


def append_columns(
    connection: duckdb.DuckDBPyConnection, header: list[str], columns: list[Any], first: int
) -> None:
    """Append columns of text to ``incoming``, numbering their rows from ``first``."""
    n_rows = len(columns[0]) if columns else 0
    arrays = [pa.array(column, pa.string()) for column in columns]
    numbers = pa.array(range(first, first + n_rows), pa.int64())
    schema = pa.schema([*[(name, pa.string()) for name in header], (ROW, pa.int64())])
    connection.register("batch", pa.table([*arrays, numbers], schema=schema))
    connection.execute(f"INSERT INTO {INCOMING} BY NAME SELECT * FROM batch")
    connection.unregister("batch")

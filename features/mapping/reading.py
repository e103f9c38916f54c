"""What every reader of a file form shares: the file at hand, its text, rows of text."""

from __future__ import annotations

import codecs
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from features.errors import ImportRefusedError
from features.mapping.scope import ROW, quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import duckdb

    from features.mapping.parts import FileSpec

INCOMING: Final = "incoming"
"""Table that a reader fills with the rows of one file, numbered from 0 in ``__row``."""

BATCH: Final = 50_000
CHUNK: Final = 1 << 20
EXACT_FLOATS: Final = 1e15
MAX_BAD_SHARE: Final = 0.5
N_EXAMPLES: Final = 3


@dataclass
class ReadFile:
    """What was read of one file.

    Parameters
    ----------
    name
        Its path below the root.
    first_row
        Number of its first row among all rows of its source.
    rows
        Rows read.
    n_malformed
        Lines that have no form.
    malformed
        Number and fault of the first few of them.
    """

    name: str
    first_row: int
    rows: int = 0
    n_malformed: int = 0
    malformed: list[tuple[int, str]] = field(default_factory=list)

    def note(self, line: int, fault: str) -> None:
        """Count a malformed line."""
        self.n_malformed += 1
        if len(self.malformed) < N_EXAMPLES:
            self.malformed.append((line, fault))


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


def refuse_bad(file: ReadFile) -> None:
    """Refuse a file of which most lines have no form."""
    total = file.rows + file.n_malformed
    if file.n_malformed > MAX_BAD_SHARE * total:
        line, fault = file.malformed[0]
        raise ImportRefusedError(
            f"{file.name}: {file.n_malformed} of {total} lines are malformed "
            f"(line {line}: {fault}); check delimiter, quote and encoding in the mapping"
        )


def as_utf8(incoming: Incoming) -> Path:
    """Copy a text file as UTF-8 without byte order mark, refusing bytes of another encoding."""
    encoding, path = incoming.spec.encoding, incoming.path
    target = incoming.scratch / f"text-{incoming.file.first_row}-{path.name}.utf8"
    name = "utf-8-sig" if encoding == "utf-8" else encoding
    decoder = codecs.getincrementaldecoder(name)("strict")
    line = 1
    with path.open("rb") as raw, target.open("w", encoding="utf-8", newline="") as out:
        while True:
            chunk = raw.read(CHUNK)
            try:
                text = decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                line += error.object[: error.start].count(b"\n")
                other = "utf-8" if encoding.startswith("gb") else "gbk"
                raise ImportRefusedError(
                    f"{incoming.file.name}: line {line} is not {encoding}; write "
                    f"`encoding: {other}` in the mapping, or save the file as {encoding}"
                ) from None
            if not chunk:
                break
            line += text.count("\n")
            out.write(text)
    return target


def header_names(cells: list[Any], file: str) -> list[str]:
    """Read the names of the columns from a header row.

    Examples
    --------
    >>> header_names([" id ", None, "id"], "orders.csv")
    ['id', 'column 2', 'id 2']
    """
    names: list[str] = []
    for index, cell in enumerate(cells):
        name = str(cell).strip() if cell not in {None, ""} else ""
        name = name or f"column {index + 1}"
        names.append(f"{name} {names.count(name) + 1}" if name in names else name)
    if not names:
        raise ImportRefusedError(f"{file}: has no header row; the first row must name the columns")
    return names


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
    connection: duckdb.DuckDBPyConnection, header: list[str], rows: Iterator[list[Any]]
) -> None:
    """Make ``incoming`` from rows of text, a batch at a time; short rows end in missing values."""
    columns = ", ".join(f"{quoted(name)} VARCHAR" for name in header)
    connection.execute(f'CREATE TABLE {INCOMING} ({columns}, "{ROW}" BIGINT)')
    done, width = 0, len(header)
    while batch := list(islice(rows, BATCH)):
        padded = [(row + [None] * width)[:width] for row in batch]
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

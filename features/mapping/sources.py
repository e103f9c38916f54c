"""Files of a mapping → tables of the work database, every row numbered, nothing interpreted yet."""

from __future__ import annotations

import codecs
import csv
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from glob import glob
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import duckdb
import pyarrow as pa

from features.errors import ImportRefusedError
from features.mapping.scope import ROW, literal, quoted
from features.queries import first_row

if TYPE_CHECKING:
    from features.mapping.document import FileSpec

BATCH: Final = 50_000
CHUNK: Final = 1 << 20
MAX_BAD_SHARE: Final = 0.5


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
    malformed
        Line and message of rows that have no form; at most a few.
    n_malformed
        How many there are.
    """

    name: str
    first_row: int
    rows: int = 0
    n_malformed: int = 0
    malformed: list[tuple[int, str]] = field(default_factory=list)


def load(
    connection: duckdb.DuckDBPyConnection, spec: FileSpec, root: Path, scratch: Path, table: str
) -> list[ReadFile]:
    """Load the files of one source into a table.

    Parameters
    ----------
    connection
        The work database.
    spec
        The source.
    root
        Folder that the source's globs start from.
    scratch
        Folder for re-encoded copies.
    table
        Name of the table to make.

    Returns
    -------
    list of ReadFile
        One for each file, in order.

    Raises
    ------
    ImportRefusedError
        When no file is there, or a file is empty, of another encoding or form, or mostly bad.
    """
    read: list[ReadFile] = []
    for path in find(spec, root):
        shown = str(path.relative_to(root)) if path.is_relative_to(root) else path.name
        file = ReadFile(shown, first_row=sum(item.rows for item in read))
        if path.stat().st_size == 0:
            raise ImportRefusedError(f"{shown}: the file is empty; export it again")
        try:
            LOADERS[spec.form](connection, spec, path, file, scratch)
        except duckdb.Error as error:
            raise ImportRefusedError(f"{shown}: cannot be read as {spec.form}: {error}") from None
        _append(connection, table, file, is_first=not read)
        _refuse_bad(file)
        read.append(file)
    _blank_nulls(connection, table, spec)
    return read


def find(spec: FileSpec, root: Path) -> list[Path]:
    """Find the files of a source, in the order of their names."""
    found: list[Path] = []
    for pattern in spec.paths:
        matches = sorted(glob(str(root / pattern), recursive=True))
        if not matches:
            beside = sorted(item.name for item in root.iterdir())[:20] if root.is_dir() else []
            there = f"; in {root} there is: {', '.join(beside)}" if beside else ""
            raise ImportRefusedError(
                f"files.{spec.name}: no file matches {root / pattern}{there}; "
                "mend the path or give --root"
            )
        found += [Path(match) for match in matches if Path(match) not in found]
    return found


def _append(
    connection: duckdb.DuckDBPyConnection, table: str, file: ReadFile, *, is_first: bool
) -> None:
    """Move what a loader left in ``incoming`` to the table, numbering its rows."""
    numbered = f'SELECT * EXCLUDE ("{ROW}"), "{ROW}" + {file.first_row} AS "{ROW}" FROM incoming'
    if is_first:
        connection.execute(f"CREATE TABLE {quoted(table)} AS {numbered}")
    else:
        have = {
            row[0]: row[1] for row in connection.execute(f"DESCRIBE {quoted(table)}").fetchall()
        }
        for name, kind, *_ in connection.execute("DESCRIBE incoming").fetchall():
            if name not in have:
                connection.execute(f"ALTER TABLE {quoted(table)} ADD COLUMN {quoted(name)} {kind}")
        connection.execute(f"INSERT INTO {quoted(table)} BY NAME {numbered}")
    file.rows = first_row(connection, "SELECT count(*) FROM incoming")[0]
    connection.execute("DROP TABLE incoming")
    if not file.rows and not file.n_malformed:
        raise ImportRefusedError(f"{file.name}: holds no rows; export it again")


def _refuse_bad(file: ReadFile) -> None:
    total = file.rows + file.n_malformed
    if file.n_malformed > MAX_BAD_SHARE * total:
        line, message = file.malformed[0]
        raise ImportRefusedError(
            f"{file.name}: {file.n_malformed} of {total} lines are malformed "
            f"(line {line}: {message}); check delimiter, quote and encoding in the mapping"
        )


def _blank_nulls(connection: duckdb.DuckDBPyConnection, table: str, spec: FileSpec) -> None:
    """Turn the words by which a source says 'unknown' into missing values."""
    if not spec.nulls:
        return
    words = ", ".join(literal(word) for word in spec.nulls)
    for name, kind, *_ in connection.execute(f"DESCRIBE {quoted(table)}").fetchall():
        if kind == "VARCHAR":
            column = quoted(name)
            connection.execute(
                f"UPDATE {quoted(table)} SET {column} = NULL WHERE trim({column}) IN ({words})"  # noqa: S608 quoted names and literals
            )


def _load_parquet(
    connection: duckdb.DuckDBPyConnection,
    spec: FileSpec,  # noqa: ARG001
    path: Path,
    file: ReadFile,  # noqa: ARG001
    scratch: Path,  # noqa: ARG001
) -> None:
    connection.execute(
        f'CREATE TABLE incoming AS SELECT * EXCLUDE (file_row_number), file_row_number AS "{ROW}" '  # noqa: S608 the path is a literal
        f"FROM read_parquet({literal(str(path))}, file_row_number = true)"
    )


def _load_csv(
    connection: duckdb.DuckDBPyConnection,
    spec: FileSpec,
    path: Path,
    file: ReadFile,
    scratch: Path,
) -> None:
    text = _as_utf8(path, spec.encoding, file, scratch)
    header = _header(text, spec, file)
    columns = "{" + ", ".join(f"{literal(name)}: 'VARCHAR'" for name in header) + "}"
    skip = spec.skip + 1
    source = (
        f"read_csv({literal(str(text))}, columns = {columns}, auto_detect = false, header = false, "
        f"skip = {skip}, delim = {literal(spec.delimiter)}, quote = {literal(spec.quote)}, "
        f"escape = {literal(spec.quote)}, null_padding = false, parallel = false, "
        "store_rejects = true, rejects_limit = 0)"
    )
    connection.execute(
        f'CREATE TABLE incoming AS SELECT *, row_number() OVER () - 1 AS "{ROW}" FROM {source}'  # noqa: S608 literals only
    )
    rejects = connection.execute(
        "SELECT DISTINCT ON (line) line, error_message FROM reject_errors ORDER BY line"
    ).fetchall()
    file.n_malformed = len(rejects)
    file.malformed = [(line, message.splitlines()[0]) for line, message in rejects[:3]]
    connection.execute("DROP TABLE IF EXISTS reject_errors; DROP TABLE IF EXISTS reject_scans")


def _as_utf8(path: Path, encoding: str, file: ReadFile, scratch: Path) -> Path:
    """Copy a text file as UTF-8 without byte order mark, refusing bytes of another encoding."""
    target = scratch / f"text-{file.first_row}-{path.name}.utf8"
    name = "utf-8-sig" if encoding == "utf-8" else encoding
    decoder = codecs.getincrementaldecoder(name)("strict")
    done, line = 0, 1
    with path.open("rb") as raw, target.open("w", encoding="utf-8", newline="") as out:
        while chunk := raw.read(CHUNK):
            try:
                text = decoder.decode(chunk, final=len(chunk) < CHUNK and not raw.peek(1))
            except UnicodeDecodeError as error:
                line += chunk[: max(error.start, 0)].count(b"\n")
                other = "utf-8" if encoding == "gbk" else "gbk"
                raise ImportRefusedError(
                    f"{file.name}: line {line} is not {encoding} (byte {done + error.start}); "
                    f"write `encoding: {other}` in the mapping, or save the file as {encoding}"
                ) from None
            line += text.count("\n")
            done += len(chunk)
            out.write(text)
    return target


def _header(text: Path, spec: FileSpec, file: ReadFile) -> list[str]:
    with text.open(encoding="utf-8", newline="") as stream:
        for _ in range(spec.skip):
            stream.readline()
        row = next(csv.reader(stream, delimiter=spec.delimiter, quotechar=spec.quote), None)
    return named(row or [], file.name)


def named(cells: list[Any], file: str) -> list[str]:
    """Read the names of the columns from a header row.

    Examples
    --------
    >>> named([" id ", None, "id"], "orders.csv")
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


def _load_excel(
    connection: duckdb.DuckDBPyConnection,
    spec: FileSpec,
    path: Path,
    file: ReadFile,
    scratch: Path,  # noqa: ARG001
) -> None:
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        book = CalamineWorkbook.from_path(str(path))
    except (CalamineError, OSError) as error:
        raise ImportRefusedError(f"{file.name}: is no Excel workbook: {error}") from None
    names = book.sheet_names
    if (isinstance(spec.sheet, str) and spec.sheet not in names) or (
        isinstance(spec.sheet, int) and spec.sheet >= len(names)
    ):
        raise ImportRefusedError(
            f"{file.name}: has no sheet {spec.sheet!r}; its sheets are {', '.join(names)}"
        )
    by_name = isinstance(spec.sheet, str)
    sheet = book.get_sheet_by_name(spec.sheet) if by_name else book.get_sheet_by_index(spec.sheet)
    rows = iter(sheet.to_python(skip_empty_area=False)[spec.skip :])
    header = named(list(next(rows, [])), file.name)
    records = ([cell_text(cell) for cell in row] for row in rows if any(c != "" for c in row))
    _insert_text(connection, header, records)


def cell_text(cell: Any) -> str | None:
    """Write a cell of a workbook as text.

    Examples
    --------
    >>> cell_text(12.0), cell_text(1e15), cell_text(""), cell_text(True)
    ('12', '1.0E+15', None, 'true')
    """
    if cell is None or cell == "":
        return None
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, float):
        if cell.is_integer():
            # Excel keeps 15 digits: a longer id has already lost its tail.
            return str(int(cell)) if abs(cell) < 1e15 else f"{cell:.1E}"
        return repr(cell)
    return str(cell)


def _load_jsonl(
    connection: duckdb.DuckDBPyConnection,
    spec: FileSpec,
    path: Path,
    file: ReadFile,
    scratch: Path,
) -> None:
    text = _as_utf8(path, spec.encoding, file, scratch)
    connection.execute(f'CREATE TABLE incoming ("{ROW}" BIGINT)')
    known: set[str] = set()
    records, done = _records(text, spec, file), 0
    while batch := list(islice(records, BATCH)):
        header = list(dict.fromkeys(name for record in batch for name in record))
        for name in header:
            if name not in known:
                connection.execute(f"ALTER TABLE incoming ADD COLUMN {quoted(name)} VARCHAR")
                known.add(name)
        _append_text(connection, header, [[r.get(n) for n in header] for r in batch], done)
        done += len(batch)


def _records(text: Path, spec: FileSpec, file: ReadFile) -> Iterator[dict[str, str | None]]:
    with text.open(encoding="utf-8") as stream:
        for number, line in enumerate(stream, start=1):
            if not line.strip():
                continue
            try:
                document = json.loads(
                    line, parse_float=str, parse_int=str, parse_constant=_refuse_constant
                )
                if not isinstance(document, dict):
                    raise TypeError("is no JSON object")
            except (ValueError, TypeError, RecursionError) as error:
                file.n_malformed += 1
                if len(file.malformed) < 3:
                    file.malformed.append((number, str(error)))
                continue
            yield from _flat_rows(document, spec.each)


def _refuse_constant(word: str) -> str:
    raise ValueError(f"{word} is no JSON number")


def _flat_rows(document: dict[str, Any], each: str | None) -> Iterator[dict[str, str | None]]:
    if each is None:
        yield dict(_flat(document, ""))
        return
    items = document.pop(each, None)
    outer = dict(_flat(document, ""))
    for item in items if isinstance(items, list) else []:
        inner = item if isinstance(item, dict) else {"value": item}
        yield outer | dict(_flat(inner, f"{each}."))


def _flat(document: dict[str, Any], prefix: str) -> Iterator[tuple[str, str | None]]:
    for key, value in document.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}.")
        elif isinstance(value, list):
            yield f"{prefix}{key}", json.dumps(value, ensure_ascii=False)
        else:
            yield f"{prefix}{key}", cell_text(value)


def _insert_text(
    connection: duckdb.DuckDBPyConnection, header: list[str], rows: Iterator[list[Any]]
) -> None:
    """Put rows of text into ``incoming``, a batch at a time."""
    columns = ", ".join(f"{quoted(name)} VARCHAR" for name in header)
    connection.execute(f'CREATE TABLE incoming ({columns}, "{ROW}" BIGINT)')
    done = 0
    while batch := list(islice(rows, BATCH)):
        padded = [(row + [None] * len(header))[: len(header)] for row in batch]
        _append_text(connection, header, padded, done)
        done += len(batch)


def _append_text(
    connection: duckdb.DuckDBPyConnection, header: list[str], rows: list[list[Any]], first: int
) -> None:
    arrays = [pa.array(column, pa.string()) for column in zip(*rows, strict=True)]
    numbers = pa.array(range(first, first + len(rows)), pa.int64())
    schema = pa.schema([*[(name, pa.string()) for name in header], (ROW, pa.int64())])
    connection.register("batch", pa.table([*arrays, numbers], schema=schema))
    connection.execute("INSERT INTO incoming BY NAME SELECT * FROM batch")
    connection.unregister("batch")


LOADERS: Final[dict[str, Callable[..., None]]] = {
    "csv": _load_csv,
    "excel": _load_excel,
    "parquet": _load_parquet,
    "jsonl": _load_jsonl,
}
"""File form to the function that fills ``incoming``."""

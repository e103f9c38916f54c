"""Files of a mapping → tables of the work database, every row numbered, nothing interpreted yet."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import duckdb

from features.errors import ImportRefusedError
from features.mapping.delimited import read_delimited
from features.mapping.json_lines import read_json_lines
from features.mapping.reading import INCOMING, Incoming, ReadFile, refuse_bad
from features.mapping.scope import PLACE, ROW, Scope, literal, plain, quoted
from features.mapping.workbooks import read_workbook
from features.queries import first_row

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from features.mapping.parts import FileSpec, Mapping

N_SHOWN: Final = 20
LEAST_FILES: Final = 2
"""Files of which one can be later than another."""


def load(
    connection: duckdb.DuckDBPyConnection,
    mapping: Mapping,
    spec: FileSpec,
    root: Path,
    scratch: Path,
) -> list[ReadFile]:
    """Load the files of one source into a table of its name.

    Parameters
    ----------
    connection
        The work database.
    mapping, spec
        The document and the source.
    root
        Folder that the source's globs start from.
    scratch
        Folder for re-encoded copies.

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
    wanted = Wanted(mapping.document.value)
    for path in find(spec, root):
        shown = str(path.relative_to(root)) if path.is_relative_to(root) else path.name
        file = ReadFile(shown, first_row=sum(item.rows for item in read))
        if path.stat().st_size == 0:
            raise ImportRefusedError(f"{shown}: the file is empty; export it again")
        incoming = Incoming(spec, path, file, scratch, wanted)
        try:
            READERS[spec.form](connection, incoming)
        except duckdb.Error as error:
            raise ImportRefusedError(f"{shown}: cannot be read as {spec.form}: {error}") from None
        _fill_down(connection, mapping, spec)
        _append(connection, spec.name, file, is_first=not read)
        refuse_bad(file)
        read.append(file)
    _blank_nulls(connection, spec)
    _keep_latest(connection, mapping, spec, read)
    return read


def find(spec: FileSpec, root: Path) -> list[Path]:
    """Find the files of a source, in the order of their names."""
    found: list[Path] = []
    for pattern in spec.paths:
        matches = sorted(_glob(root, pattern))
        if not matches:
            beside = sorted(item.name for item in root.iterdir()) if root.is_dir() else []
            there = f"; in {root} there is: {', '.join(beside[:N_SHOWN])}" if beside else ""
            raise ImportRefusedError(
                f"files.{spec.name}: no file matches {root / pattern}{there}; "
                "mend the path or give --root"
            )
        found += [match for match in matches if match not in found]
    return found


def _glob(root: Path, pattern: str) -> Iterator[Path]:
    """Match a glob below the root; an absolute or upward pattern names one file."""
    one = root / pattern
    if one.is_file():
        yield one
    elif (
        Path(pattern).parts and not Path(pattern).is_absolute() and ".." not in Path(pattern).parts
    ):
        yield from (path for path in root.glob(pattern) if path.is_file() and not _is_aside(path))


def _is_aside(path: Path) -> bool:
    """Tell a file that a program keeps beside the one it has open, such as ``~$orders.xlsx``."""
    return path.name.startswith((".", "~$"))


class Wanted:
    """Tells which columns of a file the texts of a mapping document can mean.

    Parameters
    ----------
    document
        The document as plain values.

    Examples
    --------
    >>> wanted = Wanted({"order_id": "id", "series": {"text": "{buyer.id}|{shop}"}})
    >>> [name for name in ("id", "order.id", "buyer.id", "buyer.name") if wanted(name)]
    ['id', 'order.id', 'buyer.id']
    """

    def __init__(self, document: Any) -> None:
        self._words = frozenset(
            word for text in _texts(document) for word in (text, *PLACE.findall(text))
        )

    def __call__(self, name: str) -> bool:
        """Tell whether a column may be named by the document, in full or by either end."""
        ends = {name[i + 1 :] for i, sign in enumerate(name) if sign == "."}
        return (
            name in self._words
            or not ends.isdisjoint(self._words)
            or any(word.endswith(f".{name}") for word in self._words)
        )


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, str):
        yield value


def _fill_down(connection: duckdb.DuckDBPyConnection, mapping: Mapping, spec: FileSpec) -> None:
    """Give empty cells the value above them, where only the first row of an order has it."""
    if not spec.fill_down:
        return
    described = connection.execute(f"DESCRIBE {INCOMING}").fetchall()
    scope = Scope(mapping.document, spec.name, {row[0]: row[1] for row in described})
    columns = [scope.resolve(name, (*spec.path, "fill_down")) for name in spec.fill_down]
    filled = ", ".join(
        f"last_value({plain(sql, kind)} IGNORE NULLS) OVER "
        f'(ORDER BY "{ROW}" ROWS UNBOUNDED PRECEDING) AS {sql}'
        for sql, kind in columns
    )
    connection.execute(f"CREATE TABLE filled AS SELECT * REPLACE ({filled}) FROM {INCOMING}")
    connection.execute(f"DROP TABLE {INCOMING}; ALTER TABLE filled RENAME TO {INCOMING}")


def _append(
    connection: duckdb.DuckDBPyConnection, table: str, file: ReadFile, *, is_first: bool
) -> None:
    """Move what a reader left in ``incoming`` to the table, numbering its rows on."""
    numbered = f'SELECT * REPLACE ("{ROW}" + {file.first_row} AS "{ROW}") FROM {INCOMING}'
    (file.rows,) = first_row(connection, f"SELECT count(*) FROM {INCOMING}")
    if not file.rows and not file.n_malformed:
        raise ImportRefusedError(f"{file.name}: holds no rows; export it again")
    if is_first:
        connection.execute(f"ALTER TABLE {INCOMING} RENAME TO {quoted(table)}")
        return
    described = connection.execute(f"DESCRIBE {quoted(table)}").fetchall()
    have = {row[0] for row in described}
    for name, kind, *_ in connection.execute(f"DESCRIBE {INCOMING}").fetchall():
        if name not in have:
            connection.execute(f"ALTER TABLE {quoted(table)} ADD COLUMN {quoted(name)} {kind}")
    connection.execute(f"INSERT INTO {quoted(table)} BY NAME {numbered}")
    connection.execute(f"DROP TABLE {INCOMING}")


def _blank_nulls(connection: duckdb.DuckDBPyConnection, spec: FileSpec) -> None:
    """Turn the words by which a source says 'unknown' into missing values."""
    if not spec.nulls:
        return
    words, table = ", ".join(literal(word) for word in spec.nulls), quoted(spec.name)
    for name, kind, *_ in connection.execute(f"DESCRIBE {table}").fetchall():
        if kind == "VARCHAR":
            column = quoted(name)
            connection.execute(
                f"UPDATE {table} SET {column} = NULL WHERE trim({column}) IN ({words})"
            )


def _keep_latest(
    connection: duckdb.DuckDBPyConnection, mapping: Mapping, spec: FileSpec, read: list[ReadFile]
) -> None:
    """Leave out the rows of what a later file tells again."""
    if not spec.latest_by or len(read) < LEAST_FILES:
        return
    described = connection.execute(f"DESCRIBE {quoted(spec.name)}").fetchall()
    scope = Scope(mapping.document, spec.name, {row[0]: row[1] for row in described})
    keys = [plain(*scope.resolve(key, (*spec.path, "latest_by"))) for key in spec.latest_by]
    starts = ", ".join(f"({file.first_row})" for file in read)
    connection.execute(
        f'CREATE TABLE older AS SELECT "{ROW}" AS row, start FROM {quoted(spec.name)} '
        f'ASOF JOIN (VALUES {starts}) AS files(start) ON "{ROW}" >= start '
        f"WHERE {' AND '.join(f'{key} IS NOT NULL' for key in keys)} "
        f"QUALIFY start < max(start) OVER (PARTITION BY {', '.join(keys)})"
    )
    counts = dict(connection.execute("SELECT start, count(*) FROM older GROUP BY start").fetchall())
    for file in read:
        file.n_older = counts.get(file.first_row, 0)
    connection.execute(
        f'DELETE FROM {quoted(spec.name)} WHERE "{ROW}" IN (SELECT row FROM older); '
        "DROP TABLE older"
    )


def _read_parquet(connection: duckdb.DuckDBPyConnection, incoming: Incoming) -> None:
    connection.execute(
        f"CREATE TABLE {INCOMING} AS SELECT * EXCLUDE (file_row_number), "
        f'file_row_number AS "{ROW}" '
        f"FROM read_parquet({literal(str(incoming.path))}, file_row_number = true)"
    )


READERS: Final[dict[str, Callable[[duckdb.DuckDBPyConnection, Incoming], None]]] = {
    "csv": read_delimited,
    "excel": read_workbook,
    "parquet": _read_parquet,
    "jsonl": read_json_lines,
}
"""File form to the function that fills ``incoming``."""

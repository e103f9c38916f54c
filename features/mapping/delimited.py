"""Delimited text: CSV and its relatives."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from features.mapping.reading import INCOMING, N_EXAMPLES, as_utf8, header_names
from features.mapping.scope import ROW, literal

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb

    from features.mapping.reading import Incoming


def read_delimited(connection: duckdb.DuckDBPyConnection, incoming: Incoming) -> None:
    """Read a CSV file into ``incoming``, every value as text.

    Lines with too few or too many values are counted as malformed.
    """
    text, spec, file = as_utf8(incoming), incoming.spec, incoming.file
    header = _header(text, incoming)
    columns = "{" + ", ".join(f"{literal(name)}: 'VARCHAR'" for name in header) + "}"
    source = (
        f"read_csv({literal(str(text))}, columns = {columns}, auto_detect = false, "
        f"header = false, skip = {spec.skip + 1}, delim = {literal(spec.delimiter)}, "
        f"quote = {literal(spec.quote)}, escape = {literal(spec.quote)}, "
        "null_padding = false, parallel = false, store_rejects = true, rejects_limit = 0)"
    )
    connection.execute(
        f'CREATE TABLE {INCOMING} AS SELECT *, row_number() OVER () - 1 AS "{ROW}" FROM {source}'
    )
    rejects = connection.execute(
        "SELECT DISTINCT ON (line) line, error_message FROM reject_errors ORDER BY line"
    ).fetchall()
    file.n_malformed = len(rejects)
    file.malformed = [(line, text.splitlines()[0]) for line, text in rejects[:N_EXAMPLES]]
    connection.execute("DROP TABLE IF EXISTS reject_errors; DROP TABLE IF EXISTS reject_scans")


def _header(text: Path, incoming: Incoming) -> list[str]:
    spec = incoming.spec
    with text.open(encoding="utf-8", newline="") as stream:
        for _ in range(spec.skip):
            stream.readline()
        row = next(csv.reader(stream, delimiter=spec.delimiter, quotechar=spec.quote), None)
    return header_names(row or [], incoming.file.name)

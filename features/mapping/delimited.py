"""Delimited text: CSV and its relatives."""

from __future__ import annotations

import csv
import re
from collections import deque
from typing import TYPE_CHECKING, Any, Final

from features.errors import ImportRefusedError
from features.mapping.magic import CANDIDATES
from features.mapping.reading import INCOMING, N_PEEKED, as_utf8, header_names, joined
from features.mapping.scope import ROW, literal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TextIO

    import duckdb

    from features.mapping.parts import FileSpec
    from features.mapping.reading import Incoming, ReadFile

MAX_LINES: Final = 1_000
"""Lines that one quoted value may have; beyond them its quote was never closed."""

MAX_CHARACTERS: Final = 500_000
"""Characters of one record; a longer one is no row of a table, and DuckDB reads 2 MB at most."""

DELIMITERS: Final = (",", ";", "\t", "|")


def read_delimited(connection: duckdb.DuckDBPyConnection, incoming: Incoming) -> None:
    """Read a CSV file into ``incoming``, every value as text.

    Lines with too few or too many values are counted as malformed. DuckDB reads a copy in which
    every record is well formed, so that one stray quote cannot swallow the lines behind it.
    """
    spec, file = incoming.spec, incoming.file
    text = as_utf8(incoming)
    copy = text.with_suffix(".tidy")
    with (
        text.open(encoding="utf-8", newline="") as lines,
        copy.open("w", encoding="utf-8", newline="") as out,
    ):
        records = Records(lines, spec, file)
        header = header_names(records.header(spec.skip, spec.header_rows), file.name)
        _check(incoming, header, records)
        records.copy(out, len(header))
    text.unlink()
    columns = "{" + ", ".join(f"{literal(name)}: 'VARCHAR'" for name in header) + "}"
    connection.execute(
        f'CREATE TABLE {INCOMING} AS SELECT *, row_number() OVER () - 1 AS "{ROW}" FROM '
        f"read_csv({literal(str(copy))}, columns = {columns}, auto_detect = false, "
        f"header = false, delim = {literal(spec.delimiter)}, quote = {literal(spec.quote)}, "
        f"escape = {literal(spec.quote)}, parallel = false)"
    )
    copy.unlink()


def _check(incoming: Incoming, header: list[str], records: Records) -> None:
    """Refuse a file whose header stands lower, is in another encoding or parted otherwise."""
    incoming.check_header(header, list(records.peek(N_PEEKED)))
    if any(map(incoming.is_wanted, header)):
        return
    _check_encoding(incoming)
    if len(header) == 1:
        _check_delimiter(incoming, header[0])


def _check_delimiter(incoming: Incoming, only: str) -> None:
    """Refuse a file whose only column has a name that another sign would part."""
    sign = next((sign for sign in DELIMITERS if sign in only), None)
    if sign is not None:
        shown = sign.encode("unicode_escape").decode()
        raise ImportRefusedError(
            f"{incoming.file.name}: its columns seem to be parted by another sign; write "
            f'`delimiter: "{shown}"` for files.{incoming.spec.name} in the mapping'
        )


def _check_encoding(incoming: Incoming) -> None:
    """Refuse a file whose header names columns of the mapping in another encoding."""
    spec = incoming.spec
    with incoming.path.open("rb") as raw:
        lines = raw.readlines(MAX_CHARACTERS)[: spec.skip + spec.header_rows]
    for name, codec in CANDIDATES.items():
        text = b"".join(lines).decode(codec, "ignore").replace("\ufeff", "")
        cells = re.split(f"[{re.escape(spec.delimiter)}\n]", text)
        cells = [cell.strip(f"{spec.quote} \t\r") for cell in cells]
        if any(map(incoming.is_wanted, cells)):
            raise ImportRefusedError(
                f"{incoming.file.name}: its header is written in {name}; write "
                f"`encoding: {name}` for files.{spec.name} in the mapping"
            )


class Records:
    """The records of a delimited text; a quoted value may go over several lines.

    Parameters
    ----------
    lines
        The text.
    spec
        How it is written.
    file
        Where malformed lines are counted, and the line of each record is kept.
    """

    def __init__(self, lines: TextIO, spec: FileSpec, file: ReadFile) -> None:
        self._lines = lines
        self._file = file
        self._delimiter, self._quote = spec.delimiter, spec.quote
        self._fills = spec.short_lines == "fill"
        self._number = 0
        self._ahead: deque[str] = deque()

    def header(self, skip: int, count: int) -> list[str]:
        """Take the records that head the columns; blank lines above them are passed over."""
        for _ in range(skip):
            self._take()
        heads: list[list[str]] = []
        while len(heads) < count and (line := self._take()):
            if not line.isspace():
                heads.append(self._cells(line)[0])
        return joined(heads)

    def peek(self, count: int) -> Iterator[tuple[int, list[str]]]:
        """Give the number and the cells of the lines ahead, without taking them."""
        lines = [line for _ in range(count) if (line := self._take())]
        self._back(lines)
        for ahead, line in enumerate(lines, start=1):
            cells = line.replace(self._quote, "").split(self._delimiter)
            yield self._number + ahead, [" ".join(cell.split()) for cell in cells]

    def copy(self, out: TextIO, width: int) -> None:
        """Copy every record that has the width; what surrounds and follows it is left."""
        quote, delimiter = self._quote, self._delimiter
        blank = delimiter + quote + " \t\r\n"
        writer = csv.writer(out, delimiter=delimiter, quotechar=quote or None, lineterminator="\n")
        row = 0
        while line := self._take():
            number = self._number
            if not line.strip(blank):
                continue
            is_plain = len(line) <= MAX_CHARACTERS and not (quote and quote in line)
            if is_plain and line.count(delimiter) == width - 1:
                out.write(line.rstrip("\r\n") + "\n")
            else:
                cells = self._fitting(line, number, width)
                if cells is None:
                    continue
                if is_plain:
                    out.write(delimiter.join(cells) + "\n")
                else:
                    writer.writerow(cells)
            self._file.place(row, number)
            row += 1

    def _fitting(self, line: str, number: int, width: int) -> list[str] | None:
        """Give the cells of the record that a line begins, or count the line as malformed."""
        cells, held = self._cells(line)
        while len(cells) > width and not cells[-1].strip():
            cells.pop()
        if cells and self._fills:
            cells += [""] * (width - len(cells))
        if len(cells) == width and sum(map(len, cells)) <= MAX_CHARACTERS:
            return cells
        self._back(held)
        fault = f"{len(cells)} values where the header names {width}"
        if held or not cells:
            fault = "a quote is opened and never closed, or the line is too long"
        self._file.note(number, fault)
        return None

    def _cells(self, line: str) -> tuple[list[str], list[str]]:
        """Part the record that a line begins, and give the further lines it took.

        A record over several lines has to be clean; within one line a stray quote is text.
        """
        held: list[str] = []
        if len(line) > MAX_CHARACTERS:
            return [], held
        if not (self._quote and self._quote in line):
            return line.rstrip("\r\n").split(self._delimiter), held
        try:
            return next(self._reader(self._following(line, held), strict=True)), held
        except csv.Error:
            self._back(held)
        alone = self._reader(iter([line, ""]))
        try:
            cells = next(alone)
        except csv.Error:
            return [], []
        is_closed = not held and alone.line_num == 1
        return (cells if is_closed else []), []

    def _reader(self, lines: Iterator[str], *, strict: bool = False) -> Any:
        return csv.reader(
            lines,
            delimiter=self._delimiter,
            quotechar=self._quote,
            skipinitialspace=True,
            strict=strict,
        )

    def _following(self, line: str, held: list[str]) -> Iterator[str]:
        """Give a line and, as long as a quote is open, the lines that follow it."""
        yield line
        while len(held) < MAX_LINES and (more := self._take()):
            held.append(more)
            yield more

    def _take(self) -> str:
        """Take the next line; empty at the end."""
        line = self._ahead.popleft() if self._ahead else self._lines.readline()
        self._number += bool(line)
        return line

    def _back(self, lines: list[str]) -> None:
        """Give lines back that belong to later records."""
        self._ahead.extendleft(reversed(lines))
        self._number -= len(lines)

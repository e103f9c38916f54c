"""What can be wrong with a canonical row: the row is left out, or one value counts as unknown."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from features.errors import ImportRefusedError
from features.mapping.report import Cause
from features.mapping.scope import ROW, literal, quoted
from features.money import EXPONENTS
from features.queries import first_row
from features.schema import TABLES

if TYPE_CHECKING:
    from collections.abc import Iterator

    import duckdb

    from features.mapping.cells import Cell
    from features.mapping.parts import Section
    from features.mapping.work import Work
    from features.schema import Table

PROBLEM: Final = "__problem"
"""Hidden column: the first thing wrong with a row, or NULL."""

ROUNDED_ID: Final = r"^\d(\.\d+)?[eE]\+\d+$"
MAX_SHOWN: Final = 60
"""Characters of a value that an example shows."""
LEAST_GROUPS: Final = 2
"""Amounts that have to look as if a point parted their thousands; one may be chance."""

ROUNDED: Final = (
    "is a number that a spreadsheet rounded, such as 1.0E+15; "
    "format the column as text and export again"
)

_READ_AS: Final = {
    "int": "a whole number",
    "float": "a number",
    "bool": "yes or no",
    "instant": "a moment",
    "date": "a date",
}
_WORDS: Final = {
    column.name: column.values
    for table in TABLES.values()
    for column in table.columns
    if column.values
}
"""Enumerated column to its words."""


def problem_sql(spec: Table, cells: list[Cell]) -> str:
    """Write the first thing that is wrong with a row, or NULL.

    Parameters
    ----------
    spec
        The canonical table.
    cells
        Its columns in this section; the SQL names them by their canonical names.

    Returns
    -------
    str
        SQL of a sentence.

    Examples
    --------
    >>> from features.mapping.cells import Cell
    >>> from features.mapping.terms import Term
    >>> quantity = Cell("quantity", Term('"n"'), "int", "quantity")
    >>> sql = problem_sql(TABLES["order_lines"], [quantity])
    >>> print(sql.partition(" WHEN quantity IS NULL")[0].partition(' WHEN "quantity"')[0])
    CASE WHEN quantity < 1 THEN 'quantity is below 1'
    """
    present = {cell.name: cell for cell in cells}
    tests = [test for cell in cells for test in _cell_tests(cell)]
    if "currency" in present:
        codes = ", ".join(literal(code) for code in EXPONENTS)
        known = f"currency IS NULL OR currency IN ({codes})"
        text = "currency is not an ISO 4217 code; write `table: {RMB: CNY}` for other words"
        tests.append((f"NOT ({known})", text))
    if spec.name == "order_lines":
        tests.append(("quantity < 1", "quantity is below 1"))
    required = [column.name for column in spec.columns if column.required]
    for name in [*required, "order_id"]:
        if name in present and name not in {"order_key", "merchant_id"}:
            text = f"{present[name].key} is missing or unreadable"
            if present[name].type == "instant":
                text += "; where it is there, say its format, such as '%d/%m/%Y %H:%M'"
            tests.append((f"{quoted(name)} IS NULL", text))
    cases = " ".join(f"WHEN {test} THEN {literal(text)}" for test, text in tests)
    return f"CASE {cases} END" if cases else "NULL::VARCHAR"


def _cell_tests(cell: Cell) -> Iterator[tuple[str, str]]:
    sql = quoted(cell.name)
    if cell.name.endswith("_id") and cell.name != "merchant_id":
        yield (
            f"regexp_matches({sql}, '{ROUNDED_ID}')",
            f"{cell.key} {ROUNDED}",
        )
    if cell.type == "instant":
        yield f"sane({sql}) IS DISTINCT FROM {sql}", f"{cell.key} is not between 1970 and 2100"
    if cell.name.endswith("_minor"):
        yield f"{sql} < 0", f"{cell.key} is negative"


def readable(cells: list[Cell]) -> list[Cell]:
    """Give the columns whose values may be there and yet not be readable.

    Examples
    --------
    >>> from features.mapping.cells import Cell
    >>> from features.mapping.terms import Term
    >>> total = Cell("total_minor", Term("half_even(x)", given="x"), "int", "total_minor")
    >>> sku = Cell("sku", Term("y", given="y"), "string", "sku")  # any text can be a SKU
    >>> [cell.name for cell in readable([total, sku])]
    ['total_minor']
    """
    return [
        cell for cell in cells if cell.term.given and (cell.type != "string" or cell.name in _WORDS)
    ]


def given_name(cell: Cell) -> str:
    """Name the hidden column that tells whether a value was given.

    Examples
    --------
    >>> from features.mapping.cells import Cell
    >>> from features.mapping.terms import Term
    >>> given_name(Cell("paid_at", Term("NULL"), "instant", "paid_at"))
    '__given_paid_at'
    """
    return f"__given_{cell.name}"


def count_unreadable(
    work: Work, section: Section, tables: tuple[str, str, str], cells: list[Cell]
) -> None:
    """Count values that are there and cannot be read, column by column.

    Parameters
    ----------
    work
        The import.
    section
        The section the rows come from.
    tables
        The rows with their hidden columns, the source they were read from, and the number of
        minor units in one unit of its money.
    cells
        The columns to look at.

    Raises
    ------
    ImportRefusedError
        When amounts may be a thousand times larger than they read.
    """
    rows, source, scale = tables
    if not cells:
        return
    connection = work.connection
    _refuse_thousands(connection, section, (source, scale), cells)
    tests = {cell: f"{quoted(given_name(cell))} AND {quoted(cell.name)} IS NULL" for cell in cells}
    picked = ", ".join(
        f'count(*) FILTER ({test}), min("{ROW}") FILTER ({test})' for test in tests.values()
    )
    counts = first_row(connection, f"SELECT {picked} FROM {rows}")
    for cell, count, row in zip(cells, counts[::2], counts[1::2], strict=True):
        if count:
            query = f'SELECT ({cell.term.given})::VARCHAR FROM {source} WHERE "{ROW}" = {row}'
            (value,) = first_row(connection, query)
            place = work.places.locate(section.source, row)
            example = f"{place}: {str(value)[:MAX_SHOWN]!r}".lstrip(": ")
            what = f"{cell.key} cannot be read as {_read_as(cell)}{_mend(cell, str(value))}"
            work.report.unknown.append(Cause(section.table, what, count, example))


def _read_as(cell: Cell) -> str:
    return "an amount" if cell.term.raw else _READ_AS.get(cell.type, "one of its words")


def _mend(cell: Cell, value: str) -> str:
    """Say what would make a value readable, where that can be seen from it."""
    if cell.name in _WORDS:
        return f": map it by a `table` to {', '.join(_WORDS[cell.name])}"
    if cell.type in {"int", "float"} and (signs := mend_signs(value)):
        return signs
    if cell.term.raw and re.fullmatch(r"-?\d+(\.\d+)?", value):
        return ": its row has no currency; if only the first row of an order has one, fill_down"
    return ""


def mend_signs(value: str) -> str:
    """Say that a number needs its signs named, where that can be seen from it.

    Examples
    --------
    >>> mend_signs("1,234"), mend_signs("soon")
    (': name its signs, such as {thousands: ","} or {decimal: ","}', '')
    """
    if not re.search(r",|\.\d+\.", value):
        return ""
    return ': name its signs, such as {thousands: ","} or {decimal: ","}'


def _refuse_thousands(
    connection: duckdb.DuckDBPyConnection,
    section: Section,
    tables: tuple[str, str],
    cells: list[Cell],
) -> None:
    """Refuse amounts whose every point stands before three digits, and so may part thousands.

    Read as they stand they would be a thousand times too small. Currencies that have three
    digits of their own are read.
    """
    source, scale = tables
    for cell in cells:
        if cell.term.raw is None or cell.term.has_signs:
            continue
        text = f"bare_number({cell.term.given})"
        grouped = f"regexp_full_match({text}, '[1-9]\\d{{0,2}}(\\.\\d{{3}})+') AND {scale} <> 1000"
        pointed = f"FROM {source} WHERE contains({cell.term.given}, '.')"
        if connection.execute(f"SELECT 1 {pointed} AND NOT ({grouped}) LIMIT 1").fetchone():
            continue
        groups, example = first_row(
            connection, f"SELECT count(*), min({cell.term.given}) {pointed}"
        )
        if groups >= LEAST_GROUPS:
            raise ImportRefusedError(
                f"{section.table}.{cell.key}: {groups} amounts such as {example!r} have three "
                'digits behind the point: say whether it parts thousands, `thousands: "."`, or '
                'not, `decimal: "."`'
            )

"""Sections of a mapping document → canonical rows, each with the first thing wrong with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from features.keys import keyed_hash_sql
from features.mapping.document import near
from features.mapping.expressions import Compiler, Term
from features.mapping.report import Cause
from features.mapping.scope import ROW, Scope, literal, quoted
from features.mapping.views import columns_of, leave_out
from features.money import EXPONENTS
from features.queries import first_row
from features.schema import ATTRIBUTE_PREFIX, ENTITY_PREFIX, TABLES

if TYPE_CHECKING:
    import duckdb

    from features.mapping.document import Mapping, Section
    from features.mapping.report import ImportReport, Places
    from features.mapping.yaml_text import Path
    from features.schema import Table

PROBLEM: Final = "__problem"
IDENTITY: Final = ("merchant_id", "channel", "shop_id", "order_id")
WANT: Final = {
    "string": "text",
    "int": "int",
    "float": "float",
    "bool": "bool",
    "instant": "instant",
    "date": "date",
}
SQL_TYPES: Final = {
    "string": "VARCHAR",
    "int": "BIGINT",
    "float": "DOUBLE",
    "bool": "BOOLEAN",
    "instant": "TIMESTAMPTZ",
    "date": "DATE",
}
NORMALISED: Final = ("phone_key", "email_key", "ip_key")
"""Columns whose raw text takes its normal form in Python before it is hashed."""

ADDRESS_PREFIX: Final = "__address_"
"""Hidden columns with the raw parts of an address."""

MAX_TEXT: Final = 120
"""Characters kept of a text attribute."""

ROUNDED_ID: Final = r"^\d+(\.\d+)?[eE]\+?\d+$"
FIRST_YEAR, LAST_YEAR = 1970, 2100


@dataclass(frozen=True, slots=True)
class Cell:
    """One canonical column of a section: where it is written, its SQL and its type."""

    name: str
    term: Term
    type: str
    key: str


def build_rows(
    connection: duckdb.DuckDBPyConnection,
    mapping: Mapping,
    section: Section,
    context: tuple[ImportReport, Places],
    target: str,
) -> dict[str, str]:
    """Make the table of the rows of one section; raw personal text is still in it.

    Parameters
    ----------
    connection
        Work database with the table of the section's source.
    mapping, section
        The document and the section.
    context
        Report and places.
    target
        Name of the table to make; it has the section's columns, ``__row`` and ``__problem``.

    Returns
    -------
    dict of str
        Column to canonical type.
    """
    report, places = context
    source = leave_out(
        connection, mapping, quoted(section.source), (section.source, section.leave_out), *context
    )
    scope = Scope(
        mapping.document, section.source, columns_of(connection, source), mapping.timezone
    )
    cells = _cells(mapping, section, scope)
    picked = ", ".join(f"{cell.term.sql} AS {quoted(cell.name)}" for cell in cells)
    rows = f'(SELECT {picked}, "{ROW}" FROM {source})'  # noqa: S608 compiled
    connection.execute(
        f"CREATE TABLE {quoted(target)} AS "  # noqa: S608 compiled
        f"SELECT *, {_problem(TABLES[section.table], cells)} AS {PROBLEM} FROM {rows}"
    )
    _count_unreadable(connection, section, source, cells, report, places)
    return {cell.name: cell.type for cell in cells}


def _cells(mapping: Mapping, section: Section, scope: Scope) -> list[Cell]:
    spec = TABLES[section.table]
    cells: dict[str, Cell] = {}
    columns = dict(section.columns)
    currency = columns.get("currency")
    compiler = Compiler(scope)
    if currency is not None:
        path: Path = (*section.path, "columns", "currency")
        scope = Scope(
            scope.document,
            scope.source,
            scope.columns,
            scope.zone,
            compiler.sql(currency, "text", path),
        )
    else:
        scope = Scope(
            scope.document, scope.source, scope.columns, scope.zone, literal(mapping.base_currency)
        )
    compiler = Compiler(scope)
    for name, node in columns.items():
        cells[name] = _cell(compiler, spec, section, name, node)
    _identity(mapping, section, spec, cells)
    for name, attribute in section.attributes.items():
        path = (*section.path, "attributes", name)
        term = compiler.compile(attribute.value, WANT[attribute.kind], path)
        if attribute.kind == "string":
            term = Term(f"left({term.sql}, {MAX_TEXT})", term.given)
        column = ATTRIBUTE_PREFIX + name
        cells[column] = Cell(column, term, attribute.kind, f"attributes.{name}")
    for name, node in section.address.items():
        term = compiler.compile(node, "text", (*section.path, "address", name))
        column = ADDRESS_PREFIX + name
        cells[column] = Cell(column, term, "string", f"address.{name}")
    for name, node in section.entities.items():
        term = compiler.compile(node, "text", (*section.path, "entities", name))
        cells[ENTITY_PREFIX + name] = Cell(ENTITY_PREFIX + name, term, "string", f"entities.{name}")
    return list(cells.values())


def _cell(compiler: Compiler, spec: Table, section: Section, name: str, node: Any) -> Cell:
    path = (*section.path, "columns", name)
    if name in IDENTITY and "order_key" in spec and name not in spec:
        return Cell(name, compiler.compile(node, "text", path), "string", name)
    if name not in spec or name == "order_key":
        known = [c.name for c in spec.columns if c.name != "order_key"]
        hint = near(name, [*known, "order_id"], ", ".join(known))
        raise compiler.scope.document.error(path, f"{spec.name} has no column {name!r}{hint}")
    column = spec[name]
    want = "money" if name.endswith("_minor") else WANT[column.type]
    term = compiler.compile(node, want, path)
    if column.values:
        allowed = ", ".join(literal(value) for value in column.values)
        term = Term(f"CASE WHEN {term.sql} IN ({allowed}) THEN {term.sql} END", term.sql)
    return Cell(name, term, column.type, name)


def _identity(mapping: Mapping, section: Section, spec: Table, cells: dict[str, Cell]) -> None:
    """Add merchant, channel and shop as constants, and the order key made of them."""
    if "order_key" not in spec:
        return
    if "order_id" not in cells:
        raise mapping.document.error(
            (*section.path, "columns", "order_id"), "is missing: name the column of the order's id"
        )
    constants = {
        "merchant_id": mapping.merchant,
        "channel": mapping.channel,
        "shop_id": mapping.shop,
    }
    for name, constant in constants.items():
        cells.setdefault(name, Cell(name, Term(literal(constant)), "string", name))
    parts = [
        f"replace(replace({cells[name].term.sql}, '%', '%25'), '/', '%2F')" for name in IDENTITY
    ]
    cells["order_key"] = Cell("order_key", Term(" || '/' || ".join(parts)), "string", "order_id")


def _problem(spec: Table, cells: list[Cell]) -> str:
    """Write the first thing that is wrong with a row, or NULL."""
    present = {cell.name: cell for cell in cells}
    tests: list[tuple[str, str]] = []
    for name, cell in present.items():
        sql = quoted(name)
        if name.endswith("_id") and name != "merchant_id":
            tests.append(
                (
                    f"regexp_matches({sql}, '{ROUNDED_ID}')",
                    f"{cell.key} is a number that a spreadsheet rounded, such as 1.0E+15; "
                    "format the column as text and export again",
                )
            )
        if cell.type == "instant":
            years = (
                f"({sql} < TIMESTAMPTZ '{FIRST_YEAR}-01-01 00:00:00+00' "
                f"OR {sql} >= TIMESTAMPTZ '{LAST_YEAR}-01-01 00:00:00+00')"
            )
            tests.append((years, f"{cell.key} is not between {FIRST_YEAR} and {LAST_YEAR}"))
        if name.endswith("_minor"):
            tests.append((f"{sql} < 0", f"{cell.key} is negative"))
    if "currency" in present:
        codes = ", ".join(literal(code) for code in EXPONENTS)
        tests.append(
            (
                f"(currency IS NOT NULL AND currency NOT IN ({codes}))",
                "currency is not an ISO 4217 code",
            )
        )
    if spec.name == "order_lines":
        tests.append(("quantity < 1", "quantity is below 1"))
    required = [column.name for column in spec.columns if column.required]
    for name in [*required, "order_id"]:
        if name in present and name not in {"order_key", "merchant_id"}:
            tests.append(
                (f"{quoted(name)} IS NULL", f"{present[name].key} is missing or unreadable")
            )
    cases = " ".join(f"WHEN {test} THEN {literal(text)}" for test, text in tests)
    return f"CASE {cases} END" if cases else "NULL::VARCHAR"


def _count_unreadable(
    connection: duckdb.DuckDBPyConnection,
    section: Section,
    source: str,
    cells: list[Cell],
    report: ImportReport,
    places: Places,
) -> None:
    """Count values that are there and cannot be read, column by column."""
    checked = [cell for cell in cells if cell.term.given and cell.type != "string"]
    checked += [cell for cell in cells if cell.term.given and cell.name in _ENUMERATED]
    if not checked:
        return
    tests = [f"({cell.term.given}) IS NOT NULL AND ({cell.term.sql}) IS NULL" for cell in checked]
    picked = ", ".join(
        f'count(*) FILTER ({test}), min("{ROW}") FILTER ({test}), '
        f'arg_min(({cell.term.given})::VARCHAR, "{ROW}") FILTER ({test})'
        for test, cell in zip(tests, checked, strict=True)
    )
    row = first_row(connection, f"SELECT {picked} FROM {source}")  # noqa: S608 compiled
    for index, cell in enumerate(checked):
        count, first, value = row[3 * index : 3 * index + 3]
        if count:
            place = places.locate(section.source, first)
            what = f"{cell.key} cannot be read as {_NAMES.get(cell.type, 'one of its words')}"
            report.unknown.append(
                Cause(section.table, what, count, f"{place}: {str(value)[:60]!r}".lstrip(": "))
            )


_NAMES: Final = {
    "int": "a whole number",
    "float": "a number",
    "bool": "yes or no",
    "instant": "a moment",
    "date": "a date",
}
_ENUMERATED: Final = frozenset(
    column.name for table in TABLES.values() for column in table.columns if column.values
)


def hashed_sql(secret: bytes, name: str, sql: str) -> str:
    """Write the keyed hash of a column; entities are hashed under their own name.

    Parameters
    ----------
    secret
        The tenant's secret.
    name
        Canonical column, such as ``buyer_key`` or ``entity__terminal``.
    sql
        SQL of its normalised text.
    """
    return keyed_hash_sql(secret, kind_of(name), sql)


def kind_of(name: str) -> str:
    """Give the kind under which a key column is hashed.

    Examples
    --------
    >>> kind_of("phone_key"), kind_of("entity__terminal")
    ('phone', 'entity__terminal')
    """
    return name.removesuffix("_key")


def is_hashed(name: str) -> bool:
    """Tell whether a column holds keyed hashes.

    Examples
    --------
    >>> is_hashed("buyer_key"), is_hashed("order_key"), is_hashed("entity__terminal")
    (True, False, True)
    """
    if name in {"order_key", "sku_set_key"}:
        return False
    return name.endswith("_key") or name.startswith(ENTITY_PREFIX)

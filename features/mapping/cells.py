"""The canonical columns of one section, each compiled to SQL."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from features.mapping.expressions import Compiler, scale_sql
from features.mapping.keyed import near
from features.mapping.scope import literal
from features.mapping.terms import Term
from features.money import EXPONENTS
from features.schema import ATTRIBUTE_PREFIX, ENTITY_PREFIX, TABLES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from features.mapping.parts import Mapping, Section
    from features.mapping.scope import Scope
    from features.schema import Table

FILLED: Final = {
    "orders": ("order_key", "received_at"),
    "order_lines": ("order_key", "line_id", "placed_at"),
    "shipments": ("order_key", "shipment_id"),
    "outcomes": ("order_key", "outcome_id", "known_at"),
}
"""Required columns of a table that are filled in where a mapping says nothing."""

IDENTITY: Final = ("merchant_id", "channel", "shop_id", "order_id")
WANT: Final = {
    "string": "text",
    "int": "int",
    "float": "float",
    "bool": "bool",
    "instant": "instant",
    "date": "date",
}
ADDRESS_PREFIX: Final = "__address_"
"""Hidden columns with the raw parts of an address."""

CURRENCY: Final = "currency"
SCALE: Final = '"__scale"'
"""Hidden column: minor units in one unit of the row's currency."""

MAX_TEXT: Final = 120
"""Characters kept of a text attribute."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One canonical column of a section.

    Parameters
    ----------
    name
        Canonical name.
    term
        Its SQL.
    type
        Its canonical type.
    key
        What the mapping calls it, for messages.
    """

    name: str
    term: Term
    type: str
    key: str


def currency_sql(compiler: Compiler, section: Section) -> str | None:
    """Write the currency of a row, or None when every row is in the base currency."""
    if CURRENCY not in section.columns:
        return None
    return compiler.sql(section.columns[CURRENCY], "text", (*section.path, "columns", CURRENCY))


def scaled(source: str, currency: str) -> str:
    """Add the scale of the row's currency to a source, so that it is looked up once."""
    return f"(SELECT *, {scale_sql(currency)} AS {SCALE} FROM {source})"


def base_scale(mapping: Mapping) -> str:
    """Write the scale of the base currency."""
    return f"CAST({10 ** EXPONENTS[mapping.base_currency]} AS DECIMAL(5,0))"


def compile_cells(mapping: Mapping, section: Section, scope: Scope) -> list[Cell]:
    """Compile every column that a section gives.

    Parameters
    ----------
    mapping, section
        The document and the section.
    scope
        The columns of its source.

    Returns
    -------
    list of Cell
        Canonical columns, attributes, entities, hidden parts of an address, and the order key.
    """
    spec, compiler = TABLES[section.table], Compiler(scope)
    cells = {cell.name: cell for cell in _canonical(compiler, spec, section)}
    _identify(mapping, section, spec, cells)
    for column in spec.columns:
        if column.required and column.name not in (*cells, *FILLED.get(spec.name, ())):
            raise mapping.document.error(
                (*section.path, "columns", column.name),
                f"is missing: name the column with {column.meaning}",
            )
    for cell in (*_attributes(compiler, section), *_hidden(compiler, section)):
        cells[cell.name] = cell
    return list(cells.values())


def _canonical(compiler: Compiler, spec: Table, section: Section) -> Iterator[Cell]:
    for name, node in section.columns.items():
        path = (*section.path, "columns", name)
        is_identity = name in IDENTITY and "order_key" in spec
        if name == CURRENCY and name not in spec and "order_key" in spec:
            continue
        if name == "order_key" or (name not in spec and not is_identity):
            known = [c.name for c in spec.columns if c.name != "order_key"]
            hint = near(name, [*known, "order_id"], ", ".join(known))
            raise compiler.error(path, f"{spec.name} has no column {name!r}{hint}")
        if name not in spec:
            yield Cell(name, compiler.compile(node, "text", path), "string", name)
            continue
        column = spec[name]
        want = "money" if name.endswith("_minor") else WANT[column.type]
        term = compiler.compile(node, want, path)
        if column.type == "instant" and not column.required:
            term = replace(term, given=term.given or f"({term.sql})::VARCHAR")
        if column.values:
            allowed = ", ".join(literal(value) for value in column.values)
            term = Term(f"CASE WHEN {term.sql} IN ({allowed}) THEN {term.sql} END", term.sql)
        yield Cell(name, term, column.type, name)


def _identify(mapping: Mapping, section: Section, spec: Table, cells: dict[str, Cell]) -> None:
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
    key = order_key_sql([cells[name].term.sql for name in IDENTITY])
    cells["order_key"] = Cell("order_key", Term(key), "string", "order_id")


def order_key_sql(parts: list[str]) -> str:
    """Write :func:`features.keys.order_key` as SQL.

    Examples
    --------
    >>> import duckdb
    >>> with duckdb.connect() as connection:
    ...     connection.execute(
    ...         "SELECT " + order_key_sql(["'acme'", "'ebay'", "'eu'", "'1/2'"])
    ...     ).fetchall()
    [('acme/ebay/eu/1%2F2',)]
    """
    escaped = [f"replace(replace({sql}, '%', '%25'), '/', '%2F')" for sql in parts]
    return " || '/' || ".join(escaped)


def _attributes(compiler: Compiler, section: Section) -> Iterator[Cell]:
    for name, attribute in section.attributes.items():
        path = (*section.path, "attributes", name)
        term = compiler.compile(attribute.value, WANT[attribute.kind], path)
        if attribute.kind == "string":
            term = replace(term, sql=f"left({term.sql}, {MAX_TEXT})")
        yield Cell(ATTRIBUTE_PREFIX + name, term, attribute.kind, f"attributes.{name}")


def _hidden(compiler: Compiler, section: Section) -> Iterator[Cell]:
    for prefix, key, nodes in (
        (ADDRESS_PREFIX, "address", section.address),
        (ENTITY_PREFIX, "entities", section.entities),
    ):
        for name, node in nodes.items():
            term = compiler.compile(node, "text", (*section.path, key, name))
            yield Cell(prefix + name, term, "string", f"{key}.{name}")

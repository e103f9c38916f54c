"""Sections of a mapping document → canonical rows, each with the first thing wrong with it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from features.mapping.cells import SCALE, base_scale, compile_cells, currency_sql, scaled
from features.mapping.expressions import Compiler
from features.mapping.faults import PROBLEM, count_unreadable, given_name, problem_sql, readable
from features.mapping.scope import ROW, literal, quoted
from features.mapping.views import leave_out, scope_of
from features.schema import TABLES

if TYPE_CHECKING:
    from features.mapping.cells import Cell
    from features.mapping.parts import Section
    from features.mapping.work import Work
    from features.schema import Table


def build_rows(work: Work, section: Section, target: str) -> dict[str, str]:
    """Make the table of the rows of one section; raw personal text is still in it.

    Parameters
    ----------
    work
        The import; its work database has the table of the section's source.
    section
        The section.
    target
        Name of the table to make; it has the section's columns, ``__row`` and ``__problem``.

    Returns
    -------
    dict of str
        Column to canonical type.
    """
    connection, mapping = work.connection, work.mapping
    source = leave_out(work, quoted(section.source), section.source, section.leave_out)
    scope = replace(scope_of(work, section.source, source), scale=base_scale(mapping))
    currency = currency_sql(Compiler(scope), section)
    if currency is not None and section.table == "orders":
        currency = f"coalesce({currency}, {literal(mapping.base_currency)})"
    if currency is not None:
        source, scope = scaled(source, currency), replace(scope, scale=SCALE)
    cells = compile_cells(mapping, section, scope)
    checked = readable(cells)
    first = [f"{cell.term.raw or cell.term.sql} AS {quoted(cell.name)}" for cell in cells]
    first += [f"({c.term.given}) IS NOT NULL AS {quoted(given_name(c))}" for c in checked]
    spec = TABLES[section.table]
    mended = [
        f"{how}({quoted(c.name)}) AS {quoted(c.name)}" for c in cells if (how := _mend(spec, c))
    ]
    again = f"* REPLACE ({', '.join(mended)})" if mended else "*"
    inner = f'SELECT {", ".join(first)}, "{ROW}" FROM {source}'
    table = quoted(target)
    connection.execute(
        f"CREATE TABLE {table} AS SELECT *, {problem_sql(spec, cells)} "
        f"AS {PROBLEM} FROM (SELECT {again} FROM ({inner}))"
    )
    count_unreadable(work, section, (table, source, scope.scale), checked)
    for cell in checked:
        connection.execute(f"ALTER TABLE {table} DROP COLUMN {quoted(given_name(cell))}")
    return {cell.name: cell.type for cell in cells}


def _mend(spec: Table, cell: Cell) -> str:
    """Name the macro that a value goes through once it is computed, if it needs one."""
    if cell.term.raw:
        return "half_even"
    is_optional = cell.type == "instant" and not (cell.name in spec and spec[cell.name].required)
    return "sane" if is_optional else ""

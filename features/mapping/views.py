"""Views of a mapping document → tables of the work database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from features.mapping.expressions import Compiler, text_sql
from features.mapping.faults import MAX_SHOWN, mend_signs
from features.mapping.report import Cause
from features.mapping.scope import ROW, Scope, plain, quoted
from features.queries import first_row

if TYPE_CHECKING:
    import duckdb

    from features.mapping.parts import Join, Leave, View
    from features.mapping.terms import Term
    from features.mapping.work import Work
    from features.yaml_tree import Path


def columns_of(connection: duckdb.DuckDBPyConnection, source: str) -> dict[str, str]:
    """Give the columns of a query or table and their DuckDB types."""
    rows = connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()
    return {row[0]: row[1] for row in rows}


def scope_of(work: Work, name: str, source: str | None = None) -> Scope:
    """Build the scope of a source or view.

    Parameters
    ----------
    work
        The import; its work database has the table, or what the query reads.
    name
        The source or view, for messages.
    source
        A query that gives its rows; the table of its name unless given.

    Returns
    -------
    Scope
        Its columns, with the zone of the document.
    """
    columns = columns_of(work.connection, quoted(name) if source is None else source)
    return Scope(work.mapping.document, name, columns, work.mapping.timezone)


def build(work: Work, view: View) -> None:
    """Make the table of one view.

    Parameters
    ----------
    work
        The import; its work database has the tables of everything the view names.
    view
        The view.
    """
    work.places.add_view(view.name, view.source)
    source = quoted(view.source)
    for join in view.joins:
        source = _joined(work, view, source, join)
    source = _added(work, view, source)
    if view.only is not None:
        compiler = Compiler(scope_of(work, view.source, source))
        condition = compiler.condition(view.only, (*view.path, "only"))
        source = f"(SELECT * FROM {source} WHERE {condition})"
    source = leave_out(work, source, view.name, view.leave_out)
    if view.group_by:
        source = _grouped(work, view, source)
    work.connection.execute(f"CREATE TABLE {quoted(view.name)} AS SELECT * FROM {source}")
    work.connection.execute(f'DROP TABLE IF EXISTS "left:{view.name}"')


def _joined(work: Work, view: View, source: str, join: Join) -> str:
    left, right = scope_of(work, view.source, source), scope_of(work, join.view)
    pairs = []
    for left_name, right_name in join.on:
        l_sql, l_kind = left.resolve(left_name, (*join.path, "on"))
        r_sql, r_kind = right.resolve(right_name, (*join.path, "on"))
        pairs.append((_keyed("b", l_sql, l_kind, r_kind), _keyed("j", r_sql, r_kind, l_kind)))
    conditions = [f"{l_sql} = {r_sql}" for l_sql, r_sql in pairs]
    other, kind = quoted(join.view), "LEFT JOIN"
    if join.at_or_below:
        l_sql, _ = left.resolve(join.at_or_below[0], (*join.path, "at_or_below"))
        r_sql, _ = right.resolve(join.at_or_below[1], (*join.path, "at_or_below"))
        conditions.append(f"b.{l_sql} >= j.{r_sql}")
        kind = "ASOF LEFT JOIN"
    else:
        other = _once(work, join, [r_sql for _, r_sql in pairs])
        _tell_lonely(work, view, join, (source, other), pairs)
    added = ", ".join(
        f"j.{quoted(name)} AS {quoted(f'{join.alias}.{name}')}"
        for name in right.columns
        if name != ROW
    )
    return f"(SELECT b.*, {added} FROM {source} b {kind} {other} j ON {' AND '.join(conditions)})"


def _keyed(alias: str, sql: str, kind: str, other: str) -> str:
    """Write one side of a join; keys of different families meet as text."""
    key = plain(f"{alias}.{sql}", kind)
    return key if kind == other else text_sql(key, kind)


def _tell_lonely(
    work: Work, view: View, join: Join, sides: tuple[str, str], pairs: list[tuple[str, str]]
) -> None:
    """Tell of a join in which not one row finds its partner: its keys are written differently."""
    connection, (source, other) = work.connection, sides
    conditions = " AND ".join(f"{left} = {right}" for left, right in pairs)
    joined = f"SELECT 1 FROM {source} b JOIN {other} j ON {conditions} LIMIT 1"
    if connection.execute(joined).fetchone():
        return
    left, right = pairs[0]
    count, mine = first_row(connection, f"SELECT count(*), min({left}) FROM {source} b")
    (theirs,) = first_row(connection, f"SELECT min({right}) FROM {other} j")
    names = ", ".join(name for name, _ in join.on)
    what = f"no row finds its {names} in {join.view}: compare how both are written"
    example = f"{mine!r} here, {theirs!r} there"
    work.report.unknown.append(Cause(view.name, what, count, example))


def _once(work: Work, join: Join, keys: list[str]) -> str:
    """Keep the first row of each key, so that a join never multiplies rows."""
    listed = ", ".join(keys)
    table = quoted(join.view)
    (repeats,) = first_row(
        work.connection,
        f"SELECT sum(n - 1) FROM (SELECT count(*) AS n FROM {table} j "
        f"GROUP BY {listed} HAVING count(*) > 1)",
    )
    if not repeats:
        return table
    names = ", ".join(right for _, right in join.on)
    work.report.left_out.append(
        Cause(join.view, f"not the first row of its {names} where it is joined", int(repeats))
    )
    return (
        f"(SELECT * FROM {table} j "
        f'QUALIFY row_number() OVER (PARTITION BY {listed} ORDER BY "{ROW}") = 1)'
    )


def _added(work: Work, view: View, source: str) -> str:
    for name, node in view.add.items():
        scope = scope_of(work, view.source, source)
        path: Path = (*view.path, "add", name)
        if name in scope.columns:
            raise scope.document.error(path, "is already a column; choose another name")
        sql = Compiler(scope).sql(node, "any", path)
        source = f"(SELECT *, {sql} AS {quoted(name)} FROM {source})"
    return source


def leave_out(work: Work, source: str, name: str, leaves: tuple[Leave, ...]) -> str:
    """Leave out the rows that a document names, and count them by reason.

    Parameters
    ----------
    work
        The import.
    source
        A table or query with the rows.
    name
        The view or source they belong to.
    leaves
        Which rows to leave out, and why; a row counts under the first that fits.

    Returns
    -------
    str
        A source with the rows that remain.
    """
    if not leaves:
        return source
    compiler = Compiler(scope_of(work, name, source))
    cases = " ".join(
        f"WHEN {compiler.condition(leave.when, leave.path)} THEN {index}"
        for index, leave in enumerate(leaves)
    )
    table = quoted(f"left:{name}")
    work.connection.execute(
        f"CREATE OR REPLACE TABLE {table} AS "
        f"SELECT *, CASE {cases} ELSE -1 END AS __left FROM {source}"
    )
    counted = work.connection.execute(
        f'SELECT __left, count(*), min("{ROW}") FROM {table} '
        "WHERE __left >= 0 GROUP BY 1 ORDER BY 1"
    ).fetchall()
    for index, count, row in counted:
        why, place = leaves[index].because, work.places.locate(name, row)
        work.report.left_out.append(Cause(name, why, count, place, is_fault=False))
    return f"(SELECT * EXCLUDE (__left) FROM {table} WHERE __left < 0)"


def _grouped(work: Work, view: View, source: str) -> str:
    scope = scope_of(work, view.source, source)
    keys = [plain(*scope.resolve(key, (*view.path, "group_by"))) for key in view.group_by]
    compiler = Compiler(scope, grouped=True)
    picked = [f"{sql} AS {quoted(key)}" for sql, key in zip(keys, view.group_by, strict=True)]
    for name, node in view.columns.items():
        if name in view.group_by:
            raise compiler.error(
                (*view.path, "columns", name), "is grouped by and comes by itself; leave it out"
            )
        sql = compiler.sql(node, "any", (*view.path, "columns", name))
        picked.append(f"{sql} AS {quoted(name)}")
    _tell_unread(work, view, source, compiler.summed)
    return (
        f'(SELECT {", ".join(picked)}, min("{ROW}") AS "{ROW}" '
        f"FROM {source} GROUP BY {', '.join(keys)})"
    )


def _tell_unread(work: Work, view: View, source: str, summed: list[tuple[Path, Term]]) -> None:
    """Tell of values that are there, cannot be read, and so are missing in a sum."""
    for path, term in summed:
        if term.given is None:
            continue
        count, row, value = first_row(
            work.connection,
            f'SELECT count(*), min("{ROW}"), arg_min({term.given}, "{ROW}") FROM {source} '
            f"WHERE {term.given} IS NOT NULL AND ({term.sql}) IS NULL",
        )
        if count:
            place = work.places.locate(view.source, row)
            what = f"{path[-1]} cannot be read as a number and is missing in the sum"
            what += mend_signs(str(value))
            work.report.unknown.append(
                Cause(view.name, what, count, f"{place}: {str(value)[:MAX_SHOWN]!r}")
            )

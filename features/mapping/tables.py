"""Canonical rows of all sections → the tables of a history: whole, joined up, without faults."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from features.errors import ImportRefusedError
from features.keys import sku_set_sql
from features.mapping import places
from features.mapping.faults import PROBLEM
from features.mapping.personal import hide
from features.mapping.report import Cause
from features.mapping.rows import build_rows
from features.mapping.scope import ROW, SQL_TYPES, literal, quoted
from features.money import minor_rate
from features.queries import first_row
from features.schema import TABLES

if TYPE_CHECKING:
    import duckdb

    from features.mapping.parts import Mapping, Section
    from features.mapping.work import Work

MAX_BAD_SHARE: Final = 0.5


def collect(work: Work, table: str) -> dict[str, str]:
    """Make ``out:<table>`` from all sections of one canonical table.

    Parameters
    ----------
    work
        The import; its work database has all views.
    table
        Canonical table.

    Returns
    -------
    dict of str
        Its columns and their canonical types; empty when no section fills the table.

    Raises
    ------
    ImportRefusedError
        When most rows of a section are damaged.
    """
    connection, types = work.connection, dict[str, str]()
    out = quoted(f"out:{table}")
    for index, section in enumerate(s for s in work.mapping.sections if s.table == table):
        target = f"rows:{table}:{index}"
        found = build_rows(work, section, target)
        _drop_faults(work, section, target)
        found = hide(work, section, target, found)
        places.code_countries(work, section, target, found)
        if table == "orders":
            found = places.resolve(work, section, target, found)
        if not types:
            connection.execute(f"ALTER TABLE {quoted(target)} RENAME TO {out}")
        else:
            for name in found.keys() - types.keys():
                connection.execute(
                    f"ALTER TABLE {out} ADD COLUMN {quoted(name)} {SQL_TYPES[found[name]]}"
                )
            connection.execute(f"INSERT INTO {out} BY NAME SELECT * FROM {quoted(target)}")
            connection.execute(f"DROP TABLE {quoted(target)}")
        types |= found
    return types


def _drop_faults(work: Work, section: Section, target: str) -> None:
    """Take damaged rows out and count them; refuse a section that is mostly damaged."""
    connection, table = work.connection, quoted(target)
    counted = connection.execute(
        f'SELECT {PROBLEM}, count(*), min("{ROW}") FROM {table} '
        f"WHERE {PROBLEM} IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1"
    ).fetchall()
    causes = [
        Cause(section.table, what, count, work.places.locate(section.source, row))
        for what, count, row in counted
    ]
    work.report.left_out += causes
    (total,) = first_row(connection, f"SELECT count(*) FROM {table}")
    bad = sum(cause.count for cause in causes)
    if bad > MAX_BAD_SHARE * total:
        listed = "; ".join(
            f"{cause.count} × {cause.what}"
            + (f" (first: {cause.example})" if cause.example else "")
            for cause in causes[:5]
        )
        raise ImportRefusedError(
            f"{section.table}: {bad} of {total} rows are damaged: {listed}. "
            "Nothing was written; mend the mapping or the file"
        )
    if bad:
        connection.execute(f"DELETE FROM {table} WHERE {PROBLEM} IS NOT NULL")
    connection.execute(f"ALTER TABLE {table} DROP COLUMN {PROBLEM}")


def drop_where(work: Work, table: str, condition: str, what: str) -> None:
    """Take rows out of ``out:<table>`` and count them under one cause."""
    out = quoted(f"out:{table}")
    key = "order_key" if "order_key" in TABLES[table] else "NULL"
    count, sample = first_row(
        work.connection,
        f'SELECT count(*), arg_min({key}, "{ROW}") FROM {out} WHERE {condition}',
    )
    if count:
        work.report.left_out.append(Cause(table, what, count, str(sample or "")))
        work.connection.execute(f"DELETE FROM {out} WHERE {condition}")


def drop_repeats(work: Work, table: str) -> None:
    """Keep the first of several rows with the same key."""
    out, key = quoted(f"out:{table}"), ", ".join(map(quoted, TABLES[table].key))
    name = " and ".join(TABLES[table].key).replace("order_key", "order_id")
    drop_where(
        work,
        table,
        f"rowid IN (SELECT rowid FROM {out} QUALIFY row_number() OVER "
        f'(PARTITION BY {key} ORDER BY "{ROW}", rowid) > 1)',
        f"{name} stands more than once; the first is kept (one row a line? use group_by)",
    )


def finish_orders(work: Work, types: dict[str, str]) -> dict[str, str]:
    """Fill what every order has: both clocks, currency, totals from lines, base value, SKU set."""
    connection, mapping = work.connection, work.mapping
    found, out = dict(types), '"out:orders"'
    has_lines = _exists(connection, "out:order_lines")
    lines = _line_sums(connection) if has_lines else "SELECT NULL::VARCHAR AS order_key WHERE false"
    sums = {} if not has_lines else {"n_lines": "int", "n_units": "int", "sku_set_key": "string"}
    if has_lines and "total_minor" in _columns(connection, "order_lines"):
        sums["total_minor"] = "int"
    filled = {name: f"l.{name}" for name in sums if name not in types}
    received = "greatest(o.received_at, o.placed_at)" if "received_at" in types else "o.placed_at"
    filled["received_at"] = received
    base = literal(mapping.base_currency)
    filled["currency"] = f"coalesce(o.currency, {base})" if "currency" in types else base
    picked = ", ".join(f"{sql} AS {quoted(name)}" for name, sql in filled.items())
    dropped = [name for name in filled if name in types]
    kept = f"o.* EXCLUDE ({', '.join(map(quoted, dropped))})" if dropped else "o.*"
    connection.execute(
        f"CREATE TABLE filled AS SELECT {kept}, {picked} "
        f"FROM {out} o LEFT JOIN ({lines}) l USING (order_key)"
    )
    connection.execute(f"DROP TABLE {out}")
    connection.execute(f"ALTER TABLE filled RENAME TO {out}")
    found |= {name: "int" for name in ("n_lines", "n_units", "total_minor") if name in filled}
    found |= {"received_at": "instant", "currency": "string"}
    if "sku_set_key" in filled:
        found["sku_set_key"] = "string"
    if "value_minor" not in found and "total_minor" in found:
        connection.execute(f"ALTER TABLE {out} ADD COLUMN value_minor BIGINT")
        connection.execute(f"UPDATE {out} SET value_minor = {_value_sql(mapping)}")
        found["value_minor"] = "int"
        _tell_rates(work)
    return found


def _tell_rates(work: Work) -> None:
    """Count the orders whose currency has no rate."""
    counted = work.connection.execute(
        'SELECT currency, count(*) FROM "out:orders" '
        "WHERE total_minor IS NOT NULL AND value_minor IS NULL GROUP BY 1 ORDER BY 2 DESC, 1"
    ).fetchall()
    for currency, count in counted:
        what = f"value_minor needs a rate: write `fx: {{{currency}: …}}`"
        work.report.unknown.append(Cause("orders", what, count, currency))


def _line_sums(connection: duckdb.DuckDBPyConnection) -> str:
    columns = _columns(connection, "order_lines")
    total = ", sum(total_minor)::BIGINT AS total_minor" if "total_minor" in columns else ""
    skus = (
        sku_set_sql("out:order_lines")
        if "sku" in columns
        else ("SELECT NULL::VARCHAR AS order_key, NULL::VARCHAR AS sku_set_key WHERE false")
    )
    return (
        "SELECT * FROM (SELECT order_key, count(*) AS n_lines, "
        f'sum(quantity)::BIGINT AS n_units{total} FROM "out:order_lines" GROUP BY order_key) '
        f"LEFT JOIN ({skus}) USING (order_key)"
    )


def _value_sql(mapping: Mapping) -> str:
    """Write the order total in minor units of the base currency; NULL without a rate."""
    cases = " ".join(
        f"WHEN {literal(code)} THEN "
        + (
            "total_minor"
            if code == mapping.base_currency
            else "half_even(CAST(total_minor AS DECIMAL(19,0)) * "
            f"CAST({minor_rate(code, mapping.base_currency, rate):f} AS DECIMAL(19,9)))"
        )
        for code, rate in mapping.fx.items()
    )
    return f"CASE currency {cases} END"


def finish_lines(work: Work, types: dict[str, str]) -> dict[str, str]:
    """Give lines their number and the clock of their order; leave out lines of unknown orders."""
    connection, out = work.connection, '"out:order_lines"'
    if "line_id" not in types:
        connection.execute(
            "CREATE TABLE numbered AS SELECT *, "
            f'(row_number() OVER (PARTITION BY order_key ORDER BY "{ROW}"))::VARCHAR AS line_id '
            f"FROM {out}"
        )
        connection.execute(f"DROP TABLE {out}")
        connection.execute(f"ALTER TABLE numbered RENAME TO {out}")
    drop_repeats(work, "order_lines")
    return types | {"line_id": "string"}


def drop_strangers(work: Work, table: str) -> None:
    """Leave out rows that name an order which is not among the orders imported."""
    if _exists(work.connection, "out:orders"):
        drop_where(
            work,
            table,
            'order_key NOT IN (SELECT order_key FROM "out:orders")',
            "names an order that is not imported",
        )


def note_lost_lines(work: Work) -> None:
    """Count outcomes that name a line which their order does not have: no item learns from them."""
    connection = work.connection
    if not _exists(connection, "out:order_lines") or not _exists(connection, "out:outcomes"):
        return
    count, example = first_row(
        connection,
        "SELECT count(*), min(order_key || ' line ' || line_id) FROM "
        '(SELECT order_key, line_id FROM "out:outcomes" WHERE line_id IS NOT NULL) '
        'ANTI JOIN "out:order_lines" USING (order_key, line_id)',
    )
    if count:
        what = "names a line that the order does not have: it counts for no item"
        work.report.unknown.append(Cause("outcomes", what, count, example))


def clock_lines(connection: duckdb.DuckDBPyConnection, types: dict[str, str]) -> dict[str, str]:
    """Give every line the ``placed_at`` of its order."""
    if "placed_at" in types:
        return types
    connection.execute(
        'CREATE TABLE clocked AS SELECT l.*, o.placed_at FROM "out:order_lines" l '
        'JOIN "out:orders" o USING (order_key)'
    )
    connection.execute('DROP TABLE "out:order_lines"')
    connection.execute('ALTER TABLE clocked RENAME TO "out:order_lines"')
    return types | {"placed_at": "instant"}


def _exists(connection: duckdb.DuckDBPyConnection, name: str) -> bool:
    query = f"SELECT count(*) FROM duckdb_tables() WHERE table_name = {literal(name)}"
    return bool(first_row(connection, query)[0])


def _columns(connection: duckdb.DuckDBPyConnection, table: str) -> set[str]:
    rows = connection.execute(f"DESCRIBE {quoted(f'out:{table}')}").fetchall()
    return {row[0] for row in rows}

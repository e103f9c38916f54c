"""Raw personal text of canonical rows → normal forms and keyed hashes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pyarrow as pa

from features.keys import (
    HASH_PREFIX,
    email_domain,
    ip_network,
    keyed_hash_sql,
    normal_email,
    normal_ip,
    normal_phone,
)
from features.mapping.hashing import is_hashed, kind_of
from features.mapping.scope import quoted

if TYPE_CHECKING:
    from collections.abc import Callable

    import duckdb

    from features.mapping.parts import Mapping

BATCH: Final = 100_000
DERIVED: Final[dict[str, dict[str, Callable[[str], str | None]]]] = {
    "email_key": {"email_domain": email_domain},
    "ip_key": {"ip24_key": ip_network},
}
"""Raw column to the further columns that come from the same text."""


def hide(
    connection: duckdb.DuckDBPyConnection,
    mapping: Mapping,
    table: str,
    types: dict[str, str],
    secret: bytes,
) -> dict[str, str]:
    """Replace the raw text of every key column of a table by its keyed hash.

    Parameters
    ----------
    connection
        Work database.
    mapping
        The document; it gives the calling code of phone numbers without one.
    table
        Table to change.
    types
        Its columns and their canonical types.
    secret
        The tenant's secret.

    Returns
    -------
    dict of str
        The columns it has afterwards, with their types.
    """
    normal: dict[str, Callable[[str], str | None]] = {
        "phone_key": lambda text: normal_phone(text, mapping.country_code),
        "email_key": normal_email,
        "ip_key": normal_ip,
    }
    changed = [name for name in types if is_hashed(name)]
    if not changed:
        return dict(types)
    if "buyer_key" in types:
        scoped = f"CASE WHEN starts_with(buyer_key, '{HASH_PREFIX}') THEN buyer_key "
        scoped += "ELSE channel || ':' || buyer_key END"
        connection.execute(f"UPDATE {quoted(table)} SET buyer_key = {scoped}")
    source, picked, found = quoted(table), [], dict(types)
    for index, name in enumerate(changed):
        further = {k: rule for k, rule in DERIVED.get(name, {}).items() if k not in types}
        if name in normal:
            _normalise(connection, table, name, {name: normal[name], **further})
        else:
            _distinct(connection, table, name)
        lookup = _hash(connection, [name, *further], secret, f"hashed:{index}")
        source += f" LEFT JOIN {lookup} ON {lookup}.raw = {quoted(table)}.{quoted(name)}"
        picked += [f"{lookup}.{quoted(column)}" for column in (name, *further)]
        found |= dict.fromkeys(further, "string")
    connection.execute(
        f"CREATE OR REPLACE TABLE {quoted(table)} AS "
        f"SELECT {quoted(table)}.* EXCLUDE ({', '.join(map(quoted, changed))}), "
        f"{', '.join(picked)} FROM {source}"
    )
    return found


def _distinct(connection: duckdb.DuckDBPyConnection, table: str, column: str) -> None:
    """Make ``forms`` of the distinct values of a column that need no normal form."""
    name = quoted(column)
    connection.execute(
        f"CREATE OR REPLACE TABLE forms AS SELECT DISTINCT {name} AS raw, {name} "
        f"FROM {quoted(table)} WHERE {name} IS NOT NULL"
    )


def _hash(
    connection: duckdb.DuckDBPyConnection, columns: list[str], secret: bytes, target: str
) -> str:
    """Make a lookup from raw text to keyed hashes out of ``forms``."""
    picked = ", ".join(
        f"{keyed_hash_sql(secret, kind_of(name), quoted(name))} AS {quoted(name)}"
        if is_hashed(name)
        else quoted(name)
        for name in columns
    )
    lookup = quoted(target)
    connection.execute(f"CREATE OR REPLACE TABLE {lookup} AS SELECT raw, {picked} FROM forms")
    return lookup


def _normalise(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    column: str,
    rules: dict[str, Callable[[str], str | None]],
) -> None:
    """Make ``forms`` of each distinct raw text and its normal forms."""
    columns = ", ".join(f"{quoted(rule)} VARCHAR" for rule in rules)
    connection.execute(f"CREATE OR REPLACE TABLE forms (raw VARCHAR, {columns})")
    reader = connection.sql(
        f"SELECT DISTINCT {quoted(column)} AS raw FROM {quoted(table)} "
        f"WHERE {quoted(column)} IS NOT NULL"
    ).to_arrow_reader(BATCH)
    batches = [batch.column(0).to_pylist() for batch in reader]
    for raw in batches:
        forms = [
            pa.array([_form(text, rule, is_key=key == column) for text in raw], pa.string())
            for key, rule in rules.items()
        ]
        connection.register(
            "batch", pa.table([pa.array(raw, pa.string()), *forms], names=["raw", *rules])
        )
        connection.execute("INSERT INTO forms SELECT * FROM batch")
        connection.unregister("batch")


def _form(text: str, rule: Callable[[str], str | None], *, is_key: bool) -> str | None:
    """Apply a rule to raw text; a hash stays as it is, and nothing can be derived from it."""
    if text.startswith(HASH_PREFIX):
        return text if is_key else None
    return rule(text)

"""Raw personal text of canonical rows → normal forms and keyed hashes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pyarrow as pa

from features.keys import (
    HASH_PREFIX,
    email_domain,
    identifies,
    ip_network,
    keyed_hash_sql,
    normal_email,
    normal_ip,
    normal_phone,
)
from features.mapping.hashing import is_hashed, kind_of
from features.mapping.report import Cause
from features.mapping.scope import ROW, quoted
from features.queries import first_row

if TYPE_CHECKING:
    from collections.abc import Callable

    import duckdb

    from features.mapping.parts import Section
    from features.mapping.work import Work

BATCH: Final = 100_000
DERIVED: Final[dict[str, dict[str, Callable[[str], str | None]]]] = {
    "email_key": {"email_domain": email_domain},
    "ip_key": {"ip24_key": ip_network},
}
"""Raw column to the further columns that come from the same text."""


def hide(work: Work, section: Section, table: str, types: dict[str, str]) -> dict[str, str]:
    """Replace the raw text of every key column of a table by its keyed hash.

    What can name nobody, since it is masked or no phone number or address, counts as unknown.

    Parameters
    ----------
    work
        The import; its document gives the calling code of phone numbers without one.
    section
        The section the rows come from.
    table
        Table to change.
    types
        Its columns and their canonical types.

    Returns
    -------
    dict of str
        The columns it has afterwards, with their types.
    """
    connection, country_code = work.connection, work.mapping.country_code
    normal: dict[str, Callable[[str], str | None]] = {
        "phone_key": lambda text: normal_phone(text, country_code),
        "email_key": normal_email,
        "ip_key": normal_ip,
        "buyer_key": _buyer,
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
        _normalise(connection, table, name, {name: normal.get(name, _named), **further})
        _count(work, section, table, name)
        lookup = _hash(work, [name, *further], f"hashed:{index}")
        source += f" LEFT JOIN {lookup} ON {lookup}.raw = {quoted(table)}.{quoted(name)}"
        picked += [f"{lookup}.{quoted(column)}" for column in (name, *further)]
        found |= dict.fromkeys(further, "string")
    connection.execute(
        f"CREATE OR REPLACE TABLE {quoted(table)} AS "
        f"SELECT {quoted(table)}.* EXCLUDE ({', '.join(map(quoted, changed))}), "
        f"{', '.join(picked)} FROM {source}"
    )
    return found


def _named(text: str) -> str | None:
    return text if identifies(text) else None


def _buyer(scoped: str) -> str | None:
    """Give a buyer behind the name of the channel, unless the buyer alone names nobody."""
    return scoped if identifies(scoped.partition(":")[2]) else None


def _count(work: Work, section: Section, table: str, column: str) -> None:
    """Count the rows whose raw text has no form in ``forms``."""
    count, row = first_row(
        work.connection,
        f'SELECT count(*), min("{ROW}") FROM {quoted(table)} '
        f"JOIN forms ON raw = {quoted(table)}.{quoted(column)} "
        f"WHERE forms.{quoted(column)} IS NULL",
    )
    if count:
        what = f"{column} names nobody: it is masked, or has no form that can be compared"
        place = work.places.locate(section.source, row)
        work.report.unknown.append(Cause(section.table, what, count, place))


def _hash(work: Work, columns: list[str], target: str) -> str:
    """Make a lookup from raw text to keyed hashes out of ``forms``."""
    picked = ", ".join(
        f"{keyed_hash_sql(work.secret, kind_of(name), quoted(name))} AS {quoted(name)}"
        if is_hashed(name)
        else quoted(name)
        for name in columns
    )
    lookup = quoted(target)
    work.connection.execute(f"CREATE OR REPLACE TABLE {lookup} AS SELECT raw, {picked} FROM forms")
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

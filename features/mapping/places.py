"""Addresses and points of orders: resolved, brought to WGS-84, hashed where they name a door."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from features.keys import keyed_hash
from features.mapping.cells import ADDRESS_PREFIX
from features.mapping.countries import country_code
from features.mapping.faults import MAX_SHOWN
from features.mapping.hashing import kind_of
from features.mapping.report import Cause
from features.mapping.scope import quoted

if TYPE_CHECKING:
    import duckdb

    from features.mapping.parts import Section
    from features.mapping.work import Work

FOUND: Final = {
    "ship_country": "string",
    "ship_postal": "string",
    "ship_adcode": "string",
    "ship_region": "string",
    "ship_city": "string",
    "ship_district": "string",
    "ship_lat": "float",
    "ship_lon": "float",
    "ship_precision": "int",
    "address_unit_key": "string",
    "address_building_key": "string",
    "address_road_key": "string",
}
"""Columns that a resolved address fills where the mapping leaves them empty."""

COUNTRIES: Final = ("ship_country", "bill_country", "country")
"""Columns of canonical tables that hold the code of a country."""

_ARROW: Final = {"string": pa.string(), "float": pa.float64(), "int": pa.int64()}


def resolve(work: Work, section: Section, table: str, types: dict[str, str]) -> dict[str, str]:
    """Bring the points of a table of orders to WGS-84, and resolve its addresses.

    Parameters
    ----------
    work
        The import.
    section
        The section the rows come from.
    table
        Table to change.
    types
        Its columns and their canonical types.

    Returns
    -------
    dict of str
        The columns it has afterwards; what the mapping gave itself is kept.
    """
    connection = work.connection
    if section.datum == "gcj02" and {"ship_lat", "ship_lon"} <= types.keys():
        _to_wgs84(connection, table)
    if not section.address:
        return types
    parts = list(section.address)
    hidden = [ADDRESS_PREFIX + name for name in parts]
    columns = ", ".join(map(quoted, hidden))
    rows = connection.execute(f"SELECT DISTINCT {columns} FROM {quoted(table)}").fetchall()
    resolved = [_resolved(dict(zip(parts, row, strict=True)), work.secret) for row in rows]
    arrays = [pa.array([row[i] for row in rows], pa.string()) for i in range(len(hidden))]
    arrays += [pa.array([item[n] for item in resolved], _ARROW[k]) for n, k in FOUND.items()]
    names = [*hidden, *(f"found_{name}" for name in FOUND)]
    connection.register("batch", pa.table(arrays, names=names))
    picked = ", ".join(
        f"coalesce(t.{name}, a.found_{name}) AS {name}"
        if name in types
        else f"a.found_{name} AS {name}"
        for name in FOUND
    )
    replaced = ", ".join([*map(quoted, hidden), *(name for name in FOUND if name in types)])
    same = " AND ".join(
        f"t.{quoted(name)} IS NOT DISTINCT FROM a.{quoted(name)}" for name in hidden
    )
    connection.execute(
        f"CREATE TABLE placed AS SELECT t.* EXCLUDE ({replaced}), {picked} "
        f"FROM {quoted(table)} t LEFT JOIN batch a ON {same}"
    )
    connection.unregister("batch")
    connection.execute(f"DROP TABLE {quoted(table)}")
    connection.execute(f"ALTER TABLE placed RENAME TO {quoted(table)}")
    return {k: v for k, v in types.items() if k not in hidden} | FOUND


def code_countries(work: Work, section: Section, table: str, types: dict[str, str]) -> None:
    """Bring the countries of a table to their codes, however the export names them.

    What names no country is counted. In orders it counts as unknown, for features compare codes;
    reference data keeps it.

    Parameters
    ----------
    work
        The import.
    section
        The section the rows come from.
    table
        Table to change.
    types
        Its columns and their canonical types.
    """
    for name in (ADDRESS_PREFIX + "country", *COUNTRIES):
        if name not in types:
            continue
        column = quoted(name)
        said = work.connection.execute(
            f"SELECT {column}, count(*) FROM {quoted(table)} WHERE {column} IS NOT NULL "
            "GROUP BY 1 ORDER BY 2 DESC, 1"
        ).fetchall()
        codes = {text: country_code(text) for text, _ in said}
        strange = [(text, count) for text, count in said if codes[text] is None]
        if strange:
            shown = name.replace(ADDRESS_PREFIX, "address.")
            what = f"{shown} names no country: map it by a `table` to codes such as DE"
            count, example = sum(count for _, count in strange), repr(strange[0][0][:MAX_SHOWN])
            work.report.unknown.append(Cause(section.table, what, count, example))
        if name in COUNTRIES:
            kept = {} if section.table == "orders" else {text: text for text, _ in strange}
            _replace(work.connection, table, name, codes | kept)


def _replace(
    connection: duckdb.DuckDBPyConnection, table: str, name: str, by: dict[str, str | None]
) -> None:
    """Put other texts in the place of those that a column holds."""
    changed = [(text, other) for text, other in by.items() if text != other]
    if not changed:
        return
    arrays = [pa.array(texts, pa.string()) for texts in zip(*changed, strict=True)]
    connection.register("batch", pa.table(arrays, names=["said", "code"]))
    connection.execute(
        f"UPDATE {quoted(table)} SET {quoted(name)} = code FROM batch WHERE {quoted(name)} = said"
    )
    connection.unregister("batch")


def _resolved(parts: dict[str, str | None], secret: bytes) -> dict[str, Any]:
    from features.address.keys import address_keys
    from features.address.resolve import resolve_parts

    said = parts.get("country")
    parts["country"] = country = said and country_code(said)
    place = resolve_parts(parts.pop("line", None), **parts)
    keys = address_keys(place)
    found = {
        "ship_country": country or place.country,
        "ship_postal": parts.get("postal"),
        "ship_adcode": place.adcode,
        "ship_region": place.province,
        "ship_city": place.city,
        "ship_district": place.district,
        "ship_lat": place.lat,
        "ship_lon": place.lon,
        "ship_precision": place.level,
    }
    for level in ("unit", "building", "road"):
        column, text = f"address_{level}_key", getattr(keys, level)
        found[column] = text and keyed_hash(secret, kind_of(column), text)
    return found


def _to_wgs84(connection: duckdb.DuckDBPyConnection, table: str) -> None:
    from features.address.datum import gcj02_to_wgs84

    rows = connection.execute(
        f"SELECT DISTINCT ship_lat, ship_lon FROM {quoted(table)} "
        "WHERE ship_lat IS NOT NULL AND ship_lon IS NOT NULL"
    ).fetchall()
    moved = [gcj02_to_wgs84(lat, lon) for lat, lon in rows]
    columns = [*zip(*rows, strict=True), *zip(*moved, strict=True)] or [(), (), (), ()]
    arrays = [pa.array(column, pa.float64()) for column in columns]
    connection.register("batch", pa.table(arrays, names=["lat", "lon", "new_lat", "new_lon"]))
    connection.execute(
        f"UPDATE {quoted(table)} SET ship_lat = new_lat, ship_lon = new_lon FROM batch "
        "WHERE ship_lat = lat AND ship_lon = lon"
    )
    connection.unregister("batch")

"""The tables of a history in DuckDB, and the SQL of who asks and of what happened."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pyarrow as pa

from features.schema import ORDER_LINES, ORDERS, SHIPMENTS
from features.windows import outcome_kinds

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import duckdb

    from features.history import History
    from features.windows import Entity, Measure

LINES: Final = ("quantity", "unit_price_minor")
"""What lines of one key add up to: units in total, and the lowest price."""
PARCELS: Final = ("transit_log", "late_log", "is_late", "attempt_failed")
"""What a parcel teaches."""
ROUTE: Final = tuple(c.name for c in SHIPMENTS.columns if c.name not in ORDERS)
"""Columns of a parcel; as columns of an order they are those of its first parcel."""

_HOUR_US: Final = 3_600_000_000
_LONGEST_HOURS: Final = 9_600


def create_tables(
    connection: duckdb.DuckDBPyConnection, history: History, measures: Sequence[Measure]
) -> None:
    """Create ``orders`` (numbered as the batch engine lists them), ``lines``, ``parcels``, ``bad``.

    Instants become whole microseconds: ``placed``, ``received``, ``happened``, ``known``.
    """
    named = {c for m in measures for c in (*m.entity.columns, m.column) if c} | {"deliver_by"}
    open_columns = {*history.profile.entities, *history.profile.attributes}
    columns = sorted(c for c in named if c in ORDERS or c in open_columns)
    clocks = ["order_key", "placed_at", "received_at"]
    orders = history.arrow("orders", columns=[*clocks, *(c for c in columns if c not in clocks)])
    connection.register("o", orders.append_column("n", pa.array(range(len(orders)), pa.int64())))
    connection.register("l", history.arrow("order_lines"))
    connection.register("p", history.arrow("shipments"))
    connection.register("b", history.arrow("outcomes"))
    connection.execute(
        """CREATE TABLE bare AS SELECT * EXCLUDE (placed_at, received_at),
             epoch_us(placed_at) AS placed, epoch_us(received_at) AS received FROM o"""
    )
    connection.execute("CREATE TABLE lines AS SELECT n, l.* FROM l JOIN bare USING (order_key)")
    connection.execute(f"CREATE TABLE parcels AS {_PARCELS}")
    connection.execute(
        """CREATE TABLE bad AS SELECT n, line_id, kind, epoch_us(occurred_at) AS occurred,
             greatest(epoch_us(known_at), received) AS known
           FROM b JOIN bare USING (order_key) WHERE is_bad IS DISTINCT FROM false"""
    )
    route = ", ".join(f'first_parcel."{name}"' for name in ROUTE if name in named)
    connection.execute(
        f"""CREATE TABLE orders AS SELECT bare.* {"," if route else ""} {route}
            FROM bare LEFT JOIN (
              SELECT * FROM parcels
              QUALIFY row_number() OVER (PARTITION BY n ORDER BY shipment_id) = 1
            ) AS first_parcel USING (n)"""
    )
    for name in "olpb":
        connection.unregister(name)


def stretched(micros: str) -> str:
    hours = f"least(abs({micros}) // {_HOUR_US}, {_LONGEST_HOURS})"
    return f"(sign({micros}) * round(ln(1 + {hours} / 24.0) * 1000000))::BIGINT"


_LATE: Final = "(epoch_us(delivered_at) - epoch_us(coalesce(promised_at, deliver_by)))"
_PARCELS: Final = f"""
    SELECT n, p.*,
      epoch_us(coalesce(delivered_at, first_attempt_at, known_at)) AS happened,
      greatest(epoch_us(coalesce(known_at, delivered_at, first_attempt_at)), received) AS known,
      {stretched("(epoch_us(delivered_at) - placed)")} AS transit_log,
      {stretched(_LATE)} AS late_log,
      ({_LATE} > 0)::BIGINT AS is_late,
      1 - first_attempt_ok::BIGINT AS attempt_failed
    FROM p JOIN bare USING (order_key)"""


def key(entity: Entity, *, of_parcel: bool = False) -> tuple[str, str]:
    """Write the key of an entity, and the condition that a row has one.

    The row's tables are ``o`` (orders), ``l`` (lines, for an entity of lines) and ``p`` (parcels).
    """
    own = (("p", SHIPMENTS),) if of_parcel else (("l", ORDER_LINES),)
    named = []
    for column in entity.columns:
        is_own = column in own[0][1] and (
            column not in ORDERS if of_parcel else entity.level == "line"
        )
        named.append(f'{own[0][0] if is_own else "o"}."{column}"')
    present = " AND ".join(f"{name} IS NOT NULL" for name in named) or "true"
    return (named[0] if len(named) == 1 else f"row({', '.join(named)})") if named else "0", present


def asked(entity: Entity) -> str:
    """Write who asks: ``n, key, placed, received``; for lines also their values, by key."""
    name, present = key(entity)
    if entity.level == "order":
        return f"SELECT n, {name} AS key, placed, received FROM orders o WHERE {present}"
    return f"""
        SELECT n, {name} AS key, any_value(placed) AS placed, any_value(received) AS received,
          sum(quantity)::BIGINT AS quantity, min(l.unit_price_minor) AS unit_price_minor
        FROM lines l JOIN orders o USING (n) WHERE {present} GROUP BY n, {name}"""


def events(entity: Entity, stream: str, columns: Iterable[str]) -> str:
    """Write what happened: ``n, key, happened, known`` and the columns."""
    source, _, kind = stream.partition(":")
    wanted = "".join(f', {_column(source, c)} AS "{c}"' for c in sorted(columns))
    if source == "lines":
        return f"""SELECT n, key, k.placed AS happened, k.received AS known {wanted}
                   FROM ({asked(entity)}) k JOIN orders o USING (n)"""
    if source == "shipments":
        name, present = key(entity, of_parcel=True)
        return f"""SELECT n, {name} AS key, p.happened, p.known {wanted}
                   FROM parcels p JOIN orders o USING (n)
                   WHERE p.happened IS NOT NULL AND {present}"""
    name, present = key(entity)
    if source == "orders":
        return f"""SELECT n, {name} AS key, placed AS happened, received AS known {wanted}
                   FROM orders o WHERE {present}"""
    kinds = ", ".join(f"'{k}'" for k in outcome_kinds(kind))
    of_line = "JOIN lines l ON l.n = b.n AND coalesce(b.line_id = l.line_id, true)"
    return f"""
        SELECT b.n, {name} AS key, {"o.placed" if source == "cohort" else "b.occurred"} AS happened,
          b.known {wanted}
        FROM bad b JOIN orders o ON o.n = b.n {of_line if entity.level == "line" else ""}
        WHERE b.kind IN ({kinds}) AND {present}
        QUALIFY row_number() OVER (PARTITION BY b.n, {name} ORDER BY b.known, b.occurred) = 1"""


def _column(source: str, name: str) -> str:
    if source == "lines" and name in LINES:
        return f'k."{name}"'
    return f'p."{name}"' if source == "shipments" and name in PARCELS else f'o."{name}"'

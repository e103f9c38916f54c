"""Fill online state from a history, row by row in the order of the tables."""

from __future__ import annotations

from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from features.engines.source import PLAN
from features.schema import ORDER_LINES

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

    from features.engines.online import OnlineState
    from features.engines.plan import Plan
    from features.history import History


def read(state: OnlineState, plan: Plan, history: History, until: int | None) -> int:
    """Add what a history holds and could be known before ``until``.

    Returns
    -------
    int
        The latest instant at which one of the orders was received; 0 when there are none.
    """
    names = [n for n in plan.order_columns if n not in PLAN]
    columns = list(dict.fromkeys(["order_key", "placed_at", "received_at", *names]))
    orders = list(_rows(history.arrow("orders", columns=columns)))
    if until is not None:
        orders = [row for row in orders if row["received_at"] < until]
    newest = max((row["received_at"] for row in orders), default=0)
    oldest = newest - state.reach
    lines = _lines(history, plan)
    parcels = list(_rows(history.arrow("shipments"))) if plan.wants_parcels else []
    route: dict[str, dict[str, Any]] = {}
    for row in sorted(parcels, key=itemgetter("shipment_id"), reverse=True):
        route[row["order_key"]] = {name: row[name] for name in PLAN}
    # What came later goes first and waits for its order, which then places all of it at once.
    for row in parcels:
        if until is None or (row["known_at"] or row["delivered_at"] or 0) < until:
            state.add_shipment(row)
    for row in _outcomes(history, plan):
        if until is None or row["known_at"] < until:
            state.add_outcome(row)
    for row in orders:
        if row["placed_at"] >= oldest or plan.outcome_kinds:
            order_key = row["order_key"]
            state.add_order(row | route.get(order_key, {}), lines.get(order_key, ()))
        else:
            state.is_cut = True
    return newest


def _rows(table: pa.Table) -> Iterator[dict[str, Any]]:
    """Give rows as mappings; instants as microseconds."""
    import pyarrow as pa

    names = table.column_names
    columns = [
        (c.cast(pa.int64()) if pa.types.is_timestamp(c.type) else c).to_pylist()
        for c in table.columns
    ]
    for values in zip(*columns, strict=True):
        yield dict(zip(names, values, strict=True))


def _lines(history: History, plan: Plan) -> dict[str, list[dict[str, Any]]]:
    if not plan.wants_lines:
        return {}
    own = [name for name in plan.line_columns if ORDER_LINES.accepts(name)]
    names = ["order_key", "line_id", *own, "quantity", "unit_price_minor"]
    rows = sorted(_rows(history.arrow("order_lines", columns=names)), key=itemgetter("order_key"))
    return {key: list(group) for key, group in groupby(rows, key=itemgetter("order_key"))}


def _outcomes(history: History, plan: Plan) -> Iterator[dict[str, Any]]:
    if not plan.outcome_kinds:
        return iter(())
    names = ["outcome_id", "order_key", "line_id", "kind", "is_bad", "occurred_at", "known_at"]
    return (
        row
        for row in _rows(history.arrow("outcomes", columns=names))
        if row["kind"] in plan.outcome_kinds
    )

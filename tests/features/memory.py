"""Histories that live in memory, orders made with keywords, and both engines behind one call."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast

import pyarrow as pa

from features.engines.batch import compute
from features.engines.online import OnlineState
from features.entities import BUILT_IN
from features.history import History, HistoryProfile, LabelProfile
from features.schema import TABLES, arrow_schema
from features.windows import Measure
from features.wording import describe

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import pandas as pd

    from features.engines.redis.state import RedisState
    from features.feature import Feature

    State = OnlineState | RedisState

Row = dict[str, Any]
Value = float | str | None

DAY_US = 86_400_000_000
HOUR_US = 3_600_000_000
NOW = 20_000 * DAY_US
"""Where stories are set, in microseconds since 1970."""

PROFILE = HistoryProfile(
    labels={"fraud": LabelProfile("fraud", 7.0), "return": LabelProfile("return", 7.0)}
)


class MemoryHistory:
    """A history made of rows, read through the same calls as one on disk."""

    def __init__(
        self, tables: Mapping[str, Sequence[Row]], profile: HistoryProfile = PROFILE
    ) -> None:
        self._tables = tables
        rows = {name: len(rows) for name, rows in tables.items() if rows}
        self.profile = replace(profile, rows=rows)

    def has(self, table: str) -> bool:
        return bool(self._tables.get(table))

    def arrow(self, table: str, *, columns: Sequence[str] | None = None) -> pa.Table:
        spec = TABLES[table]
        own = {name: "string" for name in self.profile.entities if name not in spec}
        schema = arrow_schema(spec, self.profile.attributes | own if table == "orders" else {})
        schema = pa.schema([pa.field(f.name, f.type) for f in schema])  # rows may be sparse
        rows = pa.Table.from_pylist(list(self._tables.get(table, ())), schema)
        by = ([spec.month_of] if spec.month_of else []) + list(spec.key)
        rows = rows.sort_by([(name, "ascending") for name in by])
        return rows if columns is None else rows.select(list(columns))

    def rows(
        self, table: str, columns: Sequence[str], begin: int = 0, end: int | None = None
    ) -> pa.Table:
        return self.arrow(table, columns=columns)[begin:end]


def order(name: str, at: int, *, received: int | None = None, **columns: Any) -> Row:
    """Make an order placed at an instant in microseconds, and received then unless told."""
    return {
        "order_key": name,
        "merchant_id": "m",
        "channel": "jd",
        "shop_id": "s",
        "order_id": name,
        "placed_at": at,
        "received_at": at if received is None else received,
        "buyer_key": "h1:ann",
        **columns,
    }


def bad(name: str, of: str, at: int, *, known: int | None = None, **columns: Any) -> Row:
    """Make a bad outcome of an order."""
    known_at = at if known is None else known
    row = {"outcome_id": name, "order_key": of, "kind": "fraud", "is_bad": True}
    return row | {"occurred_at": at, "known_at": known_at} | columns


def line(of: str, number: int = 1, *, at: int = NOW, **columns: Any) -> Row:
    """Make a line of an order."""
    row = {"order_key": of, "line_id": str(number), "placed_at": at, "sku": "pen", "quantity": 1}
    return row | {"unit_price_minor": 100} | columns


def measure(
    aggregate: str = "count",
    window: timedelta = timedelta(hours=1),
    *,
    subject: str = "buyer",
    stream: str = "orders",
    **rest: Any,
) -> Measure:
    """Make a measure of the buyer's orders in an hour, or whatever is asked for."""
    return Measure(BUILT_IN[subject], stream, aggregate, window, **rest)


def feature(of: Measure) -> Feature:
    """Make the feature of a measure."""
    return describe(of, ("risk",))


def in_batch(
    tables: Mapping[str, Sequence[Row]], features: Sequence[Feature], **rest: Any
) -> pd.DataFrame:
    """Compute features over rows with the batch engine."""
    history = MemoryHistory(tables, rest.pop("profile", PROFILE))
    return compute(cast("History", history), features, **rest)


def online(
    tables: Mapping[str, Sequence[Row]],
    features: Sequence[Feature],
    profile: HistoryProfile = PROFILE,
    open_state: Callable[[Sequence[Feature], HistoryProfile], State] = OnlineState,
) -> dict[str, dict[str, Value]]:
    """Replay rows through an online engine as a service would meet them; values by order."""
    lines: dict[str, list[Row]] = {}
    for row in tables.get("order_lines", ()):
        lines.setdefault(row["order_key"], []).append(row)
    later = [(row["known_at"], "outcome", row) for row in tables.get("outcomes", ())]
    later += [
        (row.get("known_at") or row.get("delivered_at") or 0, "parcel", row)
        for row in tables.get("shipments", ())
    ]
    later.sort(key=lambda entry: entry[0])
    state = open_state(features, profile)
    result = {}
    by_reception = sorted(tables["orders"], key=lambda r: (r["received_at"], r["order_key"]))
    for row in by_reception:
        while later and later[0][0] <= row["received_at"]:
            _, kind, news = later.pop(0)
            (state.add_outcome if kind == "outcome" else state.add_shipment)(news)
        own_lines = lines.get(row["order_key"], [])
        result[row["order_key"]] = state.values(row, own_lines)
        state.add_order(row, own_lines)
    return result


def both(tables: Mapping[str, Sequence[Row]], of: Measure, name: str) -> Value:
    """Compute a measure for one order with both engines, which must agree to the bit."""
    wanted = [feature(of)]
    ours = online(tables, wanted)[name][of.name]
    theirs = plain(in_batch(tables, wanted).loc[name, of.name])
    assert ours == theirs, f"online {ours!r}, batch {theirs!r}"
    return ours


def plain(value: Any) -> Value:
    """Turn a cell of a frame into what the online engine gives: None for unknown."""
    if value is None or isinstance(value, str):
        return value
    return None if value != value else float(value)

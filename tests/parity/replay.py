"""Replay a history through the online engine and compare it, cell by cell and bit by bit."""

from __future__ import annotations

from dataclasses import dataclass, field
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa

from features.engines.online import OnlineState
from features.engines.source import PLAN

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from features.feature import Feature
    from features.history import History

Row = dict[str, Any]


@dataclass
class Comparison:
    """How many cells were compared, and which differ."""

    cells: int = 0
    different: dict[str, int] = field(default_factory=dict)

    @property
    def n_different(self) -> int:
        return sum(self.different.values())


def rows_of(history: History, table: str) -> list[Row]:
    """Rows of a table with instants as whole microseconds."""
    columns = history.arrow(table)
    plain = [
        c.cast(pa.int64()) if pa.types.is_timestamp(c.type) else c for c in columns.itercolumns()
    ]
    names = columns.column_names
    lists = [c.to_pylist() for c in plain]
    return [dict(zip(names, values, strict=True)) for values in zip(*lists, strict=True)]


def replay(
    history: History,
    features: Sequence[Feature],
    *,
    n_orders: int | None = None,
    spoil: Callable[[list[Row]], list[Row]] = lambda orders: orders,
) -> pd.DataFrame:
    """Feed a history to the online engine as it would have come; features by order.

    Parameters
    ----------
    n_orders
        Stop after so many orders; all unless given.
    spoil
        Changes what the state is told of the orders, for negative controls.
    """
    orders = sorted(rows_of(history, "orders"), key=itemgetter("received_at", "order_key"))
    lines: dict[str, list[Row]] = {}
    for row in rows_of(history, "order_lines"):
        lines.setdefault(row["order_key"], []).append(row)
    parcels = rows_of(history, "shipments")
    plans: dict[str, Row] = {}
    for row in sorted(parcels, key=itemgetter("shipment_id"), reverse=True):
        plans[row["order_key"]] = {name: row[name] for name in PLAN}
    orders = [row | plans.get(row["order_key"], {}) for row in orders[:n_orders]]
    told = {row["order_key"]: row for row in spoil([dict(row) for row in orders])}
    state = OnlineState(features, history.profile)
    news = _news(rows_of(history, "outcomes"), parcels)
    found: dict[str, Mapping[str, float | str | None]] = {}
    for row in orders:
        while news and news[-1][0] <= row["received_at"]:
            _, kind, item = news.pop()
            (state.add_outcome if kind == "outcome" else state.add_shipment)(item)
        own = lines.get(row["order_key"], [])
        found[row["order_key"]] = state.values(row, own)
        if row["order_key"] in told:
            state.add_order(told[row["order_key"]], own)
    return pd.DataFrame.from_dict(found, orient="index", dtype=object)


def _news(outcomes: Sequence[Row], parcels: Sequence[Row]) -> list[tuple[int, str, Row]]:
    """What becomes known after the orders, the earliest last."""
    news = [(row["known_at"], "outcome", row) for row in outcomes]
    for row in parcels:
        instants = (row[name] for name in ("known_at", "delivered_at", "first_attempt_at"))
        news.append((next((at for at in instants if at is not None), 0), "parcel", row))
    return sorted(news, key=itemgetter(0), reverse=True)


def compare(batch: pd.DataFrame, online: pd.DataFrame, features: Sequence[Feature]) -> Comparison:
    """Compare the orders that were replayed, to the bit."""
    result = Comparison()
    batch = batch.loc[online.index]
    for feature in features:
        theirs, ours = batch[feature.name].to_numpy(), online[feature.name].to_numpy()
        if feature.kind == "number":
            unequal = _bits(theirs) != _bits(ours)
        else:
            unequal = np.array(
                [
                    a != b if isinstance(a, str) else isinstance(b, str)
                    for a, b in zip(theirs, ours, strict=True)
                ],
                np.bool_,
            )
        result.cells += len(unequal)
        if unequal.any():
            result.different[feature.name] = int(unequal.sum())
    return result


def _bits(values: Any) -> Any:
    numbers = np.array([np.nan if v is None else v for v in values], np.float64)
    return np.where(np.isnan(numbers), 0x7FF8_0000_0000_0000, numbers.view(np.int64))

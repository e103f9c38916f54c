"""Replay a history through an online engine and compare it, cell by cell and bit by bit."""

from __future__ import annotations

from dataclasses import dataclass, field
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final, Protocol

import numpy as np
import pandas as pd
import pyarrow as pa

from features.engines.online import OnlineState
from features.engines.source import PLAN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from features.feature import Feature
    from features.history import History

Row = dict[str, Any]

BLOCK: Final = 20_000
"""Orders that are laid out, and compared, together."""


class State(Protocol):
    """What every online engine does."""

    def values(
        self, order: Mapping[str, Any], lines: Sequence[Mapping[str, Any]]
    ) -> Mapping[str, float | str | None]: ...

    def observe(
        self, order: Mapping[str, Any], lines: Sequence[Mapping[str, Any]]
    ) -> Mapping[str, float | str | None]: ...

    def add_order(self, order: Mapping[str, Any], lines: Sequence[Mapping[str, Any]]) -> None: ...

    def add_outcome(self, outcome: Mapping[str, Any]) -> None: ...

    def add_shipment(self, shipment: Mapping[str, Any]) -> None: ...


@dataclass
class Comparison:
    """How many cells were compared, and which differ."""

    cells: int = 0
    different: dict[str, int] = field(default_factory=dict)

    @property
    def n_different(self) -> int:
        return sum(self.different.values())

    def add(self, other: Comparison) -> None:
        """Count another block's cells too."""
        self.cells += other.cells
        for name, n in other.different.items():
            self.different[name] = self.different.get(name, 0) + n


def rows_of(table: pa.Table) -> list[Row]:
    """Rows of a table with instants as whole microseconds."""
    plain = [
        c.cast(pa.int64()) if pa.types.is_timestamp(c.type) else c for c in table.itercolumns()
    ]
    names = table.column_names
    lists = [c.to_pylist() for c in plain]
    return [dict(zip(names, values, strict=True)) for values in zip(*lists, strict=True)]


def replay(
    history: History,
    features: Sequence[Feature],
    *,
    n_orders: int | None = None,
    spoil: Callable[[list[Row]], list[Row]] | None = None,
) -> pd.DataFrame:
    """Replay a history through the engine in process; features by order. See `replayed`."""
    state = OnlineState(features, history.profile)
    blocks = replayed(history, features, state, n_orders=n_orders, spoil=spoil)
    return pd.concat(list(blocks))


def replayed(
    history: History,
    features: Sequence[Feature],
    state: State,
    *,
    n_orders: int | None = None,
    spoil: Callable[[list[Row]], list[Row]] | None = None,
) -> Iterator[pd.DataFrame]:
    """Feed a history to an online engine as it would have come; features of blocks of orders.

    Parameters
    ----------
    features
        What the state was made for.
    state
        An empty state.
    n_orders
        Stop after so many orders; all unless given.
    spoil
        Changes what the state is told of a block of orders, for negative controls.
    """
    orders = _orders(history).slice(0, n_orders)
    lines: dict[str, list[Row]] = {}
    for row in rows_of(history.arrow("order_lines")):
        lines.setdefault(row["order_key"], []).append(row)
    parcels = rows_of(history.arrow("shipments"))
    plans: dict[str, Row] = {}
    for row in sorted(parcels, key=itemgetter("shipment_id"), reverse=True):
        plans[row["order_key"]] = {name: row[name] for name in PLAN}
    news = _news(rows_of(history.arrow("outcomes")), parcels)
    for begin in range(0, len(orders), BLOCK):
        asked = rows_of(orders.slice(begin, BLOCK))
        asked = [row | plans.get(row["order_key"], {}) for row in asked]
        told = None if spoil is None else spoil([dict(row) for row in asked])
        by_key = None if told is None else {row["order_key"]: row for row in told}
        found = []
        for row in asked:
            while news and news[-1][0] <= row["received_at"]:
                _, kind, item = news.pop()
                (state.add_outcome if kind == "outcome" else state.add_shipment)(item)
            own = lines.get(row["order_key"], [])
            if by_key is None:
                found.append(state.observe(row, own))
                continue
            found.append(state.values(row, own))
            if row["order_key"] in by_key:
                state.add_order(by_key[row["order_key"]], own)
        yield _block([row["order_key"] for row in asked], found, features)


def _orders(history: History) -> pa.Table:
    """Orders as they were received, with the columns that any channel gives."""
    given = set().union(*history.profile.given.values())
    table = history.arrow("orders")
    if given:
        needed = {"order_key", "placed_at", "received_at"} | given
        table = table.select([name for name in table.column_names if name in needed])
    return table.sort_by([("received_at", "ascending"), ("order_key", "ascending")])


def _block(
    keys: list[str], found: Sequence[Mapping[str, Any]], features: Sequence[Feature]
) -> pd.DataFrame:
    columns = {}
    for feature in features:
        values = [values[feature.name] for values in found]
        is_number = feature.kind == "number"
        columns[feature.name] = np.array(values, np.float64 if is_number else object)
    return pd.DataFrame(columns, index=pd.Index(keys), copy=False)


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


def one_bit(orders: list[Row]) -> list[Row]:
    """Change the last bit of one order's value, which a comparison has to notice."""
    changed = next(row for row in orders[100:] if row["value_minor"] and row["buyer_key"])
    changed["value_minor"] ^= 1
    return orders


def _bits(values: Any) -> Any:
    numbers = np.asarray(values, np.float64)
    return np.where(np.isnan(numbers), 0x7FF8_0000_0000_0000, numbers.view(np.int64))

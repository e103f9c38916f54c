"""A history as it arrived: every order with its lines and with what became known of it later."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.engines.redis.packing import News
from features.engines.redis.writing import joined
from features.engines.source import PLAN
from features.schema import ORDER_LINES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from features.engines.plan import Plan
    from features.engines.redis.links import Links
    from features.engines.redis.writing import Writer
    from features.history import History

    Row = dict[str, Any]

_TOGETHER: Final = 1024
"""Orders that are read together; the rest stays in columns."""
_NOWHERE: Final = -1
_NONE: Final = News({}, {})


class Arrival(NamedTuple):
    """An order with its lines and news; the order is None where the history lacks it."""

    key: str
    order: Row | None
    lines: Sequence[Row]
    news: News


class Arrivals:
    """The orders of a history in the sequence in which they were received.

    Parameters
    ----------
    history
        The history.
    plan, links, writer
        Which columns are wanted, and what is kept of news.
    until
        Leave out what was known at or after this instant.
    """

    def __init__(
        self,
        history: History,
        plan: Plan,
        links: Links,
        writer: Writer,
        until: int | None = None,
    ) -> None:
        self._writer = writer
        names = ["order_key", "placed_at", "received_at"]
        wanted = dict.fromkeys((*plan.order_columns, *links.columns))
        names += [n for n in wanted if n not in (*PLAN, *names)]
        orders = _plain(history.arrow("orders", columns=names))
        orders = _before(orders, orders["received_at"], until)
        self._orders = orders.sort_by([("received_at", "ascending"), ("order_key", "ascending")])
        self.newest: int = pc.max(orders["received_at"]).as_py() or 0
        keys = self._orders["order_key"]
        names = ["order_key", "line_id", "quantity", "unit_price_minor"]
        names += [n for n in plan.line_columns if ORDER_LINES.accepts(n) and n not in names]
        self._lines = _ByOrder(history.arrow("order_lines", columns=names), keys, plan.wants_lines)
        parcels = _plain(history.arrow("shipments")).sort_by("shipment_id")
        self._routes = _ByOrder(parcels, keys, plan.wants_parcels)
        known = pc.coalesce(parcels["known_at"], parcels["delivered_at"], pa.scalar(0))
        self._parcels = _ByOrder(_before(parcels, known, until), keys, plan.wants_parcels)
        names = ["outcome_id", "order_key", "line_id", "kind", "is_bad", "occurred_at", "known_at"]
        outcomes = _plain(history.arrow("outcomes", columns=names))
        counted = pa.array(sorted(writer.kinds), pa.string())
        outcomes = outcomes.filter(pc.is_in(outcomes["kind"], value_set=counted))
        self._outcomes = _ByOrder(_before(outcomes, outcomes["known_at"], until), keys, True)

    def __iter__(self) -> Iterator[Arrival]:
        for begin in range(0, len(self._orders), _TOGETHER):
            end = begin + _TOGETHER
            lines, routes = self._lines.between(begin, end), self._routes.between(begin, end)
            news = self._news(begin, end)
            for at, row in enumerate(self._orders.slice(begin, _TOGETHER).to_pylist(), begin):
                route = {name: routes[at][0][name] for name in PLAN} if at in routes else {}
                yield Arrival(row["order_key"], row | route, lines.get(at, ()), _all(news, at))
        waiting: dict[str, list[News]] = {}
        for key, told in self._news(_NOWHERE, 0).get(_NOWHERE, ()):
            waiting.setdefault(key, []).append(told)
        for key, each in waiting.items():
            yield Arrival(key, None, (), reduce(joined, each))

    def _news(self, begin: int, end: int) -> dict[int, list[tuple[str, News]]]:
        found: dict[int, list[tuple[str, News]]] = {}
        for rows, read in (
            (self._outcomes, self._writer.outcome),
            (self._parcels, self._writer.parcel),
        ):
            for at, together in rows.between(begin, end).items():
                told = [(row["order_key"], read(row)) for row in together]
                found.setdefault(at, []).extend(told)
        return found


class _ByOrder:
    """Rows of a table by the place of their order; rows of orders that are not there come first."""

    def __init__(self, table: pa.Table, keys: pa.ChunkedArray, wanted: bool) -> None:
        table = table if wanted else table.slice(0, 0)
        found = pc.fill_null(pc.index_in(table["order_key"], value_set=keys), _NOWHERE)
        at = found.to_numpy()
        by_order = np.argsort(at, kind="stable")
        self._at = at[by_order]
        self._table = table.take(pa.array(by_order))

    def between(self, begin: int, end: int) -> dict[int, list[Row]]:
        """Give the rows of the orders ``[begin, end)``."""
        first, last = np.searchsorted(self._at, [begin, end])
        result: dict[int, list[Row]] = {}
        rows = self._table.slice(first, last - first).to_pylist()
        for at, row in zip(self._at[first:last].tolist(), rows, strict=True):
            result.setdefault(at, []).append(row)
        return result


def _all(news: dict[int, list[tuple[str, News]]], at: int) -> News:
    return reduce(joined, (told for _, told in news.get(at, ())), _NONE)


def _plain(table: pa.Table) -> pa.Table:
    """Turn instants into microseconds."""
    columns = [c.cast(pa.int64()) if pa.types.is_timestamp(c.type) else c for c in table.columns]
    return pa.table(columns, names=table.column_names)


def _before(table: pa.Table, known: pa.ChunkedArray, until: int | None) -> pa.Table:
    return table if until is None else table.filter(pc.less(known, until))

"""Columns for feature functions: numbers as floats with NaN, text as objects with None."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from features.engines.source import instants, is_planned
from features.timing import local_us

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from features.engines.source import Source
    from features.feature import Feature


def order_columns(
    source: Source, features: Sequence[Feature], begin: int, end: int
) -> dict[str, NDArray[Any]]:
    """Lay out what the functions of some features need, for the orders ``[begin, end)``.

    Parameters
    ----------
    source
        The history's tables.
    features
        Features with functions.
    begin, end
        Rows of orders.

    Returns
    -------
    dict
        See `features.feature.Columns`.
    """
    names = {name for f in features for name in f.order_columns} | {"placed_at"}
    orders = source.history.rows("orders", [n for n in names if not is_planned(n)], begin, end)
    for name in names:
        if is_planned(name):
            orders = orders.append_column(name, source.column(name, begin, end))
    line_names = line_columns(features)
    if not line_names:
        return laid_out(orders, None, source.history.profile.timezone)
    rows = np.arange(*np.searchsorted(source.lines.order, [begin, end]))
    lines = {name: source.lines.take(name, rows) for name in line_names}
    lines["order"] = pa.array(source.lines.order[rows] - begin)
    return laid_out(orders, pa.table(lines), source.history.profile.timezone)


def line_columns(features: Sequence[Feature]) -> tuple[str, ...]:
    """Give the columns of order lines that the functions of some features need."""
    prefix = "order_lines."
    sources = {source for feature in features for source in feature.sources}
    return tuple(sorted(s.removeprefix(prefix) for s in sources if s.startswith(prefix)))


def laid_out(orders: pa.Table, lines: pa.Table | None, timezone: str) -> dict[str, NDArray[Any]]:
    """Lay out orders and their lines as feature functions take them.

    Parameters
    ----------
    orders
        Columns of orders, among them ``placed_at``.
    lines
        Columns of lines, and in ``order`` the position of each one's order, ascending; None where
        no function looks at lines.
    timezone
        IANA zone of the merchant's days.

    Returns
    -------
    dict
        See `features.feature.Columns`.
    """
    pairs = zip(orders.column_names, orders.columns, strict=True)
    columns = {name: plain(column) for name, column in pairs}
    offset = columns.get("utc_offset_min", np.full(len(orders), np.nan))
    columns["local_us"] = local_us(columns["placed_at"], offset, timezone)
    if lines is not None:
        columns["lines.order"] = lines["order"].to_numpy()
        own = (name for name in lines.column_names if name != "order")
        columns |= {f"lines.{name}": plain(lines[name]) for name in own}
    return columns


def plain(column: pa.ChunkedArray) -> NDArray[Any]:
    """Turn an Arrow column into floats or objects.

    Examples
    --------
    >>> plain(pa.chunked_array([[1, None]])).tolist()
    [1.0, nan]
    >>> plain(pa.chunked_array([["a", None]])).tolist()
    ['a', None]
    """
    if pa.types.is_string(column.type):
        texts: NDArray[Any] = column.to_numpy()
        return texts
    if pa.types.is_timestamp(column.type):
        valid = column.is_valid().to_numpy()
        return np.where(valid, instants(column).astype(np.float64), np.nan)
    result: NDArray[Any] = column.cast(pa.float64()).to_numpy().astype(np.float64)
    return result

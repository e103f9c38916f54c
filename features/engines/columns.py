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
    own = source.history.rows("orders", [n for n in names if not is_planned(n)], begin, end)
    columns = {name: plain(column) for name, column in zip(own.column_names, own, strict=True)}
    columns |= {n: plain(source.column(n, begin, end)) for n in names if is_planned(n)}
    offset = columns.get("utc_offset_min", np.full(end - begin, np.nan))
    columns["local_us"] = local_us(columns["placed_at"], offset, source.history.profile.timezone)
    line_names = {
        s.removeprefix("order_lines.")
        for f in features
        for s in f.sources
        if s.startswith("order_lines.")
    }
    if line_names:
        lines = np.arange(*np.searchsorted(source.lines.order, [begin, end]))
        columns["lines.order"] = source.lines.order[lines] - begin
        columns |= {f"lines.{name}": plain(source.lines.take(name, lines)) for name in line_names}
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

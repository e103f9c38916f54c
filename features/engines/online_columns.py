"""Feature functions applied to one order: the same functions as in batch, on arrays of one row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from features.engines.rows import instant, number, text
from features.schema import ARROW_TYPES, ORDER_LINES, ORDERS, SHIPMENTS
from features.timing import local_us

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from features.feature import Feature
    from features.history import HistoryProfile

    Row = Mapping[str, Any]


class RowColumns:
    """Lays one order out as columns and applies feature functions.

    Parameters
    ----------
    features
        Features to compute; windowed ones are ignored.
    profile
        Gives the merchant's zone and the types of attributes.
    """

    def __init__(self, features: Sequence[Feature], profile: HistoryProfile) -> None:
        self._plain = [f for f in features if f.function is not None]
        names = {name for f in self._plain for name in f.order_columns}
        types = {c.name: c.type for c in (*SHIPMENTS.columns, *ORDERS.columns)}
        types |= profile.attributes
        self._orders = [(n, _kind(types.get(n, "string"))) for n in sorted(names | {"placed_at"})]
        prefix = "order_lines."
        used = {
            s.removeprefix(prefix) for f in self._plain for s in f.sources if s.startswith(prefix)
        }
        self._lines = [(n, _kind(ORDER_LINES[n].type)) for n in sorted(used)]
        self._zone = profile.timezone

    def values(self, order: Row, lines: Sequence[Row]) -> dict[str, float | str | None]:
        """Compute the features that need no window."""
        columns: dict[str, Any] = {n: _column(kind, [order.get(n)]) for n, kind in self._orders}
        offset = columns.get("utc_offset_min")
        columns["local_us"] = local_us(
            columns["placed_at"], np.full(1, np.nan) if offset is None else offset, self._zone
        )
        if self._lines:
            columns["lines.order"] = np.zeros(len(lines), np.int64)
            for name, kind in self._lines:
                columns[f"lines.{name}"] = _column(kind, [line.get(name) for line in lines])
        result: dict[str, float | str | None] = {}
        with np.errstate(all="ignore"):
            for feature in self._plain:
                if feature.function is not None:
                    value = feature.function(columns)[0]
                    if value is not None and not isinstance(value, str):
                        value = None if value != value else float(value)
                    result[feature.name] = value
        return result


def _kind(type_: str) -> str:
    if type_ not in ARROW_TYPES:
        raise ValueError(f"no such column type: {type_}")
    return type_ if type_ in {"string", "instant"} else "number"


def _column(kind: str, values: list[Any]) -> Any:
    if kind == "string":
        column = np.empty(len(values), object)
        column[:] = [text(value) for value in values]
        return column
    if kind == "instant":
        return np.array([number(instant(value)) for value in values], np.float64)
    return np.array([number(value) for value in values], np.float64)

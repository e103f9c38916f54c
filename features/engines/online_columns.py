"""Feature functions applied to one order: the same functions as in batch, on arrays of one row."""

from __future__ import annotations

from operator import itemgetter
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
        plain = [f for f in features if f.function is not None]
        self._fields = [f for f in plain if isinstance(f.function, itemgetter)]
        self._plain = [f for f in plain if not isinstance(f.function, itemgetter)]
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
        result = {f.name: _field(order, f) for f in self._fields}
        with np.errstate(all="ignore"):
            for feature in self._plain:
                if feature.function is not None:
                    result[feature.name] = _scalar(feature.function(columns)[0])
        return result


def _field(order: Row, feature: Feature) -> float | str | None:
    """Give a feature that is a field as it stands."""
    value = order.get(feature.order_columns[0])
    if feature.kind == "category":
        return text(value)
    amount = number(value)
    return amount if amount == amount else None


def _scalar(value: Any) -> float | str | None:
    if value is None or isinstance(value, str):
        return value
    return None if value != value else float(value)


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

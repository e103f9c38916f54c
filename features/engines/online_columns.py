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
        names = {name for f in self._plain for name in f.order_columns} | {"placed_at"}
        types = {c.name: c.type for c in (*SHIPMENTS.columns, *ORDERS.columns)}
        self._orders = _Layout("", sorted(names), types | profile.attributes)
        prefix = "order_lines."
        used = {
            s.removeprefix(prefix) for f in self._plain for s in f.sources if s.startswith(prefix)
        }
        self._lines = _Layout("lines.", sorted(used), {c.name: c.type for c in ORDER_LINES.columns})
        self._zone = profile.timezone

    def values(self, order: Row, lines: Sequence[Row]) -> dict[str, float | str | None]:
        """Compute the features that need no window."""
        result = {f.name: _field(order, f) for f in self._fields}
        if not self._plain:
            return result
        columns = self._columns([order])
        if self._lines.names:
            columns["lines.order"] = np.zeros(len(lines), np.int64)
            columns |= self._lines.columns(lines)
        with np.errstate(all="ignore"):
            for feature in self._plain:
                if feature.function is not None:
                    result[feature.name] = _scalar(feature.function(columns)[0])
        return result

    def many(self, orders: Sequence[Row]) -> dict[str, list[float | str | None]]:
        """Compute the features of several orders of which no line is looked at."""
        result = {f.name: [_field(order, f) for order in orders] for f in self._fields}
        if not self._plain:
            return result
        columns = self._columns(orders)
        with np.errstate(all="ignore"):
            for feature in self._plain:
                if feature.function is not None:
                    result[feature.name] = list(map(_scalar, feature.function(columns).tolist()))
        return result

    def _columns(self, orders: Sequence[Row]) -> dict[str, Any]:
        """Lay orders out as columns."""
        columns = self._orders.columns(orders)
        offset = columns.get("utc_offset_min")
        unknown = np.full(len(orders), np.nan)
        columns["local_us"] = local_us(
            columns["placed_at"], unknown if offset is None else offset, self._zone
        )
        return columns


class _Layout:
    """Lays rows out as columns; all numbers share one array, of which each column is a part.

    Parameters
    ----------
    prefix
        Stands before each name.
    names
        The columns.
    types
        Type of each column in the schema; text where it says nothing.
    """

    def __init__(self, prefix: str, names: Sequence[str], types: Mapping[str, str]) -> None:
        self.names = names
        kinds = {name: _kind(types.get(name, "string")) for name in names}
        self._texts = [(name, f"{prefix}{name}") for name in names if kinds[name] == "string"]
        self._numbers = [
            (name, f"{prefix}{name}", _moment if kinds[name] == "instant" else _number)
            for name in names
            if kinds[name] != "string"
        ]

    def columns(self, rows: Sequence[Row]) -> dict[str, Any]:
        """Give the columns of some rows."""
        found = [[read(row.get(name)) for row in rows] for name, _, read in self._numbers]
        numbers = np.array(found, np.float64).reshape(len(found), len(rows))
        result: dict[str, Any] = {key: numbers[i] for i, (_, key, _) in enumerate(self._numbers)}
        for name, key in self._texts:
            column = np.empty(len(rows), object)
            for i, row in enumerate(rows):
                value = row.get(name)
                column[i] = value if isinstance(value, str) else None
            result[key] = column
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


def _number(value: Any) -> float:
    """Read a number; the plain cases first, since most are."""
    return value if type(value) is float else number(value)


def _moment(value: Any) -> float:
    """Read an instant as microseconds."""
    return float(value) if type(value) is int else number(instant(value))

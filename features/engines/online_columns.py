"""Feature functions applied to one order: the same functions as in batch, on arrays of one row."""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from features.engines.rows import instant, number, text
from features.schema import ARROW_TYPES, ORDER_LINES, ORDERS, SHIPMENTS
from features.timing import local_us

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from features.feature import Feature
    from features.history import HistoryProfile

    Row = Mapping[str, Any]


_PLAIN: Final = frozenset({int, float, type(None)})
"""Types of numbers, and of instants, that NumPy reads as they are."""
_OF_LINES: Final = "order_lines."
"""Start of the sources of features that are columns of lines."""


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
        fields = [f for f in plain if isinstance(f.function, itemgetter)]
        self._fields = tuple(
            (f.name, f.order_columns[0], text if f.kind == "category" else _known) for f in fields
        )
        plain = [f for f in plain if not isinstance(f.function, itemgetter)]
        self._functions = [(f.name, f.function) for f in plain if f.function is not None]
        names = {name for f in plain for name in f.order_columns} | {"placed_at"}
        types = {c.name: c.type for c in (*SHIPMENTS.columns, *ORDERS.columns)}
        self._orders = _Layout("", sorted(names), types | profile.attributes)
        self._lines = _line_layout(plain, {})
        self._zone = profile.timezone

    def values(self, order: Row, lines: Sequence[Row]) -> dict[str, float | str | None]:
        """Compute the features that need no window."""
        result: dict[str, Any] = {name: read(order.get(at)) for name, at, read in self._fields}
        if not self._functions:
            return result
        columns = self._columns([order])
        if self._lines.names:
            columns["lines.order"] = np.zeros(len(lines), np.int64)
            columns |= self._lines.columns(lines)
        with np.errstate(all="ignore"):
            for name, function in self._functions:
                result[name] = _scalar(function(columns).item())
        return result

    def many(self, orders: Sequence[Row]) -> dict[str, list[float | str | None]]:
        """Compute the features of several orders of which no line is looked at."""
        result: dict[str, list[Any]] = {
            name: [read(order.get(at)) for order in orders] for name, at, read in self._fields
        }
        if not self._functions:
            return result
        columns = self._columns(orders)
        with np.errstate(all="ignore"):
            for name, function in self._functions:
                result[name] = list(map(_scalar, function(columns).tolist()))
        return result

    def _columns(self, orders: Sequence[Row]) -> dict[str, Any]:
        """Lay orders out as columns."""
        columns = self._orders.columns(orders)
        offset = columns.get("utc_offset_min")
        if offset is None:
            offset = np.full(len(orders), np.nan)
        columns["local_us"] = local_us(columns["placed_at"], offset, self._zone)
        return columns


class LineColumns:
    """Lays the lines of one order out as columns and applies the functions of features of lines.

    Parameters
    ----------
    features
        Features of lines; windowed ones are ignored.
    profile
        Gives the types of attributes of lines.

    Examples
    --------
    >>> from features.history import HistoryProfile
    >>> from features.line import features
    >>> profile = HistoryProfile(rows={"order_lines": 1})
    >>> columns = LineColumns(tuple(features(profile)), profile)
    >>> rows = [{"sku": "pen", "quantity": 1, "unit_price_minor": each} for each in (10, 30)]
    >>> [line["line__price_share"] for line in columns.values(rows)]
    [0.25, 0.75]
    """

    def __init__(self, features: Sequence[Feature], profile: HistoryProfile) -> None:
        plain = [f for f in features if f.function is not None]
        self._names = tuple(f.name for f in plain)
        self._fields = tuple(
            (f.name, f.sources[0].removeprefix(_OF_LINES), text if f.kind == "category" else _known)
            for f in plain
            if isinstance(f.function, itemgetter)
        )
        plain = [f for f in plain if not isinstance(f.function, itemgetter)]
        self._functions = [(f.name, f.function) for f in plain if f.function is not None]
        self._lines = _line_layout(plain, profile.line_attributes)

    def values(self, lines: Sequence[Row]) -> list[dict[str, float | str | None]]:
        """Compute the features that need no window, line by line."""
        found: dict[str, Any] = dict.fromkeys(self._names)
        for name, at, read in self._fields:
            found[name] = [read(line.get(at)) for line in lines]
        columns = self._lines.columns(lines)
        columns["lines.order"] = np.zeros(len(lines), np.int64)
        with np.errstate(all="ignore"):
            for name, function in self._functions:
                found[name] = list(map(_scalar, function(columns).tolist()))
        return [
            dict(zip(found, values, strict=True)) for values in zip(*found.values(), strict=True)
        ]


class _Layout:
    """Lays rows out as columns; all numbers share one array, and so do all texts.

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
            (name, f"{prefix}{name}", _moment if kinds[name] == "instant" else number)
            for name in names
            if kinds[name] != "string"
        ]

    def columns(self, rows: Sequence[Row]) -> dict[str, Any]:
        """Give the columns of some rows."""
        found = [
            value if type(value := row.get(name)) in _PLAIN else read(value)
            for name, _, read in self._numbers
            for row in rows
        ]
        numbers = np.array(found, np.float64).reshape(len(self._numbers), len(rows))
        result: dict[str, Any] = {key: numbers[i] for i, (_, key, _) in enumerate(self._numbers)}
        texts = np.empty(len(self._texts) * len(rows), object)
        texts[:] = [text(row.get(name)) for name, _ in self._texts for row in rows]
        columns = texts.reshape(len(self._texts), len(rows))
        result.update((key, columns[i]) for i, (_, key) in enumerate(self._texts))
        return result


def _line_layout(features: Sequence[Feature], attributes: Mapping[str, str]) -> _Layout:
    """Lay out the columns of lines that some features are made from."""
    sources = {source for feature in features for source in feature.sources}
    used = {s.removeprefix(_OF_LINES) for s in sources if s.startswith(_OF_LINES)}
    types = {c.name: c.type for c in ORDER_LINES.columns}
    return _Layout("lines.", sorted(used), types | dict(attributes))


def _known(value: Any) -> float | None:
    """Read a number as a feature says it: None where there is none."""
    if type(value) is int:
        return float(value)
    amount = value if type(value) is float else number(value)
    return amount if amount == amount else None


def _scalar(value: Any) -> float | str | None:
    if value is None or isinstance(value, str):
        return value
    return None if value != value else float(value)


def _kind(type_: str) -> str:
    if type_ not in ARROW_TYPES:
        raise ValueError(f"no such column type: {type_}")
    return type_ if type_ in {"string", "instant"} else "number"


def _moment(value: Any) -> float:
    """Read an instant as microseconds."""
    return number(instant(value))

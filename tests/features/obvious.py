"""Windows computed the slow, obvious way: one loop over all events for each order."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction
from math import sqrt
from typing import TYPE_CHECKING, Any, NamedTuple

from features.windows import EVERYBODY, SHRINKAGE, outcome_kinds

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from features.windows import Entity, Measure

    Row = dict[str, Any]
    Tables = Mapping[str, Sequence[Row]]

MICROSECOND = timedelta(microseconds=1)


class Seen(NamedTuple):
    key: tuple[Any, ...]
    happened: int
    known: int
    row: Row


def obvious(tables: Tables, measure: Measure, order: Row) -> float | str | None:
    """Compute an order-level measure of one order."""
    if measure.aggregate in {"rate", "decayed"}:
        return _drawn(tables, measure, order)
    events = _seen(tables, measure.entity, measure.stream, measure, order)
    if events is None:
        return None
    column = measure.column or ""
    values = [e.row[column] for e in events if e.row.get(column) is not None]
    if measure.aggregate in OF_EVENTS:
        return OF_EVENTS[measure.aggregate](events, order)
    return OF_VALUES[measure.aggregate](values, order.get(column))


def _since(events: Sequence[Seen], order: Row) -> float | None:
    last = max((e.happened for e in events), default=None)
    return None if last is None else float(order["placed_at"] - last) / 1e6


def _since_first(events: Sequence[Seen], order: Row) -> float | None:
    first = min((e.happened for e in events), default=None)
    return None if first is None else float(order["placed_at"] - first) / 1e6


def _last(events: Sequence[Seen], _order: Row) -> str | None:
    last = max(((e.happened, str(e.row["order_key"])) for e in events), default=None)
    return None if last is None else last[1]


def _mean(values: Sequence[int]) -> float | None:
    return float(Fraction(sum(values), len(values))) if values else None


def _zscore(values: Sequence[int], own: int | None) -> float | None:
    std, mean = _std(values), _mean(values)
    return (own - mean) / std if std and mean is not None and own is not None else None


def _ratio(values: Sequence[int], own: int | None) -> float | None:
    mean = _mean(values)
    return own / mean if mean is not None and mean > 0 and own is not None else None


OF_EVENTS: dict[str, Callable[[Sequence[Seen], Row], float | str | None]] = {
    "count": lambda events, _order: float(len(events)),
    "since": _since,
    "since_first": _since_first,
    "last": _last,
}
OF_VALUES: dict[str, Callable[[Sequence[Any], int | None], float | None]] = {
    "sum": lambda values, _own: float(sum(values)),
    "distinct": lambda values, _own: float(len(set(values))),
    "min": lambda values, _own: min(values, default=None),
    "max": lambda values, _own: max(values, default=None),
    "mean": lambda values, _own: _mean(values),
    "share": lambda values, _own: _mean(values),
    "std": lambda values, _own: _std(values),
    "zscore": _zscore,
    "ratio": _ratio,
}


def _std(values: Sequence[int]) -> float | None:
    if len(values) < 2:
        return None
    mean = Fraction(sum(values), len(values))
    return sqrt(sum((v - mean) ** 2 for v in values) / (len(values) - 1))


def _drawn(tables: Tables, measure: Measure, order: Row) -> float | None:
    """Draw a rate, or a mean of fading weight, towards everybody's."""
    n, bad, n_all, bad_all = (
        _weighed(tables, entity, measure, order, bad=bad)
        for entity in (measure.entity, EVERYBODY)
        for bad in (False, True)
    )
    if not n or not n_all:
        return None
    return (bad + SHRINKAGE * (bad_all / n_all)) / (n + SHRINKAGE)


def _weighed(tables: Tables, entity: Entity, measure: Measure, order: Row, *, bad: bool) -> float:
    """Add up the weights of the events, or of what is bad about them."""
    stream = measure.stream if bad or measure.column else "orders"
    total = Fraction(0)
    for event in _seen(tables, entity, stream, measure, order) or ():
        value = event.row.get(measure.column) if measure.column else 1
        if value is not None:
            total += _weight(measure, order, event) * (value if bad else 1)
    return float(total)


def _weight(measure: Measure, order: Row, event: Seen) -> Fraction:
    """1 for a rate; half as much for each whole window that an event lies further back."""
    if measure.aggregate == "rate":
        return Fraction(1)
    age = order["placed_at"] - measure.delay // MICROSECOND - event.happened
    return Fraction(1, 2 ** ((age - 1) // (measure.window // MICROSECOND)))


def _key(entity: Entity, row: Row) -> tuple[Any, ...] | None:
    key = tuple(row.get(column) for column in entity.columns)
    return None if None in key else key


def _seen(
    tables: Tables, entity: Entity, stream: str, measure: Measure, order: Row
) -> list[Seen] | None:
    """Events of the order's key that it may see, inside its window."""
    key = _key(entity, order)
    if key is None:
        return None
    until = order["placed_at"] - measure.delay // MICROSECOND
    since = order["placed_at"] - measure.horizon // MICROSECOND
    return [
        e
        for e in _events(tables, entity, stream)
        if e.key == key and e.known < order["received_at"] and since <= e.happened < until
    ]


def _events(tables: Tables, entity: Entity, stream: str) -> list[Seen]:
    orders = {row["order_key"]: row for row in tables["orders"]}
    source, _, kind = stream.partition(":")
    found: list[Seen] = []
    if source == "orders":
        for row in orders.values():
            key = _key(entity, row)
            if key is not None:
                found.append(Seen(key, row["placed_at"], row["received_at"], row))
        return found
    for name, row in orders.items():
        reports = [
            (max(o["known_at"], row["received_at"]), o["occurred_at"])
            for o in tables.get("outcomes", ())
            if o["order_key"] == name
            and o["kind"] in outcome_kinds(kind)
            and o["is_bad"] is not False
        ]
        key = _key(entity, row)
        if reports and key is not None:
            known, occurred = min(reports)
            happened = row["placed_at"] if source == "cohort" else occurred
            found.append(Seen(key, happened, known, row))
    return found

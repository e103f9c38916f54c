"""What a windowed feature is: entity, stream, value, window, aggregate. The one declaration.

A feature of an order sees the events that were known strictly before the order was received, and
places them in its window by when they *happened* relative to when the order was placed:
``[placed_at - delay - window, placed_at - delay)``. Every engine reads this declaration, keeps the
integer parts it asks for, and turns them into numbers with the formulas that stand here, so that
all engines give the same bits.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from math import nan, sqrt
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    Floats = Sequence[float]
    Formula = Callable[[float, Floats], float]

MICROSECOND: Final = timedelta(microseconds=1)
SECOND_US: Final = 1_000_000
DAY: Final = timedelta(days=1)
SHRINKAGE: Final = 10.0
"""Orders an entity needs before its own rate weighs as much as the overall one."""
RINGS: Final = 6
"""Half-lives that a decayed rate looks back; what lies further would weigh less than 1/64."""


@dataclass(frozen=True, slots=True)
class Entity:
    """What an order may share with other orders.

    Parameters
    ----------
    subject
        Name in features, such as ``buyer``.
    columns
        Columns whose values together are the key; an order that lacks one has no such entity.
        None at all is everybody: all orders share it.
    zh, en
        What it is called.
    level
        ``order`` when an order has one key, ``line`` when each of its lines has one.

    Examples
    --------
    >>> Entity("phone_sku_set", ("phone_key", "sku_set_key"), "手机+商品", "phone and goods").level
    'order'
    """

    subject: str
    columns: tuple[str, ...]
    zh: str
    en: str
    level: str = "order"


OUTCOME_KINDS_OF: Final = {"fraud": ("fraud", "chargeback")}
"""Outcome kinds that count as another: a chargeback is a fraud that the bank reports."""

EVERYBODY: Final = Entity("everybody", (), "全部订单", "all orders")


class Part(NamedTuple):
    """One number that an engine keeps for an entity: what a window holds of a stream.

    Parameters
    ----------
    entity
        Whose events.
    stream
        ``orders``, ``lines``, ``shipments``, ``outcome:<kind>`` (bad outcomes by when they
        occurred) or ``cohort:<kind>`` (the same outcomes by when their order was placed).
    span_us, delay_us
        The window ``[placed_at - delay - span, placed_at - delay)`` in microseconds.
    kind
        ``n`` events; ``valid`` events with a value; ``total`` of the values; ``spread``
        (``valid`` × sum of squares - ``total``², exact, then as a float); ``low`` and ``high``
        value; ``distinct`` values; ``gap`` to the last and ``age`` of the first event in
        microseconds before the order; ``last``: the order of the last event, the greatest key of
        those at one instant.
    column
        The value or counterpart column; None where none is needed.
    """

    entity: Entity
    stream: str
    span_us: int
    delay_us: int
    kind: str
    column: str | None


def outcome_kinds(kind: str) -> tuple[str, ...]:
    """Kinds of outcome that make an order bad in the sense of a label.

    Examples
    --------
    >>> outcome_kinds("fraud"), outcome_kinds("return")
    (('fraud', 'chargeback'), ('return',))
    """
    return OUTCOME_KINDS_OF.get(kind, (kind,))


@dataclass(frozen=True, slots=True)
class Aggregate:
    """How the parts of a window become a number.

    Parameters
    ----------
    parts
        Kinds of parts it needs, in the formula's order.
    formula
        From the order's own value and the parts to the number; NaN is unknown. It is plain scalar
        Python that every engine compiles or calls, with no operation that IEEE 754 does not define
        to the bit.
    """

    parts: tuple[str, ...]
    formula: Formula


def same(_own: float, parts: Floats) -> float:
    """Give a part as it is.

    Examples
    --------
    >>> same(nan, [3.0])
    3.0
    """
    return parts[0]


def seconds(_own: float, parts: Floats) -> float:
    """Turn microseconds into seconds.

    Examples
    --------
    >>> seconds(nan, [2_500_000.0])
    2.5
    """
    return parts[0] / SECOND_US


def mean(_own: float, parts: Floats) -> float:
    """Mean of the values, from how many there are and their total.

    Examples
    --------
    >>> mean(nan, [4.0, 10.0]), mean(nan, [0.0, 0.0])
    (2.5, nan)
    """
    return parts[1] / parts[0] if parts[0] > 0 else nan


def std(_own: float, parts: Floats) -> float:
    """Sample standard deviation, from ``valid``, ``total`` and ``spread``.

    Examples
    --------
    >>> std(nan, [2.0, 4.0, 4.0]), std(nan, [1.0, 4.0, 0.0])  # the values 1 and 3, and 4 alone
    (1.4142135623730951, nan)
    """
    return sqrt(parts[2] / (parts[0] * (parts[0] - 1.0))) if parts[0] > 1 else nan


def zscore(own: float, parts: Floats) -> float:
    """Tell how many standard deviations the own value lies above the mean.

    Examples
    --------
    >>> zscore(4.0, [2.0, 4.0, 4.0])
    1.414213562373095
    """
    if parts[0] <= 1 or parts[2] <= 0:
        return nan
    deviation = sqrt(parts[2] / (parts[0] * (parts[0] - 1.0)))
    return (own - parts[1] / parts[0]) / deviation


def ratio(own: float, parts: Floats) -> float:
    """Divide the order's own value by the mean.

    Examples
    --------
    >>> ratio(5.0, [4.0, 10.0]), ratio(5.0, [4.0, -10.0])
    (2.0, nan)
    """
    if parts[0] <= 0 or parts[1] <= 0:
        return nan
    return own / (parts[1] / parts[0])


def rate(_own: float, parts: Floats) -> float:
    """Share that went bad, drawn towards everybody's while the entity has few.

    Examples
    --------
    >>> rate(nan, [10.0, 1.0, 100.0, 2.0]), rate(nan, [0.0, 0.0, 100.0, 2.0])
    (0.06, nan)
    """
    if parts[0] <= 0 or parts[2] <= 0:
        return nan
    return (parts[1] + SHRINKAGE * (parts[3] / parts[2])) / (parts[0] + SHRINKAGE)


def decayed(_own: float, parts: Floats) -> float:
    """Share that went bad when each half-life further back counts half, drawn as `rate` is.

    The parts are those of `rate` over 1, 2, … `RINGS` half-lives. Weights are whole powers of two,
    so that nothing is rounded before the last division.

    Examples
    --------
    >>> rings = [[10.0, 1.0, 100.0, 2.0]] + [[20.0, 1.0, 200.0, 2.0]] * (RINGS - 1)
    >>> decayed(nan, [part for ring in rings for part in ring])  # 10 orders in each of two rings
    0.04533333333333333
    """
    n = bad = n_all = bad_all = 0.0
    for ring in range(RINGS):
        # The share of its weight that a ring loses at its end; the last one loses it all.
        weight = 2.0 ** -(ring + 1) if ring + 1 < RINGS else 2.0**-ring
        n += weight * parts[4 * ring]
        bad += weight * parts[4 * ring + 1]
        n_all += weight * parts[4 * ring + 2]
        bad_all += weight * parts[4 * ring + 3]
    if n <= 0 or n_all <= 0:
        return nan
    return (bad + SHRINKAGE * (bad_all / n_all)) / (n + SHRINKAGE)


AGGREGATES: Final[dict[str, Aggregate]] = {
    "count": Aggregate(("n",), same),
    "sum": Aggregate(("total",), same),
    "mean": Aggregate(("valid", "total"), mean),
    "share": Aggregate(("valid", "total"), mean),
    "std": Aggregate(("valid", "total", "spread"), std),
    "min": Aggregate(("low",), same),
    "max": Aggregate(("high",), same),
    "distinct": Aggregate(("distinct",), same),
    "since": Aggregate(("gap",), seconds),
    "since_first": Aggregate(("age",), seconds),
    "last": Aggregate(("last",), same),
    "zscore": Aggregate(("valid", "total", "spread"), zscore),
    "ratio": Aggregate(("valid", "total"), ratio),
    "rate": Aggregate(("n", "n", "n", "n"), rate),
    "decayed": Aggregate(("n", "n", "n", "n") * RINGS, decayed),
}
"""Aggregate by name. ``share`` is the mean of a value that is 0 or 1; ``std`` is the sample
deviation; ``zscore`` and ``ratio`` set the order's own value against the entity's mean; ``rate`` is
the share of matured orders that went bad, drawn towards the overall share while they are few, and
``decayed`` the same with half the weight for each window's length further back. ``rate`` and
``decayed`` of a column that is 0 or 1 are shares of the events that have a value."""


@dataclass(frozen=True, slots=True)
class Measure:
    """A windowed feature.

    Parameters
    ----------
    entity
        Whose events are looked at: those that share the order's key.
    stream
        See `Part`.
    aggregate
        A name in `AGGREGATES`.
    window
        Length of the window.
    delay
        Distance of the window's end from ``placed_at``; a label's maturity.
    column
        The value to add up or compare, or the counterpart to count distinct values of.
    reduce
        How an order with several keys (lines) becomes one number: ``max`` or ``min``.

    Examples
    --------
    >>> ip = Entity("ip", ("ip_key",), "IP", "IP address")
    >>> Measure(ip, "orders", "count", timedelta(minutes=10)).name
    'ip__order_count__10m'
    >>> Measure(ip, "orders", "distinct", timedelta(days=7), column="buyer_key").name
    'ip__buyer_distinct__7d'
    >>> Measure(ip, "orders", "zscore", timedelta(days=30), column="value_minor").name
    'ip__value_minor__zscore_30d'
    >>> Measure(ip, "cohort:fraud", "rate", timedelta(days=30), delay=timedelta(days=7)).name
    'ip__fraud_rate__matured_30d'
    >>> Measure(ip, "orders", "since_first", timedelta(days=90)).name
    'ip__seconds_since__first_90d'
    >>> Measure(ip, "cohort:fraud", "since_first", timedelta(days=30)).name
    'ip__seconds_since__fraud_first_30d'
    """

    entity: Entity
    stream: str
    aggregate: str
    window: timedelta
    delay: timedelta = timedelta(0)
    column: str | None = None
    reduce: str = "max"

    @property
    def name(self) -> str:
        """The feature's name, ``subject__measure__statistic_window``."""
        return f"{self.entity.subject}__{self._what()}{duration(self.window)}"

    def _what(self) -> str:
        source, _, kind = self.stream.partition(":")
        if self.aggregate in {"rate", "decayed"}:
            thing = f"{kind}_rate" if self.column is None else self.column
            return f"{thing}__{'decayed' if self.aggregate == 'decayed' else 'matured'}_"
        if self.aggregate == "count":
            thing = {"lines": "order", "orders": "order", "shipments": "parcel"}.get(source, kind)
            clock = {"outcome": "known_", "cohort": "matured_"}.get(source, "")
            return f"{thing}_count__{clock or ('placed_before_' if self.delay else '')}"
        if self.aggregate == "distinct":
            return f"{bare(self.column or '')}_distinct__"
        if self.aggregate in {"since", "since_first"}:
            clock = {"outcome": f"known_{kind}_", "cohort": f"{kind}_"}.get(source, "")
            return f"seconds_since__{clock}{'last' if self.aggregate == 'since' else 'first'}_"
        if self.aggregate == "last":
            return "order_key__last_"
        return f"{self.column}__{self.aggregate}_"

    @property
    def parts(self) -> tuple[Part, ...]:
        """The parts an engine keeps for it, in the order its formula takes them."""
        spans = range(1, RINGS + 1) if self.aggregate == "decayed" else (1,)
        if self.aggregate in {"rate", "decayed"}:
            return tuple(part for times in spans for part in self._rate_parts(times))
        return tuple(
            self._part(self.entity, self.stream, kind) for kind in AGGREGATES[self.aggregate].parts
        )

    def _rate_parts(self, times: int) -> Iterator[Part]:
        """Give how many there were and how many were bad, of the entity and of everybody."""
        for entity in (self.entity, EVERYBODY):
            if self.column is not None:
                yield self._part(entity, self.stream, "valid", times)
                yield self._part(entity, self.stream, "total", times)
            else:
                yield self._part(
                    entity, "lines" if entity.level == "line" else "orders", "n", times
                )
                yield self._part(entity, self.stream, "n", times)

    def _part(self, entity: Entity, stream: str, kind: str, times: int = 1) -> Part:
        column = None if kind in _OF_EVENTS else self.column
        span, delay = times * self.window // MICROSECOND, self.delay // MICROSECOND
        return Part(entity, stream, span, delay, kind, column)

    @property
    def horizon(self) -> timedelta:
        """How far back an event may have happened and still count."""
        return self.window * (RINGS if self.aggregate == "decayed" else 1) + self.delay


_OF_EVENTS: Final = frozenset({"n", "gap", "age", "last"})
"""Kinds of parts that need no column."""


def bare(column: str) -> str:
    """Name a key column without its suffix or prefix.

    Examples
    --------
    >>> bare("buyer_key"), bare("entity__terminal"), bare("carrier")
    ('buyer', 'entity_terminal', 'carrier')
    """
    return column.removesuffix("_key").replace("entity__", "entity_")


def duration(window: timedelta) -> str:
    """Write a window the way feature names do.

    Examples
    --------
    >>> [duration(timedelta(minutes=m)) for m in (10, 60, 1440, 10080)]
    ['10m', '1h', '24h', '7d']
    """
    minutes, rest = divmod(window, timedelta(minutes=1))
    if rest or minutes <= 0:
        raise ValueError(f"a window is a positive number of whole minutes, not {window}")
    if minutes % 1440 == 0 and minutes != 1440:
        return f"{minutes // 1440}d"
    return f"{minutes // 60}h" if minutes % 60 == 0 else f"{minutes}m"

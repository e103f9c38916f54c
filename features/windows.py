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
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

MICROSECOND: Final = timedelta(microseconds=1)
SECOND_US: Final = 1_000_000
DAY: Final = timedelta(days=1)
SHRINKAGE: Final = 10.0
"""Orders an entity needs before its own rate weighs as much as the overall one."""


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
        value; ``distinct`` values; ``gap`` to the last event in microseconds; ``last`` its order.
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
        From the order's own value and the parts, arrays of one length, to the numbers; NaN is
        unknown. Only operations that IEEE 754 defines to the bit are used.
    """

    parts: tuple[str, ...]
    formula: Callable[..., Floats]


def _same(_own: Floats, part: Floats) -> Floats:
    return part


def _seconds(_own: Floats, gap: Floats) -> Floats:
    return gap / SECOND_US


def _mean(_own: Floats, valid: Floats, total: Floats) -> Floats:
    return total / np.where(valid > 0, valid, np.nan)


def _std(_own: Floats, valid: Floats, spread: Floats) -> Floats:
    return np.sqrt(spread / np.where(valid > 1, valid * (valid - 1.0), np.nan))


def _zscore(own: Floats, valid: Floats, total: Floats, spread: Floats) -> Floats:
    std = _std(own, valid, spread)
    return (own - _mean(own, valid, total)) / np.where(std > 0, std, np.nan)


def _ratio(own: Floats, valid: Floats, total: Floats) -> Floats:
    mean = _mean(own, valid, total)
    return own / np.where(mean > 0, mean, np.nan)


def _rate(_own: Floats, n: Floats, bad: Floats, n_all: Floats, bad_all: Floats) -> Floats:
    prior = bad_all / np.where(n_all > 0, n_all, np.nan)
    return (bad + SHRINKAGE * prior) / (np.where(n > 0, n, np.nan) + SHRINKAGE)


AGGREGATES: Final[dict[str, Aggregate]] = {
    "count": Aggregate(("n",), _same),
    "sum": Aggregate(("total",), _same),
    "mean": Aggregate(("valid", "total"), _mean),
    "share": Aggregate(("valid", "total"), _mean),
    "std": Aggregate(("valid", "spread"), _std),
    "min": Aggregate(("low",), _same),
    "max": Aggregate(("high",), _same),
    "distinct": Aggregate(("distinct",), _same),
    "since": Aggregate(("gap",), _seconds),
    "last": Aggregate(("last",), _same),
    "zscore": Aggregate(("valid", "total", "spread"), _zscore),
    "ratio": Aggregate(("valid", "total"), _ratio),
    "rate": Aggregate(("n", "n", "n", "n"), _rate),
}
"""Aggregate by name. ``share`` is the mean of a value that is 0 or 1; ``std`` is the sample
deviation; ``zscore`` and ``ratio`` set the order's own value against the entity's mean; ``rate`` is
the share of matured orders that went bad, drawn towards the overall share while they are few."""


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
        if self.aggregate == "rate":
            return f"{kind}_rate__matured_"
        if self.aggregate == "count":
            thing = {"lines": "order", "orders": "order", "shipments": "parcel"}.get(source, kind)
            clock = {"outcome": "known_", "cohort": "matured_"}.get(source, "")
            return f"{thing}_count__{clock or ('placed_before_' if self.delay else '')}"
        if self.aggregate == "distinct":
            return f"{bare(self.column or '')}_distinct__"
        if self.aggregate == "since":
            return "seconds_since__last_"
        if self.aggregate == "last":
            return "order_key__last_"
        return f"{self.column}__{self.aggregate}_"

    @property
    def parts(self) -> tuple[Part, ...]:
        """The parts an engine keeps for it, in the order its formula takes them."""
        span, delay = self.window // MICROSECOND, self.delay // MICROSECOND
        if self.aggregate == "rate":
            orders = "lines" if self.entity.level == "line" else "orders"
            return tuple(
                Part(entity, stream, span, delay, "n", None)
                for entity, placed in ((self.entity, orders), (EVERYBODY, "orders"))
                for stream in (placed, self.stream)
            )
        return tuple(
            Part(
                self.entity,
                self.stream,
                span,
                delay,
                kind,
                None if kind in {"n", "gap", "last"} else self.column,
            )
            for kind in AGGREGATES[self.aggregate].parts
        )

    @property
    def horizon(self) -> timedelta:
        """How far back an event may have happened and still count."""
        return self.window + self.delay


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

"""What a minute of the reviewers' day is worth: a price that balances the queue with their time.

Every order has a price of a review minute below which reviewing it is the cheapest action. The
minutes that orders of the last days would have taken, by that price, are the demand; the price at
which demand equals the reviewers' time is what a minute is worth. What the last day's reviews
already took pulls it up or down. There is no midnight at which anything starts anew, and no order
moves the price by more than a small share.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING, Final

from features.durations import DAY_US, SECOND_US

if TYPE_CHECKING:
    from collections.abc import Iterable

SLOT_US: Final = SECOND_US
"""All orders of such a span of time meet the same price, whoever decides them and in what order."""
_LOWEST: Final = 1.0
"""Price at the lower end of the first step, minor units before ``money_scale``."""
_PER_OCTAVE: Final = 4
_N_STEPS: Final = 24 * _PER_OCTAVE
_EVEN_SHARE: Final = 0.02
"""Share of demand taken to be spread over all prices, so that demand has no gaps to jump over."""
_RESCALE_AT: Final = 30.0
"""Weights grow with time instead of fading; from this exponent on they are brought down again."""


@dataclass(frozen=True, slots=True)
class Capacity:
    """The reviewers' time, and how its price is found.

    Parameters
    ----------
    minutes_per_day
        Minutes that reviewers have in a day.
    least_minute_minor
        Price below which a minute never falls: the wage.
    memory_days
        Days after which an order counts for a third in the forecast of demand.
    pull
        How strongly the last day's reviews move the price: a day that took half as much again
        as there was divides what is allowed by ``exp(pull / 2)``.
    step
        Largest relative change of the price by one order.
    prior_orders
        Orders after which the forecast weighs as much as the policy's own price.

    Examples
    --------
    >>> Capacity(minutes_per_day=480).step
    0.02
    """

    minutes_per_day: float = 240.0
    least_minute_minor: float = 100.0
    memory_days: float = 3.0
    pull: float = 4.0
    step: float = 0.02
    prior_orders: float = 200.0


@dataclass(frozen=True, slots=True)
class Asked:
    """What the decision on one order asked of the reviewers.

    Parameters
    ----------
    at
        When it was decided, microseconds UTC.
    worth_minor
        Price of a minute below which reviewing it is the cheapest action.
    minutes
        Minutes a review of it takes.
    is_reviewed
        Whether it was sent to review.
    """

    at: int
    worth_minor: float
    minutes: float
    is_reviewed: bool

    @property
    def slot(self) -> int:
        """The span of `SLOT_US` that it was decided in."""
        return self.at // SLOT_US


@dataclass(slots=True)
class ReviewLoad:
    """What the last days' orders asked of the reviewers; gives the price of a minute.

    Parameters
    ----------
    capacity
        The reviewers' time.
    first_minor
        Price before there is any experience, minor units of the base currency.
    money_scale
        Factor that turns the capacity's prices into the base currency.

    Examples
    --------
    >>> load = ReviewLoad(Capacity(minutes_per_day=60), first_minor=300)
    >>> load.price
    300.0
    >>> load.observe(Asked(i * DAY_US // 1_000, 400.0, 4.0, True) for i in range(2_000))
    >>> load.price > 400.0
    True
    """

    capacity: Capacity
    first_minor: float
    money_scale: float = 1.0
    price: float = field(init=False)
    _minutes: list[float] = field(init=False)
    _weight: float = field(init=False, default=0.0)
    _used: float = field(init=False, default=0.0)
    _since: int | None = field(init=False, default=None)
    _start: int = field(init=False, default=0)
    _at: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        """Start with the policy's own price."""
        self.price = float(self.first_minor)
        self._minutes = [0.0] * _N_STEPS

    def observe(self, orders: Iterable[Asked]) -> None:
        """Count orders, and move the price once for each slot of them.

        Parameters
        ----------
        orders
            Those not observed yet, oldest first; one that comes late counts as now.
        """
        most = 1.0 + self.capacity.step
        for _, together in groupby(orders, key=lambda order: order.slot):
            n_orders = self.count(together)
            target = self.target(self.capacity.minutes_per_day)
            reach = most**n_orders
            self.price = min(max(target, self.price / reach), self.price * reach)

    def count(self, orders: Iterable[Asked]) -> int:
        """Count orders and leave the price; see :meth:`observe`. Gives their number."""
        n_orders = 0
        for order in orders:
            n_orders += 1
            self._advance(order.at)
            grown = math.exp((self._at - self._start) / (self.capacity.memory_days * DAY_US))
            self._weight += grown
            step = _step_of(order.worth_minor / self.money_scale)
            if step is not None:
                self._minutes[step] += grown * order.minutes
            if order.is_reviewed:
                self._used += order.minutes
        return n_orders

    def target(self, minutes_per_day: float) -> float:
        """Give the price that balances demand with some capacity, as things stand.

        Parameters
        ----------
        minutes_per_day
            The reviewers' time; more of it never gives a higher price, and a little more of it a
            price that is only a little lower.

        Returns
        -------
        float
            Minor units of the base currency a minute.
        """
        capacity = self.capacity
        over = self._used / minutes_per_day if minutes_per_day > 0.0 else 0.0
        allowed = minutes_per_day * math.exp(capacity.pull * (1.0 - over))
        memory_us = capacity.memory_days * DAY_US
        faded = math.exp(-(self._at - self._start) / memory_us)
        passed = max(self._at - (self._since or 0), DAY_US) / memory_us
        # Total weight per day of memory seen: the first days have not filled it yet.
        per_day = faded / (capacity.memory_days * (1.0 - math.exp(-passed)))
        found = _balance(self._minutes, allowed / per_day)
        target = max(found, capacity.least_minute_minor) * self.money_scale
        known = self._weight * faded
        share = known / (known + capacity.prior_orders)
        return math.exp(share * math.log(target) + (1.0 - share) * math.log(self.first_minor))

    def used_minutes(self, at: int) -> float:
        """Give the minutes that reviews of the last day took; what is older has faded."""
        return self._used * math.exp(-max(at - self._at, 0) / DAY_US)

    def _advance(self, at: int) -> None:
        """Let time pass: what was used fades over a day."""
        if self._since is None:
            self._since = self._start = self._at = at
        passed = max(at - self._at, 0)
        self._used *= math.exp(-passed / DAY_US)
        self._at += passed
        exponent = (self._at - self._start) / (self.capacity.memory_days * DAY_US)
        if exponent > _RESCALE_AT:
            faded = math.exp(-exponent)
            self._minutes = [minutes * faded for minutes in self._minutes]
            self._weight *= faded
            self._start = self._at


def _step_of(worth: float) -> int | None:
    """Give the step of a worth on a scale of equal ratios; None below the scale."""
    if worth <= _LOWEST:
        return None
    return min(int(math.log2(worth / _LOWEST) * _PER_OCTAVE), _N_STEPS - 1)


def _balance(minutes: list[float], allowed: float) -> float:
    """Give the price at which no more than the allowed minutes are worth it.

    Within a step demand is taken to fall evenly over the logarithm of the price, so that the price
    follows what is allowed without a jump.
    """
    asked, everywhere = 0.0, _EVEN_SHARE * sum(minutes) / _N_STEPS
    for step in range(_N_STEPS - 1, -1, -1):
        here = minutes[step] + everywhere
        if asked + here > allowed:
            below = step + 1.0 - (allowed - asked) / here
            return _LOWEST * math.exp2(below / _PER_OCTAVE)
        asked += here
    return _LOWEST

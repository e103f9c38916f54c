"""The moment of a decision: the price of a review minute, and what may be tried out."""

from __future__ import annotations

from collections import Counter, deque
from typing import TYPE_CHECKING, Final

from models.policy.capacity import ReviewLoad
from models.policy.exploration import draw_of
from models.policy.facts import Moment
from serving.exploration.repository import DAY_US

if TYPE_CHECKING:
    from models.policy.costs import DecisionPolicy
    from models.policy.decision import Decision
    from serving.clock import Clock
    from serving.exploration.repository import TrialStore

REMEMBERED: Final = 50_000
"""Newest decisions at most from which the price is worked out again after a restart."""

UNBOUNDED: Final = float(2**53)
"""Stands for money without end, for an order whose stake was paid already."""

_MEMORIES: Final = 4
_SETTLED_US: Final = 1_000_000
"""Age from which every worker's decisions can be read; younger ones wait for the next refresh."""


class Moments:
    """Keeps the price of a review minute and the day's money up to date, decision by decision.

    Workers that share a store each keep their own and take up each other's decisions at the next
    :meth:`refresh`. What a decision used is stored with it; nothing here is needed to make it
    again.

    Parameters
    ----------
    store
        Where trials and decisions are kept.
    policy
        Costs and limits.
    secret
        The tenant's secret, which salts the random number of each order.
    clock
        Gives the present.
    """

    def __init__(
        self, store: TrialStore, policy: DecisionPolicy, secret: bytes, clock: Clock
    ) -> None:
        self._store = store
        self._policy = policy
        self._secret = secret
        self._clock = clock
        self._spent: dict[int, int] = {}
        self._own: deque[tuple[int, str]] = deque()
        self.load = _load(policy)
        self._seen = clock() - round(_MEMORIES * policy.capacity.memory_days * DAY_US)
        self._restore()

    @property
    def cap_minor(self) -> int:
        """Most that the trials of a day may cost together, minor units."""
        return _cap(self._policy)

    def at(self, order_key: str, as_of: int, *, is_broke: bool = False) -> Moment:
        """Give the moment of a decision.

        Parameters
        ----------
        order_key
            The order.
        as_of
            When it is decided, microseconds UTC.
        is_broke
            Whether the day's money turned out to be spent by another call.
        """
        draw = draw_of(self._secret, order_key)
        return Moment(
            minute_minor=self.load.price,
            draw=draw,
            budget_minor=0.0 if is_broke else self._left(order_key, as_of, draw),
        )

    def learn(self, decision: Decision, decision_id: str, as_of: int, stored_at: int) -> None:
        """Take up a decision that was stored here."""
        self._own.append((stored_at, decision_id))
        if decision.is_frozen:
            return
        _observe(self.load, decision, as_of)
        if decision.trial is not None and decision.trial.is_explored:
            self._spent.pop(as_of // DAY_US, None)

    def refresh(self) -> None:
        """Take up what other workers decided and spent; cheap when there are none."""
        until = self._clock() - _SETTLED_US
        own: set[str] = set()
        while self._own and self._own[0][0] <= until:
            own.add(self._own.popleft()[1])
        if self._store.count_decisions(self._seen, until) != len(own):
            for each in self._store.asked(self._seen, until, REMEMBERED):
                if each.decision_id not in own:
                    self.load.observe(
                        each.as_of,
                        worth_minor=each.worth_minor,
                        minutes=each.minutes,
                        is_reviewed=each.action == "review",
                    )
        self._seen = max(self._seen, until)
        self._spent.clear()

    def _restore(self) -> None:
        """Work the load out again from stored decisions, and go on at the last price."""
        now = self._clock()
        asked = self._store.asked(self._seen, now, REMEMBERED)
        for each in asked:
            self.load.count(
                each.as_of,
                worth_minor=each.worth_minor,
                minutes=each.minutes,
                is_reviewed=each.action == "review",
            )
        if asked:
            self.load.price = asked[-1].minute_minor
        self._seen = now

    def _left(self, order_key: str, as_of: int, draw: float) -> float:
        """Give what is left of the day's money; an order in its arm already needs none."""
        rules = self._policy.exploration
        is_drawn = draw < max(rules.release_share, rules.review_share)
        if is_drawn and self._store.is_tried(order_key):
            return UNBOUNDED
        day = as_of // DAY_US
        if is_drawn or day not in self._spent:
            self._spent = {day: self._store.spent(day)}
        return float(self.cap_minor - self._spent[day])


class Rehearsal:
    """The moments of a file of orders that are decided one after the other, as a service would.

    Parameters
    ----------
    policy
        Costs and limits.
    secret
        The tenant's secret.

    Examples
    --------
    >>> from models.policy.costs import DecisionPolicy
    >>> rehearsal = Rehearsal(DecisionPolicy(), b"secret")
    >>> rehearsal.at("m/web/s/1", 0) == rehearsal.at("m/web/s/1", 0)
    True
    """

    def __init__(self, policy: DecisionPolicy, secret: bytes) -> None:
        self._cap = _cap(policy)
        self._secret = secret
        self._load = _load(policy)
        self._spent: Counter[int] = Counter()

    def at(self, order_key: str, as_of: int) -> Moment:
        """Give the moment of a decision; see `Moments.at`."""
        return Moment(
            minute_minor=self._load.price,
            draw=draw_of(self._secret, order_key),
            budget_minor=float(self._cap - self._spent[as_of // DAY_US]),
        )

    def learn(self, decision: Decision, as_of: int) -> None:
        """Take up a decision."""
        _observe(self._load, decision, as_of)
        if decision.trial is not None and decision.trial.is_explored:
            self._spent[as_of // DAY_US] += decision.trial.stake_minor


def _cap(policy: DecisionPolicy) -> int:
    return round(policy.exploration.day_minor * policy.money_scale)


def _load(policy: DecisionPolicy) -> ReviewLoad:
    scale = policy.money_scale
    return ReviewLoad(policy.capacity, policy.minute_minor * scale, scale)


def _observe(load: ReviewLoad, decision: Decision, as_of: int) -> None:
    load.observe(
        as_of,
        worth_minor=decision.review_worth_minor,
        minutes=decision.review_minutes,
        is_reviewed=decision.action == "review",
    )

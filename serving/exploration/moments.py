"""The moment of a decision: the price of a review minute, and what may be tried out."""

from __future__ import annotations

from collections import Counter, deque
from typing import TYPE_CHECKING, Final

from features.durations import DAY_US
from models.policy.capacity import SLOT_US, Asked, ReviewLoad
from models.policy.exploration import draw_of
from models.policy.facts import Moment

if TYPE_CHECKING:
    from collections.abc import Iterable

    from models.policy.costs import DecisionPolicy
    from models.policy.decision import Decision
    from serving.clock import Clock
    from serving.exploration.repository import Load, TrialStore

REMEMBERED: Final = 50_000
"""Newest decisions at most from which the price is worked out again after a restart."""

UNBOUNDED: Final = float(2**53)
"""Stands for money without end, for an order whose stake was paid already."""

_MEMORIES: Final = 4
_LATE_US: Final = 5_000_000
"""Decisions stored so long ago were read by every worker, also when their commit took its time."""


class Moments:
    """Keeps the price of a review minute and the day's money up to date.

    The price that an order meets follows from the stored decisions of earlier slots alone, so
    that workers that share a store agree on it. What a decision used is stored with it; nothing
    here is needed to make it again.

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
    is_alone
        Whether nobody else decides with this store, so that it need not be read every second.
    """

    def __init__(
        self,
        store: TrialStore,
        policy: DecisionPolicy,
        secret: bytes,
        clock: Clock,
        *,
        is_alone: bool = False,
    ) -> None:
        self._is_alone = is_alone
        self._own: list[Asked] = []
        self._store = store
        self._policy = policy
        self._secret = secret
        self._clock = clock
        self._spent: dict[int, int] = {}
        self._known: dict[str, None] = {}
        self._taken: deque[tuple[int, str]] = deque()
        self._memory_us = round(_MEMORIES * policy.capacity.memory_days * DAY_US)
        self.load = _load(policy)
        self._until = 0
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
        start = as_of - as_of % SLOT_US
        if start > self._until:
            self._follow(start)
            self._until = start
        return Moment(
            minute_minor=self.load.price,
            draw=draw,
            budget_minor=0.0 if is_broke else self._left(order_key, as_of, draw),
        )

    def learn(self, decision: Decision, as_of: int) -> None:
        """Take up a decision that was stored here."""
        if decision.trial is not None and decision.trial.is_explored:
            self._spent.pop(as_of // DAY_US, None)
        if self._is_alone and not decision.is_frozen:
            self._own.append(_asked(decision, as_of))

    def refresh(self) -> None:
        """Take up what others spent, and decisions that were stored after their slot was read."""
        self._spent.clear()
        if self._is_alone:
            return
        now = self._clock()
        self._observe(self._store.late_loads(now - _LATE_US, self._until))
        while self._taken and self._taken[0][0] < now - 2 * _LATE_US:
            self._known.pop(self._taken.popleft()[1], None)

    def _follow(self, start: int) -> None:
        """Let the price follow the decisions of the slots up to an instant."""
        if not self._is_alone:
            self._observe(self._store.loads(self._until or start - self._memory_us, start))
            return
        due = [asked for asked in self._own if asked.at < start]
        self._own = [asked for asked in self._own if asked.at >= start]
        self.load.observe(sorted(due, key=lambda asked: asked.slot))

    def _observe(self, loads: Iterable[Load]) -> None:
        """Let the price follow those decisions that it has not followed yet."""
        now = self._clock()
        new = [load for load in loads if load.decision_id not in self._known]
        self._known |= dict.fromkeys(load.decision_id for load in new)
        self._taken.extend((now, load.decision_id) for load in new)
        self.load.observe(load.asked for load in new)

    def _restore(self) -> None:
        """Work the load out again from stored decisions, and go on at the last price."""
        now = self._clock()
        loads = self._store.newest_loads(now - self._memory_us, REMEMBERED)
        if not loads:
            return
        last = loads[-1]
        self._until = last.asked.slot * SLOT_US
        before = [load for load in loads if load.asked.at < self._until]
        self.load.count(load.asked for load in before)
        self.load.price = last.minute_minor
        if self._is_alone:
            self._own = [load.asked for load in loads if load.asked.at >= self._until]
            return
        self._known = dict.fromkeys(load.decision_id for load in before)
        self._taken.extend((now, name) for name in self._known)

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
        self._asked: list[Asked] = []
        self._spent: Counter[int] = Counter()

    def at(self, order_key: str, as_of: int) -> Moment:
        """Give the moment of a decision; see `Moments.at`."""
        if self._asked and as_of // SLOT_US > self._asked[-1].slot:
            self._load.observe(self._asked)
            self._asked = []
        return Moment(
            minute_minor=self._load.price,
            draw=draw_of(self._secret, order_key),
            budget_minor=float(self._cap - self._spent[as_of // DAY_US]),
        )

    def learn(self, decision: Decision, as_of: int) -> None:
        """Take up a decision."""
        if not decision.is_frozen:
            self._asked.append(_asked(decision, as_of))
        if decision.trial is not None and decision.trial.is_explored:
            self._spent[as_of // DAY_US] += decision.trial.stake_minor


def _asked(decision: Decision, as_of: int) -> Asked:
    is_reviewed = decision.action == "review"
    return Asked(as_of, decision.review_worth_minor, decision.review_minutes, is_reviewed)


def _cap(policy: DecisionPolicy) -> int:
    return round(policy.exploration.day_minor * policy.money_scale)


def _load(policy: DecisionPolicy) -> ReviewLoad:
    scale = policy.money_scale
    return ReviewLoad(policy.capacity, policy.minute_minor * scale, scale)

"""What the decisions on the live orders were worth, beside other ways of working the same days.

What each order really was, and what became of it, comes from the simulation; what harms, holds and
minutes cost comes from the policy that decided. Every way of working gets the same reviewers with
the same minutes a day, and the same gates.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from models.policy.costs import DecisionPolicy
from models.policy.facts import ACTIONS
from serving.demo.findings import TITLES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    import pandas as pd

    from serving.demo.feed import Fed

HARM_OF: Final = {
    "duplicate": "duplicate",
    "burst": "promotion_abuse",
    "promo_abuse": "promotion_abuse",
    "ring": "fraud",
    "stolen_payment": "fraud",
    "unseen_fraud": "fraud",
}
"""Kind of planted trouble to the harm that it does."""

OTHER: Final = "other"
"""Harm that nobody planted: cancellations, refusals, refunds, returns."""


@dataclass(frozen=True, slots=True)
class Case:
    """An order as it really was, with everything that the ways of working go by.

    Parameters
    ----------
    kind
        Kind of planted trouble, ``other``, or empty for an order without any harm.
    day
        Day on which it came in.
    value_minor
        Its value in the base currency.
    harms
        Harms that it really brings when it is released.
    action, priority
        What was decided.
    ruled
        What gates and the merchant's rules alone ask for.
    gated
        What gates alone ask for.
    score
        Probability of fraud by the model; 0 without one.
    """

    kind: str
    day: str
    value_minor: float
    harms: tuple[str, ...]
    action: str
    priority: float
    ruled: str
    gated: str
    score: float


@dataclass(frozen=True, slots=True)
class Way:
    """A way of working.

    Parameters
    ----------
    zh, en
        Its name.
    action
        What is done with an order.
    rank
        Orders are looked at from the highest of it on, while the day's minutes last.
    """

    zh: str
    en: str
    action: Callable[[Case], str]
    rank: Callable[[Case], float]


WAYS: Final = (
    Way("不使用系统", "no system", lambda _: "release", lambda _: 0.0),
    # Whoever has only rules works the cases as they come.
    Way("仅用规则", "rules alone", lambda case: case.ruled, lambda _: 0.0),
    Way(
        "按分数排序",
        "score order",
        lambda case: "review" if case.gated == "release" else case.gated,
        lambda case: case.score,
    ),
    Way("本系统", "this policy", lambda case: case.action, lambda case: case.priority),
)
"""From nothing to everything; the last one is what was really done."""


@dataclass(slots=True)
class Account:
    """What a way of working prevented and cost, minor units of the base currency.

    Parameters
    ----------
    way
        The way.
    harm
        Harm by kind that would happen if everything were released.
    prevented
        Harm by kind that did not happen.
    spent
        Minutes, delay and good buyers lost.
    minutes
        Minutes of reviewers on orders under review.
    by_review
        Harm prevented by looking.
    """

    way: Way
    harm: dict[str, float] = field(default_factory=dict)
    prevented: dict[str, float] = field(default_factory=dict)
    spent: float = 0.0
    minutes: float = 0.0
    by_review: float = 0.0

    @property
    def saved(self) -> float:
        """Harm prevented, less what that cost."""
        return sum(self.prevented.values()) - self.spent

    @property
    def a_minute(self) -> float | None:
        """Harm prevented by a minute of looking; None when nobody looked."""
        return self.by_review / self.minutes if self.minutes else None


def cases(truth: pd.DataFrame, fed: Sequence[Fed]) -> list[Case]:
    """Put together what orders really were and what was decided about them.

    Parameters
    ----------
    truth
        As ``serving.demo.truth.truth`` gives it.
    fed
        The orders with their decisions, in the order in which they came.
    """
    rows = truth[["order_key", "kind", "became"]].itertuples(index=False)
    really = {str(key): (str(kind), str(became)) for key, kind, became in rows}
    return [_case(each, *really[each.key]) for each in fed if each.key in really]


def _case(fed: Fed, planted: str, became: str) -> Case:
    decision, known = fed.decision, DecisionPolicy().harms
    came = tuple(name for name in became.split() if name in known)
    harms = (HARM_OF[planted],) if planted else came
    hits = decision["rule_hits"]
    fraud = decision["scores"].get("fraud")
    return Case(
        kind=planted or (OTHER if harms else ""),
        day=fed.order["placed_at"][:10],
        value_minor=float(fed.order["amounts"]["grand_total_base"]["minor"]),
        harms=harms,
        action=decision["action"],
        priority=decision["priority"],
        ruled=_asked(hits, {"gate", "rule"}),
        gated=_asked(hits, {"gate"}),
        score=fraud["probability"] if fraud else 0.0,
    )


def _asked(hits: Iterable[Mapping[str, Any]], sources: set[str]) -> str:
    """Give the strictest action that hits of some sources ask for; points count as they add up."""
    points, review_and_hold = 0.0, DecisionPolicy().points
    asked = ["release"]
    for hit in hits:
        if hit["source"] in sources:
            asked.append(hit["outcome"].get("action") or "release")
            points += hit["outcome"].get("points") or 0.0
    asked.append(ACTIONS[sum(points >= line for line in review_and_hold)])
    return max(asked, key=ACTIONS.index)


def settle(found: Sequence[Case], way: Way, policy: DecisionPolicy) -> Account:
    """Work through the days in one way.

    Parameters
    ----------
    found
        The orders, in the order in which they came.
    way
        How.
    policy
        What harms, holds and minutes cost, and the minutes of a day.

    Examples
    --------
    >>> stolen = Case("ring", "2026-11-10", 50_000, ("fraud",), "hold", 90.0, *["release"] * 2, 0.9)
    >>> account = settle([stolen], WAYS[-1], DecisionPolicy())
    >>> account.harm["ring"], round(account.prevented["ring"])
    (45000.0, 43650)
    """
    account = Account(way)
    for day in dict.fromkeys(case.day for case in found):
        left = policy.capacity.minutes_per_day
        todays = [case for case in found if case.day == day]
        # Sorting is stable: with equal ranks the first to come is the first to be looked at.
        for case in sorted(todays, key=lambda each: -way.rank(each)):
            minutes = _minutes(case, policy)
            action = way.action(case)
            is_seen = action == "review" and minutes <= left
            left -= minutes if is_seen else 0.0
            _book(account, case, action, policy, minutes=minutes if is_seen else 0.0)
    return account


def _minutes(case: Case, policy: DecisionPolicy) -> float:
    """Minutes that a case takes: those of its harm, or the most where there is none to be found."""
    harms = case.harms or tuple(policy.harms)
    return max(policy.harms[name].minutes for name in harms)


def _book(
    account: Account, case: Case, action: str, policy: DecisionPolicy, *, minutes: float
) -> None:
    """Book one order."""
    wage, margin = policy.capacity.least_minute_minor, policy.margin_share * case.value_minor
    for name in case.harms:
        harm = policy.harms[name]
        loss = harm.loss_minor(case.value_minor, policy.money_scale)
        prevents = harm.hold_prevents if action == "hold" else harm.review_prevents
        prevented = loss * prevents if action == "hold" or minutes else 0.0
        account.harm[case.kind] = account.harm.get(case.kind, 0.0) + loss
        account.prevented[case.kind] = account.prevented.get(case.kind, 0.0) + prevented
        account.by_review += prevented if minutes else 0.0
    good = not case.harms
    if action == "hold":
        account.spent += 4 * policy.delay_minor + _minutes(case, policy) * wage
        account.spent += good * policy.hold_loses * (margin + policy.goodwill_minor)
    elif minutes:
        account.spent += policy.delay_minor + minutes * wage
        account.spent += good * policy.review_loses * margin
        account.minutes += minutes


def money_header(language: str) -> tuple[str, ...]:
    """Write the head of the table."""
    first = ("种类", "不处理的损失") if language == "zh" else ("kind", "harm if released")
    return (*first, *(_name(way, language) for way in WAYS[1:]))


def money_rows(accounts: Sequence[Account], language: str) -> list[tuple[str, ...]]:
    """Write the accounts for people, in yuan: by kind, then together.

    Parameters
    ----------
    accounts
        One of each way, as ``WAYS`` lists them.
    language
        ``zh`` or ``en``.
    """
    nothing, *others = accounts
    rows = [
        (_title(kind), _yuan(harm), *(_part(each.prevented[kind], harm) for each in others))
        for kind, harm in nothing.harm.items()
    ]
    words = _WORDS[language]
    harm = sum(nothing.harm.values())
    rows.append(
        (words["all"], _yuan(harm), *(_part(sum(a.prevented.values()), harm) for a in others))
    )
    rows.append((words["spent"], "", *(_yuan(each.spent) for each in others)))
    rows.append((words["saved"], "", *(_yuan(each.saved) for each in others)))
    rows.append((words["minutes"], "", *(f"{each.minutes:,.0f}" for each in others)))
    rows.append((words["a_minute"], "", *(_yuan(each.a_minute, 2) for each in others)))
    return rows


_WORDS: Final = {
    "zh": {
        "all": "合计避免的损失",
        "spent": "为此付出（工时、延误、流失的好买家）",
        "saved": "净节省",
        "minutes": "审核分钟",
        "a_minute": "每审核分钟避免的损失",
    },
    "en": {
        "all": "harm prevented in all",
        "spent": "spent on it: minutes, delay, good buyers lost",
        "saved": "saved against no system",
        "minutes": "review minutes",
        "a_minute": "harm prevented a review minute",
    },
}


def _name(way: Way, language: str) -> str:
    return way.zh if language == "zh" else way.en


def _title(kind: str) -> str:
    return TITLES.get(kind, "其他退换与拒收 other harm")


def _part(prevented: float, harm: float) -> str:
    """Write what was prevented and its share of the harm."""
    return f"{_yuan(prevented)} ({prevented / harm:.0%})" if harm else _yuan(prevented)


def _yuan(minor: float | None, digits: int = 0) -> str:
    return "–" if minor is None else f"{minor / 100:,.{digits}f}"

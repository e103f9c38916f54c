"""From predictions and findings to action, priority and reasons, by expected cost. Pure.

Of the three actions the cheapest in expectation is taken: releasing costs the harms that happen,
reviewing costs a person's minutes and some delay and prevents part of them, holding prevents most
of them and may lose a good buyer.

Four voices, the stronger first: the gates (what the channel has locked and what is not paid is
never released), the action of the merchant's rules, the points of the merchant's rules, and last
what models, detectors and the limits of order value ask for.

How dear a reviewer's minute is at the moment decides what is worth a review. A held order is
stopped already and waits for a quiet hour, so that its minutes always have the same price: more
time for reviews never holds an order that would not be held with less.

Once the parcel has left, what was decided stands, whatever speaks now.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from models.contracts import Reason
from models.policy.costs import DecisionPolicy
from models.policy.exploration import Stake, try_out
from models.policy.facts import ACTIONS, Gate, Moment, OrderFacts, Risk, RuleHit
from models.policy.gates import gates_of, value_limits
from models.policy.reasons import merge_reasons

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from models.contracts import Assessment, Prediction
    from models.policy.costs import Treatment
    from models.policy.exploration import Trial
    from models.policy.rules.verdict import RuleVerdict

HOLD_DELAYS: Final = 4.0
"""How many times the delay of a review a hold takes."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do about one order, and why.

    Parameters
    ----------
    action
        ``release``, ``review`` or ``hold``.
    priority
        0 to 100: place in the review queue, by expected loss avoided a review minute.
    band
        ``low``, ``medium``, ``high`` or ``critical``.
    expected_loss_minor
        Expected loss if the order were simply released, minor units of the base currency.
    reasons
        At most five, strongest first; shares add up to at most 1.
    rule_hits
        Gates, rules and detectors that hit, in this order.
    shadow_hits
        Rules on trial that would have hit.
    tags
        Words that rules put on the order.
    duplicate_of
        ``order_key`` of the order this one repeats, if it does.
    linked_orders
        Other orders that belong to the findings.
    costs_minor
        Expected cost of each action.
    review_minutes
        Minutes a reviewer is expected to need.
    review_worth_minor
        Price of a review minute below which a review is the cheapest action.
    minute_minor
        Price of a review minute that was used.
    trial
        Whether the order was tried out against the decision; None where that never happens.
    is_frozen
        Whether the parcel had left, so that this decision changes nothing.
    """

    action: str
    priority: float
    band: str
    expected_loss_minor: int
    reasons: tuple[Reason, ...]
    rule_hits: tuple[RuleHit, ...]
    shadow_hits: tuple[RuleHit, ...]
    tags: tuple[str, ...]
    duplicate_of: str | None
    linked_orders: tuple[str, ...]
    costs_minor: dict[str, int]
    review_minutes: float
    review_worth_minor: float = 0.0
    minute_minor: float = 0.0
    trial: Trial | None = None
    is_frozen: bool = False


@dataclass(frozen=True, slots=True)
class _Costs:
    """Expected cost of each action, and what they are made of, all in minor units."""

    by_action: dict[str, float]
    p_bad: float
    minutes: float
    worth: float
    saved_by_hold: float
    lost_by_hold: float
    work_of_hold: float


def decide(
    order: OrderFacts,
    predictions: Mapping[str, Prediction],
    assessments: Mapping[str, Assessment],
    policy: DecisionPolicy | None = None,
    rules: RuleVerdict | None = None,
    moment: Moment | None = None,
    explain: Callable[[str], Sequence[Reason]] | None = None,
) -> Decision:
    """Decide what to do about one order.

    Parameters
    ----------
    order
        The order's own facts.
    predictions
        Predictions by model name; names without a cost in the policy are ignored.
    assessments
        Findings by detector name; those with score 0 may be left out.
    policy
        Costs and limits; the defaults for yuan unless given.
    rules
        What the merchant's rules say, if there are any.
    moment
        Price of a review minute, and whether the order may be tried out.
    explain
        Gives the causes of a harm's prediction; asked only about an order that is not simply
        released.

    Returns
    -------
    Decision
        The same for the same input, always.

    Examples
    --------
    >>> from models.contracts import Prediction
    >>> calm = decide(OrderFacts(value_minor=20_000), {"fraud": Prediction(0.001, 40.0)}, {})
    >>> calm.action, calm.band, calm.expected_loss_minor
    ('release', 'low', 24)
    >>> risky = decide(OrderFacts(value_minor=200_000), {"fraud": Prediction(0.70, 99.8)}, {})
    >>> risky.action, risky.reasons[0].code
    ('hold', 'model_fraud')
    >>> decide(OrderFacts(value_minor=100, platform_risk="locked"), {}, {}).action
    'hold'
    """
    policy, moment = policy or DecisionPolicy(), moment or Moment()
    value = max(order.value_minor or 0.0, 0.0)
    treatment = policy.treatment(is_cod=order.is_cod, is_presale=order.is_presale)
    minute = _price_of_minute(policy, moment)
    risks = _risks(value, predictions, assessments, policy, treatment)
    costs = _costs(value, risks, policy, treatment, minute)
    gates, limits = gates_of(order), value_limits(order, treatment, policy.money_scale)
    asked = (_cheapest(costs), _floor(assessments, policy), *(limit.action for limit in limits))
    probable = _strictest(asked)
    ruled = probable if rules is None else _ruled(probable, rules, policy)
    intended = _strictest([ruled, *(gate.action for gate in gates)])
    trial = None
    if not order.is_packed:
        bar = "gate" if gates else "rule" if rules is not None and rules.action else None
        stake = _stake(order, costs, minute, policy, intended)
        trial = try_out(intended, bar, stake, policy.exploration, moment, policy.money_scale)
    action = _in_force(order, intended, trial)
    priority = _priority(risks, policy)
    is_certain = bool(gates or limits) or _strictest([ruled, probable]) != probable
    if is_certain and action != "release":
        priority = max(priority, policy.bands[ACTIONS.index(action) - 1])
    causes = None if action == "release" else explain
    certain = [*(gate.reason for gate in (*gates, *limits)), *_rule_reasons(rules)]
    return Decision(
        action=action,
        priority=round(priority, 1),
        band=_band(priority, policy),
        expected_loss_minor=round(costs.by_action["release"]),
        reasons=merge_reasons(risks, predictions, assessments, certain, policy, causes),
        rule_hits=_rule_hits(assessments, [*gates, *limits], rules, policy),
        shadow_hits=rules.shadow_hits if rules else (),
        tags=rules.tags if rules else (),
        duplicate_of=_duplicate_of(assessments, policy),
        linked_orders=tuple(dict.fromkeys(k for a in assessments.values() for k in a.linked)),
        costs_minor={name: round(cost) for name, cost in costs.by_action.items()},
        review_minutes=round(costs.minutes, 2),
        review_worth_minor=round(costs.worth, 2),
        minute_minor=minute,
        trial=trial,
        is_frozen=order.is_packed,
    )


def _price_of_minute(policy: DecisionPolicy, moment: Moment) -> float:
    """Give what a review minute costs now; the policy's own price where nobody knows better."""
    if moment.minute_minor is not None:
        return moment.minute_minor
    return policy.minute_minor * policy.money_scale


def _cheapest(costs: _Costs) -> str:
    """Name the action of the least expected cost; of equals the mildest."""
    return min(ACTIONS, key=costs.by_action.__getitem__)  # the first of equals: they are sorted


def _in_force(order: OrderFacts, intended: str, trial: Trial | None) -> str:
    """Give what is done: what stood before the parcel left, the arm of a trial, or the intended."""
    if order.is_packed:
        return order.standing or "release"
    return trial.arm if trial is not None and trial.is_explored else intended


def _risks(
    value: float,
    predictions: Mapping[str, Prediction],
    assessments: Mapping[str, Assessment],
    policy: DecisionPolicy,
    treatment: Treatment,
) -> list[Risk]:
    """List the harms that may happen, each with its most pessimistic probability."""
    harms = policy.harms
    probability: dict[str, float] = {
        name: min(max(p.probability, 0.0), 1.0) for name, p in predictions.items() if name in harms
    }
    for detector, finding in assessments.items():
        evidence = policy.evidence.get(detector)
        if evidence is not None and evidence.harm in harms:
            known = probability.get(evidence.harm, 0.0)
            probability[evidence.harm] = max(known, evidence.precision * finding.score**2)
    return [
        Risk(
            name,
            probability[name],
            harm.loss_minor(value, policy.money_scale) * treatment.harms.get(name, 1.0),
            harm.review_prevents,
            harm.hold_prevents,
            harm.minutes,
        )
        for name, harm in harms.items()
        if probability.get(name, 0.0) > 0.0
    ]


def _costs(
    value: float, risks: list[Risk], policy: DecisionPolicy, treatment: Treatment, minute: float
) -> _Costs:
    """Work out the expected cost of each action, minor units of the base currency."""
    scale = policy.money_scale
    good, innocent = 1.0, 1.0
    for risk in risks:
        good *= 1.0 - risk.probability * risk.hold_prevents
        innocent *= 1.0 - risk.probability
    margin = policy.margin_share * value
    minutes = _minutes(risks, policy)
    delay = policy.delay_minor * scale * treatment.delay
    loses = policy.hold_loses * treatment.hold_loses
    lost_by_hold = loses * (margin + policy.goodwill_minor * scale)
    work_of_hold = minutes * policy.minute_minor * scale + delay * HOLD_DELAYS
    release = sum([risk.expected_minor for risk in risks])
    looked_at = sum([risk.expected_minor * (1.0 - risk.review_prevents) for risk in risks])
    looked_at += delay + good * policy.review_loses * margin
    stopped = sum([risk.expected_minor * (1.0 - risk.hold_prevents) for risk in risks])
    hold = stopped + work_of_hold + good * lost_by_hold
    return _Costs(
        by_action={"release": release, "review": looked_at + minutes * minute, "hold": hold},
        p_bad=1.0 - innocent,
        minutes=minutes,
        worth=(min(release, hold) - looked_at) / minutes,
        saved_by_hold=release - stopped,
        lost_by_hold=lost_by_hold,
        work_of_hold=work_of_hold,
    )


def _stake(
    order: OrderFacts, costs: _Costs, minute: float, policy: DecisionPolicy, action: str
) -> Stake:
    """Say what trying out the other action may cost at most, and what it would teach."""
    if action == "hold":
        fee = max(harm.fixed_minor for harm in policy.harms.values()) * policy.money_scale
        if_bad = costs.saved_by_hold / costs.p_bad if costs.p_bad else 0.0
        work, lost = costs.work_of_hold, costs.lost_by_hold
        return Stake(
            order.value_minor,
            max(order.value_minor or 0.0, 0.0) + fee,
            costs.p_bad,
            if_bad - work,
            -lost - work,
        )
    spent = costs.minutes * minute + policy.delay_minor * policy.money_scale
    prevented = costs.by_action["release"] - (costs.by_action["review"] - costs.minutes * minute)
    if_bad = prevented / costs.p_bad if costs.p_bad else 0.0
    return Stake(order.value_minor, spent, costs.p_bad, spent - if_bad, spent)


def _minutes(risks: list[Risk], policy: DecisionPolicy) -> float:
    """Minutes a reviewer needs: between those of the harms, nearer to what looking prevents.

    The mean is harmonic, so that what is prevented a minute is the sum over the harms, and a
    larger loss by any of them never makes it less.
    """
    prevented = sum([risk.expected_minor * risk.review_prevents for risk in risks])
    if prevented <= 0.0:
        return max(harm.minutes for harm in policy.harms.values())
    return prevented / _prevented_a_minute(risks)


def _prevented_a_minute(risks: list[Risk]) -> float:
    return sum([risk.expected_minor * risk.review_prevents / risk.minutes for risk in risks])


def _priority(risks: list[Risk], policy: DecisionPolicy) -> float:
    """Place between 0 and 100 by expected loss avoided a review minute."""
    avoided = _prevented_a_minute(risks)
    half = policy.half_priority_minor * policy.money_scale
    return 100.0 * avoided / (avoided + half)


def _band(priority: float, policy: DecisionPolicy) -> str:
    medium, high, critical = policy.bands
    if priority >= critical:
        return "critical"
    if priority >= high:
        return "high"
    return "medium" if priority >= medium else "low"


def _floor(assessments: Mapping[str, Assessment], policy: DecisionPolicy) -> str:
    """Demand a review where a detector is sure, even of a cheap order."""
    sure = any(
        finding.score >= policy.floor_score
        for name, finding in assessments.items()
        if name in policy.floor_detectors
    )
    return "review" if sure else "release"


def _strictest(actions: Iterable[str]) -> str:
    return max(actions, key=ACTIONS.index)


def _ruled(probable: str, rules: RuleVerdict, policy: DecisionPolicy) -> str:
    """Let the merchant's rules speak after the models: first the points, then the action."""
    review, hold = policy.points
    ruled = probable
    if rules.points >= review:
        ruled = _strictest([ruled, "hold" if rules.points >= hold else "review"])
    elif rules.points <= -hold:
        ruled = "release"
    elif rules.points <= -review:
        ruled = ACTIONS[max(ACTIONS.index(probable) - 1, 0)]
    if rules.action == "review":
        return _strictest([ruled, "review"])
    return rules.action or ruled


def _rule_reasons(rules: RuleVerdict | None) -> list[Reason]:
    """Give the reasons of the rules that count: those with an action or points."""
    return [
        Reason(
            f"rule_{hit.id}",
            hit.zh,
            hit.en,
            value=hit.outcome.get("points"),
            direction="lowers" if _speaks_for(hit) else "raises",
        )
        for hit in (rules.hits if rules else ())
        if "action" in hit.outcome or "points" in hit.outcome
    ]


def _speaks_for(hit: RuleHit) -> bool:
    """Tell whether a rule speaks for the order."""
    action = hit.outcome.get("action")
    points: float = hit.outcome.get("points", 0.0)
    return action == "release" or (action is None and points < 0)


def _rule_hits(
    assessments: Mapping[str, Assessment],
    gates: list[Gate],
    rules: RuleVerdict | None,
    policy: DecisionPolicy,
) -> tuple[RuleHit, ...]:
    hits = [
        RuleHit(g.reason.code, g.source, g.reason.zh, g.reason.en, {"action": g.action})
        for g in gates
    ]
    hits += rules.hits if rules else ()
    for name, finding in sorted(assessments.items()):
        # A detector that repeats a gate, as the one of the channel's hold does, says nothing more.
        if finding.score >= policy.flag_score and all(hit.id != name for hit in hits):
            why = finding.reasons[0]
            hits.append(RuleHit(name, "detector", why.zh, why.en, {"score": finding.score}))
    return tuple(hits)


def _duplicate_of(assessments: Mapping[str, Assessment], policy: DecisionPolicy) -> str | None:
    """Name the order that this one repeats, when the finding is more than a hint."""
    for name in sorted(assessments):
        finding = assessments[name]
        if finding.duplicate_of is not None and finding.score >= policy.flag_score:
            return finding.duplicate_of
    return None

"""What acting on probabilities of one harm would have cost, once the truth is known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from models.policy.decision import HOLD_DELAYS
from models.policy.facts import ACTIONS

if TYPE_CHECKING:
    from models.policy.costs import DecisionPolicy


@dataclass(frozen=True, slots=True)
class ActionCosts:
    """Cost of each action for good orders and for bad ones, minor units of the base currency.

    Parameters
    ----------
    good, bad
        Columns in the sequence of `ACTIONS`, shape ``(n_orders, 3)``.

    Examples
    --------
    >>> costs = ActionCosts(good=np.array([[0.0, 5.0, 20.0]]), bad=np.array([[100.0, 25.0, 20.0]]))
    >>> [ACTIONS[costs.choose(np.array([chance])).item()] for chance in (0.01, 0.5, 0.9)]
    ['release', 'review', 'hold']
    >>> costs.spent(np.array([1]), np.array([ACTIONS.index("release")])).tolist()
    [100.0]
    """

    good: np.ndarray
    bad: np.ndarray

    def choose(self, probability: np.ndarray) -> np.ndarray:
        """Place in `ACTIONS` of the least expected cost, shape ``(n_orders,)``."""
        share = probability[:, None]
        chosen: np.ndarray = np.argmin(share * self.bad + (1.0 - share) * self.good, axis=1)
        return chosen

    def spent(self, label: np.ndarray, action: np.ndarray) -> np.ndarray:
        """Cost of what was done, now that the truth is known, shape ``(n_orders,)``."""
        rows = np.arange(len(label))
        cost: np.ndarray = np.where(label == 1, self.bad[rows, action], self.good[rows, action])
        return cost


def action_costs(name: str, value_minor: np.ndarray, policy: DecisionPolicy) -> ActionCosts:
    """Work out what each action costs where only one harm is in question.

    Parameters
    ----------
    name
        A harm of the policy.
    value_minor
        Order values, shape ``(n_orders,)``; missing ones count as nothing.
    policy
        Costs.

    Returns
    -------
    ActionCosts
        Their mean under a probability is the expected cost that the policy compares.

    Examples
    --------
    >>> from models.policy.costs import DecisionPolicy
    >>> costs = action_costs("fraud", np.array([200_000.0]), DecisionPolicy())
    >>> [ACTIONS[i] for i in costs.choose(np.array([0.001]))]
    ['release']
    >>> [ACTIONS[i] for i in costs.choose(np.array([0.70]))]
    ['hold']
    """
    harm, scale = policy.harms[name], policy.money_scale
    value = np.nan_to_num(np.maximum(value_minor, 0.0))
    loss = harm.fixed_minor * scale + harm.value_share * value
    margin = policy.margin_share * value
    work = harm.minutes * policy.minute_minor * scale
    delay = policy.delay_minor * scale
    looked = work + delay
    stopped = work + HOLD_DELAYS * delay
    lost_by_review = policy.review_loses * margin
    lost_by_hold = policy.hold_loses * (margin + policy.goodwill_minor * scale)
    good = [np.zeros_like(loss), looked + lost_by_review, stopped + lost_by_hold]
    bad = [
        loss,
        loss * (1 - harm.review_prevents) + looked + (1 - harm.hold_prevents) * lost_by_review,
        loss * (1 - harm.hold_prevents) + stopped + (1 - harm.hold_prevents) * lost_by_hold,
    ]
    return ActionCosts(np.stack(good, axis=1), np.stack(bad, axis=1))


def money_spent(
    name: str,
    label: np.ndarray,
    probability: np.ndarray,
    value_minor: np.ndarray,
    policy: DecisionPolicy,
) -> np.ndarray:
    """Cost of deciding by a model's probabilities alone, order by order.

    Parameters
    ----------
    name
        A harm of the policy.
    label
        1 bad, 0 good.
    probability
        What the model said; zeros stand for no model, which releases everything.
    value_minor
        Order values.
    policy
        Costs.

    Returns
    -------
    np.ndarray
        Minor units of the base currency, shape ``(n_orders,)``.

    Examples
    --------
    >>> from models.policy.costs import DecisionPolicy
    >>> label, value, policy = np.array([1, 0]), np.full(2, 200_000.0), DecisionPolicy()
    >>> without, with_it = (
    ...     money_spent("fraud", label, np.array(said), value, policy).sum()
    ...     for said in ([0.0, 0.0], [0.9, 0.001])
    ... )
    >>> bool(with_it < without)  # a model that tells the two apart is worth money
    True
    """
    costs = action_costs(name, value_minor, policy)
    return costs.spent(label, costs.choose(probability))


def stopped_share(
    name: str, probability: np.ndarray, value_minor: np.ndarray, policy: DecisionPolicy
) -> float:
    """Give the share of orders that would not simply be released, in [0, 1].

    Parameters
    ----------
    name
        A harm of the policy.
    probability
        What the model said, shape ``(n_orders,)``.
    value_minor
        Order values in minor units of the base currency, shape ``(n_orders,)``.
    policy
        Costs.

    Examples
    --------
    >>> from models.policy.costs import DecisionPolicy
    >>> value = np.full(4, 200_000.0)
    >>> stopped_share("fraud", np.array([0.9, 0.001, 0.001, 0.001]), value, DecisionPolicy())
    0.25
    """
    chosen = action_costs(name, value_minor, policy).choose(probability)
    return float(np.mean(chosen != ACTIONS.index("release")))

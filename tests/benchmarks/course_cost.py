"""What warning buyers before an order that may come back costs, with the product's own policy.

The course that published the lines of `bads_ws1718` prices both mistakes by the item's price v: a
return nobody warned of costs 0.5 × 5 × (3 + 0.1 v), a warning before an item that is kept costs
0.5 v, since half of the buyers warned walk away. `decide` gets these costs as a policy in which
"hold" is to warn, and chooses by expected cost on the calibrated probability. No threshold is
looked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from models.contracts import Prediction
from models.evaluation.metrics import LEVEL, resampled
from models.policy.costs import DecisionPolicy, Harm, Treatment
from models.policy.decision import decide
from models.policy.facts import OrderFacts

if TYPE_CHECKING:
    from models.evaluation.metrics import Scored

FIXED_MINOR: Final = 750.0
VALUE_SHARE: Final = 0.25
WALK_AWAY: Final = 0.5
NEVER: Final = 1e12
"""A price that no item has."""

COURSE: Final = DecisionPolicy(
    margin_share=1.0,
    hold_loses=WALK_AWAY,
    review_loses=0.0,
    goodwill_minor=0.0,
    minute_minor=0.0,
    delay_minor=0.0,
    harms={"return": Harm("退货", "return", FIXED_MINOR, VALUE_SHARE, 0.0, 1.0, 1.0)},
    evidence={},
    treatments={"prepaid": Treatment("全部", "all", value_minor=(NEVER, NEVER))},
)
"""The course's costs; nobody reviews, and no price alone asks for a warning."""

N_RESAMPLES: Final = 500


def warned(probability: float, value_minor: float) -> bool:
    """Tell whether the policy warns of a line.

    Examples
    --------
    >>> warned(0.7, 10_000.0), warned(0.5, 10_000.0), warned(0.5, 2_000.0)
    (True, False, True)
    """
    order = OrderFacts(value_minor=value_minor)
    return decide(order, {"return": Prediction(probability, 50.0)}, {}, COURSE).action == "hold"


def costs(label: np.ndarray, is_warned: np.ndarray, value_minor: np.ndarray) -> np.ndarray:
    """Work out what each line cost, in major units of money.

    Examples
    --------
    >>> lines = np.array([1, 1, 0, 0]), np.array([True, False, True, False])
    >>> costs(*lines, np.full(4, 10_000.0)).tolist()
    [0.0, 32.5, 50.0, 0.0]
    """
    missed = (label == 1) & ~is_warned
    wrong = (label == 0) & is_warned
    each = missed * (FIXED_MINOR + VALUE_SHARE * value_minor) + wrong * WALK_AWAY * value_minor
    result: np.ndarray = each / 100
    return result


@dataclass(frozen=True, slots=True)
class Spent:
    """Mean cost of a line under one way of warning, beside the policy's.

    Parameters
    ----------
    way
        How it was decided.
    mean
        Cost of a line.
    more
        How much more than the policy, with the ends of the 95 % interval, by resampled days.
    warned
        Share of the lines warned of.
    """

    way: str
    mean: float
    more: tuple[float, float, float]
    warned: float

    def __str__(self) -> str:
        """Write it as one line."""
        value, low, high = self.more
        beside = f", {value:+.2f} ({low:+.2f} to {high:+.2f}) beside it" if value else ""
        return f"cost a line {self.mean:6.2f}, {self.warned:4.0%} warned of: {self.way}{beside}"


def spent(scored: Scored, value_minor: np.ndarray) -> tuple[Spent, ...]:
    """Compare the policy with never and always warning and with the threshold of one half.

    Parameters
    ----------
    scored
        Lines with the label and the calibrated probability.
    value_minor
        Their prices.
    """
    pairs = zip(scored.score.tolist(), value_minor.tolist(), strict=True)
    ways = {
        "least expected cost": np.array([warned(p, v) for p, v in pairs]),
        "never": np.zeros(len(scored.score), bool),
        "always": np.ones(len(scored.score), bool),
        "from probability .5": scored.score > 0.5,
    }
    each = {way: costs(scored.label, said, value_minor) for way, said in ways.items()}
    policy = each["least expected cost"]
    return tuple(
        Spent(way, float(cost.mean()), _more(cost - policy, scored.block), float(ways[way].mean()))
        for way, cost in each.items()
    )


def _more(difference: np.ndarray, day: np.ndarray) -> tuple[float, float, float]:
    """Mean difference with its interval."""
    drawn, place = resampled(day)
    random = np.random.default_rng(7)
    total = np.bincount(place, weights=difference)
    count = np.bincount(place)
    picks = random.integers(0, len(drawn), (N_RESAMPLES, len(drawn)))
    means = total[picks].sum(axis=1) / count[picks].sum(axis=1)
    low, high = np.percentile(means, (50 * (1 - LEVEL), 100 - 50 * (1 - LEVEL)))
    return float(difference.mean()), float(low), float(high)

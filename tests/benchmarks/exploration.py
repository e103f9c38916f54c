"""Whether what is tried out tells how good the hold rule is, and what it costs::

    python -m tests.benchmarks.exploration [--seeds 60] [--only NAME]

Simulated merchants: who is bad is known here, and to nobody else. Every order to be held goes
through the very functions that decide in the service, with the caps of the default policy; the
models believe more than they know (their log odds are 1.3 times the true ones), and reviewers'
verdicts on held orders are wrong one time in ten, while they are taken to be wrong one in seven.
Each seed is one quarter of a year; estimates are compared with the truth of that quarter.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from models.evaluation.exploration import (
    LEVEL,
    Estimate,
    Tried,
    precision,
    saving,
    with_verdicts,
)
from models.policy.costs import HARMS, DecisionPolicy
from models.policy.exploration import Stake, draw_of, try_out
from models.policy.facts import Moment
from serving.cli.console import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

DAYS: Final = 90
FEE: Final = HARMS["fraud"].fixed_minor
GOODS: Final = HARMS["fraud"].value_share
OVERCONFIDENCE: Final = 1.3
VERDICTS_RIGHT: Final = 0.90
VERDICTS_TAKEN: Final = 6 / 7
POINTS: Final = 2.0


@dataclass(frozen=True, slots=True)
class Merchant:
    """A merchant to simulate.

    Parameters
    ----------
    name
        What it stands for.
    n_held
        Orders that would be held in a quarter.
    base_rate
        Share of all orders that are bad.
    line
        Probability from which orders are held; the precision follows from it.
    share
        Share of orders to be held that are tried out.
    day_minor
        The cap of a day.
    """

    name: str
    n_held: int
    base_rate: float
    line: float
    share: float
    day_minor: float


MERCHANTS: Final = (
    Merchant("small", 2_000, 0.02, 0.30, 0.005, 200_000),
    Merchant("middle", 10_000, 0.02, 0.30, 0.005, 200_000),
    Merchant("middle-strict", 10_000, 0.01, 0.75, 0.005, 200_000),
    Merchant("middle-5pc", 10_000, 0.02, 0.30, 0.05, 2_000_000),
    Merchant("middle-tight", 10_000, 0.02, 0.30, 0.05, 60_000),
    Merchant("large", 60_000, 0.02, 0.30, 0.005, 1_000_000),
    Merchant("large-rare", 60_000, 0.004, 0.30, 0.005, 1_000_000),
    Merchant("marketplace", 150_000, 0.02, 0.30, 0.005, 2_000_000),
)


@dataclass(frozen=True, slots=True)
class Quarter:
    """The orders of one quarter that would be held, in the order in which they came."""

    is_bad: NDArray[np.bool_]
    guess: Floats
    verdict: Floats
    value: Floats


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one quarter told: error and whether the interval held, by estimator; and the money."""

    errors: dict[str, tuple[float, bool, float]]
    n_explored: int
    eligible: float
    worst_day: float
    lost: float


def quarter(merchant: Merchant, draw: np.random.Generator) -> Quarter:
    """Simulate the orders of a quarter that would be held."""
    separation, held = 2.2, _Held([], [])
    while held.n < merchant.n_held:
        bad = draw.random(200_000) < merchant.base_rate
        score = draw.normal(size=len(bad)) + separation * bad
        odds = np.log(merchant.base_rate / (1 - merchant.base_rate))
        odds = odds + separation * score - separation**2 / 2
        hold = _share(odds) >= merchant.line
        held.bad.append(bad[hold])
        held.odds.append(odds[hold])
    bad = np.concatenate(held.bad)[: merchant.n_held]
    odds = np.concatenate(held.odds)[: merchant.n_held]
    right = draw.random(len(bad)) < VERDICTS_RIGHT
    return Quarter(
        is_bad=bad,
        guess=_share(OVERCONFIDENCE * odds + 0.1),
        verdict=np.where(right, bad, ~bad).astype(np.float64),
        value=np.exp(draw.normal(np.log(25_000), 0.8, len(bad))).round(),
    )


@dataclass(slots=True)
class _Held:
    bad: list[NDArray[np.bool_]]
    odds: list[Floats]

    @property
    def n(self) -> int:
        return sum(map(len, self.bad))


def _share(odds: Floats) -> Floats:
    found: Floats = 1.0 / (1.0 + np.exp(-odds))
    return found


def live(merchant: Merchant, orders: Quarter, seed: int) -> Outcome:
    """Let a quarter pass through the policy, and estimate from what it shows."""
    policy = DecisionPolicy()
    rules = replace(policy.exploration, release_share=merchant.share, day_minor=merchant.day_minor)
    secret = f"salt-{seed}".encode()
    n = len(orders.is_bad)
    if_bad = 0.97 * (FEE + GOODS * orders.value) - 1_440.0
    if_good = -0.2 * (0.3 * orders.value + 1_500.0) - 1_440.0
    propensity, explored = np.zeros(n), np.zeros(n, dtype=bool)
    spent = np.zeros(DAYS)
    for i in range(n):
        day = i * DAYS // n
        stake = Stake(
            orders.value[i], orders.value[i] + FEE, orders.guess[i], if_bad[i], if_good[i]
        )
        moment = Moment(draw=draw_of(secret, str(i)), budget_minor=merchant.day_minor - spent[day])
        trial = try_out("hold", None, stake, rules, moment, 1.0)
        if trial is not None and trial.propensity > 0.0:
            propensity[i], explored[i] = trial.propensity, trial.is_explored
            spent[day] += trial.stake_minor if trial.is_explored else 0
    open_ = propensity > 0.0
    lost = float((FEE + GOODS * orders.value)[explored & orders.is_bad].sum())
    sharp = with_verdicts(orders.guess, orders.verdict, VERDICTS_TAKEN)
    return Outcome(
        errors=_errors(orders, open_, propensity, explored, sharp, if_bad, if_good),
        n_explored=int(explored.sum()),
        eligible=float(open_.mean()),
        worst_day=float(spent.max() / merchant.day_minor),
        lost=lost,
    )


def _horvitz_thompson(tried: Tried) -> float | None:
    """Give the share of bad orders by Horvitz and Thompson; None without orders."""
    n = len(tried.propensity)
    seen = tried.is_explored
    return float((tried.is_bad[seen] / tried.propensity[seen]).sum() / n) if n else None


def _hajek(tried: Tried) -> float | None:
    """Give the share of bad orders by Hájek; None when none was tried out."""
    seen = tried.is_explored
    weight = 1.0 / tried.propensity[seen]
    return float((tried.is_bad[seen] * weight).sum() / weight.sum()) if len(weight) else None


def _errors(
    orders: Quarter,
    open_: NDArray[np.bool_],
    propensity: Floats,
    explored: NDArray[np.bool_],
    sharp: Floats,
    if_bad: Floats,
    if_good: Floats,
) -> dict[str, tuple[float, bool, float]]:
    """Compare every estimator with the truth over the orders that could be tried out."""
    plain, reviewed = (
        Tried(propensity[open_], explored[open_], orders.is_bad[open_], guess[open_])
        for guess in (orders.guess, sharp)
    )
    bad = orders.is_bad[open_]
    truth = float(bad.mean())
    errors = {
        "Horvitz-Thompson": ((_horvitz_thompson(plain) or 0.0) - truth, True, 0.0),
        "Hajek": ((_hajek(plain) or 0.0) - truth, True, 0.0),
        "difference, models": _against(precision(plain), truth),
        "difference, + verdicts": _against(precision(reviewed), truth),
    }
    gains, costs = if_bad[open_], if_good[open_]
    saved = float(np.where(bad, gains, costs).sum())
    found = saving(reviewed, gains, costs)
    error, is_held, width = _against(found, saved)
    errors["saving, + verdicts"] = (error / saved, is_held, width / saved)
    return errors


def _against(found: Estimate, truth: float) -> tuple[float, bool, float]:
    if found.value is None or found.low is None or found.high is None:
        return (0.0, True, 1.0)
    return found.value - truth, found.low <= truth <= found.high, found.high - found.low


def measure(merchant: Merchant, seeds: int) -> None:
    """Print what a merchant's quarters tell."""
    outcomes = []
    for seed in range(seeds):
        draw = np.random.default_rng([seed, merchant.n_held, round(merchant.base_rate * 1e4)])
        outcomes.append(live(merchant, quarter(merchant, draw), seed))
    explored = np.mean([each.n_explored for each in outcomes])
    say(
        f"\n{merchant.name}: {merchant.n_held:,} orders to be held a quarter, base rate "
        f"{merchant.base_rate:.1%}, held from {merchant.line:.0%}; {merchant.share:.1%} tried out"
    )
    say(
        f"  tried out {explored:.0f} on average; {np.mean([o.eligible for o in outcomes]):.1%} "
        f"could be; lost {np.mean([o.lost for o in outcomes]) / 100:,.0f} yuan a quarter; the "
        f"dearest day of all took {max(o.worst_day for o in outcomes):.0%} of its cap"
    )
    for name in outcomes[0].errors:
        rows = np.array([each.errors[name] for each in outcomes])
        say(_line(name, rows))
    assert max(each.worst_day for each in outcomes) <= 1.0


def _line(name: str, rows: Floats) -> str:
    error, held, width = rows.T * 100.0
    near = (abs(error) <= POINTS).mean()
    text = (
        f"  {name:<24} bias {error.mean():+6.2f}  typical error (rms) "
        f"{np.sqrt((error**2).mean()):6.2f}  within {POINTS:g}: {near:4.0%}"
    )
    if width.any():
        text += f"  {LEVEL:.0%} intervals hold {held.mean() / 100:.1%}, width {width.mean():.1f}"
    return text


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure every merchant, or one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=60)
    parser.add_argument("--only", choices=[merchant.name for merchant in MERCHANTS])
    asked = parser.parse_args(arguments)
    say("All but the saving (share of the true one) in points of the share of bad orders.")
    for merchant in MERCHANTS:
        if asked.only in {None, merchant.name}:
            measure(merchant, asked.seeds)


if __name__ == "__main__":
    main()

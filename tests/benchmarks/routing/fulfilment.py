"""The instance family of Jasin and Sinha: cost over hindsight, fill rate and time of each policy.

One order at a time, and the time of computing is told for each. What the day brings is drawn; its
rates are known or, with ``--error 0.2``, known up to a random error of each kind of order. Every
policy reads the same orders::

    python -m tests.benchmarks.routing.fulfilment [--periods 1000] [--seeds 20] [--error 0.2]
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from models.routing.costs import Cost
from models.routing.expected import ExpectedOrders
from models.routing.network import Shelf
from models.routing.options import Estimate
from models.routing.orders import ask
from models.routing.plans import best_plan, choose, plan_of, way_uses
from models.routing.resources import Capacity
from models.routing.subsets import members
from tests.benchmarks.routing.hindsight import hindsight_minor
from tests.benchmarks.routing.instances import CITIES, DISTANCE, costs, instance, network
from tests.benchmarks.terminal import say

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from models.routing.orders import Asked
    from models.routing.plans import Plan
    from models.routing.prices import Prices
    from models.routing.ways import Way
    from tests.benchmarks.routing.instances import Instance

    Floats = NDArray[np.float64]
    Choose = Callable[[Asked, Capacity, Prices | None], Plan]

RESOLVED: Final = 20
NETWORK: Final = network()
COSTS: Final = {city: costs(city) for city in CITIES}


@dataclass
class Course:
    """What became of the orders under a policy."""

    minor: float = 0.0
    n_asked: int = 0
    n_sent: int = 0
    n_parcels: int = 0
    n_orders: int = 0
    us: list[float] = field(default_factory=list)

    def add(self, asked: Asked, plan: Plan, took_s: float) -> None:
        """Count an order."""
        self.minor += plan.minor
        self.n_asked += sum(asked.wanted.units.values())
        self.n_sent += sum(sum(parcel.units.values()) for parcel in plan.parcels)
        self.n_parcels += len(plan.parcels)
        self.n_orders += 1
        self.us.append(took_s * 1e6)


def ask_kinds(made: Instance) -> list[Asked]:
    """Ask every open way for each kind of order."""

    def estimate(ways: Sequence[Way]) -> list[Estimate]:
        return [Estimate()] * len(ways)

    return [
        ask(
            str(kind), wanted, NETWORK, Shelf(), estimate, COSTS[str(wanted.to.city)], may_lack=True
        )
        for kind, wanted in enumerate(made.wanted)
    ]


def cheapest(asked: Asked, left: Capacity, prices: Prices | None) -> Plan:
    """Choose as the product does."""
    return best_plan(asked.quoted, left, prices, COSTS[str(asked.wanted.to.city)])


def nearest(asked: Asked, left: Capacity, _: Prices | None) -> Plan:
    """Take each line from the nearest centre that has it, as platforms do."""
    quoted, city = asked.quoted, str(asked.wanted.to.city)
    far = [DISTANCE[way.warehouse.warehouse, city] for way in quoted.ways]
    lines_of_way: dict[int | None, int] = {}
    for place, piece in enumerate(quoted.lines.pieces):
        uses = [way_uses(way, piece) for way in quoted.ways]
        having = [way for way, used in enumerate(uses) if not left.lacking(used)]
        way = min(having, key=far.__getitem__, default=None)
        lines_of_way[way] = lines_of_way.get(way, 0) | 1 << place
    chosen = [(lines, way) for way, lines in lines_of_way.items()]
    return plan_of(quoted, chosen, quoted.minor, COSTS[city])


def fewest_splits(asked: Asked, left: Capacity, _: Prices | None) -> Plan:
    """Send the most lines in the fewest parcels, and at the least cost among such plans."""
    quoted, city = asked.quoted, str(asked.wanted.to.city)
    splitting = replace(COSTS[city], split=Cost("", "", 1e6, "parcel"))
    lacking = replace(quoted, unsent_minor=members(len(quoted.lines.pieces)).sum(axis=1) * 1e9)
    chosen, _weighed = choose(lacking, left, None, splitting)
    return plan_of(quoted, chosen, quoted.minor, COSTS[city])


@dataclass(frozen=True)
class Policy:
    """How orders choose, and how often prices are made over all periods (0: never)."""

    choose: Choose
    n_resolved: int = 0


POLICIES: Final = {
    "nearest a line": Policy(nearest),
    "fewest splits": Policy(fewest_splits),
    "myopic": Policy(cheapest),
    "duals, once": Policy(cheapest, 1),
    "ours": Policy(cheapest, RESOLVED),
}


def run(
    made: Instance,
    kinds: Sequence[Asked],
    arrivals: Sequence[int | None],
    policy: Policy,
    forecast: Floats,
) -> Course:
    """Let the orders of all periods choose.

    Parameters
    ----------
    arrivals
        Kind of the order of each period, None for a period without one.
    forecast
        Expected orders a period of each kind, as far as the policy knows.
    """
    left = Capacity({place: float(units) for place, units in made.stock.items()})
    expected = ExpectedOrders([asked.quoted for asked in kinds], COSTS[next(iter(CITIES))])
    every = made.n_periods // policy.n_resolved if policy.n_resolved else 0
    course, prices = Course(), None
    for period, kind in enumerate(arrivals):
        if every and period % every == 0:
            prices = expected.prices(forecast * (made.n_periods - period), left)
        if kind is None:
            continue
        began = time.thread_time()
        plan = policy.choose(kinds[kind], left, prices)
        left.take(plan.uses)
        course.add(kinds[kind], plan, time.thread_time() - began)
    return course


def main() -> None:
    """Print the mean of each policy over the seeds."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--periods", type=int, default=1_000)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--error", type=float, default=0.0, help="of the forecast, a share")
    given = parser.parse_args()
    shares: dict[str, list[float]] = {name: [] for name in POLICIES}
    courses: dict[str, list[Course]] = {name: [] for name in POLICIES}
    for seed in range(given.seeds):
        rng = np.random.default_rng(1_000 + seed)
        made = instance(seed, given.periods)
        kinds = ask_kinds(made)
        arrivals = made.draw(rng)
        forecast = made.chances * np.exp(rng.normal(0.0, given.error, len(made.chances)))
        best = hindsight_minor(made, arrivals)
        for name, policy in POLICIES.items():
            course = run(made, kinds, arrivals, policy, forecast)
            courses[name].append(course)
            shares[name].append(course.minor / best)
        say(f"seed {seed:2} " + "  ".join(f"{n} {v[-1]:.4f}" for n, v in shares.items()))
    _tell(shares, courses)


def _tell(shares: dict[str, list[float]], courses: dict[str, list[Course]]) -> None:
    """Print cost, fill rate, parcels and time of each policy."""
    myopic = np.array(shares["myopic"])
    say(f"\n{'policy':16} cost/hindsight  closed  worse than myopic  filled  parcels  p50, p99 us")
    for name, values in shares.items():
        held = courses[name]
        own = np.array(values)
        closed = (myopic.mean() - own.mean()) / (myopic.mean() - 1)
        filled = sum(c.n_sent for c in held) / sum(c.n_asked for c in held)
        parcels = sum(c.n_parcels for c in held) / sum(c.n_orders for c in held)
        p50, p99 = np.percentile([us for c in held for us in c.us], (50, 99))
        worse = int((own > myopic).sum())
        say(
            f"{name:16} {own.mean():14.4f}  {closed:6.1%}  {worse:11} of {len(own):2}  "
            f"{filled:7.2%}  {parcels:7.3f}  {p50:6.0f} {p99:6.0f}"
        )


if __name__ == "__main__":
    main()

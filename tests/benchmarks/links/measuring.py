"""What the engine says of a town: rings found in time, and honest buyers taken for one group."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from math import sqrt
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from features.engines.links import LinkOrders, compute
from features.engines.links_layout import NEVER
from features.links import COLUMNS, QUANTITIES, RULE
from tests.benchmarks.links.people import KINDS, Habits, Size, Town, settle
from tests.benchmarks.links.rings import plant

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from features.links import LinkRule

_DAY_US: Final = 86_400_000_000
IN_TIME: Final = 4
"""Order of a ring by which it has to be found."""
SMALLEST: Final = 3
"""Linked buyers that make a group worth a look."""


@dataclass
class Share:
    """How many of how many."""

    n: int = 0
    of: int = 0

    def count(self, is_one: bool) -> None:
        """Count one more."""
        self.n += is_one
        self.of += 1

    def __add__(self, other: Share) -> Share:
        return Share(self.n + other.n, self.of + other.of)

    @property
    def rate(self) -> float:
        """The share."""
        return self.n / self.of if self.of else float("nan")

    @property
    def interval(self) -> tuple[float, float]:
        """Bounds of the share with 95 % confidence, after Wilson."""
        if not self.of:
            return 0.0, 1.0
        z, n = 1.96, self.of
        middle = (self.rate + z * z / (2 * n)) / (1 + z * z / n)
        half = z * sqrt(self.rate * (1 - self.rate) / n + z * z / (4 * n * n)) / (1 + z * z / n)
        return max(middle - half, 0.0), min(middle + half, 1.0)


Shares = dict[str, Share]


@dataclass
class Findings:
    """What was found in one town or several.

    Parameters
    ----------
    in_time
        Rings by way: found by their fourth order, at least two of the others in the group.
    complete
        Rings by way: all four of the first four in one group.
    sets
        Sets of honest people by kind: some two of them were ever taken for one group.
    buyers
        Honest buyers by kind: ever taken for a member of a group.
    flagged
        The same, for a group of at least `SMALLEST`.
    """

    in_time: Shares = field(default_factory=lambda: defaultdict(Share))
    complete: Shares = field(default_factory=lambda: defaultdict(Share))
    sets: Shares = field(default_factory=lambda: defaultdict(Share))
    buyers: Shares = field(default_factory=lambda: defaultdict(Share))
    flagged: Shares = field(default_factory=lambda: defaultdict(Share))

    def __iadd__(self, other: Findings) -> Findings:
        for name, shares in vars(other).items():
            own = getattr(self, name)
            for key, share in shares.items():
                own[key] = own[key] + share
        return self


def built(seed: int, habits: Habits, size: Size, rings_each: int) -> Town:
    """Build a town with its rings; the orders in the sequence in which they were placed."""
    town = Town(seed, habits)
    settle(town, size)
    town.trade()
    plant(town, rings_each)
    town.orders.sort(key=lambda order: order.at)
    return town


def groups(town: Town, rule: LinkRule = RULE) -> NDArray[np.float64]:
    """Give the quantities of every order of a town."""
    columns = [COLUMNS.index(_column(kind)) for kind in KINDS]
    values = np.full((len(town.orders), len(COLUMNS)), -1, np.int32)
    values[:, columns] = [order.values for order in town.orders]
    at = np.array([order.at * _DAY_US for order in town.orders]).astype(np.int64)
    buyer = np.array([order.buyer for order in town.orders], np.int32)
    orders = LinkOrders(buyer, values, at, at, np.full(len(at), NEVER))
    return compute(orders, np.ones(len(at), np.bool_), rule)


def _column(kind: str) -> str:
    return "address_unit_key" if kind == "address" else f"{kind}_key"


def judge(town: Town, found: NDArray[np.float64]) -> Findings:
    """Count what was found."""
    result = Findings()
    sizes = found[:, QUANTITIES.index("n_buyers")]
    rows: dict[str, list[int]] = defaultdict(list)
    for row, order in enumerate(town.orders):
        rows[order.group].append(row)
    for group, own in rows.items():
        kind, _, _ = group.partition("/")
        if group.startswith("ring: "):
            way = kind.removeprefix("ring: ")
            early = sizes[own[:IN_TIME]]
            result.in_time[way].count(bool(early.max() >= SMALLEST))
            result.complete[way].count(bool(early[-1] >= IN_TIME))
            continue
        largest: dict[int, float] = defaultdict(float)
        for row in own:
            buyer = town.orders[row].buyer
            largest[buyer] = max(largest[buyer], sizes[row])
        result.sets[kind].count(max(largest.values()) > 1)
        for size in largest.values():
            result.buyers[kind].count(size > 1)
            result.flagged[kind].count(size >= SMALLEST)
    return result


def measured(
    seeds: range, habits: Habits, size: Size, rings_each: int, rule: LinkRule = RULE
) -> Findings:
    """Judge the towns of several seeds together."""
    result = Findings()
    for seed in seeds:
        town = built(seed, habits, size, rings_each)
        result += judge(town, groups(town, rule))
    return result


def total(shares: Shares, *kinds: str) -> Share:
    """Add the shares of some kinds up."""
    return sum((shares[kind] for kind in kinds), Share())


def line(name: str, share: Share, **more: Any) -> str:
    """Write one line of a table."""
    low, high = share.interval
    rest = "".join(f"  {key} {value}" for key, value in more.items())
    counts = f"{share.n:>6} of {share.of:<7}"
    return f"{name:<48}{share.rate:>8.2%}  {low:>7.2%} to {high:<7.2%} {counts}{rest}"

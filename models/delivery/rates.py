"""Delivery rates that can be trusted: decayed counts, shrunk down a tree of carrier to lane.

A share of three parcels says little about an outlet, and one of last year little about today. So
every node of the tree keeps two fading counts, a slow and a quick one, and gets these rates:

- *usual*: its slow counts, pulled towards the usual rate of the node above it;
- *calm*: its quick counts, pulled towards what is expected of it just now, which is its usual
  difference from the node above added to how that node goes now. A bad day of a carrier moves all
  its outlets;
- *low*: what it does in trouble. An outlet may fall from one day to the next, and then neither
  count is quick enough. Each day's parcels say how probable it is that trouble has begun or gone on
  (a two-state Markov chain, as in Shiryaev's problem of the quickest detection), and a day in
  trouble counts that much less for ``usual`` and ``calm``.

``now`` is the mean of calm and low by that probability. How fast counts fade, how many parcels a
pull is worth and how trouble comes and goes is learned from the counts themselves: by how well each
evening's rates foretold the next day's parcels. So is how far the true rate strays, which gives the
interval.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from features.arrays import Floats
    from models.delivery.tree import Tree

FLOOR: Final = 1e-4
TROUBLED: Final = "outlet"
"""The level whose nodes may be in trouble of their own."""

PULLS: Final = (2.0, 8.0, 32.0, 128.0, 512.0, 2048.0)
LOOKED_AT: Final[dict[str, tuple[float, ...]]] = {
    "quick_days": (1.0, 2.0, 4.0, 8.0, 16.0),
    "now_pull": PULLS,
    "slow_days": (15.0, 30.0, 60.0, 120.0),
    "usual_pull": PULLS,
}
LOOKED_AT_IN_TROUBLE: Final[dict[str, tuple[float, ...]]] = {
    "begins": (0.001, 0.004, 0.008, 0.016),
    "depth": (1.0, 1.5, 2.0),
    "ends": (0.05, 0.1, 0.2, 0.35),
    "low_pull": (4.0, 16.0, 64.0),
}
"""Values of each part of `Fading` among which the most likely one is taken."""

ROUNDS: Final = 3
WARM_UP_DAYS: Final = 14
"""First days, which only fill the counts."""

LARGEST_LOG: Final = 50.0
LEAST_SPREAD, MOST_SPREAD = 1e-6, 0.5
BISECTIONS: Final = 24


@dataclass(frozen=True, slots=True)
class Fading:
    """How a level's counts fade and pull, and how trouble comes and goes.

    Parameters
    ----------
    slow_days, quick_days
        Half-lives of the two counts, days.
    usual_pull, now_pull, low_pull
        Parcels that the node above, the expectation, and the usual depth of trouble are worth as
        evidence.
    begins, ends
        Chance that trouble begins, and that it ends, from one day to the next; no trouble of its
        own where ``begins`` is 0.
    depth
        How much lower the rate in trouble usually is, log odds.
    floor, slope
        Variance of the true rate ``m`` as a share of the largest possible one, ``m (1 - m)``:
        ``floor m (1 - m) + slope / (now_pull + quick parcels)``. Rates stray evenly in log odds,
        so that those near 1 stray least.

    Examples
    --------
    >>> fading = Fading(floor=0.1, slope=0.5, now_pull=30.0)
    >>> near, middle = fading.spread(np.array([0.98, 0.5]), np.array([20.0, 20.0]))
    >>> bool(near < middle)
    True
    """

    slow_days: float = 60.0
    quick_days: float = 3.0
    usual_pull: float = 32.0
    now_pull: float = 32.0
    begins: float = 0.0
    ends: float = 0.2
    depth: float = 1.5
    low_pull: float = 8.0
    floor: float = 0.0
    slope: float = 1.0

    def spread(self, mean: Floats, quick: Floats) -> Floats:
        """Variance of the true rate as a share of the largest possible one."""
        strays = self.floor * mean * (1 - mean) + self.slope / (self.now_pull + quick)
        spread: Floats = np.clip(strays, LEAST_SPREAD, MOST_SPREAD)
        return spread


@dataclass(frozen=True)
class Rates:
    """Rates of a level's nodes, each of shape ``(n_nodes,)``.

    Parameters
    ----------
    usual, calm, low
        The lasting rate, the present one outside trouble, and in trouble.
    trouble, hinted
        Probability of trouble on the next day, and what of it goes beyond the usual chance.
    evidence
        Parcels that the present rate is worth.
    """

    usual: Floats
    calm: Floats
    low: Floats
    trouble: Floats
    hinted: Floats
    evidence: Floats

    @property
    def now(self) -> Floats:
        """The present rate."""
        return _mixed(self.calm, self.low, self.trouble)

    def interval(self, level: float = 0.9) -> tuple[Floats, Floats]:
        """Bounds between which the true present rate lies with this probability.

        Trouble that nothing hints at is left out: it would widen all intervals alike.

        Examples
        --------
        >>> one, none = np.array([0.9]), np.array([0.0])
        >>> low, high = Rates(one, one, one, none, none, np.array([50.0])).interval()
        >>> low.round(3), high.round(3)
        (array([0.823]), array([0.959]))
        """
        tail = (1 - level) / 2
        return self.quantile(tail), self.quantile(1 - tail)

    def quantile(self, wanted: float) -> Floats:
        """Quantile of the present rate: a mixture of two beta distributions, by bisection."""
        from scipy.special import betainc

        below, above = np.zeros_like(self.calm), np.ones_like(self.calm)
        parts = [(self.calm, 1 - self.hinted), (self.low, self.hinted)]
        for _ in range(BISECTIONS):
            middle = (below + above) / 2
            reached = sum(
                weight * betainc(mean * self.evidence, (1 - mean) * self.evidence, middle)
                for mean, weight in parts
            )
            below = np.where(reached < wanted, middle, below)
            above = np.where(reached < wanted, above, middle)
        found: Floats = (below + above) / 2
        return found


@dataclass(frozen=True)
class RateModel:
    """How counts fade and pull on each level, the root first.

    Examples
    --------
    >>> model = RateModel((Fading(), Fading(slow_days=30.0)))
    >>> RateModel.from_json(model.to_json()) == model
    True
    """

    fadings: tuple[Fading, ...]

    def to_json(self) -> list[dict[str, float]]:
        """Write the numbers, the root first."""
        return [asdict(each) for each in self.fadings]

    @classmethod
    def from_json(cls, written: Sequence[Mapping[str, float]]) -> RateModel:
        """Read what `to_json` wrote."""
        return cls(tuple(Fading(**each) for each in written))

    def rates(self, tree: Tree, good: Floats, bad: Floats) -> dict[str, Rates]:
        """Give each level's rates on the evening of the last day.

        Parameters
        ----------
        tree
            The nodes.
        good, bad
            Daily counts of the leaves, the newest day last, shape ``(n_days, n_leaves)``;
            fractions are allowed, as early news has them.

        Returns
        -------
        dict
            Level to its rates, in the order of `Tree.names`.

        Examples
        --------
        >>> from models.delivery.tree import Tree
        >>> tree = Tree.of(("carrier", "outlet"), [("sf", "a"), ("sf", "b")])
        >>> good, bad = np.array([[80.0, 1.0]]), np.array([[20.0, 2.0]])
        >>> RateModel((Fading(),) * 3).rates(tree, good, bad)["outlet"].now.round(2)
        array([0.8 , 0.71])
        """
        levels = self._walks(tree, good, bad)
        names = tree.levels[: len(levels)]
        return {
            name: walk.rates(how, -1)
            for name, walk, how in zip(names, levels, self.fadings[1:], strict=True)
        }

    def evenings(
        self, tree: Tree, good: Floats, bad: Floats, level: str = TROUBLED
    ) -> tuple[Floats, Floats]:
        """Give a level's rates on every evening.

        Returns
        -------
        tuple of NDArray
            What is expected of each node outside trouble, by which the next day's parcels are
            judged, and the present rate; each ``(n_days, n_nodes)``.

        Examples
        --------
        >>> from models.delivery.tree import Tree
        >>> tree = Tree.of(("carrier", "outlet"), [("sf", "a")])
        >>> good, bad = np.full((30, 1), 9.0), np.full((30, 1), 1.0)
        >>> good[-1], bad[-1] = 2.0, 8.0  # the last day goes wrong
        >>> calm, now = RateModel((Fading(),) * 3).evenings(tree, good, bad)
        >>> bool(now[-1, 0] < now[-2, 0])
        True
        """
        walk = self._walks(tree, good, bad)[tree.levels.index(level)]
        return walk.calm, walk.now

    def _walks(self, tree: Tree, good: Floats, bad: Floats) -> list[_Walk]:
        goods, bads = tree.up(good), tree.up(bad)
        walks = [_walk(goods[0], goods[0] + bads[0], None, self.fadings[0])]
        for depth, how in enumerate(self.fadings[1:], start=1):
            above = walks[-1].below(tree.above[depth - 1])
            walks.append(_walk(goods[depth], goods[depth] + bads[depth], above, how))
        return walks[1:]


def fit_rates(tree: Tree, good: Floats, bad: Floats) -> RateModel:
    """Learn how counts fade and pull, level by level from the root.

    Parameters
    ----------
    tree
        The nodes.
    good, bad
        Matured daily counts of the leaves, shape ``(n_days, n_leaves)``.

    Returns
    -------
    RateModel
        For each level, of the values looked at those under which the parcels of each next day were
        most likely, and the variance that makes their spread most likely.

    Examples
    --------
    >>> from models.delivery.tree import Tree
    >>> tree = Tree.of(("carrier", "outlet"), [("sf", "a"), ("sf", "b")])
    >>> good = np.tile([9.0, 6.0], (40, 1))
    >>> model = fit_rates(tree, good, 10.0 - good)
    >>> model.rates(tree, good, 10.0 - good)["outlet"].now.round(1)
    array([0.9, 0.6])
    """
    fadings: list[Fading] = []
    walks: list[_Walk] = []
    for depth, (these, others) in enumerate(zip(tree.up(good), tree.up(bad), strict=True)):
        above = walks[-1].below(tree.above[depth - 1]) if walks else None
        has_trouble = depth > 0 and tree.levels[depth - 1] == TROUBLED
        likely = _most_likely(these, these + others, above, has_trouble)
        fadings.append(_with_spread(likely, these, these + others, above))
        walks.append(_walk(these, these + others, above, fadings[-1]))
    return RateModel(tuple(fadings))


def logit(rate: Floats) -> Floats:
    """Log odds of a share, which is kept off 0 and 1.

    Examples
    --------
    >>> logit(np.array([0.5, 0.9])).round(3)
    array([0.   , 2.197])
    """
    kept = _kept(rate)
    odds: Floats = np.log(kept / (1 - kept))
    return odds


def _mixed(calm: Floats, low: Floats, trouble: Floats) -> Floats:
    """Give the rate between calm and low that this much trouble makes."""
    found: Floats = calm + trouble * (low - calm)
    return found


def share(odds: Floats) -> Floats:
    """Share of log odds.

    Examples
    --------
    >>> share(np.array([0.0, 2.197])).round(3)
    array([0.5, 0.9])
    """
    found: Floats = 1 / (1 + np.exp(-odds))
    return found


class _Above(NamedTuple):
    """Usual rate of the node above each node, and how far it has moved from it, every evening."""

    usual: Floats
    moved: Floats


@dataclass(frozen=True)
class _Walk:
    """A level day by day, each of shape ``(n_days, n_nodes)``; evenings unless said otherwise.

    ``surprise`` is the negative log likelihood of each day given the evening before.
    """

    usual: Floats
    calm: Floats
    low: Floats
    trouble: Floats
    quick: Floats
    surprise: Floats

    @property
    def now(self) -> Floats:
        """The present rate."""
        return _mixed(self.calm, self.low, self.trouble)

    def below(self, above: NDArray[np.int64]) -> _Above:
        """Give what the nodes below are pulled towards."""
        return _Above(self.usual[:, above], (logit(self.now) - logit(self.usual))[:, above])

    def rates(self, how: Fading, day: int) -> Rates:
        """Give the rates of an evening."""
        evidence = 1 / how.spread(self.calm[day], self.quick[day]) - 1
        usually = how.begins / (how.begins + how.ends) if how.begins else 0.0
        hinted = np.maximum(self.trouble[day] - usually, 0.0) / (1 - usually)
        parts = (self.usual, self.calm, self.low, self.trouble)
        usual, calm, low, trouble = (part[day] for part in parts)
        return Rates(usual, calm, low, trouble, hinted, evidence)


class _Fading:
    """Good ones and all of each node, fading."""

    def __init__(self, half_life_days: float, n_nodes: int) -> None:
        self._keep = 0.5 ** (1 / half_life_days)
        self.good, self.all = np.zeros(n_nodes), np.zeros(n_nodes)

    def add(self, good: Floats, n: Floats) -> None:
        """Let a day pass."""
        self.good = self.good * self._keep + good
        self.all = self.all * self._keep + n

    def pulled(self, pull: float, towards: Floats) -> Floats:
        """Share of good ones with ``pull`` parcels of another rate added."""
        return _kept((self.good + pull * towards) / (self.all + pull))


def _walk(good: Floats, n: Floats, above: _Above | None, how: Fading) -> _Walk:
    """Go through the days of a level."""
    n_days, n_nodes = n.shape
    usual, calm, low, trouble, quick, surprise = np.zeros((6, n_days, n_nodes))
    slowly, quickly, badly = (
        _Fading(days, n_nodes) for days in (how.slow_days, how.quick_days, how.slow_days)
    )
    chance = np.full(n_nodes, how.begins / (how.begins + how.ends) if how.begins else 0.0)
    in_trouble = np.zeros(n_nodes)
    for day in range(n_days):
        if day:
            surprise[day], in_trouble = _judged(
                good[day], n[day], calm[day - 1], low[day - 1], chance
            )
            chance = in_trouble * (1 - how.ends) + (1 - in_trouble) * how.begins
        slowly.add((1 - in_trouble) * good[day], (1 - in_trouble) * n[day])
        quickly.add((1 - in_trouble) * good[day], (1 - in_trouble) * n[day])
        badly.add(in_trouble * good[day], in_trouble * n[day])
        if above is None:
            # Above everybody there is nothing to lean on but not knowing: one good, one bad.
            usual[day] = expected = slowly.pulled(2.0, np.full(n_nodes, 0.5))
        else:
            usual[day] = slowly.pulled(how.usual_pull, above.usual[day])
            expected = share(logit(usual[day]) + above.moved[day])
        calm[day] = quickly.pulled(how.now_pull, expected)
        low[day] = badly.pulled(how.low_pull, share(logit(calm[day]) - how.depth))
        low[day] = np.minimum(low[day], calm[day])
        trouble[day], quick[day] = chance, quickly.all
    return _Walk(usual, calm, low, trouble, quick, surprise)


def _judged(
    good: Floats, n: Floats, calm: Floats, low: Floats, chance: Floats
) -> tuple[Floats, Floats]:
    """Give how surprising a day was, and how probable it makes it that it was one in trouble."""
    surprise = -(good * np.log(calm) + (n - good) * np.log1p(-calm))
    if not chance.any():
        return surprise, chance
    odds = -(good * np.log(low) + (n - good) * np.log1p(-low))
    ratio = np.exp(np.clip(surprise - odds, -LARGEST_LOG, LARGEST_LOG))
    mixed = 1 - chance + chance * ratio
    return surprise - np.log(mixed), chance * ratio / mixed


def _most_likely(good: Floats, n: Floats, above: _Above | None, has_trouble: bool) -> Fading:
    """Find the values under which the days that followed were most likely, one after another."""
    looked_at = LOOKED_AT | (LOOKED_AT_IN_TROUBLE if has_trouble else {})
    first = min(WARM_UP_DAYS, len(n) // 2) + 1

    def surprise(how: Fading) -> float:
        return float(_walk(good, n, above, how).surprise[first:].sum())

    best = Fading(
        quick_days=14.0,
        now_pull=128.0,
        begins=LOOKED_AT_IN_TROUBLE["begins"][2] if has_trouble else 0.0,
    )
    least = surprise(best)
    for _ in range(ROUNDS):
        before = best
        for name, values in looked_at.items():
            for value in values:
                tried = Fading(**(asdict(best) | {name: value}))
                found = surprise(tried)
                if found < least:
                    best, least = tried, found
        if best == before:
            break
    return best


def _with_spread(how: Fading, good: Floats, n: Floats, above: _Above | None) -> Fading:
    """Add the variance under which the next days' counts spread as they did."""
    from scipy.optimize import minimize
    from scipy.special import betaln

    first = min(WARM_UP_DAYS, len(n) // 2)
    walk = _walk(good, n, above, how)
    good, n = good[first + 1 :], n[first + 1 :]
    some = n > 0
    if not some.any():
        return how
    evenings = (walk.calm, walk.low, walk.trouble, walk.quick)
    calm, low, trouble, quick = (part[first:-1][some] for part in evenings)
    good, n = good[some], n[some]

    def with_values(point: Floats) -> Fading:
        floor, slope = np.exp(np.clip(point, -14, 4))
        return Fading(**(asdict(how) | {"floor": float(floor), "slope": float(slope)}))

    def loss(point: Floats) -> float:
        evidence = 1 / with_values(point).spread(calm, quick) - 1

        def of(mean: Floats) -> Any:
            a, b = mean * evidence, (1 - mean) * evidence
            return np.exp(betaln(good + a, n - good + b) - betaln(a, b))

        likely = (1 - trouble) * of(calm) + (trouble * of(low) if how.begins else 0.0)
        return float(-np.mean(np.log(np.maximum(likely, 1e-300))))

    start = np.log([0.1, 1.0])
    found: Any = minimize(loss, start, method="Nelder-Mead", options={"maxiter": 80})
    return with_values(found.x)


def _kept(rate: Floats) -> Floats:
    """Keep shares off 0 and 1."""
    kept: Floats = np.clip(rate, FLOOR, 1 - FLOOR)
    return kept

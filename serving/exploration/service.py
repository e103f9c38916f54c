"""What the orders tried out tell: how good holding is, what it saves, what releasing misses."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Final

from features.durations import DAY_US
from features.order import wire_instant
from models.policy.limits import limits

if TYPE_CHECKING:
    from models.evaluation.exploration import Estimate, Tried
    from models.policy.costs import DecisionPolicy
    from serving.clock import Clock
    from serving.exploration.moments import Moments
    from serving.exploration.repository import TrialStore

BAD: Final = frozenset({"chargeback", "fraud", "refusal", "verdict"})
"""Kinds of outcomes that show that holding an order would have been right."""

VERDICTS_RIGHT: Final = 0.85
"""Share of reviewers' verdicts taken to be right; a wrong share widens intervals, no more."""


@dataclass(slots=True)
class _Orders:
    """Orders of one intended action that could be tried out."""

    keys: list[str] = field(default_factory=list)
    trials: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class ExplorationService:
    """What was tried out, and what it tells.

    Parameters
    ----------
    store
        Where trials are kept.
    moments
        The price of a review minute and the money of the day.
    policy
        Costs and limits in force.
    version
        Its digest.
    clock
        Gives the present.
    currency
        The base currency.
    """

    store: TrialStore
    moments: Moments
    policy: DecisionPolicy
    version: str
    clock: Clock
    currency: str

    def policy_document(self) -> dict[str, Any]:
        """Write the policy in force: its limits, and how the reviewers' time stands."""
        load = self.moments.load
        return {
            "version": self.version,
            "currency": self.currency,
            "limits": [
                {
                    "name": limit.name,
                    "label": {"zh": limit.zh, "en": limit.en},
                    "unit": limit.unit,
                    "value": limit.value,
                    "usual": limit.usual,
                }
                for limit in limits(self.policy)
            ],
            "minute_price": {"minor": round(load.price, 2), "currency": self.currency},
            "minutes_used": round(load.used_minutes(self.clock()), 1),
        }

    def report(self, days: int, maturity_days: int) -> dict[str, Any]:
        """Estimate from the orders of a period whose outcomes are known by now.

        Parameters
        ----------
        days
            Length of the period.
        maturity_days
            Days that outcomes take to become known; the period ends so long ago.
        """
        now = self.clock()
        end = now - maturity_days * DAY_US
        start = end - days * DAY_US
        found, excluded = self._orders(start, end)
        bad, verdicts = self._outcomes(start, now)
        hold, release = found["hold"], found["release"]
        elsewhere = len(bad.intersection(found["else"].keys))
        spent = self.store.days(start // DAY_US)
        return {
            "from": wire_instant(start),
            "to": wire_instant(end),
            "maturity_days": maturity_days,
            "currency": self.currency,
            "excluded": dict(excluded),
            "hold": self._judged(hold, bad, verdicts, elsewhere),
            "release": self._missed(release, bad),
            "cap_minor": self.moments.cap_minor,
            "days": [
                {"on": wire_instant(row["day"] * DAY_US)[:10], "spent_minor": row["spent_minor"]}
                for row in spent
            ],
        }

    def _orders(self, start: int, end: int) -> tuple[dict[str, _Orders], Counter[str]]:
        """Sort a period's orders by intended action; each counts once, as it was decided first."""
        found = {name: _Orders() for name in ("hold", "release", "else")}
        excluded: Counter[str] = Counter()
        seen: set[str] = set()
        for key, _, trial in self.store.trials(start, end):
            if key in seen:
                continue
            seen.add(key)
            if trial is None or trial["intended"] != "hold":
                found["else"].keys.append(key)
            if trial is None:
                continue
            if trial["excluded_by"]:
                excluded[f"{trial['intended']}_{trial['excluded_by']}"] += 1
                continue
            found[trial["intended"]].keys.append(key)
            found[trial["intended"]].trials.append(trial)
        return found, excluded

    def _outcomes(self, start: int, now: int) -> tuple[set[str], dict[str, bool]]:
        """Give the orders that turned out bad, and what reviewers said."""
        bad: set[str] = set()
        verdicts: dict[str, bool] = {}
        for key, row in self.store.outcomes(start):
            if row["known_at"] > now or row["kind"] not in BAD or row["is_bad"] is None:
                continue
            if row["kind"] == "verdict":
                verdicts[key] = bool(row["is_bad"])
            if row["is_bad"]:
                bad.add(key)
        return bad, verdicts

    def _judged(
        self, orders: _Orders, bad: set[str], verdicts: dict[str, bool], elsewhere: int
    ) -> dict[str, Any]:
        """Judge holding."""
        import numpy as np

        from models.evaluation.exploration import precision, recall, saving, with_verdicts

        tried = _tried(orders, bad)
        said = [float(verdicts[key]) if key in verdicts else np.nan for key in orders.keys]
        guess = with_verdicts(tried.guess, np.array(said, dtype=float), VERDICTS_RIGHT)
        tried = type(tried)(tried.propensity, tried.is_explored, tried.is_bad, guess)
        gain, cost = (
            np.array([trial[name] for trial in orders.trials], dtype=float)
            for name in ("if_bad_minor", "if_good_minor")
        )
        return {
            "n_orders": len(orders.keys),
            "n_explored": int(tried.is_explored.sum()),
            "precision": _shown(precision(tried)),
            "recall": _shown(recall(tried, elsewhere)),
            "saving_minor": _shown(saving(tried, gain, cost)),
        }

    def _missed(self, orders: _Orders, bad: set[str]) -> dict[str, Any]:
        """Judge releasing."""
        from models.evaluation.exploration import precision

        tried = _tried(orders, bad)
        return {
            "n_orders": len(orders.keys),
            "n_explored": int(tried.is_explored.sum()),
            "missed": _shown(precision(tried)),
        }


def _tried(orders: _Orders, bad: set[str]) -> Tried:
    import numpy as np

    from models.evaluation.exploration import Tried

    return Tried(
        propensity=np.array([trial["propensity"] for trial in orders.trials], dtype=float),
        is_explored=np.array([trial["arm"] != "as_intended" for trial in orders.trials], bool),
        is_bad=np.array([key in bad for key in orders.keys], bool),
        guess=np.array([trial["guess"] for trial in orders.trials], dtype=float),
    )


def _shown(estimate: Estimate) -> dict[str, Any]:
    return {name: asdict(estimate)[name] for name in ("value", "low", "high")}

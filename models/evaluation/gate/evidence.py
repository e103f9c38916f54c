"""What the gate looks at: two models, the orders they are judged on, and what they said."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from models.evaluation.money import money_spent
from models.evaluation.paired import Difference, paired_difference

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, timedelta

    import numpy as np
    import pandas as pd

    from models.errors import ModelError
    from models.policy.costs import DecisionPolicy


@dataclass(frozen=True)
class Candidate:
    """A model at the gate.

    Parameters
    ----------
    document
        Its ``model.json``.
    score
        Probabilities of the judged orders, shape ``(n_orders,)``.
    recent
        Probabilities of the most recent orders, whose truth is not known yet.
    micros
        CPU time of one score, median, µs.
    megabytes
        Size of the artifact.
    n_replayed, n_differ
        Orders scored one by one, and those that got another number than in a batch.
    lines
        Probabilities of the judged lines, or None where it does not answer for lines.
    """

    document: Mapping[str, Any]
    score: np.ndarray
    recent: np.ndarray
    micros: float = 0.0
    megabytes: float = 0.0
    n_replayed: int = 0
    n_differ: int = 0
    lines: np.ndarray | None = None


@dataclass(frozen=True)
class Orders:
    """The orders of the judged weeks, and the most recent ones.

    Parameters
    ----------
    label
        1 bad, 0 good, all matured, shape ``(n_orders,)``.
    value_minor
        Order values.
    day
        Number of the day each order belongs to.
    slices
        Part of the orders to its mask.
    features
        Feature values.
    recent_value_minor, recent_day, recent_features
        The same of the most recent orders, which have no label yet.
    begins, ends
        First instant of the judged weeks, and the first after them.
    lines
        Labels of the judged lines, or None where no model answers for lines.
    """

    label: np.ndarray
    value_minor: np.ndarray
    day: np.ndarray
    slices: Mapping[str, np.ndarray]
    features: pd.DataFrame
    recent_value_minor: np.ndarray
    recent_day: np.ndarray
    recent_features: pd.DataFrame
    begins: datetime
    ends: datetime
    lines: np.ndarray | None = None


@dataclass(frozen=True)
class Evidence:
    """Everything that the checks of the gate read.

    Parameters
    ----------
    name
        Model name; also the harm it foresees.
    cut
        The instant of the run; nothing known later was looked at.
    maturity
        Time until a label is known.
    orders
        What both are judged on; neither learned from any of them.
    policy
        Costs.
    challenger
        The model that asks to be let in, or None when it could not be loaded.
    champion
        The model that is served, or None when there is none.
    fault
        Why the challenger could not be loaded, fits no present feature or does not score.
    labels_known_at
        When labels of this model became known, ascending.
    n_challengers
        Challengers that ask on the same orders.

    Examples
    --------
    >>> from datetime import UTC, datetime, timedelta
    >>> import numpy as np
    >>> import pandas as pd
    >>> from models.policy.costs import DecisionPolicy
    >>> cut = datetime(2026, 3, 1, tzinfo=UTC)
    >>> value, nothing = np.full(4, 50_000), pd.DataFrame()
    >>> orders = Orders(
    ...     np.array([0, 0, 0, 1]), value, np.arange(4), {}, nothing, value, np.arange(4), nothing,
    ...     begins=cut - timedelta(days=97), ends=cut - timedelta(days=90),
    ... )
    >>> good = Candidate({"name": "fraud"}, np.array([0.01, 0.01, 0.01, 0.99]), np.zeros(0))
    >>> evidence = Evidence("fraud", cut, timedelta(days=90), orders, DecisionPolicy(), good)
    >>> bool(evidence.spent.sum() < evidence.spent_before.sum())  # before, all were released
    True
    """

    name: str
    cut: datetime
    maturity: timedelta
    orders: Orders
    policy: DecisionPolicy
    challenger: Candidate | None
    champion: Candidate | None = None
    fault: ModelError | None = None
    labels_known_at: pd.Series | None = None
    n_challengers: int = 1

    @property
    def asking(self) -> Candidate:
        """The challenger, which was loaded."""
        if self.challenger is None:
            raise ValueError("the challenger could not be loaded; ask the entry checks first")
        return self.challenger

    @cached_property
    def spent(self) -> np.ndarray:
        """Cost of each judged order when the challenger decides."""
        return self._spent(self.asking.score)

    @cached_property
    def spent_before(self) -> np.ndarray:
        """Cost of each judged order when the champion decides, or when all are released."""
        score = self.champion.score if self.champion else self.asking.score * 0.0
        return self._spent(score)

    @cached_property
    def saved(self) -> Difference:
        """What the challenger saves, with what resampling of whole days says about it."""
        return paired_difference(self.spent_before - self.spent, self.orders.day)

    def _spent(self, score: np.ndarray) -> np.ndarray:
        orders = self.orders
        return money_spent(self.name, orders.label, score, orders.value_minor, self.policy)

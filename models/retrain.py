"""The weekly run of one model, from frames to verdict: promote a challenger, or keep what is.

What happens when, seen from the instant of the run, the *cut*:

```
 learned from                purged            judged weeks          not matured    recent
|---------------------------|- - - - - - - -|---------------------|- - - - - - - -|------| cut
                             label maturity   new to both models    label maturity
```

A challenger is fixed at the first judged instant and knows only labels that were known by then. The
artifact that was judged is the one that is promoted.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, TypeGuard

import numpy as np
import pandas as pd

from features.durations import DAY_US
from models.artifacts import check_definitions, features_read
from models.errors import ArtifactError, ModelError
from models.estimators.base import RiskEstimator
from models.evaluation.gate import ask
from models.evaluation.gate.evidence import Candidate, Evidence, Orders
from models.evaluation.slices import slice_rows
from models.judged_weeks import judged_truth
from models.training.labels import first_known
from models.training.lines import LineMaterial

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from models.artifacts import Artifact
    from models.contracts import Estimator
    from models.estimators.predictor import RiskPredictor
    from models.evaluation.gate.finding import Finding
    from models.judged_weeks import JudgedWeeks
    from models.policy.costs import DecisionPolicy
    from models.training.material import Material


@dataclass(frozen=True, slots=True)
class Recipe:
    """One way of fitting a challenger.

    Parameters
    ----------
    name
        Short name.
    zh, en
        What is special about it.
    train_days
        Days of orders to learn from, or None for all.
    """

    name: str
    zh: str
    en: str
    train_days: int | None = None


RECIPES: Final[tuple[Recipe, ...]] = (
    Recipe("whole", "全部历史", "the whole history"),
    Recipe("recent", "最近半年", "the last half year", train_days=182),
)
"""Challengers that are fitted every week."""


@dataclass(frozen=True, slots=True)
class RetrainConfig:
    """What a weekly run looks at besides the judged weeks.

    Parameters
    ----------
    recent_days
        Days of the most recent traffic.
    n_replayed, n_timed
        Orders scored one by one for parity, and for the time it takes.
    """

    recent_days: int = 7
    n_replayed: int = 500
    n_timed: int = 200


@dataclass(frozen=True)
class Verdict:
    """What the gate decided about one challenger.

    Parameters
    ----------
    recipe
        Name of its recipe.
    findings
        Every check with its reason.
    saved
        Money that it would have saved on the judged orders, minor units; 0 when never judged.

    Examples
    --------
    >>> from models.evaluation.gate.finding import Finding
    >>> found = Finding("size", False, "模型文件过大", "the file is too large")
    >>> verdict = Verdict("whole history", (found,))
    >>> verdict.is_let_in, [refusal.check for refusal in verdict.refusals]
    (False, ['size'])
    """

    recipe: str
    findings: tuple[Finding, ...]
    saved: float = 0.0

    @property
    def is_let_in(self) -> bool:
        """Whether every check passed."""
        return all(finding.passed for finding in self.findings)

    @property
    def refusals(self) -> tuple[Finding, ...]:
        """The findings that keep it out."""
        return tuple(finding for finding in self.findings if not finding.passed)


def supports(estimator: Estimator) -> TypeGuard[RiskEstimator]:
    """Tell whether the gate knows how to judge a model: probabilities of a harm with a cost.

    Examples
    --------
    >>> from models.estimators import BY_NAME
    >>> supports(BY_NAME["fraud"]), supports(BY_NAME["demand"])
    (True, False)
    """
    return isinstance(estimator, RiskEstimator)


@dataclass(frozen=True)
class Hearing:
    """One model's weekly question, ready to hear challengers.

    Parameters
    ----------
    estimator
        The model.
    material
        The history.
    cut
        The instant of the run.
    weeks
        What is judged on.
    policy
        Costs.
    traffic
        Feature values of the most recent orders as the service had them, with ``value_minor`` and
        ``placed_at``; taken from the history when None.
    config
        What is looked at besides.
    """

    estimator: RiskEstimator
    material: Material
    cut: datetime
    weeks: JudgedWeeks
    policy: DecisionPolicy
    traffic: pd.DataFrame | None = None
    config: RetrainConfig = field(default_factory=RetrainConfig)

    def judge(
        self,
        challengers: Mapping[str, Artifact | ModelError],
        champion: Artifact | None,
    ) -> list[Verdict]:
        """Ask every check of every challenger.

        Parameters
        ----------
        challengers
            Recipe name to what was fitted, or why it could not be loaded.
        champion
            What is served, or None.

        Returns
        -------
        list[Verdict]
            One a challenger, in the same order.
        """
        orders = self._orders()
        if champion is not None and "lines" in champion.document:
            orders = replace(orders, lines=self._lines[1])
        served = self._candidate(champion, orders) if champion is not None else None
        return [
            self._hear(recipe, asking, served, orders, len(challengers))
            for recipe, asking in challengers.items()
        ]

    def _hear(
        self,
        recipe: str,
        asking: Artifact | ModelError,
        served: Candidate | None,
        orders: Orders,
        n_challengers: int,
    ) -> Verdict:
        challenger, fault = self._admit(asking, orders)
        rule = self.estimator.rule(self.material.profile)
        known = first_known(self.material.outcomes, rule.kinds).sort_values()
        evidence = Evidence(
            name=self.estimator.name,
            cut=self.cut,
            maturity=rule.maturity,
            orders=orders,
            policy=self.policy,
            challenger=challenger,
            champion=served,
            fault=fault,
            labels_known_at=known[known <= pd.Timestamp(self.cut)],
            n_challengers=n_challengers,
        )
        findings = ask(evidence)
        is_judged = any(finding.check == "money" for finding in findings)
        return Verdict(recipe, findings, evidence.saved.value if is_judged else 0.0)

    def _admit(
        self, asking: Artifact | ModelError, orders: Orders
    ) -> tuple[Candidate | None, ModelError | None]:
        """Score a challenger, or say why it cannot even be asked."""
        if isinstance(asking, ModelError):
            return None, asking
        try:
            _check_name(asking, self.estimator.name)
            check_definitions(features_read(asking.document), self.material.definitions)
            return self._candidate(asking, orders), None
        except ModelError as error:
            return None, error
        except Exception as error:  # noqa: BLE001 whatever a broken artifact raises, it is refused
            return None, ArtifactError(f"it does not score ({type(error).__name__}: {error})")

    def _orders(self) -> Orders:
        """Gather the judged orders and the most recent ones."""
        material, weeks = self.material, self.weeks
        truth = self._truth(material)
        rows = material.orders.loc[truth.index]
        recent = self._recent()
        return Orders(
            label=truth.to_numpy(),
            value_minor=_amounts(rows["value_minor"]),
            day=_days(rows["placed_at"]),
            slices=slice_rows(rows),
            features=material.frame.loc[truth.index],
            recent_value_minor=_amounts(recent["value_minor"]),
            recent_day=_days(recent["placed_at"]),
            recent_features=recent,
            begins=weeks.begins,
            ends=weeks.ends,
        )

    def _truth(self, material: Material) -> pd.Series:
        """Label the judged rows of a material."""
        truth = judged_truth(self.estimator, material, self.cut, self.weeks.ends)
        placed = material.orders["placed_at"]
        inside = (placed >= self.weeks.begins) & (placed < self.weeks.ends)
        return truth[inside & truth.notna()]

    @cached_property
    def _lines(self) -> tuple[pd.DataFrame, np.ndarray]:
        """Features and labels of the lines of the judged orders."""
        lines = LineMaterial.of(self.material)
        truth = self._truth(lines)
        return lines.frame.loc[truth.index], truth.to_numpy()

    def _recent(self) -> pd.DataFrame:
        """Give the most recent traffic: what the service saw, or the end of the history."""
        if self.traffic is not None and len(self.traffic):
            return self.traffic
        orders = self.material.orders
        since = self.cut - timedelta(days=self.config.recent_days)
        wanted = (orders["placed_at"] >= since) & (orders["placed_at"] < self.cut)
        rows = self.material.frame.loc[orders.index[wanted]]
        return rows.assign(value_minor=orders.loc[rows.index, "value_minor"])

    def _candidate(self, artifact: Artifact, orders: Orders) -> Candidate:
        """Score what is judged, replay some of it one by one, and time it."""
        predictor = self.estimator.predictor(artifact)
        n_replayed, n_differ, micros = _replay(predictor, orders, self.config)
        of_lines = predictor.lines if orders.lines is not None else None
        return Candidate(
            document=artifact.document,
            score=predictor.predict_frame(orders.features),
            recent=predictor.predict_frame(orders.recent_features),
            micros=micros,
            megabytes=sum(len(text) for text in artifact.texts.values()) / 1e6,
            n_replayed=n_replayed,
            n_differ=n_differ,
            lines=None if of_lines is None else of_lines.predict_frame(self._lines[0]),
        )


def best(verdicts: Sequence[Verdict]) -> Verdict | None:
    """Give the challenger that saves most among those let in, or None.

    Examples
    --------
    >>> best([]) is None
    True
    """
    let_in = [verdict for verdict in verdicts if verdict.is_let_in]
    return max(let_in, key=lambda verdict: verdict.saved, default=None)


def _check_name(artifact: Artifact, name: str) -> None:
    said = artifact.document.get("name")
    if said != name:
        raise ArtifactError(f"this is a model of {said}, not of {name}")


def _replay(
    predictor: RiskPredictor, orders: Orders, config: RetrainConfig
) -> tuple[int, int, float]:
    """Score orders one by one as the service does; count differences, take the median CPU time."""
    parts = [orders.recent_features, orders.features]
    rows = pd.concat([_sample(part, config.n_replayed // 2) for part in parts])
    names = [name for name in predictor.feature_names if name in rows]
    values = [_plain(row) for row in rows[names].to_dict("records")]
    batch = predictor.predict_frame(rows)
    one_by_one = np.array([predictor.predict_one(row).probability for row in values])
    taken = []
    for row in values[: config.n_timed]:
        started = time.thread_time_ns()
        predictor.predict_one(row)
        taken.append(time.thread_time_ns() - started)
    n_differ = int((batch != one_by_one).sum())
    return len(values), n_differ, float(np.median(taken)) / 1_000 if taken else 0.0


def _sample(rows: pd.DataFrame, most: int) -> pd.DataFrame:
    """Take orders evenly over time."""
    return rows.iloc[:: max(1, len(rows) // most)].iloc[:most] if len(rows) else rows


def _plain(row: Mapping[Any, Any]) -> dict[str, Any]:
    """Write a row of a frame as the service holds it."""
    return {name: None if pd.isna(value) else value for name, value in row.items()}


def _amounts(column: pd.Series) -> np.ndarray:
    return column.to_numpy(dtype=float, na_value=np.nan)


def _days(placed_at: pd.Series) -> np.ndarray:
    micros = placed_at.astype("datetime64[us, UTC]").astype("int64")
    days: np.ndarray = (micros // DAY_US).to_numpy()
    return days

"""What all trained risk models share: rows by matured label, fit, artifact, backtest."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from features.coverage import tells
from models.artifacts import Artifact
from models.contracts import BacktestResult, Trained
from models.errors import NotSupportedError
from models.estimators.document import describe, raw_scores
from models.estimators.predictor import LINES_FILE, MODEL_FILE, RiskPredictor
from models.evaluation.report import report
from models.laps import Laps
from models.support import check_supported
from models.training.binary import Fitted, RiskConfig, exclusions, fit_binary
from models.training.labels import (
    LabelRule,
    first_known,
    label_by,
    matured_only,
    training_labels,
)
from models.training.splits import Split

if TYPE_CHECKING:
    import pandas as pd

    from features.history import HistoryProfile
    from models.contracts import BacktestRequest
    from models.training.material import Material

HOLDOUT_SHARE = 0.2
"""Share of the matured orders, the newest, on which `train` reports how good the model is."""

HOLDOUT_BAD = 60
"""Bad orders that holding out must leave on either side."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Orders that may be learned from at an instant.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = Rows(pd.DataFrame({"x": [1.0, 2.0]}), np.array([0, 1]), Counter(immature=3))
    >>> kept = rows.part(np.array([False, True]))
    >>> kept.frame["x"].tolist(), kept.label.tolist(), dict(kept.excluded)
    ([2.0], [1], {'immature': 3})
    """

    frame: pd.DataFrame
    label: np.ndarray
    excluded: Counter[str]
    notes: tuple[str, ...] = ()

    def part(self, mask: np.ndarray) -> Rows:
        """Keep some of the orders."""
        return Rows(self.frame[mask], self.label[mask], self.excluded, self.notes)


@dataclass(frozen=True, slots=True)
class Posed:
    """One question about the past.

    Parameters
    ----------
    rule
        Which outcomes are bad, and when their absence means good.
    rows
        Orders to learn from, with the labels known by then.
    test
        Features of the later orders.
    truth
        What became of them: 1 bad, 0 good, NaN unknown.
    """

    rule: LabelRule
    rows: Rows
    test: pd.DataFrame
    truth: pd.Series


@dataclass(frozen=True)
class RiskEstimator:
    """A calibrated probability of one kind of harm to an order.

    Parameters
    ----------
    name
        Name of the model, as commands and artifacts use it.
    zh, en
        What it foresees, in Chinese and English.
    kinds
        Outcome kinds any of which makes an order bad.
    config
        How it is fitted; saved in the artifact.
    purposes
        Purposes of the features it reads.

    Examples
    --------
    >>> from datetime import timedelta
    >>> from features.history import HistoryProfile, LabelProfile
    >>> fraud = RiskEstimator("fraud", "欺诈", "fraud", ("fraud", "chargeback"))
    >>> fraud.needs(HistoryProfile())
    'the history has no outcomes of kind fraud or chargeback'
    >>> told = HistoryProfile(labels={"chargeback": LabelProfile("chargeback", 90.0)})
    >>> fraud.rule(told).kinds, fraud.rule(told, delay=timedelta(days=7)).maturity.days
    (('chargeback',), 90)
    """

    name: str
    zh: str
    en: str
    kinds: tuple[str, ...]
    config: RiskConfig = field(default_factory=RiskConfig)
    purposes: frozenset[str] = frozenset({"risk"})

    def needs(self, profile: HistoryProfile) -> str | None:
        """Say why a history cannot support the model, or None when it can."""
        if any(tells(profile, kind) for kind in self.kinds):
            return None
        if self.name in profile.excused:
            return profile.excused[self.name]
        return f"the history has no outcomes of kind {' or '.join(self.kinds)}"

    def rule(self, profile: HistoryProfile, *, delay: timedelta | None = None) -> LabelRule:
        """Say which outcomes of a history make an order bad, and when their absence means good.

        A delay asked for never shortens the history's own: an order would count as good while its
        bad outcome could still come.
        """
        present = tuple(kind for kind in self.kinds if kind in profile.labels)
        matures = max(profile.labels[kind].maturity for kind in present)
        return LabelRule(present, max(delay, matures) if delay is not None else matures)

    def truth(self, material: Material, rule: LabelRule, by: datetime) -> pd.Series:
        """Label all orders with what was known by an instant; NaN is unknown."""
        return label_by(material.orders, first_known(material.outcomes, rule.kinds), rule, by)

    def predictor(self, artifact: Artifact) -> RiskPredictor:
        """Turn a loaded artifact into something that predicts."""
        return RiskPredictor(artifact)

    def train(
        self, material: Material, *, cutoff: datetime, train_days: int | None = None
    ) -> Trained:
        """Fit on every order whose label had matured at the cutoff.

        The newest fifth of them is held out first and says how good the model is out of time;
        then all of them are learned from. Where outcomes name lines, a second part learns to tell
        these apart and stands in the artifact beside the first, which it does not change.

        Parameters
        ----------
        material
            The history with its features.
        cutoff
            The instant; nothing that became known later is looked at.
        train_days
            Learn from so many days of orders, the newest whose labels have matured; from all unless
            given.

        Returns
        -------
        Trained
            The artifact, not yet saved, and how good it was out of time.

        Raises
        ------
        NotSupportedError
            When the history lacks such outcomes, or too few labels have matured.
        """
        check_supported(self, material.profile)
        rule = self.rule(material.profile)
        rows = self._rows(material, rule, cutoff, train_days)
        fitted, summary = self._fit_judged(material, rows, rule)
        summary |= {"rows_trained": len(rows.frame), "excluded": exclusions(rows.excluded)}
        document = describe(self, material, rows.frame, fitted, rule, cutoff)
        artifact = Artifact(document | {"metrics": summary}, texts={MODEL_FILE: fitted.text})
        lines = self._train_lines(material, cutoff, train_days)
        return Trained(artifact, summary) if lines is None else _with_lines(artifact, lines)

    def _train_lines(
        self, material: Material, cutoff: datetime, train_days: int | None
    ) -> Trained | None:
        """Fit on single lines; None where outcomes do not name them, or name too few."""
        from models.training.lines import LineMaterial, is_per_line

        if material.row == "line" or not is_per_line(material.history, self.kinds):
            return None
        try:
            lines = LineMaterial.of(material)
            return self.train(lines, cutoff=cutoff, train_days=train_days)
        except NotSupportedError:
            return None

    def backtest(self, material: Material, request: BacktestRequest) -> BacktestResult:
        """Learn from what was known before ``test_from``; give every later order a probability."""
        import pandas as pd

        laps = Laps()
        posed = self.pose(material, request)
        laps.lap("features")
        fitted = self.fit(material, posed.rows, posed.rule)
        laps.lap("fit")
        scores = fitted.knots.probability(raw_scores(fitted, posed.test))
        laps.lap("predict")
        orders = material.orders.loc[posed.test.index]
        document = {
            "label_delay_days": posed.rule.maturity / timedelta(days=1),
            "rows_trained": len(posed.rows.frame),
            "bad_rows_trained": int(posed.rows.label.sum()),
            "excluded": exclusions(posed.rows.excluded),
            "test_rows": _by_label(posed.truth),
            "notes": list(posed.rows.notes),
            **report(orders, posed.truth, scores),
            "features": len(fitted.encoding.names),
            "features_left_out": fitted.left_out,
            "trees": fitted.rounds * fitted.boosting.n_seeds,
        }
        laps.lap("evaluate")
        ids = orders["order_id"].astype(str).to_numpy()
        predictions = pd.DataFrame({"id": ids, "score": scores})
        return BacktestResult(predictions, document | {"seconds": laps.seconds})

    def pose(self, material: Material, request: BacktestRequest) -> Posed:
        """Say what a backtest learns from and what it is asked, before anything is fitted.

        Any other way of fitting can be set the same question.
        """
        check_supported(self, material.profile)
        frame = material.frame
        rule = self.rule(material.profile, delay=request.label_delay)
        rows = self._rows(material, rule, request.test_from, request.train_days)
        test = frame[_asked(frame["placed_at"], request)]
        known = self.truth(material, rule, material.ends_at).loc[test.index]
        truth = matured_only(material.orders.loc[test.index], known, rule, material.ends_at)
        return Posed(rule, rows, test, truth)

    def _rows(
        self, material: Material, rule: LabelRule, cutoff: datetime, train_days: int | None
    ) -> Rows:
        """Pick the orders that may be learned from at the cutoff."""
        since = None
        if train_days is not None:
            since = cutoff - rule.maturity - timedelta(days=train_days)
        truth = self.truth(material, rule, cutoff)
        label, excluded = training_labels(material.orders, truth, rule, by=cutoff, since=since)
        notes: tuple[str, ...] = ()
        if label.empty and _known_afterwards(material, rule):
            label = self._known_at_the_end(material, rule, cutoff, since)
            excluded = Counter()
            notes = (
                "all labels became known after the last order: orders placed before "
                f"{cutoff:%Y-%m-%d} were learned from with labels that nobody had by then",
            )
        if label.empty:
            raise NotSupportedError(
                f"{self.name}: no order placed before {cutoff:%Y-%m-%d} has a matured label "
                f"(after {rule.maturity / timedelta(days=1):g} days); choose a later date"
            )
        return Rows(material.frame.loc[label.index], label.to_numpy(), excluded, notes)

    def _known_at_the_end(
        self, material: Material, rule: LabelRule, cutoff: datetime, since: datetime | None
    ) -> pd.Series:
        """Label orders placed before the cutoff with what the end of the history knows."""
        import pandas as pd

        placed = material.orders["placed_at"]
        earlier = placed < pd.Timestamp(cutoff)
        if since is not None:
            earlier &= placed >= pd.Timestamp(since)
        return self.truth(material, rule, material.ends_at)[earlier].dropna()

    def fit(
        self, material: Material, rows: Rows, rule: LabelRule, *, held: Split | None = None
    ) -> Fitted:
        """Fit on all the rows given, after a rehearsal without some of them when asked.

        Parameters
        ----------
        material
            Says which features there are.
        rows
            Rows with their labels.
        rule
            The label; folds keep its maturity between learning and judging.
        held
            Which rows are learned from in the rehearsal, and which it is judged on.
        """
        return fit_binary(
            rows.frame,
            rows.label,
            self.categories(material),
            maturity=rule.maturity,
            config=self.config,
            held=held,
        )

    def categories(self, material: Material) -> dict[str, bool]:
        """Give the features it may read, and whether each is a category."""
        return {
            feature.name: feature.kind == "category"
            for feature in material.features
            if feature.kind != "reference" and not self.purposes.isdisjoint(feature.purposes)
        }

    def _fit_judged(
        self, material: Material, rows: Rows, rule: LabelRule
    ) -> tuple[Fitted, dict[str, Any]]:
        """Rehearse without the newest rows, judge on them, then learn from them too."""
        import pandas as pd

        placed = rows.frame["placed_at"]
        begins = placed.quantile(1 - HOLDOUT_SHARE)
        held = Split(
            np.flatnonzero(placed + rule.maturity <= begins), np.flatnonzero(placed >= begins)
        )
        sides = rows.label[held.learn], rows.label[held.judge]
        if min(map(_rarer, sides)) < HOLDOUT_BAD:
            return self.fit(material, rows, rule), {}
        fitted = self.fit(material, rows, rule, held=held)
        orders = material.orders.loc[rows.frame.index[held.judge]]
        truth = pd.Series(rows.label[held.judge], index=orders.index)
        summary = report(orders, truth, fitted.rehearsed) | {
            "judged_rows": len(orders),
            "judged_from": orders["placed_at"].min().isoformat(),
            "judged_to": orders["placed_at"].max().isoformat(),
        }
        return fitted, summary


def _with_lines(orders: Artifact, lines: Trained) -> Trained:
    """Put the part that answers for lines beside the model of orders."""
    summary = {**orders.document["metrics"], "lines": lines.summary}
    document = {**orders.document, "lines": lines.artifact.document}
    texts = {**orders.texts, LINES_FILE: lines.artifact.texts[MODEL_FILE]}
    return Trained(replace(orders, document=document, texts=texts), summary)


def _known_afterwards(material: Material, rule: LabelRule) -> bool:
    """Tell whether a history's every label became known after its last order.

    Such a closed file can only be judged by order of placing. No feature sees its labels.
    """
    known = first_known(material.outcomes, rule.kinds)
    return len(known) > 0 and bool(known.min() > material.orders["received_at"].max())


def _asked(placed_at: pd.Series, request: BacktestRequest) -> pd.Series:
    """Tell which orders a question is about."""
    import pandas as pd

    asked = placed_at >= pd.Timestamp(request.test_from)
    if request.test_to is not None:
        asked &= placed_at < pd.Timestamp(request.test_to)
    return asked


def _by_label(truth: pd.Series) -> dict[str, int]:
    """Count test orders by the state of their label."""
    return {
        "all": len(truth),
        "bad": int((truth == 1).sum()),
        "good": int((truth == 0).sum()),
        "unknown": int(truth.isna().sum()),
    }


def _rarer(label: np.ndarray) -> int:
    """Count the rarer class."""
    bad = int(label.sum())
    return min(bad, len(label) - bad)

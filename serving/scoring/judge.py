"""From feature values to a judgement. Holds the live models; touches neither clock nor store."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from models.detectors import DETECTORS, assess_all
from models.estimators.panel import Panel
from models.estimators.predictor import RiskPredictor
from models.policy.buyer_wording import buyer_text
from models.policy.costs import DecisionPolicy
from models.policy.decision import decide
from models.policy.facts import OrderFacts
from models.policy.rules.fields import finding_field, model_field
from models.policy.rules.verdict import RuleSet, RuleVerdict
from serving.scoring.wording import wording

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from models.contracts import Assessment, FeatureValues, Prediction, Predictor, Reason
    from models.policy.decision import Decision
    from models.policy.facts import Moment

REASONS_ASKED: Final = 3
"""Strongest contributions asked of each model for an order that is not simply released."""

OF_ORDER: Final = "the probability of the whole order"
"""What stands in for probabilities of single lines."""

_FINDING: Final = {detector.name: finding_field(detector.name) for detector in DETECTORS}
_NO_FINDINGS: Final = dict.fromkeys(_FINDING.values(), 0.0)
"""A detector that found nothing says 0; a model that did not answer says nothing."""


@dataclass(frozen=True, slots=True)
class LiveModel:
    """A loaded model.

    Parameters
    ----------
    name
        Name of its estimator.
    version
        Digest of its artifact, shortened.
    predictor
        What predicts.
    """

    name: str
    version: str
    predictor: Predictor

    @property
    def lines(self) -> RiskPredictor | None:
        """What answers for single lines, or None."""
        return self.predictor.lines if isinstance(self.predictor, RiskPredictor) else None


@dataclass(frozen=True, slots=True)
class Missing:
    """A part that the judgement had to do without.

    Parameters
    ----------
    part
        What was missing, such as ``model:fraud``.
    why
        Why it was missing and how to mend it.
    stood_in
        What took its place.
    is_passing
        Whether it may come back, so that the order is worth deciding again then.

    Examples
    --------
    >>> Missing("state", "Redis is away", "the order's own facts").document()["text"]["en"]
    "without window state: the order's own facts"
    """

    part: str
    why: str
    stood_in: str
    is_passing: bool = True

    def document(self) -> dict[str, Any]:
        """Write it as it is answered."""
        zh, en = wording(self.part, self.stood_in)
        return {
            "part": self.part,
            "why": self.why,
            "stood_in": self.stood_in,
            "text": {"zh": zh, "en": en},
        }


@dataclass(frozen=True)
class Judgement:
    """What was concluded about one order.

    Parameters
    ----------
    decision
        Action, priority, reasons.
    predictions
        Prediction by model name.
    versions
        Model name to version.
    missing
        Parts that were missing.
    rules
        What the merchant's rules said.
    lines
        By line, prediction by model name, of the models that answer for lines.
    """

    decision: Decision
    predictions: Mapping[str, Prediction]
    versions: Mapping[str, str]
    missing: tuple[Missing, ...] = ()
    rules: RuleVerdict = field(default_factory=RuleVerdict)
    lines: Mapping[str, Mapping[str, Prediction]] = field(default_factory=dict)


@dataclass(frozen=True)
class Judge:
    """The live models, detectors and policy.

    Parameters
    ----------
    models
        Live risk models by name.
    policy
        Costs and limits of the decision.
    rules
        The merchant's rules.
    missing
        Models that this history supports and that could not be loaded.
    """

    models: Mapping[str, LiveModel] = field(default_factory=dict)
    policy: DecisionPolicy = field(default_factory=DecisionPolicy)
    rules: RuleSet = field(default_factory=RuleSet)
    missing: tuple[Missing, ...] = ()

    def judge(
        self,
        facts: OrderFacts,
        values: FeatureValues,
        beside: FeatureValues | None = None,
        moment: Moment | None = None,
        lines: Mapping[str, FeatureValues] | None = None,
    ) -> Judgement:
        """Conclude from feature values; a model that fails is left out and named.

        Parameters
        ----------
        facts
            What the policy reads of the order itself.
        values
            Feature values at the order's instant.
        beside
            What else of the order the rules may read; only they do.
        moment
            Price of a review minute, and whether the order may be tried out.
        lines
            By line, what it has of its own beside the order's values; nothing is decided by it.

        Returns
        -------
        Judgement
            The same for the same input and models, to the last bit.
        """
        known: dict[str, Any] = {**values, **facts.features()}
        assessments = assess_all(known)
        predictions, failed = self.ask(values)
        missing = list(self.missing)
        for name, error in failed.items():
            why = f"failed on this order ({type(error).__name__})"
            missing.append(Missing(f"model:{name}", why, "the other models and detectors"))
        by_line, unanswered = self.ask_lines(values, lines) if lines else ({}, ())
        missing += unanswered
        if beside:
            known.update(beside)
        ruled = self._ruled(known, assessments, predictions, missing)

        def explain(harm: str) -> tuple[Reason, ...]:
            try:
                return self.models[harm].predictor.explain(values, REASONS_ASKED)
            except Exception:  # noqa: BLE001 an order is never refused because it is not explained
                return ()

        decision = decide(facts, predictions, assessments, self.policy, ruled, moment, explain)
        return Judgement(
            decision=decision,
            predictions=predictions,
            versions={name: self.models[name].version for name in predictions},
            missing=tuple(missing),
            rules=ruled,
            lines=by_line,
        )

    def _ruled(
        self,
        known: dict[str, Any],
        assessments: Mapping[str, Assessment],
        predictions: Mapping[str, Prediction],
        missing: list[Missing],
    ) -> RuleVerdict:
        """Ask the merchant's rules; when they fail they are left out and named."""
        if not self.rules.fields:
            return RuleVerdict()
        known.update(_NO_FINDINGS)
        for name, found in assessments.items():
            known[_FINDING[name]] = found.score
        for name, prediction in predictions.items():
            known[model_field(name, "probability")] = prediction.probability
            known[model_field(name, "percentile")] = prediction.percentile
        try:
            return self.rules.judge(known)
        except Exception as error:  # noqa: BLE001 an order is never refused because a rule fails
            why = f"failed on this order ({type(error).__name__})"
            missing.append(Missing("rules", why, "gates, models and detectors"))
            return RuleVerdict()

    def ask(self, values: FeatureValues) -> tuple[dict[str, Prediction], dict[str, Exception]]:
        """Ask every model about one order; gives predictions, and what went wrong, by model."""
        return self._panel.predict(values)

    def ready(self) -> Judge:
        """Lay out what is asked together, so that the first order need not wait; gives itself."""
        for panel in (self._panel, self._line_panel):
            if panel is not None:
                panel.predict({})
        return self

    @property
    def asks_lines(self) -> bool:
        """Whether any model answers for single lines."""
        return self._line_panel is not None

    def ask_lines(
        self, values: FeatureValues, lines: Mapping[str, FeatureValues]
    ) -> tuple[dict[str, dict[str, Prediction]], tuple[Missing, ...]]:
        """Ask every model that answers for lines about each of them.

        Parameters
        ----------
        values
            Feature values of the order.
        lines
            By line, what it has of its own.
        """
        found: dict[str, dict[str, Prediction]] = {}
        errors: dict[str, Exception] = {}
        if self._line_panel is None:
            return found, ()
        for line_id, own in lines.items():
            found[line_id], failed = self._line_panel.predict({**values, **own})
            errors |= failed
        missing = tuple(
            Missing("lines", f"{name} failed on a line ({type(error).__name__})", OF_ORDER)
            for name, error in errors.items()
        )
        return found, missing

    @cached_property
    def _panel(self) -> Panel:
        return Panel({name: model.predictor for name, model in self.models.items()})

    @cached_property
    def _line_panel(self) -> Panel | None:
        asked = {name: model.lines for name, model in self.models.items()}
        answering = {name: each for name, each in asked.items() if each is not None}
        return Panel(answering) if answering else None

    @cached_property
    def policy_version(self) -> str:
        """Digest of the policy, shortened."""
        text = json.dumps(self.policy.document(), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:12]


def facts_of(
    row: Mapping[str, Any],
    lines: Iterable[Mapping[str, Any]] = (),
    standing: str | None = None,
) -> OrderFacts:
    """Give what the policy reads of an order.

    Parameters
    ----------
    row, lines
        The order's flat rows.
    standing
        The action in force, for an order that is packed.

    Examples
    --------
    >>> facts_of({"value_minor": 1999, "is_cod": None}, [{"is_presale": True}]).is_presale
    True
    """
    return OrderFacts(
        value_minor=row.get("value_minor"),
        is_cod=bool(row.get("is_cod")),
        platform_risk=row.get("platform_risk"),
        payment_status=row.get("payment_status"),
        status=row.get("status"),
        is_presale=any(line.get("is_presale") for line in lines),
        standing=standing,
    )


def reason_document(reason: Reason) -> dict[str, Any]:
    """Write a reason as it is answered, for the agent and for the buyer."""
    zh, en = buyer_text(reason.code)
    return {
        "code": reason.code,
        "text": {"zh": reason.zh, "en": reason.en},
        "buyer_text": {"zh": zh, "en": en},
        "value": reason.value,
        "typical": reason.typical,
        "direction": reason.direction,
        "share": reason.share,
    }


def _of_lines(judgement: Judgement) -> dict[str, Any]:
    """Write what was said of lines; nothing where no model answers for them."""
    lines = [
        {"line_id": line_id, "scores": {name: _said(found) for name, found in told.items()}}
        for line_id, told in judgement.lines.items()
    ]
    return {"lines": lines} if lines else {}


def _said(found: Prediction) -> dict[str, Any]:
    return {"probability": found.probability, "percentile": found.percentile}


def document(judgement: Judgement, currency: str) -> dict[str, Any]:
    """Write the part of a decision that follows from features, models and policy alone.

    Parameters
    ----------
    judgement
        What was concluded.
    currency
        The base currency.
    """
    decision = judgement.decision
    return {
        "action": decision.action,
        "priority": decision.priority,
        "band": decision.band,
        "expected_loss": {"minor": decision.expected_loss_minor, "currency": currency},
        "scores": {
            name: _said(found) | {"model": name, "version": judgement.versions[name]}
            for name, found in judgement.predictions.items()
        },
        "reasons": [reason_document(reason) for reason in decision.reasons],
        "rule_hits": [hit.document() for hit in decision.rule_hits],
        "shadow_hits": [hit.document() for hit in decision.shadow_hits],
        "tags": list(decision.tags),
        "duplicate_of": decision.duplicate_of,
        "linked_orders": list(decision.linked_orders),
        "trial": decision.trial.document() if decision.trial is not None else None,
        "is_frozen": decision.is_frozen,
        "degraded": [part.document() for part in judgement.missing],
        **_of_lines(judgement),
    }

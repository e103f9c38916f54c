"""A stored decision made again from what is stored with it, to see that it comes out the same."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from models.errors import ArtifactError
from models.policy.costs import DecisionPolicy
from models.policy.facts import Moment, OrderFacts
from serving.scoring import judge as judging

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models.policy.rules.verdict import RuleSet
    from serving.scoring.judge import Judge
    from serving.scoring.repository import StoredDecision

CONCLUDED: Final = (
    "action",
    "priority",
    "band",
    "expected_loss",
    "scores",
    "lines",
    "reasons",
    "rule_hits",
    "shadow_hits",
    "tags",
    "duplicate_of",
    "linked_orders",
    "trial",
    "is_frozen",
)
"""Parts of a decision that follow from features, models and policy alone."""


def decide_again(
    stored: StoredDecision, policy: Mapping[str, Any], judge: Judge, rules: RuleSet | None = None
) -> dict[str, Any]:
    """Make a stored decision again.

    Parameters
    ----------
    stored
        The decision, its feature vector and what else it was made from.
    policy
        Document of the policy it was made under, as the store keeps it.
    judge
        The live models; those of the decision must be among them in the same version.
    rules
        The rules it was made under; those of ``judge`` unless given.

    Returns
    -------
    dict
        The parts that were concluded, as they would be answered.

    Raises
    ------
    ArtifactError
        When a model of the decision is not live in that version, or the rules are of another.
    """
    basis = stored.basis
    versions = {name: model.version for name, model in judge.models.items()}
    gone = {name: asked for name, asked in basis["models"].items() if versions.get(name) != asked}
    if gone:
        raise ArtifactError(f"load these versions to replay the decision: {gone}")
    rules = rules or judge.rules
    if basis.get("rules", rules.version) != rules.version:
        raise ArtifactError(f"load the rules of version {basis['rules']} to replay the decision")
    then = replace(
        judge,
        rules=rules,
        models={name: judge.models[name] for name in basis["models"]},
        policy=DecisionPolicy.from_document(dict(policy)),
    )
    judgement = then.judge(
        OrderFacts(**basis["facts"]),
        stored.features,
        basis.get("beside"),
        Moment(**basis.get("moment", {})),
        basis.get("lines"),
    )
    document = judging.document(judgement, stored.body["expected_loss"]["currency"])
    return {name: document.get(name) for name in CONCLUDED}


def differences(
    stored: StoredDecision, policy: Mapping[str, Any], judge: Judge, rules: RuleSet | None = None
) -> dict[str, tuple[Any, Any]]:
    """Give what comes out differently when a stored decision is made again.

    Parameters
    ----------
    stored, policy, judge, rules
        As for :func:`decide_again`.

    Returns
    -------
    dict
        Part to what is stored and what came out; empty when all is the same to the last bit.
    """
    again = decide_again(stored, policy, judge, rules)
    return {
        name: (stored.body.get(name), value)
        for name, value in again.items()
        if stored.body.get(name, value) != value
    }

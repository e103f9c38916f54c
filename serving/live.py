"""The live models: the last good copies on disk, checked, loaded, and those that are missing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from features import line
from features.catalogue import declare, definition_hash
from models import artifacts
from models.errors import ModelError
from models.estimators import ESTIMATORS
from models.policy.costs import DecisionPolicy
from models.policy.limits import PolicyError, changed
from serving.logs import logger
from serving.scoring.judge import Judge, LiveModel, Missing

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from features.history import HistoryProfile
    from models.contracts import Estimator

POLICY_NAME: Final = "policy.yaml"
"""File in the home that changes numbers of the policy."""

STOOD_IN: Final = "the other models and detectors"

SCORED: Final = frozenset({"fraud", "refund", "return", "cancel", "refusal"})
"""Models that score an order as it comes in; delivery models need a route and rate each option."""


def definitions_of(profile: HistoryProfile) -> dict[str, str]:
    """Give the definition hash of every feature that this version computes for a history."""
    every = (*declare(profile), *line.features(profile))
    return {feature.name: definition_hash([feature]) for feature in every}


def load_judge(
    folder: Path, profile: HistoryProfile | None, names: frozenset[str] = SCORED
) -> Judge:
    """Load every risk model that the history supports.

    Parameters
    ----------
    folder
        Where the last good copies are, one folder a model.
    profile
        What the history holds, or None without a history.
    names
        Models to load.

    Returns
    -------
    Judge
        With the models that could be loaded, and those that are missing and why.
    """
    if profile is None:
        nothing = Missing("models", "there is no history", "detectors", is_passing=False)
        return Judge(missing=(nothing,))
    definitions = definitions_of(profile)
    models: dict[str, LiveModel] = {}
    missing: list[Missing] = []
    for estimator in ESTIMATORS:
        if estimator.name not in names or estimator.needs(profile) is not None:
            continue
        if not (folder / estimator.name).exists():
            why = f"not trained yet: run `orderintel train {estimator.name}`"
            logger().warning("model not loaded", model=estimator.name, why=why)
            missing.append(Missing(f"model:{estimator.name}", why, STOOD_IN, is_passing=False))
            continue
        try:
            models[estimator.name] = _load(estimator, folder / estimator.name, definitions)
        except (ModelError, OSError, ValueError) as error:
            logger().warning("model not loaded", model=estimator.name, why=str(error))
            missing.append(Missing(f"model:{estimator.name}", str(error), STOOD_IN))
    policy = read_policy(folder.parent / POLICY_NAME, profile.base_currency)
    return Judge(models=models, policy=policy, missing=tuple(missing)).ready()


def read_policy(file: Path, base_currency: str) -> DecisionPolicy:
    """Give the policy of a merchant: as shipped, with what a file changes of it.

    Raises
    ------
    PolicyError
        When the file names an unknown limit or a number out of its range. A service does not
        start under a policy that nobody meant.
    """
    policy = DecisionPolicy.of_currency(base_currency)
    if not file.is_file():
        return policy
    from yaml import YAMLError, safe_load

    try:
        return changed(policy, safe_load(file.read_text("utf-8")) or {})
    except YAMLError as error:
        raise PolicyError([(file.name, f"is not YAML: {error}")]) from None


def _load(estimator: Estimator, folder: Path, definitions: Mapping[str, str]) -> LiveModel:
    """Load one model, or say why not."""
    artifact = artifacts.load(folder, definitions=definitions)
    model = LiveModel(estimator.name, artifact.version, estimator.predictor(artifact))
    # The first prediction prepares the trees; it also shows that the model works at all.
    model.predictor.predict_one({}, n_reasons=1)
    if model.lines is not None:
        model.lines.predict_one({})
    return model

"""Train models on the history of a home and put them into the registry."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from features.history import History
from models.errors import NotSupportedError
from models.estimators import BY_NAME, ESTIMATORS
from models.training.material import Material
from serving.registry import Registry

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from models.contracts import Estimator, Trained
    from serving.settings import Settings

WORKERS = 2
"""Models fitted side by side; each fit uses one thread."""


@dataclass(frozen=True, slots=True)
class TrainingResult:
    """What became of one model.

    Parameters
    ----------
    name
        Model name.
    reason
        Why it was not trained, or None.
    alias, version
        Where it stands in the registry; empty when it was not trained.
    summary
        Out-of-time figures, see `models.contracts.Trained`.
    seconds
        Time of fitting.
    """

    name: str
    reason: str | None = None
    alias: str = ""
    version: str = ""
    summary: dict[str, Any] = field(default_factory=dict)
    seconds: float = 0.0


def train_models(
    settings: Settings,
    names: Sequence[str] = (),
    *,
    train_days: int | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> list[TrainingResult]:
    """Train the named models, or all that the history supports.

    Features are computed once for all of them; the registry is opened
    meanwhile, and models are fitted side by side.

    Parameters
    ----------
    settings
        The home and the registry's address.
    names
        Models wanted; all when empty.
    train_days
        Days before the end of the history to learn from, or None for all.
    say
        Told what happens.

    Returns
    -------
    list[TrainingResult]
        One a model, in the register's order, with the reason for those not supported.

    Raises
    ------
    NotSupportedError
        When a name is unknown.
    """
    unknown = [name for name in names if name not in BY_NAME]
    if unknown:
        raise NotSupportedError(
            f"no model named {', '.join(unknown)}: choose from {', '.join(BY_NAME)}"
        )
    wanted = [estimator for estimator in ESTIMATORS if not names or estimator.name in names]
    history = History(settings.history_folder)
    refused = {e.name: e.needs(history.profile) for e in wanted}
    fitting = [estimator for estimator in wanted if refused[estimator.name] is None]
    registry = Registry(settings.home, settings.mlflow_tracking_uri)
    fitted: dict[str, TrainingResult] = {}
    with ThreadPoolExecutor(WORKERS + 1) as pool:
        opening = pool.submit(registry.open)
        material = _material(history, fitting, say)
        opening.result()  # scikit-learn looks at modules that MLflow may have imported by half
        trained = pool.map(lambda estimator: _fit(estimator, material, train_days), fitting)
        for estimator, (outcome, seconds) in zip(fitting, trained, strict=True):
            fitted[estimator.name] = _register(registry, estimator.name, outcome, material, seconds)
            say(f"{estimator.name}: {fitted[estimator.name].reason or f'{seconds:.1f} s'}")
    return [fitted.get(e.name) or TrainingResult(e.name, refused[e.name]) for e in wanted]


def _material(
    history: History, fitting: Sequence[Estimator], say: Callable[[str], None]
) -> Material:
    """Compute the features that any of the models reads."""
    purposes = frozenset[str]().union(*(estimator.purposes for estimator in fitting))
    material = Material(history, purposes=purposes)
    if purposes:
        started = time.perf_counter()
        rows = len(material.frame)
        say(
            f"features: {rows:,} orders × {len(material.features)} features "
            f"in {time.perf_counter() - started:.1f} s"
        )
    return material


def _fit(
    estimator: Estimator, material: Material, train_days: int | None
) -> tuple[Trained | NotSupportedError, float]:
    """Fit one model; a history that turns out too small for it is a result, not a failure."""
    started = time.perf_counter()
    try:
        trained: Trained | NotSupportedError = estimator.train(
            material, cutoff=material.ends_at, train_days=train_days
        )
    except NotSupportedError as error:
        trained = error
    return trained, time.perf_counter() - started


def _register(
    registry: Registry,
    name: str,
    outcome: Trained | NotSupportedError,
    material: Material,
    seconds: float,
) -> TrainingResult:
    """Put one fitted model into the registry."""
    if isinstance(outcome, NotSupportedError):
        return TrainingResult(name, str(outcome), seconds=seconds)
    registered = registry.register(
        outcome.artifact,
        metrics=headline(outcome.summary),
        definitions=material.definitions if material.purposes else None,
    )
    return TrainingResult(
        name, None, registered.alias, registered.version, outcome.summary, seconds
    )


def headline(summary: dict[str, Any]) -> dict[str, float]:
    """Pick the single numbers out of a summary's metrics.

    Examples
    --------
    >>> headline({"metrics": {"auc": {"value": 0.9, "low": 0.8}, "ece": 0.01, "flagged": {}}})
    {'auc': 0.9, 'auc_low': 0.8, 'ece': 0.01}
    """
    numbers: dict[str, float] = {}
    for name, entry in summary.get("metrics", {}).items():
        if isinstance(entry, dict):
            for key in ("value", "low", "high"):
                if isinstance(entry.get(key), (int, float)):
                    numbers[name if key == "value" else f"{name}_{key}"] = float(entry[key])
        elif isinstance(entry, (int, float)):
            numbers[name] = float(entry)
    return numbers

"""Ask any model to predict the past: fixed at an instant, honest about what was known by then."""

from __future__ import annotations

import time
from datetime import timedelta
from importlib import import_module
from typing import TYPE_CHECKING, Final

from models.contracts import Backtestable, BacktestRequest, BacktestResult
from models.errors import NotSupportedError
from models.estimators import BY_NAME
from models.estimators.base import RiskEstimator
from models.support import check_supported
from models.training.lines import LineMaterial, is_per_line
from models.training.material import Material

if TYPE_CHECKING:
    from features.history import History, HistoryProfile

OTHERS: Final[dict[str, str]] = {
    "abnormal": "models.detectors.abnormal:ABNORMAL",
}
"""What can be backtested without being trained: name to where it is."""


def names() -> tuple[str, ...]:
    """Everything that can be backtested.

    Examples
    --------
    >>> "fraud" in names() and "abnormal" in names()
    True
    """
    return (*BY_NAME, *OTHERS)


def member(name: str) -> Backtestable:
    """Find a model by name.

    Raises
    ------
    NotSupportedError
        When there is no such model; the message lists those there are.

    Examples
    --------
    >>> member("return").name
    'return'
    """
    if name in BY_NAME:
        return BY_NAME[name]
    if name not in OTHERS:
        raise NotSupportedError(f"no model named {name!r}: choose one of {', '.join(names())}")
    module, attribute = OTHERS[name].split(":")
    found: Backtestable = getattr(import_module(module), attribute)
    return found


def abilities(profile: HistoryProfile) -> dict[str, str | None]:
    """Give each model the reason why a history cannot support it, or None when it can.

    Parameters
    ----------
    profile
        What the history holds.

    Returns
    -------
    dict
        Model to reason or None. A model may still find too few rows when it is trained.

    Examples
    --------
    >>> from features.history import HistoryProfile
    >>> told = abilities(HistoryProfile(rows={"orders": 9}, excused={"eta": "no delivery dates"}))
    >>> told["eta"], told["abnormal"]
    ('no delivery dates', None)
    """
    return {name: member(name).needs(profile) for name in names()}


def backtest(name: str, material: Material, request: BacktestRequest) -> BacktestResult:
    """Train a model before an instant and predict everything after it.

    Parameters
    ----------
    name
        Name of the model.
    material
        The history with its features.
    request
        The question.

    Returns
    -------
    BacktestResult
        Predictions, and a document with base rate, metrics with 95 % intervals, counts of what
        was left out by cause, and seconds.

    Raises
    ------
    NotSupportedError
        When there is no such model, or the history cannot support it.
    """
    model = member(name)
    check_supported(model, material.profile)
    started = time.perf_counter()
    result = model.backtest(material, request)
    seconds = result.document.get("seconds", {})
    document = {
        "model": name,
        "test_from": request.test_from.isoformat(),
        "test_to": request.test_to.isoformat() if request.test_to else None,
        "train_days": request.train_days,
        "row": material.row,
        "rows_written": len(result.rows),
        **result.document,
        "notes": [*material.notes, *result.document.get("notes", ())],
        "seconds": {**seconds, "total": round(time.perf_counter() - started, 2)},
    }
    return BacktestResult(result.rows, document)


def material_for(history: History, name: str, request: BacktestRequest) -> Material:
    """Gather what a question needs: features of the orders to learn from and to predict.

    Where nearly every outcome that a risk model foresees names a line, its rows are lines.

    Parameters
    ----------
    history
        The history.
    name
        Name of the model.
    request
        From when to when, how many days to learn from, and how late labels are known.

    Returns
    -------
    Material
        Nothing of it is computed before it is asked for.
    """
    placed_from = None
    if request.train_days is not None:
        matures = [label.maturity for label in history.profile.labels.values()]
        delay = max([*matures, request.label_delay or timedelta(0)])
        placed_from = request.test_from - delay - timedelta(days=request.train_days)
    model = member(name)
    per_line = isinstance(model, RiskEstimator) and is_per_line(history, model.kinds)
    return (LineMaterial if per_line else Material)(
        history,
        placed_from=placed_from,
        placed_to=request.test_to,
        purposes=model.purposes,
        label_delay=request.label_delay,
    )

"""Fit one calibrated probability model: rows in, text model, knots and figures out."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from models.errors import NotSupportedError
from models.training.boosting import BoostingConfig, grow, judge, sized
from models.training.calibration import IDENTITY, Knots, at_level, fit_knots, tells_steps
from models.training.encoding import Encoding, fit_encoding
from models.training.splits import Split, newest_folds
from models.training.stability import clocks, idle
from models.training.trees import Binned

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import timedelta

    import pandas as pd


@dataclass(frozen=True, slots=True)
class RiskConfig:
    """How a probability model is fitted.

    Parameters
    ----------
    boosting
        Tree settings for a large history; smaller ones get simpler trees, see `sized`.
    n_folds
        Consecutive newest periods that decide the number of trees and the calibration.
    many_bad
        Bad orders from which one period judges well enough.
    judge_share
        Share of the rows in these periods.
    min_bad
        Fewest bad orders to learn from, and fewest good ones.
    default_rounds
        Trees where the history is too short to decide their number.
    category_rows
        Orders a category's value needs to be told apart.
    level_of_all
        Whether probabilities are to be as high, on average, as the share of bad orders among all
        rows, and not among the newest only. Better where that share swings with the season and
        comes back, as returns do; worse where it moves away for good.
    seed
        Seed of everything random.
    """

    boosting: BoostingConfig = field(default_factory=BoostingConfig)
    n_folds: int = 2
    many_bad: int = 4_000
    judge_share: float = 0.3
    min_bad: int = 50
    default_rounds: int = 60
    category_rows: int = 30
    level_of_all: bool = False
    seed: int = 7

    def to_json(self) -> dict[str, Any]:
        """Everything as plain values."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Fitted:
    """A fitted probability model, and what it had said out of time while it was built.

    Parameters
    ----------
    encoding
        Features in order, with vocabularies.
    text
        LightGBM text model.
    knots
        Calibration.
    rounds
        Trees of each booster.
    boosting
        Tree settings that were used.
    left_out
        Features left out, by cause.
    judged
        Orders that were judged out of time while it was built: ``raw`` score and ``label``.
    rehearsed
        Probabilities of the rows held out in a rehearsal; empty without one.
    """

    encoding: Encoding
    text: str
    knots: Knots
    rounds: int
    boosting: BoostingConfig
    left_out: dict[str, list[str]]
    judged: pd.DataFrame
    rehearsed: np.ndarray


def fit_binary(
    frame: pd.DataFrame,
    label: np.ndarray,
    categories: Mapping[str, bool],
    *,
    maturity: timedelta,
    config: RiskConfig,
    held: Split | None = None,
) -> Fitted:
    """Fit a calibrated probability model.

    The newest matured periods decide the number of trees and the calibration; then all rows are
    learned from.

    Parameters
    ----------
    frame
        Feature columns and ``placed_at``, one row an order.
    label
        1 for bad, 0 for good, shape ``(n_orders,)``.
    categories
        Feature to use → whether it is a category.
    maturity
        Time until a label is known, kept as a gap between learning and judging.
    config
        How to fit.
    held
        Rows that learn and rows that judge in a rehearsal: a model that never saw the latter
        says how good this one is. None for no rehearsal.

    Returns
    -------
    Fitted
        The model.

    Raises
    ------
    NotSupportedError
        When there are too few bad or good orders.
    """
    import pandas as pd

    n_bad, n_good = int(label.sum()), int(len(label) - label.sum())
    if min(n_bad, n_good) < config.min_bad:
        raise NotSupportedError(
            f"{n_bad} bad and {n_good} good orders with a matured label: "
            f"at least {config.min_bad} of each are needed"
        )
    placed_at = frame["placed_at"].astype("int64").to_numpy()
    encoding, matrix, left_out = _choose_features(frame, placed_at, categories, config)
    binned = Binned(matrix, encoding.categorical)
    boosting = sized(config.boosting, n_bad)
    rounds, knots, judged = config.default_rounds, IDENTITY, _said(np.empty(0), np.empty(0))
    newest = np.empty(0, dtype=int)
    splits = _splits(frame["placed_at"], label, held, maturity, config)
    if splits:
        said = judge(binned, label, boosting, splits=splits, seed=config.seed)
        rounds, newest, judged = said.rounds, said.rows, _said(said.raw, label[said.rows])
        knots = fit_knots(said.raw, label[said.rows])
    rehearsed = np.empty(0)
    if held is not None:
        alone = replace(boosting, n_seeds=1)
        text = grow(binned, label, alone, rounds=rounds, seed=config.seed, rows=held.learn)
        raw = raw_of(text, matrix[held.judge])
        level = _level_rows(held.learn, newest, label, config)
        rehearsed = _levelled(knots, text, matrix, label, level).probability(raw)
        judged = pd.concat([judged, _said(raw, label[held.judge])], ignore_index=True)
        newest = np.concatenate([newest, held.judge])
        knots = fit_knots(judged["raw"].to_numpy(), judged["label"].to_numpy())
    text = grow(binned, label, boosting, rounds=rounds, seed=config.seed)
    level = _level_rows(np.arange(len(label)), newest, label, config)
    knots = _levelled(knots, text, matrix, label, level)
    return Fitted(encoding, text, knots, rounds, boosting, left_out, judged, rehearsed)


def _splits(
    placed_at: pd.Series,
    label: np.ndarray,
    held: Split | None,
    maturity: timedelta,
    config: RiskConfig,
) -> list[Split]:
    """Cut the judging folds out of the rows that a rehearsal may learn from."""
    rows = np.arange(len(label)) if held is None else held.learn
    folds = newest_folds(
        placed_at.iloc[rows],
        label[rows],
        n_folds=config.n_folds if label[rows].sum() < config.many_bad else 1,
        share=config.judge_share,
        gap=maturity,
    )
    return [Split(rows[fold.learn], rows[fold.judge]) for fold in folds]


def _level_rows(
    learned: np.ndarray, newest: np.ndarray, label: np.ndarray, config: RiskConfig
) -> np.ndarray:
    """Find the rows whose share of bad orders sets the level; none where the calibration does.

    Models that judge out of time have learned from less than the one that is kept. Where what they
    judged has too few bad orders to tell more than a level, it is theirs and not the latter's.
    """
    if config.level_of_all:
        return learned
    told = label[newest]
    only_level = 0 < told.sum() < len(told) and not tells_steps(told)
    return newest if only_level else newest[:0]


def _levelled(
    knots: Knots, text: str, matrix: np.ndarray, label: np.ndarray, rows: np.ndarray
) -> Knots:
    """Bring what a model says of rows it learned from to their share of bad orders, on average."""
    if not len(rows):
        return knots
    return at_level(knots, raw_of(text, matrix[rows]), float(label[rows].mean()))


def _said(raw: np.ndarray, label: np.ndarray) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame({"raw": raw, "label": label})


def raw_of(text: str, matrix: np.ndarray) -> np.ndarray:
    """Raw scores (log-odds before calibration) of encoded rows, shape ``(n_orders,)``.

    Examples
    --------
    >>> import lightgbm
    >>> value = np.arange(200.0)[:, None]
    >>> settings = {"objective": "binary", "num_leaves": 2, "num_threads": 1, "verbosity": -1}
    >>> booster = lightgbm.train(settings, lightgbm.Dataset(value, label=value[:, 0] >= 100), 5)
    >>> low, high = raw_of(booster.model_to_string(), np.array([[10.0], [190.0]]))
    >>> bool(low < 0 < high)
    True
    """
    import lightgbm

    booster = lightgbm.Booster(model_str=text)
    return np.asarray(booster.predict(matrix, raw_score=True, num_threads=1))


def _choose_features(
    frame: pd.DataFrame,
    placed_at: np.ndarray,
    categories: Mapping[str, bool],
    config: RiskConfig,
) -> tuple[Encoding, np.ndarray, dict[str, list[str]]]:
    """Encode the features, without clocks and without those that never change."""
    names = tuple(name for name in categories if name in frame)
    kinds = frozenset(name for name in names if categories[name])
    encoding = fit_encoding(frame, names, kinds, min_rows=config.category_rows)
    matrix = encoding.many(frame)
    constant = idle(matrix, names)
    clock = list(clocks(matrix, names, placed_at, kinds))
    dropped = {*constant, *clock}
    keep = [place for place, name in enumerate(names) if name not in dropped]
    kept = tuple(names[place] for place in keep)
    vocabularies = {n: v for n, v in encoding.vocabularies.items() if n not in dropped}
    left_out = {"never changes": constant, "follows the clock": clock}
    return Encoding(kept, vocabularies), np.ascontiguousarray(matrix[:, keep]), left_out


def exclusions(causes: Mapping[str, int]) -> dict[str, int]:
    """Write counts by cause, the empty ones left out.

    Examples
    --------
    >>> exclusions({"immature": 2, "unlabelled": 0})
    {'immature': 2}
    """
    return {cause: count for cause, count in causes.items() if count}

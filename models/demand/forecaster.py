"""One model for all series: boosted trees on what is expected anyway, blended with it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from models.demand.outlook import Outlook, outlook_at
from models.demand.sample import MIN_FACTOR, Sample, draw_sample, input_names, inputs_of
from models.demand.spread import Spread, measure_spread
from models.demand.traits import depths_of
from models.errors import ArtifactError
from models.training.library import TextModel

if TYPE_CHECKING:
    from models.demand.config import DemandConfig
    from models.demand.series import DemandSeries, Floats, Ints

BLENDS: Final = (0.2, 0.4, 0.6, 0.8, 1.0)
"""Weights of the trees that are tried; the past that judges them is too short to rule them out."""
CHUNK: Final = 400_000


@dataclass(frozen=True, slots=True)
class Trees:
    """Boosted trees that correct what is expected of a step.

    Parameters
    ----------
    text
        LightGBM text model.
    base
        Logarithm of the mean correction.
    names
        Names of the inputs.
    """

    text: str
    base: float
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Forecast:
    """Demand of the steps ahead.

    Parameters
    ----------
    rows
        Indices of the series, shape ``(n_alive,)``.
    mean
        Expected units, shape ``(n_alive, horizon)``.
    quantiles
        10 %, 50 % and 90 % quantiles, never crossing, shape ``(n_alive, horizon, 3)``.
    outlook
        What was known.
    """

    rows: Ints
    mean: Floats
    quantiles: Floats
    outlook: Outlook


@dataclass(frozen=True, slots=True)
class Forecaster:
    """A fitted demand model.

    Parameters
    ----------
    horizon
        Steps ahead it was fitted for.
    trees
        None where the past was too short to learn from.
    blend
        Weight of the trees against what is expected anyway.
    spread
        Quantiles over mean.
    min_sales
        Steps with a sale from which the trees forecast a series.

    Examples
    --------
    >>> from models.demand.series import DemandSeries
    >>> shop = DemandSeries.from_units({"cup": [2.0] * 56}, "2024-01-01")
    >>> plain = Forecaster(3, trees=None, blend=0.0, spread=measure_spread([]), min_sales=8)
    >>> found = plain.forecast(shop, 56)
    >>> found.rows.tolist(), found.mean.round(1).tolist(), found.quantiles.shape
    ([0], [[2.0, 2.0, 2.0]], (1, 3, 3))
    """

    horizon: int
    trees: Trees | None
    blend: float
    spread: Spread
    min_sales: int

    def forecast(self, series: DemandSeries, origin: int, horizon: int | None = None) -> Forecast:
        """Forecast the steps from an origin, looking only at what was known before it.

        Parameters
        ----------
        series
            Series on the grid that it was fitted on; others than it learned from are allowed.
        origin
            Number of the first step to forecast.
        horizon
            Steps ahead; those it was fitted for unless given.

        Returns
        -------
        Forecast
            Units a step, with quantiles, of the series that are still sold.
        """
        outlook = outlook_at(series, origin, horizon or self.horizon)
        uses_trees = self.trees is not None and self.blend > 0
        corrected = tree_means(outlook, self.trees) if uses_trees and self.trees else None
        mean = blend_means(outlook, corrected, self.blend, self.min_sales)
        return Forecast(outlook.traits.rows, mean, self.spread.quantiles(outlook, mean), outlook)


@dataclass(frozen=True, slots=True)
class Fitted:
    """A forecaster, and how one fitted earlier did on the last steps before the cut.

    Parameters
    ----------
    forecaster
        Fitted on everything known before the cut.
    judged
        The series it was judged on, all of them or a sample.
    rehearsal
        Forecast of their last steps before the cut, by trees that had not seen them; None where
        the past is too short.
    """

    forecaster: Forecaster
    judged: DemandSeries
    rehearsal: Forecast | None


def fit_forecaster(series: DemandSeries, cut: int, horizon: int, config: DemandConfig) -> Fitted:
    """Fit on everything known before a cut.

    A first model fitted further back forecasts the last steps before the cut; these forecasts say
    how far the trees are to be trusted and how wide the quantiles must be.

    Parameters
    ----------
    series
        All series; steps from the cut on are not looked at.
    cut
        Number of the first step that is not known.
    horizon
        Steps ahead that the forecaster is for.
    config
        How trees are grown and on how many past origins they are judged.

    Returns
    -------
    Fitted
        Without trees where the past is too short for them: what is usual is forecast then.

    Examples
    --------
    >>> from models.demand.config import DemandConfig
    >>> from models.demand.series import DemandSeries
    >>> weeks = [3, 1, 1, 1, 2, 5, 8] * 8  # from a Monday on
    >>> cups = DemandSeries.from_units({"cup": weeks}, "2024-01-01")
    >>> fitted = fit_forecaster(cups, 56, 7, DemandConfig())
    >>> fitted.forecaster.forecast(cups, 56).mean.round(1).tolist()
    [[3.0, 1.0, 1.0, 1.0, 2.0, 5.0, 8.0]]
    """
    back = cut - horizon * (config.n_folds + 1) // 2
    with ThreadPoolExecutor(2) as pool:
        earlier = pool.submit(_fit, series, back, horizon, config)
        final = pool.submit(_fit, series, cut, horizon, config)
        trees, old_trees = final.result(), earlier.result()
    judged = _sample_series(series, cut, config)
    gap = horizon // 2
    origins = [origin for origin in range(back, cut, gap) if origin > 0][: config.n_folds]
    folds = [
        _fold(judged, cut, origin, min(horizon, cut - origin), old_trees) for origin in origins
    ]
    blend = _choose_blend(folds, config.min_sales) if old_trees else 0.0
    cases = [(f.outlook, f.blended(blend, config.min_sales), f.actual) for f in folds]
    forecaster = Forecaster(
        horizon=horizon,
        trees=trees,
        blend=blend if trees else 0.0,
        spread=measure_spread(cases),
        min_sales=config.min_sales,
    )
    return Fitted(forecaster, judged, _rehearsal(cases))


@dataclass(frozen=True, slots=True)
class Fold:
    """A past origin, what was forecast there and what came.

    Parameters
    ----------
    outlook
        What was known.
    corrected
        Means by the trees, or None without trees, shape ``(n_alive, n_steps)``.
    actual
        Units, as known at the cut, shape ``(n_alive, n_steps)``.
    """

    outlook: Outlook
    corrected: Floats | None
    actual: Floats

    def blended(self, blend: float, min_sales: int) -> Floats:
        """Blend the trees with what was expected anyway."""
        return blend_means(self.outlook, self.corrected, blend, min_sales)


def _fold(series: DemandSeries, cut: int, origin: int, n_steps: int, trees: Trees | None) -> Fold:
    """Forecast from a past origin."""
    outlook = outlook_at(series, origin, n_steps)
    actual = series.known(cut, since=origin)[outlook.traits.rows, :n_steps]
    return Fold(outlook, tree_means(outlook, trees) if trees else None, actual)


def _sample_series(series: DemandSeries, cut: int, config: DemandConfig) -> DemandSeries:
    """Keep at most so many series as are enough to judge a forecast."""
    alive = np.flatnonzero(series.known(cut, since=cut - depths_of(series).memory).any(axis=1))
    if len(alive) <= config.max_series:
        return series
    random = np.random.default_rng(config.seed)
    return series.take(np.sort(random.permutation(alive)[: config.max_series]))


def _rehearsal(cases: list[tuple[Outlook, Floats, Floats]]) -> Forecast | None:
    """Give the forecast of the last whole horizon, its spread measured before it."""
    if not cases:
        return None
    outlook, mean, _ = cases[-1]
    quantiles = measure_spread(cases[:-1]).quantiles(outlook, mean)
    return Forecast(outlook.traits.rows, mean, quantiles, outlook)


def _fit(series: DemandSeries, cut: int, horizon: int, config: DemandConfig) -> Trees | None:
    """Fit the trees on what was known before a cut."""
    sample = draw_sample(series, cut, horizon, config)
    return grow(sample, config) if sample is not None and len(sample.target) >= 500 else None


def grow(sample: Sample, config: DemandConfig) -> Trees:
    """Grow trees on a sample."""
    import lightgbm as lgb

    expected = float((sample.factor * sample.weight).sum())
    base = float(np.log(max(float((sample.target * sample.weight).sum()), 1e-9) / expected))
    data = lgb.Dataset(
        sample.inputs,
        sample.target,
        weight=sample.weight,
        init_score=np.log(sample.factor) + base,
        feature_name=list(sample.names),
    )
    booster = lgb.train(config.booster_parameters(config.seed), data, config.n_trees)
    return Trees(booster.model_to_string(), base, sample.names)


def tree_means(outlook: Outlook, trees: Trees) -> Floats:
    """Correct what is expected by the trees, at the same total, shape ``(n_alive, horizon)``."""
    if input_names(outlook) != trees.names:
        raise ArtifactError("demand: the model was trained on other inputs; train it again")
    model = TextModel(trees.text)
    n_alive, horizon = outlook.factor.shape
    row, step = np.divmod(np.arange(n_alive * horizon), horizon)
    ratio = np.empty(len(row))
    for start in range(0, len(row), CHUNK):
        part = slice(start, start + CHUNK)
        inputs = inputs_of(outlook, row[part], step[part])
        ratio[part] = model.predict(inputs)
    factor = np.where(outlook.factor > 0, np.maximum(outlook.factor, MIN_FACTOR), 0.0)
    corrected = np.exp(ratio.reshape(n_alive, horizon) + trees.base)
    means = outlook.traits.level[:, None] * factor * corrected
    voice = outlook.traits.voice
    total, expected = float((voice @ means).sum()), float((voice @ outlook.baseline).sum())
    return (means * (expected / total if total > 0 else 0.0)).astype(np.float32)


def blend_means(outlook: Outlook, corrected: Floats | None, blend: float, min_sales: int) -> Floats:
    """Blend the trees with what is expected anyway; series with few sales get only the latter.

    Parameters
    ----------
    outlook
        What is expected of each series.
    corrected
        What the trees say, units, shape ``(n_alive, n_steps)``; None without trees.
    blend
        Weight of the trees, in [0, 1].
    min_sales
        Steps with a sale from which the trees are heard.

    Returns
    -------
    Floats
        Units, shape ``(n_alive, n_steps)``.

    Examples
    --------
    >>> from models.demand.outlook import outlook_at
    >>> from models.demand.series import DemandSeries
    >>> cups = DemandSeries.from_units({"cup": [2.0] * 56}, "2024-01-01")
    >>> outlook = outlook_at(cups, 56, 1)
    >>> corrected = np.array([[4.0]])
    >>> [blend_means(outlook, corrected, 0.5, few).round(1).tolist() for few in (8, 100)]
    [[[3.0]], [[2.0]]]
    """
    baseline = outlook.baseline
    if corrected is None:
        return baseline
    weight = np.where(outlook.traits.n_sales >= min_sales, blend, 0.0)[:, None]
    return (weight * corrected + (1 - weight) * baseline).astype(np.float32)


def _choose_blend(folds: list[Fold], min_sales: int) -> float:
    """Pick the weight of the trees that would have been best on past origins."""
    losses = [
        sum(_loss(fold, fold.blended(weight, min_sales)) for fold in folds) for weight in BLENDS
    ]
    return BLENDS[int(np.argmin(losses))]


def _loss(fold: Fold, mean: Floats) -> float:
    """Error of every step and of the horizon's total, over all that was sold."""
    voice, error = fold.outlook.traits.voice, mean - fold.actual
    scale = max(float(voice @ fold.actual.sum(axis=1)), 1e-9)
    total = np.abs(error.sum(axis=1))
    step = np.sqrt(error.shape[1] * (error**2).sum(axis=1))
    return float(voice @ (total + 0.5 * step)) / scale


def forecaster_document(forecaster: Forecaster) -> dict[str, Any]:
    """Everything of a forecaster but its trees, ready for JSON.

    Examples
    --------
    >>> plain = Forecaster(14, trees=None, blend=0.0, spread=measure_spread([]), min_sales=8)
    >>> document = forecaster_document(plain)
    >>> document["horizon"], document["inputs"]
    (14, [])
    >>> forecaster_document(forecaster_from(document, None)) == document
    True
    """
    trees = forecaster.trees
    return {
        "horizon": forecaster.horizon,
        "blend": forecaster.blend,
        "min_sales": forecaster.min_sales,
        "spread": forecaster.spread.document(),
        "base": trees.base if trees else None,
        "inputs": list(trees.names) if trees else [],
    }


def forecaster_from(document: dict[str, Any], text: str | None) -> Forecaster:
    """Build a forecaster from its document and the text of its trees."""
    trees = (
        Trees(text, float(document["base"]), tuple(document["inputs"]))
        if text is not None
        else None
    )
    return Forecaster(
        horizon=int(document["horizon"]),
        trees=trees,
        blend=float(document["blend"]),
        spread=Spread.from_document(document["spread"]),
        min_sales=int(document["min_sales"]),
    )

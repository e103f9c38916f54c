"""One model for all series: boosted trees on what is expected anyway, blended with it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import lightgbm as lgb
import numpy as np

from models.demand.outlook import Outlook, outlook_at
from models.demand.sample import MIN_FACTOR, Sample, draw_sample, input_names, inputs_of
from models.demand.spread import Spread, measure_spread
from models.errors import ArtifactError

if TYPE_CHECKING:
    from models.demand.config import DemandConfig
    from models.demand.series import DemandSeries, Floats, Ints

BLENDS: Final = (0.4, 0.6, 0.8, 1.0)
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
    """

    horizon: int
    trees: Trees | None
    blend: float
    spread: Spread
    min_sales: int

    def forecast(self, series: DemandSeries, origin: int, horizon: int | None = None) -> Forecast:
        """Forecast the steps from an origin, looking only at what was known before it."""
        outlook = outlook_at(series, origin, horizon or self.horizon)
        mean = blend_means(outlook, self.trees, self.blend, self.min_sales)
        return Forecast(outlook.traits.rows, mean, self.spread.quantiles(outlook, mean), outlook)


@dataclass(frozen=True, slots=True)
class Fitted:
    """A forecaster, and how one fitted earlier did on the last steps before the cut.

    Parameters
    ----------
    forecaster
        Fitted on everything known before the cut.
    rehearsal
        Forecast of the last steps before the cut, by trees that had not seen them.
    """

    forecaster: Forecaster
    rehearsal: Forecast


def fit_forecaster(series: DemandSeries, cut: int, horizon: int, config: DemandConfig) -> Fitted:
    """Fit on everything known before a cut.

    A first model fitted further back forecasts the last steps before the cut; these forecasts say
    how far the trees are to be trusted and how wide the quantiles must be.
    """
    back = cut - horizon * (config.n_folds + 1) // 2
    with ThreadPoolExecutor(2) as pool:
        earlier = pool.submit(_fit, series, back, horizon, config)
        final = pool.submit(_fit, series, cut, horizon, config)
        trees, rehearsal = final.result(), earlier.result()
    gap = horizon // 2
    origins = [back + fold * gap for fold in range(config.n_folds)]
    folds = [
        (outlook_at(series, origin, min(horizon, cut - origin)), origin)
        for origin in origins
        if origin > 0
    ]
    truth = series.known(cut)
    blend = _choose_blend(folds, truth, rehearsal, config) if rehearsal else 0.0
    cases = [
        (
            outlook,
            blend_means(outlook, rehearsal, blend, config.min_sales),
            truth[outlook.traits.rows, origin : origin + outlook.horizon],
        )
        for outlook, origin in folds
    ]
    forecaster = Forecaster(
        horizon=horizon,
        trees=trees,
        blend=blend if trees else 0.0,
        spread=measure_spread(cases),
        min_sales=config.min_sales,
    )
    earlier_spread = measure_spread(cases[:-1])
    last = replace(forecaster, trees=rehearsal, blend=blend, spread=earlier_spread)
    return Fitted(forecaster, last.forecast(series, max(cut - horizon, 0)))


def _fit(series: DemandSeries, cut: int, horizon: int, config: DemandConfig) -> Trees | None:
    """Fit the trees on what was known before a cut."""
    sample = draw_sample(series, cut, horizon, config)
    return grow(sample, config) if sample is not None and len(sample.target) >= 500 else None


def grow(sample: Sample, config: DemandConfig) -> Trees:
    """Grow trees on a sample."""
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
    booster = lgb.Booster(model_str=trees.text)
    n_alive, horizon = outlook.factor.shape
    row, step = np.divmod(np.arange(n_alive * horizon), horizon)
    ratio = np.empty(len(row))
    for start in range(0, len(row), CHUNK):
        part = slice(start, start + CHUNK)
        inputs = inputs_of(outlook, row[part], step[part])
        ratio[part] = booster.predict(inputs, raw_score=True, num_threads=1)
    factor = np.where(outlook.factor > 0, np.maximum(outlook.factor, MIN_FACTOR), 0.0)
    corrected = np.exp(ratio.reshape(n_alive, horizon) + trees.base)
    means = outlook.traits.level[:, None] * factor * corrected
    total = float(means.sum())
    return (means * (float(outlook.baseline.sum()) / total if total > 0 else 0.0)).astype(
        np.float32
    )


def blend_means(outlook: Outlook, trees: Trees | None, blend: float, min_sales: int) -> Floats:
    """Blend the trees with what is expected anyway; series with few sales get only the latter."""
    baseline = outlook.baseline
    if trees is None or blend == 0.0 or not len(baseline):
        return baseline
    weight = np.where(outlook.traits.n_sales >= min_sales, blend, 0.0)[:, None]
    return (weight * tree_means(outlook, trees) + (1 - weight) * baseline).astype(np.float32)


def _choose_blend(
    folds: list[tuple[Outlook, int]], truth: Floats, trees: Trees, config: DemandConfig
) -> float:
    """Pick the weight of the trees that would have been best on past origins."""
    losses = np.zeros(len(BLENDS))
    for outlook, origin in folds:
        actual = truth[outlook.traits.rows, origin : origin + outlook.horizon]
        ends = [blend_means(outlook, trees, weight, config.min_sales) for weight in (0.0, 1.0)]
        losses += [_loss(actual, (1 - weight) * ends[0] + weight * ends[1]) for weight in BLENDS]
    return BLENDS[int(np.argmin(losses))]


def _loss(actual: Floats, mean: Floats) -> float:
    """Error of every step and of the horizon's total, over all that was sold."""
    scale = max(float(actual.sum()), 1e-9)
    total = np.abs(mean.sum(axis=1) - actual.sum(axis=1))
    step = np.sqrt(actual.shape[1] * ((mean - actual) ** 2).sum(axis=1))
    return float(total.sum() + 0.5 * step.sum()) / scale


def forecaster_document(forecaster: Forecaster) -> dict[str, Any]:
    """Everything of a forecaster but its trees, ready for JSON."""
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

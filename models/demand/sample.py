"""Rows that a forecast learns from: a series at a past origin, some steps ahead."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from models.demand.outlook import Outlook, outlook_at
from models.demand.traits import depths_of

if TYPE_CHECKING:
    from models.demand.config import DemandConfig
    from models.demand.series import DemandSeries, Floats, Ints

STEP_NAMES: Final = ("step_ahead", "weekday", "factor", "occasion")
SEASON_NAMES: Final = ("last_year", "last_year_group")
MIN_ORIGINS: Final = 8
"""Origins with a whole year before them from which those without one are left out."""
MIN_FACTOR: Final = np.float32(1e-3)


@dataclass(frozen=True, slots=True)
class Sample:
    """Rows to learn from.

    Parameters
    ----------
    names
        Names of the inputs.
    inputs
        Shape ``(n_rows, n_inputs)``, NaN where unknown.
    factor
        Expected demand over the level, positive, shape ``(n_rows,)``.
    target
        Units over level, freed of what total demand did after the origin, shape ``(n_rows,)``.
    weight
        Shape ``(n_rows,)``.
    """

    names: tuple[str, ...]
    inputs: Floats
    factor: Floats
    target: Floats
    weight: Floats


def inputs_of(outlook: Outlook, series: Ints, step: Ints) -> Floats:
    """Build the inputs of the rows (series, step ahead), shape ``(n_rows, n_inputs)``.

    Parameters
    ----------
    outlook
        What is known at the origin.
    series, step
        Position among the alive series and step ahead (from 0) of each row, shape ``(n_rows,)``.

    Examples
    --------
    >>> from models.demand.outlook import outlook_at
    >>> from models.demand.series import DemandSeries
    >>> cups = DemandSeries.from_units({"cup": [2.0] * 56}, "2024-01-01")
    >>> outlook = outlook_at(cups, 56, 3)
    >>> inputs = inputs_of(outlook, series=np.array([0, 0]), step=np.array([0, 2]))
    >>> inputs.shape == (2, len(input_names(outlook)))
    True
    """
    columns = [step, outlook.weekday[step], outlook.factor[series, step], outlook.occasion[step]]
    if outlook.season is not None:
        columns += [outlook.season.own[series, step], outlook.season.group[series, step]]
    ahead = np.column_stack(columns)
    return np.concatenate([outlook.traits.values[series], ahead], axis=1).astype(np.float32)


def input_names(outlook: Outlook) -> tuple[str, ...]:
    """Names of the inputs, in order.

    Examples
    --------
    >>> from models.demand.outlook import outlook_at
    >>> from models.demand.series import DemandSeries
    >>> cups = DemandSeries.from_units({"cup": [2.0] * 56}, "2024-01-01")
    >>> input_names(outlook_at(cups, 56, 3))[-4:]
    ('step_ahead', 'weekday', 'factor', 'occasion')
    """
    season = SEASON_NAMES if outlook.season is not None else ()
    return (*outlook.traits.names, *STEP_NAMES, *season)


def draw_sample(
    series: DemandSeries, cut: int, horizon: int, config: DemandConfig
) -> Sample | None:
    """Draw rows whose truth was known before a cut.

    Parameters
    ----------
    series
        The series; nothing known at or after ``cut`` is looked at.
    cut
        First step that is not seen.
    horizon
        Steps ahead that are forecast.
    config
        How many rows, and from which origins.

    Returns
    -------
    Sample or None
        None when the past is too short to learn from.

    Examples
    --------
    >>> from models.demand.config import DAILY_CONFIG
    >>> from models.demand.series import DemandSeries
    >>> cups = DemandSeries.from_units({"cup": [2.0] * 400}, "2024-01-01")
    >>> sample = draw_sample(cups, 400, 14, DAILY_CONFIG)
    >>> sample.inputs.shape[1] == len(sample.names), bool((sample.factor > 0).all())
    (True, True)
    >>> draw_sample(cups, 20, 14, DAILY_CONFIG) is None
    True
    """
    random = np.random.default_rng(config.seed)
    origins = _origins(series, cut, config)
    if not origins:
        return None
    chosen = _choose(series, cut, config, random)
    truth = chosen.known(cut)
    share = config.max_rows / max(len(origins) * chosen.n_series * horizon, 1)
    parts = [
        _part(outlook_at(chosen, origin, min(horizon, cut - origin)), truth, config, share, random)
        for origin in origins
    ]
    names = input_names(outlook_at(chosen, origins[0], 1))
    kept = [part for part in parts if part is not None]
    if not kept:
        return None
    return Sample(names, *(np.concatenate(column) for column in zip(*kept, strict=True)))


def _origins(series: DemandSeries, cut: int, config: DemandConfig) -> list[int]:
    """Pick past origins, the latest first; with a whole year before them where there are enough."""
    depths = depths_of(series)
    latest = cut - max(config.origin_spacing // 7, 1)
    first = depths.windows[2] + 1
    if series.step_days != 1:
        seasoned = depths.year + depths.windows[3]
        if latest - seasoned >= MIN_ORIGINS * config.origin_spacing:
            first = seasoned
    return list(range(latest, first, -config.origin_spacing))[: config.n_origins]


def _choose(
    series: DemandSeries, cut: int, config: DemandConfig, random: np.random.Generator
) -> DemandSeries:
    """Keep series with enough sales, at most as many as are asked for."""
    memory = depths_of(series).memory
    n_sales = (series.known(cut, since=max(cut - 2 * memory, 0)) > 0).sum(axis=1)
    rows = np.flatnonzero(n_sales >= config.min_sales)
    if len(rows) > config.max_series:
        rows = np.sort(random.choice(rows, config.max_series, replace=False))
    return series.take(rows)


def _part(
    outlook: Outlook,
    truth: Floats,
    config: DemandConfig,
    share: float,
    random: np.random.Generator,
) -> tuple[Floats, Floats, Floats, Floats] | None:
    """Rows of one origin: inputs, factor, target and weight."""
    traits, origin = outlook.traits, outlook.traits.origin
    actual = truth[traits.rows, origin : origin + outlook.horizon]
    traded = (actual.sum(axis=0) > 0) & (outlook.factor.max(axis=0, initial=0.0) > 0)
    expected = traits.loud_level[:, None] * outlook.factor
    total = float((traits.voice @ actual)[traded].sum())
    drawn = (random.random(actual.shape) < share) & traded & (outlook.factor > 0)
    row, step = np.nonzero(drawn)
    if not len(row) or total <= 0:
        return None
    drift = total / max(float(expected[:, traded].sum()), 1e-9)
    level = traits.level[row]
    weight = traits.loud_level[row] ** config.size_weight
    return (
        inputs_of(outlook, row, step),
        np.maximum(outlook.factor[row, step], MIN_FACTOR),
        (actual[row, step] / level / drift).astype(np.float32),
        (weight / weight.mean()).astype(np.float32),
    )

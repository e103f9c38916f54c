"""Hot products: series about to sell far more than is usual for them, with the reasons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from models.contracts import Reason
from models.demand.traits import depths_of

if TYPE_CHECKING:
    from models.demand.forecaster import Forecast
    from models.demand.series import DemandSeries, Floats


@dataclass(frozen=True, slots=True)
class HotLimits:
    """From when on a product is hot.

    Parameters
    ----------
    ratio
        Expected units over usual units.
    n_recent_sales
        Steps with a sale in the last two weeks (two months for weekly series).
    noise
        Extra units in standard deviations of the usual count.
    """

    ratio: float = 1.5
    n_recent_sales: int = 4
    noise: float = 3.0


LIMITS: Final = HotLimits()
RECENT_STEPS: Final = {1: 14, 7: 8}
"""Days of a step to the steps that count as recent: two weeks of days, or two months of weeks."""
TOLD_RISE: Final = 1.2
"""Recent over usual sales from which a rise is given as a reason."""
TOLD_OCCASION: Final = 1.1
"""Lift of all demand from which an occasion is given as a reason."""


@dataclass(frozen=True, slots=True)
class HotProduct:
    """A series that is about to sell far more than is usual for it.

    Parameters
    ----------
    series_id
        The series.
    expected_units
        Units expected over the horizon.
    usual_units
        Units of as many steps at the level before the last two weeks.
    extra_minor
        Money of the units above usual, in minor units of the base currency; None when unknown.
    reasons
        Why, strongest first.
    """

    series_id: str
    expected_units: float
    usual_units: float
    extra_minor: int | None
    reasons: tuple[Reason, ...]

    @property
    def ratio(self) -> float:
        """Expected over usual.

        Examples
        --------
        >>> HotProduct("cup", 30.0, usual_units=10.0, extra_minor=None, reasons=()).ratio
        3.0
        """
        return self.expected_units / max(self.usual_units, 1e-9)


def hot_products(
    series: DemandSeries, found: Forecast, limits: HotLimits = LIMITS
) -> tuple[HotProduct, ...]:
    """List hot products, those that bring most extra money (or units) first.

    Parameters
    ----------
    series
        The series.
    found
        Their forecast.
    limits
        From when on a product is hot.

    Examples
    --------
    >>> from models.demand.forecaster import Forecaster
    >>> from models.demand.series import DemandSeries
    >>> from models.demand.spread import measure_spread
    >>> units = {"cup": [2.0] * 112, "fan": [2.0] * 98 + [40.0] * 14}
    >>> shop = DemandSeries.from_units(units, "2024-01-01")
    >>> plain = Forecaster(14, trees=None, blend=0.0, spread=measure_spread([]), min_sales=8)
    >>> [hot.series_id for hot in hot_products(shop, plain.forecast(shop, 112))]
    ['fan']
    """
    origin, horizon = found.outlook.traits.origin, found.mean.shape[1]
    recent, before = _levels(series, found)
    n_traded = (found.outlook.factor > 0).any(axis=0).sum()
    expected, usual = found.mean.sum(axis=1), before * n_traded
    extra = expected - usual
    window = RECENT_STEPS[series.step_days]
    n_sales = (series.known(origin, since=origin - window)[found.rows] > 0).sum(axis=1)
    is_hot = (
        (expected >= limits.ratio * usual)
        & (extra >= limits.noise * np.sqrt(np.maximum(usual, 1.0)))
        & (n_sales >= limits.n_recent_sales)
    )
    price = series.price[found.rows]
    worth = extra * np.where(np.isfinite(price), price, 1.0)
    ranked = np.flatnonzero(is_hot)[np.argsort(-worth[is_hot], kind="stable")]
    occasion = float(np.mean(found.outlook.occasion)) if horizon else 1.0
    return tuple(
        HotProduct(
            series_id=series.ids[found.rows[i]],
            expected_units=round(float(expected[i]), 1),
            usual_units=round(float(usual[i]), 1),
            extra_minor=round(float(worth[i])) if np.isfinite(price[i]) else None,
            reasons=_reasons(float(recent[i]), float(before[i]), int(n_sales[i]), window, occasion),
        )
        for i in ranked
    )


def _levels(series: DemandSeries, found: Forecast) -> tuple[Floats, Floats]:
    """Units a traded step, recently and before that."""
    origin, recent = found.outlook.traits.origin, RECENT_STEPS[series.step_days]
    long = depths_of(series).windows[3] + recent
    units = series.known(origin, since=origin - long)[found.rows]
    is_open = units.sum(axis=0) > 0

    def level(part: slice) -> Floats:
        mean: Floats = units[:, part].sum(axis=1) / max(int(is_open[part].sum()), 1)
        return mean

    return level(slice(-recent, None)), level(slice(None, -recent))


def _reasons(
    recent: float, before: float, n_sales: int, window: int, occasion: float
) -> tuple[Reason, ...]:
    """Say why a product is hot."""
    unit, word = ("天", "days") if window == RECENT_STEPS[1] else ("周", "weeks")
    reasons = []
    if before <= 0:
        reasons.append(
            Reason(
                "new_seller",
                f"此前没有销量，最近 {window} {unit}中有 {n_sales} {unit}卖出",
                f"sold nothing before, now on {n_sales} of the last {window} {word}",
                value=float(n_sales),
                typical=0.0,
            )
        )
    elif recent > TOLD_RISE * before:
        reasons.append(
            Reason(
                "recent_rise",
                f"最近 {window} {unit}销量是平时的 {recent / before:.1f} 倍",
                f"sold {recent / before:.1f} times its usual in the last {window} {word}",
                value=round(recent, 2),
                typical=round(before, 2),
            )
        )
    if occasion > TOLD_OCCASION:
        reasons.append(
            Reason(
                "occasion_ahead",
                f"预测期内有促销或节日，整体需求约为平日的 {occasion:.1f} 倍",
                f"an occasion lies ahead that lifts all demand {occasion:.1f} times",
                value=round(occasion, 2),
                typical=1.0,
            )
        )
    return tuple(reasons) or (
        Reason(
            "expected_rise",
            "模型预计销量高于平时水平",
            "the model expects more than is usual",
            value=round(recent, 2),
            typical=round(before, 2),
        ),
    )

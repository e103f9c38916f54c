"""Days and hours of trade: weekdays, evenings and promotion peaks."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Final

import numpy as np

from serving.demo.draws import pick

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from serving.demo.parameters import Channel, Promotion, Span

DAY_SECONDS: Final = 86_400
CHINA_OFFSET_MIN: Final = 480

WEEKDAYS: Final = (1.0, 0.97, 0.97, 0.98, 1.02, 1.08, 1.10)
"""Trade by weekday, Monday first."""

PLAIN_HOURS: Final = (
    1.6, 0.8, 0.4, 0.25, 0.2, 0.3, 0.8, 1.8, 3.2, 4.6, 5.2, 4.8,
    4.6, 4.4, 4.6, 4.7, 4.6, 4.4, 4.6, 5.6, 7.2, 8.0, 6.6, 3.6,
)  # fmt: skip
"""Orders by local hour on a plain day."""

LIVE_HOURS: Final = (
    1.2, 0.4, 0.1, 0.1, 0.1, 0.1, 0.3, 0.8, 1.6, 2.4, 3.0, 3.2,
    3.4, 3.2, 3.0, 3.0, 3.0, 3.2, 4.6, 8.5, 13.0, 14.0, 9.0, 3.6,
)  # fmt: skip
"""Orders by local hour out of live-stream rooms."""

PEAK_HOURS: Final = (
    14.0, 5.0, 1.8, 0.6, 0.4, 0.5, 1.2, 2.2, 3.6, 4.6, 5.0, 4.4,
    4.2, 4.0, 4.0, 4.2, 4.2, 4.2, 4.6, 6.2, 10.0, 9.0, 7.0, 6.0,
)  # fmt: skip
"""Orders by local hour on a promotion's peak day."""


def day_start(day_on: date, offset_min: int = CHINA_OFFSET_MIN) -> int:
    """Give the first second of a day in seconds since 1970.

    Parameters
    ----------
    day_on
        The day.
    offset_min
        Local offset from UTC, minutes.

    Examples
    --------
    >>> day_start(date(2026, 5, 25))
    1779638400
    """
    start = datetime(day_on.year, day_on.month, day_on.day, tzinfo=UTC)
    return int((start - timedelta(minutes=offset_min)).timestamp())


def lifts(span: Span, promotions: tuple[Promotion, ...]) -> NDArray[np.float64]:
    """Give how strongly promotions raise trade on each day, shape ``(n_days,)``; 1 is plain."""
    lift = np.ones(span.n_days)
    for each in promotions:
        first = (each.first_on - span.first_on).days
        last = (each.last_on - span.first_on).days
        inside = slice(max(first, 0), max(min(last + 1, span.n_days), 0))
        lift[inside] = np.maximum(lift[inside], each.lift)
        for peak_on, height in each.peaks:
            day = (peak_on - span.first_on).days
            if 0 <= day < span.n_days:
                lift[day] = height
    return lift


def discounts(span: Span, promotions: tuple[Promotion, ...]) -> NDArray[np.float64]:
    """Give the usual promotion discount on each day as a share of the price."""
    share = np.zeros(span.n_days)
    for each in promotions:
        for day in range(span.n_days):
            if each.first_on <= span.first_on + timedelta(days=day) <= each.last_on:
                share[day] = each.discount
    return share


def intensity(
    span: Span, channel: Channel, lift: NDArray[np.float64], draw: np.random.Generator
) -> NDArray[np.float64]:
    """Give the relative number of orders of a channel on each day."""
    days = np.arange(span.n_days)
    weekday = np.array(WEEKDAYS)[(days + span.first_on.weekday()) % 7]
    growth = 1.0 + 0.18 * days / span.n_days
    swing = np.exp(draw.normal(0.0, 0.06, span.n_days))
    slump = np.where((lift == 1.0) & np.roll(lift > 1.0, 3), 0.82, 1.0)
    return weekday * growth * swing * slump * (1.0 + (lift - 1.0) * channel.promotion_lift)


def seconds_of_day(
    draw: np.random.Generator,
    is_peak: NDArray[np.bool_],
    is_live: NDArray[np.bool_],
) -> NDArray[np.int64]:
    """Draw the local second of the day of each order."""
    hours = np.empty(len(is_peak), dtype=np.int64)
    for mask, profile in (
        (~is_peak & ~is_live, PLAIN_HOURS),
        (~is_peak & is_live, LIVE_HOURS),
        (is_peak, PEAK_HOURS),
    ):
        hours[mask] = pick(draw, profile, int(mask.sum()))
    within = draw.random(len(hours))
    # A peak opens with a rush: within its first hours most orders come early.
    within = np.where(is_peak & ((hours == 0) | (hours == 20)), within**3, within)
    return hours * 3600 + (within * 3600).astype(np.int64)

"""Lengths of time: in microseconds, the unit in which instants are stored, and in other units."""

from __future__ import annotations

from typing import Final

SECOND_US: Final = 1_000_000
MINUTE_US: Final = 60 * SECOND_US
HOUR_US: Final = 60 * MINUTE_US
DAY_US: Final = 24 * HOUR_US
WEEK_US: Final = 7 * DAY_US

SECONDS_PER_DAY: Final = DAY_US // SECOND_US
HOURS_PER_MONTH: Final = 30 * 24
"""Of the thirty days that windows call a month."""

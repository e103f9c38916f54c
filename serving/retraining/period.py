"""Which week's run is due."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Iterable


def due_cut(now: datetime, timezone: str) -> datetime:
    """Give the newest Monday, midnight at the merchant's, that is not after an instant.

    Parameters
    ----------
    now
        The present, or the end of what is known where that is earlier: an old history has no
        present.
    timezone
        IANA zone of the merchant's days.

    Examples
    --------
    >>> due_cut(datetime(2026, 11, 22, 20, tzinfo=UTC), "Asia/Shanghai").isoformat()
    '2026-11-22T16:00:00+00:00'
    """
    zone = ZoneInfo(timezone)
    local = now.astimezone(zone)
    monday = local.date() - timedelta(days=local.weekday())
    return datetime(monday.year, monday.month, monday.day, tzinfo=zone).astimezone(UTC)


def name_of(cut: datetime, timezone: str) -> str:
    """Name a period by the local day of its cut.

    Examples
    --------
    >>> name_of(datetime(2026, 11, 22, 16, tzinfo=UTC), "Asia/Shanghai")
    '2026-11-23'
    """
    return f"{cut.astimezone(ZoneInfo(timezone)):%Y-%m-%d}"


def local_day(now: datetime, timezone: str) -> str:
    """Name the merchant's day at an instant.

    Examples
    --------
    >>> local_day(datetime(2026, 11, 22, 20, tzinfo=UTC), "Asia/Shanghai")
    '2026-11-23'
    """
    return f"{now.astimezone(ZoneInfo(timezone)):%Y-%m-%d}"


def missed(period: str, done: Iterable[str]) -> list[str]:
    """Give the weeks between the newest run before a period and the period itself.

    Examples
    --------
    >>> missed("2026-11-23", ["2026-11-02"])
    ['2026-11-09', '2026-11-16']
    >>> missed("2026-11-23", [])
    []
    """
    earlier = [each for each in done if each < period]
    if not earlier:
        return []
    week, found = timedelta(days=7), []
    at = datetime.fromisoformat(max(earlier)) + week
    while f"{at:%Y-%m-%d}" < period:
        found.append(f"{at:%Y-%m-%d}")
        at += week
    return found

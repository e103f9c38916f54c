"""Instants as whole microseconds since 1970, exactly."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from features.windows import MICROSECOND

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_WITHOUT_ZONE: Final = EPOCH.replace(tzinfo=None)


def microseconds(at: datetime) -> int:
    """Give an aware instant as microseconds since 1970, exactly.

    Examples
    --------
    >>> microseconds(datetime(1970, 1, 1, 0, 0, 1, 5, tzinfo=UTC))
    1000005
    """
    return (at - EPOCH) // MICROSECOND


def instant(at: int) -> datetime:
    """Give microseconds since 1970 as an aware instant.

    Examples
    --------
    >>> instant(1_000_005).isoformat()
    '1970-01-01T00:00:01.000005+00:00'
    """
    return EPOCH + at * MICROSECOND


def wire_instant(at: int | datetime) -> str:
    """Write microseconds since 1970, or an instant in UTC, as RFC 3339.

    Examples
    --------
    >>> wire_instant(1_000_000)
    '1970-01-01T00:00:01Z'
    """
    if isinstance(at, int):
        return (_EPOCH_WITHOUT_ZONE + at * MICROSECOND).isoformat() + "Z"
    return at.isoformat().replace("+00:00", "Z")

"""Days and instants that a command is given, on the merchant's clock."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo


def instant(option: str, text: str, zone: ZoneInfo, *, end: bool) -> datetime:
    """Read a day or an instant; a day without a time begins, or ends, in the merchant's zone.

    Examples
    --------
    >>> from zoneinfo import ZoneInfo
    >>> instant("--to", "2018-08-01", ZoneInfo("Asia/Shanghai"), end=True).isoformat()
    '2018-08-02T00:00:00+08:00'
    """
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        mend = f"{text!r} is no date: write it as 2018-08-01 or 2018-08-01T00:00:00Z"
        raise typer.BadParameter(mend, param_hint=option) from None
    is_day = at.time() == time.min and len(text) <= len("2018-08-01")
    at = at + timedelta(days=1) if is_day and end else at
    return at if at.tzinfo else at.replace(tzinfo=zone)

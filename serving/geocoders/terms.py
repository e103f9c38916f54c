"""On what terms a provider is asked: how often, for which countries, how long answers may be kept.

The defaults are those of the free accounts; settings change them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from features.address.countries import CHINESE
from features.durations import SECOND_US


@dataclass(frozen=True, slots=True)
class Terms:
    """Terms of one provider.

    Parameters
    ----------
    daily
        Calls a day at most.
    per_second
        Calls a second at most.
    cache_days
        Days for which an answer may be kept.
    zone
        Time zone in which its day begins.
    at_home
        Whether it is asked about addresses of China.
    abroad
        Whether it is asked about addresses of other countries.
    """

    daily: int
    per_second: float
    cache_days: int
    zone: str = "Asia/Shanghai"
    at_home: bool = True
    abroad: bool = False

    def serves(self, country: str | None) -> bool:
        """Tell whether the provider is asked about addresses of a country.

        Examples
        --------
        >>> google = Terms(100, 10, 30, at_home=False, abroad=True)
        >>> google.serves("BR"), google.serves("CN"), google.serves(None)
        (True, False, False)
        """
        return self.at_home if country is None or country in CHINESE else self.abroad

    def day(self, at: int) -> str:
        """Give the provider's day of an instant in microseconds UTC.

        Examples
        --------
        >>> Terms(1, 1, 1).day(1_772_354_105_000_000), Terms(1, 1, 1).day(1_772_384_400_000_000)
        ('2026-03-01', '2026-03-02')
        """
        instant = datetime.fromtimestamp(at / SECOND_US, UTC)
        return instant.astimezone(ZoneInfo(self.zone)).date().isoformat()

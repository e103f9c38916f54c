"""How outlets deliver just now, as the newest look at them found.

Models read how an outlet went in the weeks before; one that dropped some days ago looks better to
them than it is. While a drop is open, no parcel is expected to fare better there than the outlet's
present rate. Where there is no model of first attempts, the present rates stand in for it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from statistics import median
from typing import TYPE_CHECKING, Any, ClassVar, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

Measure = Literal["first_attempt", "on_time"]

MEASURES: Final[tuple[Measure, ...]] = ("first_attempt", "on_time")
"""What is told of outlets."""


@dataclass(frozen=True, slots=True)
class Fallen:
    """An outlet that dropped and is not yet back at its usual rate.

    Parameters
    ----------
    alert_id
        The alert.
    measure
        What dropped: first attempts that succeed, or parcels in time.
    rate
        Its present rate, shrunk.
    zh, en
        The alert's wording.
    """

    delay_days: ClassVar[float] = 0.0
    notice: ClassVar[None] = None
    moved: ClassVar[None] = None
    """A drop says nothing of days, and the buyer need not know of it."""

    alert_id: str
    measure: Measure
    rate: float
    zh: str
    en: str

    def p_late(self, p: float) -> float:
        """Give the probability of being late: at least what the outlet's present rate says.

        Examples
        --------
        >>> fallen = Fallen("a", "on_time", 0.5, "", "")
        >>> fallen.p_late(0.1), fallen.p_late(0.7)
        (0.5, 0.7)
        """
        return max(p, 1 - self.rate) if self.measure == "on_time" else p

    def p_first_attempt(self, p: float) -> float:
        """Give the probability that the first attempt succeeds: at most the present rate.

        Examples
        --------
        >>> Fallen("a", "first_attempt", 0.5, "", "").p_first_attempt(0.9)
        0.5
        """
        return min(p, self.rate) if self.measure == "first_attempt" else p

    @property
    def reason(self) -> dict[str, Any]:
        """Say why, for the merchant.

        Examples
        --------
        >>> Fallen("7", "on_time", 0.5, "迟了", "late").reason["alerts"]
        ['7']
        """
        return {
            "code": "outlet_drop",
            "zh": self.zh,
            "en": self.en,
            "alerts": [self.alert_id],
        }


@dataclass(frozen=True)
class Present:
    """What the newest look found; nothing before the first one.

    Parameters
    ----------
    first_attempt
        Outlet to the present rate of its first attempts; of a fallen one the rate before.
    fallen
        Outlet to its open drops.
    """

    first_attempt: Mapping[str, float] = field(default_factory=dict)
    fallen: Mapping[str, tuple[Fallen, ...]] = field(default_factory=dict)

    @cached_property
    def middle(self) -> float:
        """Present rate of the middle outlet."""
        return float(median(self.first_attempt.values()))

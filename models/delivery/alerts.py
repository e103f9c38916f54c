"""What weather and traffic warnings change for parcels: the alerts in force, and their shift.

A warning concerns an area for a period. It may lie where a parcel leaves, where it goes, or both.
How much it changes is an `Effect` by its kind, its severity and the end of the way it lies at;
`models.delivery.disruption` learns effects from past warnings. Times are microseconds UTC.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

End = Literal["from", "to"]

KINDS: Final[dict[str, tuple[str, str]]] = {
    "storm": ("暴风雨", "storm"),
    "flood": ("洪水", "flood"),
    "snow": ("冰雪", "snow"),
    "traffic": ("交通管制", "traffic restriction"),
    "strike": ("停运", "strike"),
}
UNKNOWN_KIND: Final = ("预警", "warning")
SEVERITIES: Final = (1, 2, 3)
ENDS: Final[dict[str, tuple[str, str]]] = {
    "from": ("发货地", "origin"),
    "to": ("收货地", "destination"),
}
LEAST, MOST = 1e-4, 1 - 1e-4


@dataclass(frozen=True, slots=True)
class Alert:
    """A warning for an area and a period.

    Parameters
    ----------
    alert_id, kind, severity
        Its id, one of `KINDS`, and 1 watch, 2 warning or 3 severe.
    country, region, city
        The area; None stands for all of the larger one.
    starts_at, ends_at, known_at
        First instant concerned, first no longer concerned, and when it was issued.
    text
        Its wording.
    """

    alert_id: str
    kind: str
    severity: int
    country: str | None
    region: str | None
    city: str | None
    starts_at: int
    ends_at: int
    known_at: int
    text: str | None = None

    def concerns(self, city: str | None, *, since: int, until: int, as_of: int) -> bool:
        """Say whether it lies in a city of its region within ``[since, until)`` and was known.

        Examples
        --------
        >>> storm = Alert("a1", "storm", 2, "CN", "浙江省", "杭州市", 100, 200, known_at=90)
        >>> storm.concerns("杭州市", since=150, until=300, as_of=95)
        True
        >>> storm.concerns("杭州市", since=200, until=300, as_of=95)  # it ends before 200
        False
        >>> storm.concerns("宁波市", since=150, until=300, as_of=95)
        False
        """
        here = self.city is None or self.city == city
        return here and self.starts_at < until and self.ends_at > since and self.known_at < as_of


@dataclass(frozen=True, slots=True)
class Effect:
    """How much a kind of warning changes.

    Parameters
    ----------
    late_logit, attempt_logit
        Added to the log odds of being late, and of the first attempt's success.
    delay_days
        Days by which delivery moves.
    n_parcels
        Matured parcels under past warnings that it was learned from; 0 for what a merchant expects.
    """

    late_logit: float = 0.0
    attempt_logit: float = 0.0
    delay_days: float = 0.0
    n_parcels: int = 0

    def times(self, severity: int) -> Effect:
        """Give the effect of a severity, where this is the one of each of its levels.

        Examples
        --------
        >>> Effect(0.5, -0.1, 0.25, 40).times(2)
        Effect(late_logit=1.0, attempt_logit=-0.2, delay_days=0.5, n_parcels=40)
        """
        return Effect(
            self.late_logit * severity,
            self.attempt_logit * severity,
            self.delay_days * severity,
            self.n_parcels,
        )


@dataclass(frozen=True, slots=True)
class Shift:
    """What the warnings in force change for a parcel; two ends of a way are added.

    Parameters
    ----------
    late_logit, attempt_logit, delay_days
        As in `Effect`.
    alerts
        The warnings, each with the end it lies at.

    Examples
    --------
    >>> storm = Alert("W1", "storm", 3, "CN", "浙江省", None, 0, 10, 0)
    >>> shift = Shift(1.0, -0.5, 0.75, ((storm, "from"),))
    >>> round(shift.p_late(0.1), 3), round(shift.p_first_attempt(0.9), 3)
    (0.232, 0.845)
    >>> shift.reason["en"]
    'storm (severe) in 浙江省 (origin): about 0.8 days later'
    """

    late_logit: float
    attempt_logit: float
    delay_days: float
    alerts: tuple[tuple[Alert, End], ...]

    def __add__(self, other: Shift) -> Shift:
        """Join the warnings at both ends."""
        return Shift(
            self.late_logit + other.late_logit,
            self.attempt_logit + other.attempt_logit,
            self.delay_days + other.delay_days,
            self.alerts + other.alerts,
        )

    def p_late(self, p: float) -> float:
        """Shift the probability of being late."""
        return _shifted(p, self.late_logit)

    def p_first_attempt(self, p: float) -> float:
        """Shift the probability that the first attempt succeeds."""
        return _shifted(p, self.attempt_logit)

    def days(self, days: Mapping[str, float] | None) -> dict[str, float] | None:
        """Shift the days until delivery; None stays None."""
        if days is None:
            return None
        return {name: value + self.delay_days for name, value in days.items()}

    @property
    def reason(self) -> dict[str, Any]:
        """Say why, for the merchant."""
        zh = "；".join(_where(alert, end, 0) for alert, end in self.alerts)
        en = "; ".join(_where(alert, end, 1) for alert, end in self.alerts)
        return {
            "code": "alert",
            "zh": f"{zh}：预计晚到约 {self.delay_days:.1f} 天",
            "en": f"{en}: about {self.delay_days:.1f} days later",
            "alerts": [alert.alert_id for alert, _ in self.alerts],
        }

    @property
    def notice(self) -> dict[str, str]:
        """Say what the buyer may be told; no place of the merchant's own is named."""
        zh, en = self._kinds
        days = max(1, math.ceil(self.delay_days))
        more = "days" if days > 1 else "day"
        return {
            "zh": f"受{zh}影响，您的包裹可能晚到约 {days} 天，我们会持续跟进。",
            "en": f"Because of a {en}, your parcel may arrive about {days} {more} later. "
            "We keep an eye on it.",
        }

    @property
    def moved(self) -> dict[str, str]:
        """Say what the buyer may be told when the order leaves from elsewhere because of it."""
        zh, en = self._kinds
        return {
            "zh": f"受{zh}影响，您的包裹改由另一仓库发出，以便尽快送达。",
            "en": f"Because of a {en}, your parcel leaves from another warehouse, "
            "to reach you sooner.",
        }

    @property
    def _kinds(self) -> tuple[str, str]:
        """Name the kinds of warnings, each once."""
        names = [_kind(kind) for kind in dict.fromkeys(alert.kind for alert, _ in self.alerts)]
        return "、".join(zh for zh, _ in names), " and ".join(en for _, en in names)


@dataclass(frozen=True)
class AlertBook:
    """All warnings with their effects.

    Parameters
    ----------
    alerts
        The warnings.
    effects
        Kind, severity and end to what such a warning changes.

    Examples
    --------
    >>> storm = Alert("W1", "storm", 3, "CN", "浙江省", None, 10, 20, 5)
    >>> book = AlertBook((storm,), {("storm", 3, "from"): Effect(1.0, -0.2, 0.5)})
    >>> book.shift("浙江省", "嘉兴市", end="from", since=0, until=11, as_of=6).delay_days
    0.5
    >>> book.shift("浙江省", "嘉兴市", end="from", since=0, until=10, as_of=6) is None
    True
    """

    alerts: tuple[Alert, ...] = ()
    effects: Mapping[tuple[str, int, str], Effect] = field(default_factory=dict)

    def shift(
        self, region: str | None, city: str | None, *, end: End, since: int, until: int, as_of: int
    ) -> Shift | None:
        """Give what the warnings for a place change.

        Parameters
        ----------
        region, city
            The place.
        end
            ``from`` where a parcel leaves, ``to`` where it is delivered.
        since, until
            While it is there or on its way there.
        as_of
            The present; warnings issued later are not known.

        Returns
        -------
        Shift or None
            The strongest warning's, since two warnings for one storm do not add up; None where
            there is none in force, or nothing is known of such warnings.
        """
        found: Shift | None = None
        for alert in self._by_region.get(region or "", ()):
            if not alert.concerns(city, since=since, until=until, as_of=as_of):
                continue
            effect = self.effects.get((alert.kind, alert.severity, end))
            if effect is not None and (found is None or effect.delay_days > found.delay_days):
                sizes = (effect.late_logit, effect.attempt_logit, effect.delay_days)
                found = Shift(*sizes, ((alert, end),))
        return found

    @cached_property
    def _by_region(self) -> dict[str, list[Alert]]:
        regions: dict[str, list[Alert]] = {}
        for alert in self.alerts:
            regions.setdefault(alert.region or "", []).append(alert)
        return regions


SEVERITY_WORDS: Final[dict[int, tuple[str, str]]] = {
    1: ("注意", "watch"),
    2: ("警告", "warning"),
    3: ("严重", "severe"),
}


def _kind(kind: str) -> tuple[str, str]:
    return KINDS.get(kind, UNKNOWN_KIND)


def _where(alert: Alert, end: End, language: int) -> str:
    """Name a warning, its severity, its area and the end it lies at."""
    area = alert.city or alert.region or ""
    kind, end_word = _kind(alert.kind)[language], ENDS[end][language]
    severity = SEVERITY_WORDS.get(alert.severity, ("", str(alert.severity)))[language]
    if language == 0:
        return f"{area}（{end_word}）{kind}{severity}"
    return f"{kind} ({severity}) in {area} ({end_word})"


def _shifted(p: float, by: float) -> float:
    kept = min(max(p, LEAST), MOST)
    return 1 / (1 + math.exp(-(math.log(kept / (1 - kept)) + by)))

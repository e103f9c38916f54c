"""Asks providers one after the other, sparingly: cache, breaker, ledger, and only then a call."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from features.durations import DAY_US, SECOND_US
from serving.geocoders.breaker import Breaker
from serving.logs import logger

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from geopy.exc import GeopyError

    from serving.clock import Clock
    from serving.geocoders.places import Geocode
    from serving.geocoders.register import Configured
    from serving.geocoders.repository import GeocodeStore

GOOD_LEVEL: Final = 7
GOOD_QUALITY: Final = 0.8
RATE_PAUSE: Final = 60 * SECOND_US
"""Microseconds without a call after too many a second, where the provider names no time."""
RETRY_PAUSE: Final = 30 * SECOND_US


@dataclass(frozen=True, slots=True)
class Question:
    """What providers are asked.

    Parameters
    ----------
    merchant_id
        Whose order it is.
    text
        The address down to the building; no name, phone, unit or room.
    city
        City within which to look, when it is known.
    country
        ISO 3166 alpha-2 code, when it is known.
    key
        Keyed hash of the text's normal form.
    n_wanted
        Good answers to collect, of different providers.
    """

    merchant_id: str
    text: str
    city: str | None
    country: str | None
    key: str
    n_wanted: int = 1


@dataclass
class Answers:
    """What came of a question.

    Parameters
    ----------
    found
        Places, at most one a provider.
    failures
        Provider to the class of its error.
    retry_at
        Instant in microseconds from which asking again may help; None when it would not.
    """

    found: list[Geocode] = field(default_factory=list)
    failures: dict[str, str] = field(default_factory=dict)
    retry_at: int | None = None

    def retry(self, at: int) -> None:
        """Note that asking again may help from an instant on."""
        self.retry_at = at if self.retry_at is None else min(self.retry_at, at)


class Geocoders:
    """The providers that are set up.

    Parameters
    ----------
    providers
        In the order in which they are asked.
    store
        Ledger and cache.
    clock
        Gives the present in microseconds UTC.
    sleep
        Waits some seconds, to keep to a provider's pace.
    """

    def __init__(
        self,
        providers: Sequence[Configured],
        store: GeocodeStore,
        clock: Clock,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.providers = tuple(providers)
        self.store = store
        self._clock = clock
        self._sleep = sleep
        self._breakers = {each.name: Breaker() for each in providers}
        self._free_at = {each.name: 0.0 for each in providers}

    def ask(self, question: Question) -> Answers:
        """Ask until there are enough good answers; a provider's failure is never raised.

        Parameters
        ----------
        question
            What to ask.
        """
        answers, n_good = Answers(), 0
        for each in self.providers:
            if not each.terms.serves(question.country):
                continue
            place = self._ask_one(each, question, answers)
            if place is None:
                continue
            answers.found.append(place)
            n_good += place.level >= GOOD_LEVEL and place.quality >= GOOD_QUALITY
            if n_good >= question.n_wanted:
                break
        return answers

    def _ask_one(self, each: Configured, question: Question, answers: Answers) -> Geocode | None:
        from geopy.exc import GeopyError

        now = self._clock()
        is_kept, kept = self.store.cached(question.merchant_id, each.name, question.key, at=now)
        if is_kept:
            return kept
        breaker = self._breakers[each.name]
        if breaker.is_open(at=now):
            answers.failures[each.name] = "held back"
            answers.retry(breaker.until)
            return None
        day = each.terms.day(now)
        if not self.store.reserve(each.name, day, each.terms.daily):
            answers.failures[each.name] = "quota used up"
            return None
        self._keep_pace(each)
        try:
            found = each.provider.geocode(question.text, city=question.city)
        except GeopyError as error:
            self._failed(each, error, day, answers)
            return None
        breaker.worked()
        place = None if found is None else found.place
        self.store.keep(
            question.merchant_id,
            each.name,
            question.key,
            place,
            at=now,
            expires_at=now + each.terms.cache_days * DAY_US,
        )
        return place

    def _failed(self, each: Configured, error: GeopyError, day: str, answers: Answers) -> None:
        """Note a failure; only what waiting mends is worth another call."""
        from geopy import exc

        now, breaker = self._clock(), self._breakers[each.name]
        is_limited = isinstance(error, exc.GeocoderRateLimited)
        is_spent = isinstance(error, exc.GeocoderQuotaExceeded) and not is_limited
        self.store.failed(each.name, day, is_spent=is_spent)
        if isinstance(error, exc.GeocoderRateLimited):
            pause = RATE_PAUSE
            if error.retry_after is not None:
                pause = int(error.retry_after * SECOND_US)
            breaker.hold(until=now + pause)
            answers.retry(now + pause)
        elif isinstance(
            error,
            exc.GeocoderAuthenticationFailure
            | exc.GeocoderInsufficientPrivileges
            | exc.ConfigurationError,
        ):
            breaker.refused(at=now)
        elif isinstance(error, exc.GeocoderTimedOut | exc.GeocoderUnavailable):
            breaker.failed(at=now)
            answers.retry(max(now + RETRY_PAUSE, breaker.until))
        elif not is_spent and not isinstance(error, exc.GeocoderQueryError):
            breaker.failed(at=now)
        kind = type(error).__name__
        answers.failures[each.name] = kind
        # Its words may repeat the address, so only its kind is written down.
        logger().warning("geocoder failed", provider=each.name, error=kind)

    def _keep_pace(self, each: Configured) -> None:
        """Wait until the provider's pace permits a call."""
        now = time.monotonic()
        wait = self._free_at[each.name] - now
        if wait > 0:
            self._sleep(wait)
        self._free_at[each.name] = max(now, self._free_at[each.name]) + 1 / each.terms.per_second

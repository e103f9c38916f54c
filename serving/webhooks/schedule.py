"""When a message that was not taken is sent again, and when an endpoint is given up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from features.durations import HOUR_US, MINUTE_US, SECOND_US

if TYPE_CHECKING:
    from random import Random


# The schedule that Svix documents (docs.svix.com/retries), which receivers of Standard Webhooks
# know from many senders: eight attempts within about 28 hours.
DELAYS: Final = (
    5 * SECOND_US, 5 * MINUTE_US, 30 * MINUTE_US,
    2 * HOUR_US, 5 * HOUR_US, 10 * HOUR_US, 10 * HOUR_US,
)  # fmt: skip
"""Microseconds from each failed attempt to the next; after the last one nothing follows."""

JITTER: Final = 0.1
"""Share by which a delay is shortened or stretched at random, so that a receiver which comes back
is not met by everything at once."""

LONGEST: Final = DELAYS[-1]
"""Microseconds at most that a receiver may ask to be left alone (``Retry-After``)."""


def next_delay(attempts: int, random: Random, asked: int | None = None) -> int | None:
    """Give the microseconds until the next attempt, or None when there is none.

    Parameters
    ----------
    attempts
        Attempts made so far.
    random
        Where the jitter comes from.
    asked
        Microseconds for which the receiver asked to be left alone.

    Examples
    --------
    >>> from random import Random
    >>> 4.5 * SECOND_US <= next_delay(1, Random(1)) <= 5.5 * SECOND_US
    True
    >>> next_delay(1, Random(1), asked=MINUTE_US) >= MINUTE_US
    True
    >>> next_delay(8, Random(1)) is None
    True
    """
    if attempts > len(DELAYS):
        return None
    delay = int(DELAYS[attempts - 1] * random.uniform(1 - JITTER, 1 + JITTER))
    return max(delay, min(asked or 0, LONGEST))

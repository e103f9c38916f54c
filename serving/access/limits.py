"""How often a key may call: a token bucket each, in this process or shared in Redis."""

from __future__ import annotations

import time
from collections import OrderedDict
from typing import TYPE_CHECKING, Any, Final, Protocol

from features.errors import StateUnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_KEYS: Final = 10_000
"""Buckets that are remembered; the one unused for longest goes first, and was full again then."""
PAUSE_S: Final = 5.0
"""How long a Redis that failed is left alone; the buckets of this process stand in meanwhile."""
GULP_S: Final = 0.02
"""Worth of tokens that a worker takes from the shared bucket at once: fifty calls a second at
most go to Redis for one key, and no worker holds more than a fiftieth of a second's allowance."""
TIMEOUT_S: Final = 0.01
"""Eighty times what a call takes; an order waits no longer for it."""

SCRIPT: Final = """
local now = redis.call('TIME')
local at = tonumber(now[1]) + tonumber(now[2]) / 1e6
local rate, burst, wanted = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local kept = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local tokens = tonumber(kept[1]) or burst
tokens = math.min(burst, tokens + rate * math.max(0, at - (tonumber(kept[2]) or at)))
local given = math.min(wanted, math.floor(tokens))
redis.call('HSET', KEYS[1], 'tokens', tostring(tokens - given), 'at', string.format('%.6f', at))
redis.call('EXPIRE', KEYS[1], math.ceil(burst / rate) + 1)
return given
"""
"""Fills the bucket up to now by Redis's own clock, and takes up to the wanted number of tokens."""


class Limiter(Protocol):
    """Says how long a caller has to wait."""

    def wait_s(self, name: str) -> float:
        """Take a token of a name; gives 0, or the seconds until there is one."""
        ...

    def close(self) -> None:
        """Let go of what it is connected to."""
        ...


class Buckets:
    """Token buckets in this process.

    Parameters
    ----------
    rate
        Tokens a second.
    burst
        Tokens a bucket holds; what may come at once.
    clock
        Seconds that never go back.

    Examples
    --------
    >>> at = 0.0
    >>> buckets = Buckets(2, 3, lambda: at)
    >>> [buckets.wait_s("key") for _ in range(4)]
    [0.0, 0.0, 0.0, 0.5]
    >>> at = 0.5
    >>> buckets.wait_s("key"), buckets.wait_s("other")
    (0.0, 0.0)
    """

    def __init__(
        self, rate: float, burst: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._rate, self._burst, self._clock = rate, burst, clock
        self._kept: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait_s(self, name: str) -> float:
        """Take a token of a name; gives 0, or the seconds until there is one."""
        now = self._clock()
        tokens, at = self._kept.pop(name, (self._burst, now))
        tokens = min(self._burst, tokens + self._rate * (now - at))
        is_free = tokens >= 1
        self._kept[name] = (tokens - 1 if is_free else tokens, now)
        if len(self._kept) > MOST_KEYS:
            self._kept.popitem(last=False)
        return 0.0 if is_free else (1 - tokens) / self._rate

    def close(self) -> None:
        """Let go of nothing."""


class SharedBuckets:
    """Token buckets in Redis, which all workers draw from.

    Parameters
    ----------
    url
        The Redis.
    prefix
        What the names of this tenant's buckets begin with.
    rate, burst
        As for :class:`Buckets`.

    Notes
    -----
    A worker takes a few tokens at a time, so that most requests ask nobody. Where Redis does not
    answer, the worker's own buckets stand in: a limit is no reason to refuse an order.
    """

    def __init__(self, url: str, prefix: str, rate: float, burst: float) -> None:
        from redis import Redis
        from redis.backoff import NoBackoff
        from redis.retry import Retry

        self._redis: Any = Redis.from_url(
            url,
            socket_timeout=TIMEOUT_S,
            socket_connect_timeout=TIMEOUT_S,
            retry=Retry(NoBackoff(), 0),
        )
        self._script = self._redis.register_script(SCRIPT)
        self._prefix, self._rate, self._burst = prefix, rate, burst
        self._gulp = max(1, int(rate * GULP_S))
        self._held: dict[str, int] = {}
        self._own = Buckets(rate, burst)
        self._away_until = 0.0

    def wait_s(self, name: str) -> float:
        """Take a token of a name; gives 0, or the seconds until there is one."""
        held = self._held.get(name, 0)
        if held == 0:
            try:
                held = self._taken(name)
            except StateUnavailableError:
                return self._own.wait_s(name)
        if held == 0:
            return 1 / self._rate
        self._held[name] = held - 1
        return 0.0

    def close(self) -> None:
        """Let go of the connection."""
        self._redis.close()

    def _taken(self, name: str) -> int:
        from redis.exceptions import RedisError

        if time.monotonic() < self._away_until:
            raise StateUnavailableError("Redis failed a moment ago")
        try:
            keys, asked = [f"{self._prefix}:limit:{name}"], [self._rate, self._burst, self._gulp]
            return int(self._script(keys=keys, args=asked))
        except RedisError as error:
            self._away_until = time.monotonic() + PAUSE_S
            raise StateUnavailableError(f"Redis: {type(error).__name__}") from error


class Unlimited:
    """Lets everything through."""

    def wait_s(self, name: str) -> float:
        """Give 0."""
        return 0.0

    def close(self) -> None:
        """Let go of nothing."""


def limiter(rate: int, state_url: str | None, prefix: str) -> Limiter:
    """Give the limiter that the settings ask for; a bucket holds one second's worth.

    Parameters
    ----------
    rate
        Requests a second for each key; 0 for any number.
    state_url
        The Redis that all workers share, or None.
    prefix
        Name of the tenant in Redis.
    """
    if rate == 0:
        return Unlimited()
    if state_url is None:
        return Buckets(rate, rate)
    return SharedBuckets(state_url, prefix, rate, rate)

"""The connection to Redis: bounded waits, one clear error, the library loaded where it is not."""

from __future__ import annotations

import weakref
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any, Final

from features.errors import StateUnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from redis import Redis

TIMEOUT_S: Final = 0.5
"""How long a step may take, and as long a connection, before the state counts as unavailable."""
PATIENCE_S: Final = 60.0
"""The same while a history is loaded."""


class Connection:
    """Calls the one function of a library, and loads the library where it is not known.

    Parameters
    ----------
    url
        Such as ``redis://localhost:6379/0``, ``rediss://…`` or ``unix:///run/redis.sock``.
    name, library
        The function, and the library that holds it.
    timeout_s
        Longest wait for a connection and for an answer, in seconds.

    Notes
    -----
    A lost connection is opened anew at the next call. A call that fails in the middle is sent once
    more on a new connection, which is harmless: a step that was done already changes nothing.
    """

    def __init__(self, url: str, name: str, library: str, *, timeout_s: float = TIMEOUT_S) -> None:
        try:
            from redis import Redis
        except ModuleNotFoundError as error:
            why = "the client of Redis is missing: install order-intelligence[redis]"
            raise StateUnavailableError(why) from error
        from redis.backoff import NoBackoff
        from redis.exceptions import ConnectionError as LostError
        from redis.retry import Retry

        self._name, self._library = name, library
        once_more = Retry(NoBackoff(), 1, supported_errors=(LostError,))
        self._redis: Redis = Redis.from_url(
            url,
            socket_timeout=timeout_s,
            socket_connect_timeout=timeout_s,
            retry=once_more,
            health_check_interval=30,
        )
        # A client that is merely dropped stands in a ring with its socket, and the order in which
        # the collector ends the two is anyone's guess.
        weakref.finalize(self, self._redis.close)

    @contextmanager
    def client(self) -> Iterator[Any]:
        """Give the client; what goes wrong becomes one error.

        Raises
        ------
        StateUnavailableError
            When Redis cannot be reached, is too slow, or cannot work.
        """
        from redis.exceptions import RedisError

        try:
            yield self._redis
        except RedisError as error:
            raise StateUnavailableError(f"Redis: {str(error) or type(error).__name__}") from error

    def call(self, prefix: str, *arguments: Any) -> Any:
        """Do one step on the keys under a prefix."""
        return self.call_many(prefix, [arguments])[0]

    def call_many(self, prefix: str, calls: list[tuple[Any, ...]]) -> list[Any]:
        """Do many steps in one round trip, each whole or not at all."""
        with self.client() as redis:
            replies = self._send(redis, prefix, calls)
            if any(_is_unknown(reply) for reply in replies):
                redis.function_load(self._library, replace=True)
                replies = self._send(redis, prefix, calls)
            for reply in replies:
                if isinstance(reply, Exception):
                    raise reply
            return replies

    def _send(self, redis: Any, prefix: str, calls: list[tuple[Any, ...]]) -> list[Any]:
        if len(calls) == 1:
            from redis.exceptions import ResponseError

            try:
                return [redis.fcall(self._name, 1, prefix, *calls[0])]
            except ResponseError as error:
                return [error]
        pipeline = redis.pipeline(transaction=False)
        for arguments in calls:
            pipeline.fcall(self._name, 1, prefix, *arguments)
        found: list[Any] = pipeline.execute(raise_on_error=False)
        return found

    def close(self) -> None:
        """Let go of the connection."""
        self._redis.close()


def _is_unknown(reply: Any) -> bool:
    return isinstance(reply, Exception) and "Function not found" in str(reply)


def look(url: str) -> tuple[str, str]:
    """Ask a Redis for its version and for what it does when its memory is full.

    Raises
    ------
    StateUnavailableError
        When it does not answer.
    ValueError
        When the address is none.
    """
    with closing(Connection(url, "", "")) as connection, connection.client() as redis:
        version = redis.info("server")["redis_version"]
        policy = redis.info("memory").get("maxmemory_policy", "")
    return str(version), str(policy)

"""Work that one worker does for all: whoever comes meanwhile waits until it is done."""

from __future__ import annotations

import time
import uuid
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from features.engines.redis.connection import Connection

LEASE_S: Final = 60
"""After so long without a sign of life somebody else takes the work over."""
_PAUSE_S: Final = 0.1


def once(
    connection: Connection, prefix: str, mark: str, work: Callable[[Callable[[], None]], None]
) -> bool:
    """Do some work unless it was done under this mark.

    Parameters
    ----------
    connection, prefix
        The namespace.
    mark
        Names what is done; another mark does it anew.
    work
        Is given a sign of life to call now and then; it may be done twice if its worker dies.

    Returns
    -------
    bool
        Whether it was this worker that did it.
    """
    lease, token = f"{prefix}w", uuid.uuid4().hex
    while True:
        with connection.client() as redis:
            if (redis.hget(f"{prefix}m", "filled") or b"").decode() == mark:
                return False
            if redis.set(lease, token, nx=True, ex=LEASE_S):
                break
        time.sleep(_PAUSE_S)

    def alive() -> None:
        with connection.client() as redis:
            redis.expire(lease, LEASE_S)

    try:
        work(alive)
        with connection.client() as redis:
            redis.hset(f"{prefix}m", "filled", mark)
    finally:
        with connection.client() as redis:
            if redis.get(lease) == token.encode():
                redis.delete(lease)
    return True

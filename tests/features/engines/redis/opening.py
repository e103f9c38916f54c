"""Empty states in Redis for tests, each under a name of its own."""

from __future__ import annotations

import os
from functools import partial
from itertools import count
from typing import TYPE_CHECKING

from features.engines.redis.state import BUSY, RedisState
from tests.features.engines.redis.server import shared
from tests.features.memory import PROFILE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from features.feature import Feature
    from features.history import HistoryProfile

_NAMES = count()


def open_redis(
    features: Sequence[Feature], profile: HistoryProfile = PROFILE, *, busy: int = BUSY
) -> RedisState:
    """Open an empty state."""
    namespace = f"test-{os.getpid()}-{next(_NAMES)}"
    return RedisState(
        shared().url, features, profile, namespace=namespace, busy=busy, timeout_s=10.0
    )


open_busy_redis = partial(open_redis, busy=0)
"""The same where every key counts as busy, so that its sums are moved."""

"""A process that streams its part of a shop's orders into a shared state and says how far it is."""

from __future__ import annotations

import random
import sys
from datetime import timedelta
from typing import TYPE_CHECKING

from features.engines.redis.state import RedisState
from features.linked import LINK_FEATURES
from tests.features.memory import NOW, PROFILE, bad, feature, measure, order

if TYPE_CHECKING:
    from features.feature import Feature
    from tests.features.memory import Row

N_ORDERS = 400
DAY = timedelta(days=1)


def features() -> list[Feature]:
    wanted = [
        measure("count", DAY),
        measure("std", DAY, column="value_minor"),
        measure("distinct", DAY, subject="ip", column="buyer_key"),
        measure("count", DAY, subject="shop"),
        measure("count", 30 * DAY, stream="outcome:fraud"),
    ]
    return [*(feature(m) for m in wanted), *LINK_FEATURES]


def events() -> list[tuple[Row, Row | None]]:
    """Make orders of a few buyers, some with an outcome; all workers make the same ones."""
    chance = random.Random(5)  # noqa: S311 test data
    made: list[tuple[Row, Row | None]] = []
    for n in range(N_ORDERS):
        at = NOW + n * 60_000_000
        buyer, ip = f"h1:{chance.randrange(9)}", f"h1:ip{chance.randrange(5)}"
        row = order(
            f"o{n}",
            at,
            buyer_key=buyer,
            ip_key=ip,
            device_key=f"d{chance.randrange(20)}",
            payment_key=f"p{chance.randrange(20)}",
            value_minor=chance.randrange(10**6),
        )
        outcome = bad(f"b{n}", f"o{n}", at + 5) if chance.random() < 0.2 else None
        made.append((row, outcome))
    return made


def stream(state: RedisState, part: int, parts: int, begin: int = 0) -> None:
    """Send every ``parts``-th order from ``begin`` on, and print its number once it is in."""
    for n, (row, outcome) in enumerate(events()):
        if n % parts == part and n >= begin:
            state.observe(row, [])
            if outcome is not None:
                state.add_outcome(outcome)
            sys.stdout.write(f"{n}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    url, namespace, *numbers = sys.argv[1:]
    stream(RedisState(url, features(), PROFILE, namespace=namespace, busy=8), *map(int, numbers))

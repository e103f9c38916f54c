"""Token buckets, in this process and in Redis."""

from __future__ import annotations

import time

import pytest

from serving.access.limits import Buckets, SharedBuckets, Unlimited, limiter
from tests.features.engines.redis import server as redis


def test_a_full_bucket_lets_a_burst_through_and_then_its_rate() -> None:
    at = [0.0]
    buckets = Buckets(10, 20, lambda: at[0])

    burst = [buckets.wait_s("key") for _ in range(21)]
    at[0] = 1.0
    later = [buckets.wait_s("key") for _ in range(11)]

    assert burst == [0.0] * 20 + [0.1]
    assert later == [0.0] * 10 + [0.1]


def test_a_bucket_never_holds_more_than_its_burst() -> None:
    at = [0.0]
    buckets = Buckets(10, 2, lambda: at[0])
    buckets.wait_s("key")

    at[0] = 3600.0

    assert [buckets.wait_s("key") > 0 for _ in range(3)] == [False, False, True]


def test_no_rate_is_no_limit() -> None:
    found = limiter(0, None, "shop")

    assert isinstance(found, Unlimited)
    assert {found.wait_s("key") for _ in range(10_000)} == {0.0}


def test_workers_share_the_buckets_of_redis() -> None:
    url = redis.shared().url
    workers = [SharedBuckets(url, f"shop-{time.monotonic_ns()}", 0.5, 10)]
    workers.append(SharedBuckets(url, workers[0]._prefix, 0.5, 10))

    let = [workers[n % 2].wait_s("key") == 0 for n in range(14)]

    assert sum(let) == 10
    assert workers[0].wait_s("key") == 2.0
    assert workers[0].wait_s("other") == 0


def test_without_redis_each_worker_limits_by_itself() -> None:
    alone = SharedBuckets("redis://127.0.0.1:1/0", "shop", 1, 2)

    assert [alone.wait_s("key") == 0 for _ in range(3)] == [True, True, False]


@pytest.mark.parametrize("asked", [True, False])
def test_settings_choose_the_buckets(asked: bool) -> None:
    found = limiter(5, redis.shared().url if asked else None, "shop")

    assert isinstance(found, SharedBuckets if asked else Buckets)

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from serving.app import create_app
from serving.runtime import open_runtime
from serving.settings import Settings
from tests.serving.server import running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.serving.cli.conftest import Command


@pytest.fixture(scope="module")
def service(
    served_home: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, str]]:
    """Serve the shop; gives address and key."""
    store = tmp_path_factory.mktemp("store") / "store.db"
    settings = Settings(home=served_home, database_url=f"sqlite:///{store}", log_level="ERROR")
    runtime = open_runtime(settings)
    key = runtime.keys.create("replay", "score")
    with running(create_app(settings, runtime=runtime)) as address:
        yield address, key


def test_orders_are_decided_at_the_rate_and_timed(
    orderintel: Command, service: tuple[str, str]
) -> None:
    url, key = service
    sent = ("--rate", "20", "--orders", "20", "--url", url, "--key", key)

    code, printed, _ = orderintel("replay", *sent, "--json")

    document = json.loads(printed)
    assert code == 0
    assert (document["orders"], document["failed"], document["causes"]) == (20, 0, {})
    assert document["rate"] <= 22
    assert 0 < document["p50_ms"] <= document["p99_ms"] <= document["max_ms"]


def test_people_get_a_table(orderintel: Command, service: tuple[str, str]) -> None:
    url, key = service

    code, printed, told = orderintel("replay", "--orders", "5", "--url", url, "--key", key)

    assert (code, printed) == (0, "")
    assert "5 orders" in told
    assert "p99.9" in told


def test_refused_orders_fail_with_their_cause(
    orderintel: Command, service: tuple[str, str]
) -> None:
    code, _, told = orderintel("replay", "--orders", "3", "--url", service[0], "--key", "wrong")

    assert code == 1
    assert "3 × 401 unauthorized" in told
    assert "3 of 3 orders were not decided" in told


def test_no_service_is_told_with_the_mend(orderintel: Command) -> None:
    code, _, told = orderintel("replay", "--url", "http://127.0.0.1:1", "--key", "k")

    assert code == 1
    assert "start it with `orderintel serve`" in told


@pytest.mark.parametrize(
    "wrong", [("--url", "rubbish"), ("--rate", "0"), ("--orders", "x"), ("--connections", "0")]
)
def test_arguments_out_of_range_are_wrong_usage(
    orderintel: Command, wrong: tuple[str, str]
) -> None:
    code, printed, _ = orderintel("replay", "--key", "k", *wrong)

    assert (code, printed) == (2, "")

"""Real orders replayed through the online engine: every cell equals the batch engine's."""

from __future__ import annotations

from collections.abc import Callable  # noqa: TC003 pytest reads the fixture's annotations
from dataclasses import dataclass
from pathlib import Path  # noqa: TC003 likewise

import pytest

from features.catalogue import declare
from features.engines.batch import compute
from tests.parity.real import imported
from tests.parity.replay import compare, replay

pytestmark = [pytest.mark.real_data, pytest.mark.slow]


@dataclass(frozen=True)
class Replay:
    """How much of a data set is replayed, and how many orders that must be at least."""

    data: str
    at_least: int
    first_rows: dict[str, int]


REPLAYS = (
    Replay("fraud_handbook_sim", 30_000, {"transactions.parquet": 30_000}),
    Replay("online_retail_uci", 17_000, {}),
    Replay("olist_partial", 10_000, {}),
)


@pytest.mark.parametrize("wanted", REPLAYS, ids=lambda wanted: wanted.data)
def test_replayed_orders_get_the_values_of_batch(
    wanted: Replay, real_data: Callable[[str], Path], tmp_path: Path
) -> None:
    source = real_data(wanted.data)
    history = imported(wanted.data, source, tmp_path, first_rows=wanted.first_rows)
    features = declare(history.profile)

    online = replay(history, features)
    found = compare(compute(history, features), online, features)

    print(f"{wanted.data}: {len(online)} orders, {found.cells} cells, {found.n_different} differ")  # noqa: T201
    assert found.different == {}
    assert len(online) >= wanted.at_least


def test_the_replays_cover_fifty_thousand_real_orders() -> None:
    assert sum(wanted.at_least for wanted in REPLAYS) >= 50_000

"""Identity links of a history: computed at once, and written, they are what the slow way gives."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pyarrow.parquet as pq
import pytest

from features.engines.batch import compute, write
from features.linked import LINK_FEATURES
from features.links import FRAUD_KINDS
from tests.features.engines.linked import Row, quantities
from tests.features.memory import plain
from tests.parity.shop import disorderly_shop, write_shop

if TYPE_CHECKING:
    from pathlib import Path

    from features.history import History

SHOP = disorderly_shop(5, 300)
NAMES = [feature.name for feature in LINK_FEATURES]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def micros(instant: datetime) -> int:
    return (instant - _EPOCH) // timedelta(microseconds=1)


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> History:
    return write_shop(tmp_path_factory.mktemp("shop") / "history", SHOP)


def slowly(label_delay: timedelta = timedelta(0)) -> dict[str, list[float | None]]:
    """Quantities of every order the slow way."""
    orders: list[Row] = []
    for order in SHOP["orders"]:
        clocks = {name: micros(order[name]) for name in ("placed_at", "received_at")}
        orders.append(order | clocks)
    earliest = {
        o["order_key"]: max(o["received_at"], o["placed_at"] + label_delay // timedelta.resolution)
        for o in orders
    }
    bad_from: dict[str, int] = {}
    for outcome in SHOP["outcomes"]:
        name = outcome["order_key"]
        if outcome["kind"] in FRAUD_KINDS and outcome["is_bad"] is not False:
            known = max(micros(outcome["known_at"]), earliest[name])
            bad_from[name] = min(known, bad_from.get(name, known))
    return {o["order_key"]: quantities(o, orders, bad_from) for o in orders}


@pytest.mark.parametrize("delay", [timedelta(0), timedelta(days=20)])
def test_a_history_gets_the_values_of_the_slow_way(history: History, delay: timedelta) -> None:
    frame = compute(history, LINK_FEATURES, label_delay=delay)

    found = {
        key: [plain(v) for v in row]
        for key, row in zip(frame.index, frame[NAMES].to_numpy(), strict=False)
    }

    assert found == slowly(delay)


def test_some_days_get_what_the_whole_gives(history: History) -> None:
    begin = SHOP["orders"][150]["placed_at"]

    whole, part = (
        compute(history, LINK_FEATURES),
        compute(history, LINK_FEATURES, placed_from=begin),
    )

    assert 0 < len(part) < len(whole)
    assert part.equals(whole.loc[part.index])


def test_written_links_are_the_computed_ones(history: History, tmp_path: Path) -> None:
    write(history, LINK_FEATURES, tmp_path / "features.parquet")

    read = pq.read_table(tmp_path / "features.parquet").to_pandas().set_index("order_key")

    assert read[NAMES].equals(compute(history, LINK_FEATURES)[NAMES])

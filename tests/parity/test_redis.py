"""The state in Redis equals batch bit for bit on a disorderly history; what must differ does."""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from features.catalogue import declare
from features.engines.batch import compute
from features.engines.redis.state import BUSY
from features.engines.source import PLAN
from tests.features.engines.redis.opening import open_redis
from tests.features.engines.redis.server import shared
from tests.parity.replay import Comparison, Row, compare, one_bit, replayed, rows_of
from tests.parity.shop import disorderly_shop, write_shop

if TYPE_CHECKING:
    from collections.abc import Sequence

    from features.feature import Feature
    from features.history import History

N_ORDERS = 300


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> History:
    shared()  # skips where there is no server, before anything is computed
    folder = tmp_path_factory.mktemp("parity") / "history"
    return write_shop(folder, disorderly_shop(11, N_ORDERS))


@pytest.fixture(scope="module")
def features(history: History) -> tuple[Feature, ...]:
    return tuple(f for f in declare(history.profile) if f.function is None)


@pytest.fixture(scope="module")
def batch(history: History, features: Sequence[Feature]) -> pd.DataFrame:
    return compute(history, features)


@pytest.mark.parametrize("busy", [BUSY, 3], ids=["few are busy", "many are busy"])
def test_every_window_and_link_of_every_order_is_equal(
    busy: int, history: History, batch: pd.DataFrame, features: Sequence[Feature]
) -> None:
    state = open_redis(features, history.profile, busy=busy)

    (found,) = replayed(history, features, state)

    assert compare(batch, found, features) == Comparison(cells=N_ORDERS * len(features))


def test_a_changed_bit_is_caught(
    history: History, batch: pd.DataFrame, features: Sequence[Feature]
) -> None:
    state = open_redis(features, history.profile)

    (found,) = replayed(history, features, state, spoil=one_bit)

    assert compare(batch, found, features).n_different > 0


def test_a_loaded_state_answers_for_every_recent_order_as_of_then(
    history: History, batch: pd.DataFrame, features: Sequence[Feature]
) -> None:
    state = open_redis(features, history.profile, busy=3)
    state.load(history)
    lines: dict[str, list[Row]] = {}
    for row in rows_of(history.arrow("order_lines")):
        lines.setdefault(row["order_key"], []).append(row)
    routes: dict[str, Row] = {}
    for row in sorted(rows_of(history.arrow("shipments")), key=itemgetter("shipment_id")):
        routes.setdefault(row["order_key"], {name: row[name] for name in PLAN})
    orders = [
        row for row in rows_of(history.arrow("orders")) if row["placed_at"] >= state.whole_from
    ]

    found = {
        row["order_key"]: state.values(
            row | routes.get(row["order_key"], {}), lines[row["order_key"]]
        )
        for row in orders
    }

    assert len(orders) > 5
    asked = pd.DataFrame.from_dict(found, orient="index", dtype=object)
    assert compare(batch, asked, features) == Comparison(cells=len(orders) * len(features))


def test_a_history_loaded_twice_is_there_once(
    history: History, features: Sequence[Feature]
) -> None:
    state = open_redis(features, history.profile)
    state.load(history)
    once, n = state.digest(), len(state)
    state.load(history)

    assert (state.digest(), len(state)) == (once, n)

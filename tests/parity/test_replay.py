"""Batch equals online bit for bit on a disorderly history; what must differ does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from features.catalogue import declare
from features.engines import walks
from features.engines.batch import compute
from tests.parity.replay import Comparison, Row, compare, one_bit, replay
from tests.parity.shop import disorderly_shop, write_shop

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd

    from features.feature import Feature
    from features.history import History


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> History:
    return write_shop(tmp_path_factory.mktemp("parity") / "history", disorderly_shop(7, 500))


@pytest.fixture(scope="module")
def features(history: History) -> tuple[Feature, ...]:
    return declare(history.profile)


@pytest.fixture(scope="module")
def batch(history: History, features: Sequence[Feature]) -> pd.DataFrame:
    return compute(history, features)


@pytest.fixture(scope="module")
def online(history: History, features: Sequence[Feature]) -> pd.DataFrame:
    return replay(history, features)


def test_every_feature_of_every_order_is_equal(
    batch: pd.DataFrame, online: pd.DataFrame, features: Sequence[Feature]
) -> None:
    found = compare(batch, online, features)

    assert found == Comparison(cells=500 * len(features))


def test_no_feature_is_unknown_for_every_order(
    batch: pd.DataFrame, features: Sequence[Feature]
) -> None:
    """Equal columns of nothing would prove nothing."""
    empty = [f.name for f in features if batch[f.name].isna().all()]

    assert empty == []


def _one_missing(orders: list[Row]) -> list[Row]:
    return [row for i, row in enumerate(orders) if i != 100]


def _one_microsecond(orders: list[Row]) -> list[Row]:
    for row in orders:
        row["placed_at"] -= row["order_key"].endswith("7")
    return orders


@pytest.mark.parametrize("spoil", [one_bit, _one_missing, _one_microsecond])
def test_a_spoilt_replay_is_caught(
    spoil: Callable[[list[Row]], list[Row]],
    history: History,
    batch: pd.DataFrame,
    features: Sequence[Feature],
) -> None:
    windowed = [f for f in features if f.measure is not None]

    found = compare(batch, replay(history, windowed, spoil=spoil), windowed)

    assert found.n_different > 0


def _sees_the_same_instant(late: list[Any]) -> None:
    frame, *_ = late
    late[0] = frame._replace(received=frame.received + 1)  # known <= received


def _closes_the_near_edge(window: list[Any]) -> None:
    window[4], window[5] = window[4] + 1, window[5] - 1  # happened <= placed


def _opens_the_far_edge(window: list[Any]) -> None:
    window[4] -= 1  # placed - window < happened


@pytest.mark.parametrize(
    ("walk", "spoil"),
    [
        ("add_late", _sees_the_same_instant),
        ("covered", _closes_the_near_edge),
        ("covered", _opens_the_far_edge),
    ],
)
def test_a_comparison_that_is_off_by_its_equals_sign_is_caught(
    walk: str,
    spoil: Callable[[list[Any]], None],
    history: History,
    online: pd.DataFrame,
    features: Sequence[Feature],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    exact = getattr(walks, walk)

    def spoilt(*arguments: Any) -> None:
        changed = list(arguments)
        spoil(changed)
        exact(*changed)

    monkeypatch.setattr(walks, walk, spoilt)
    windowed = [f for f in features if f.measure is not None]

    found = compare(compute(history, windowed), online, windowed)

    assert found.n_different > 0

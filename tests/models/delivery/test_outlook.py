from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from models.delivery.drops import Limits, Watch
from models.delivery.maturing import News
from models.delivery.outcomes import LEVELS, Counts
from models.delivery.outlook import find_drops, node_rows
from models.delivery.rates import Fading, RateModel
from models.delivery.tree import Tree

LANES = [("sf", "上海市", f"sf-{number}", "JX") for number in range(6)]
MODEL = RateModel((*(Fading() for _ in range(3)), Fading(begins=0.01), Fading()))
LIMITS = Limits(np.full((10, 8), 3.5))


def counts(*, falls: range) -> Counts:
    """Sixty days of ten parcels an outlet, nine of them good; one outlet falls for some days."""
    good = np.full((60, len(LANES)), 9.0)
    good[list(falls), 2] = 4.0
    news = News(np.ones(2), np.ones(2))
    return Counts(Tree.of(LEVELS, LANES), pd.Timestamp("2026-03-01"), good, 10.0 - good, news)


def test_a_drop_is_found_with_its_beginning_and_lasts() -> None:
    (drop,) = find_drops(counts(falls=range(50, 60)), MODEL, LIMITS, Watch())

    assert drop.path == ("sf", "上海市", "sf-2")
    assert (drop.since, drop.over) == (50, None)
    assert 50 <= drop.noticed <= 51
    assert drop.usual == pytest.approx(0.9, abs=0.02)
    assert drop.now == pytest.approx(0.4)
    assert drop.n_parcels == 100


def test_a_drop_is_over_when_the_outlet_goes_as_usual_again() -> None:
    (drop,) = find_drops(counts(falls=range(30, 36)), MODEL, LIMITS, Watch())

    assert drop.since == 30
    assert drop.over is not None
    assert 36 < drop.over < 50


def test_where_nothing_falls_nothing_is_found() -> None:
    assert find_drops(counts(falls=range(0)), MODEL, LIMITS, Watch()) == []


def test_the_last_days_stand_raw_beside_the_shrunk_rate() -> None:
    rows = node_rows(counts(falls=range(57, 60)), MODEL)

    fallen = next(row for row in rows if row["path"] == ["sf", "上海市", "sf-2"])
    assert fallen["recent"] == {"n": 30, "rate": 0.4}
    assert 0.4 < fallen["now"] < fallen["usual"]
    assert fallen["low"] < fallen["now"] < fallen["high"]
    assert {row["level"] for row in rows} == set(LEVELS)

"""How the delivery benchmark walks through a data set."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pandas as pd

from tests.benchmarks.delivery.peers import Known, pair_median
from tests.benchmarks.delivery.questions import QUESTIONS
from tests.benchmarks.delivery.summary import in_hindsight
from tests.benchmarks.delivery.walks import OURS, Period


def material(first: str, last: str, zone: str) -> Any:
    placed = pd.Series(pd.date_range(first, last, freq="D", tz=zone).tz_convert("UTC"))
    return SimpleNamespace(
        orders=pd.DataFrame({"placed_at": placed}), profile=SimpleNamespace(timezone=zone)
    )


def test_months_begin_on_the_merchants_clock_and_none_is_left_out() -> None:
    question = replace(QUESTIONS["olist"], since="2018-01-01")

    found = list(question.periods(material("2018-01-01", "2018-03-02", "America/Sao_Paulo")))

    assert [str(begins) for begins, _ in found] == [
        "2018-01-01 02:00:00+00:00",
        "2018-02-01 02:00:00+00:00",
        "2018-03-01 03:00:00+00:00",
    ]
    assert found[0][1] == found[1][0]


def test_the_newest_fifth_begins_with_a_whole_day() -> None:
    (period,) = QUESTIONS["dmc"].periods(material("2008-12-01", "2008-12-10", "Europe/Berlin"))

    begins, ends = period
    assert str(begins) == "2008-12-08 23:00:00+00:00"
    assert ends > pd.Timestamp("2008-12-09 23:00:00", tz="UTC")


def test_a_pair_with_few_orders_gets_the_median_of_all() -> None:
    keys = pd.Index([f"order-{n}" for n in range(24)])
    pair = pd.Series(["often"] * 22 + ["seldom"] * 2, index=keys)
    known = Known(cast("pd.Index", keys[:23]), np.r_[np.full(22, 3.0), 9.0])

    assert pair_median(pair, known, keys[21:]).tolist() == [3.0, 3.0, 3.0]


def test_a_period_that_was_slower_throughout_is_without_error_in_hindsight() -> None:
    foretold = np.array([1.0, 3.0])
    actual = np.exp(0.3) * (1 + foretold) - 1
    said = {OURS: np.column_stack([foretold - 1, foretold, foretold + 1])}

    errors = in_hindsight(Period("2018-03-01", actual, np.array([0, 1]), said))

    assert errors.round(9).tolist() == [0.0, 0.0]

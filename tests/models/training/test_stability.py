from __future__ import annotations

import numpy as np

from models.training.stability import clocks, idle

DAY = 86_400_000_000
AT = np.arange(1_000) * DAY // 5
DAYS = np.arange(1_000) / 5
NOISE = np.random.default_rng(1).normal(size=1_000)


def test_a_count_that_only_grows_is_a_clock() -> None:
    matrix = np.c_[np.sqrt(DAYS), -DAYS]

    assert sorted(clocks(matrix, ("so_far", "remaining"), AT, frozenset())) == [
        "remaining",
        "so_far",
    ]


def test_what_a_whole_week_shares_is_a_clock() -> None:
    season = np.cos(DAYS // 7)

    assert list(clocks(np.c_[season], ("shop_total",), AT, frozenset())) == ["shop_total"]


def test_weekday_and_hour_are_no_clocks() -> None:
    matrix = np.c_[DAYS // 1 % 7, DAYS % 1]

    assert clocks(matrix, ("weekday", "hour"), AT, frozenset()) == {}


def test_a_feature_that_drifts_a_little_is_kept() -> None:
    assert clocks(np.c_[NOISE + DAYS / 200], ("drifts",), AT, frozenset()) == {}


def test_a_category_is_never_a_clock() -> None:
    assert clocks(np.c_[DAYS], ("channel",), AT, frozenset({"channel"})) == {}


def test_gaps_do_not_hide_a_clock() -> None:
    values = np.where(np.arange(1_000) % 2 == 0, DAYS, np.nan)

    assert list(clocks(np.c_[values], ("so_far",), AT, frozenset())) == ["so_far"]


def test_a_history_of_one_week_has_no_clocks() -> None:
    assert clocks(np.c_[DAYS], ("so_far",), AT // 1_000, frozenset()) == {}


def test_a_constant_with_gaps_still_says_something() -> None:
    matrix = np.array([[1.0, 1.0, np.nan], [1.0, np.nan, np.nan]])

    assert idle(matrix, ("constant", "given_or_not", "never_given")) == ["constant", "never_given"]

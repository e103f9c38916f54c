from __future__ import annotations

import numpy as np

from models.training.stability import clocks, idle

AT = np.arange(1_000)


def test_a_count_that_only_grows_is_a_clock() -> None:
    matrix = np.c_[np.sqrt(AT), -AT.astype(float), np.sin(AT)]

    found = clocks(matrix, ("so_far", "remaining", "wave"), AT, frozenset())

    assert sorted(found) == ["remaining", "so_far"]


def test_a_feature_that_drifts_a_little_is_kept() -> None:
    noise = np.random.default_rng(1).normal(size=1_000)

    assert clocks(np.c_[noise + AT / 1_000], ("drifts",), AT, frozenset()) == {}


def test_a_category_is_never_a_clock() -> None:
    assert clocks(np.c_[AT.astype(float)], ("channel",), AT, frozenset({"channel"})) == {}


def test_gaps_do_not_hide_a_clock() -> None:
    values = np.where(AT % 2 == 0, AT.astype(float), np.nan)

    assert list(clocks(np.c_[values], ("so_far",), AT, frozenset())) == ["so_far"]


def test_a_constant_with_gaps_still_says_something() -> None:
    matrix = np.array([[1.0, 1.0, np.nan], [1.0, np.nan, np.nan]])

    assert idle(matrix, ("constant", "given_or_not", "never_given")) == ["constant", "never_given"]

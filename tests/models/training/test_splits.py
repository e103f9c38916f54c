from __future__ import annotations

from datetime import timedelta

import numpy as np
import pandas as pd

from models.training.splits import newest_folds

PLACED = pd.Series(pd.date_range("2026-01-01", periods=100, freq="D", tz="UTC", unit="us"))
LABEL = np.tile([0.0, 1.0], 50)


def test_folds_are_the_newest_rows_in_time_order() -> None:
    folds = newest_folds(PLACED, LABEL, n_folds=2, share=0.4, gap=timedelta(0), min_bad=1)

    assert [(fold.judge.min(), fold.judge.max()) for fold in folds] == [(60, 79), (80, 99)]


def test_each_fold_learns_only_from_before_the_gap() -> None:
    folds = newest_folds(PLACED, LABEL, n_folds=1, share=0.2, gap=timedelta(days=7), min_bad=1)

    assert folds[0].judge.min() == 80
    assert folds[0].learn.max() == 72


def test_a_gap_never_eats_more_than_a_third_of_the_learning_rows() -> None:
    folds = newest_folds(PLACED, LABEL, n_folds=1, share=0.4, gap=timedelta(days=59), min_bad=1)

    assert folds[0].learn.max() == 39


def test_orders_of_one_instant_do_not_stand_on_both_sides() -> None:
    placed = pd.Series(
        pd.to_datetime(["2026-01-01"] * 50 + ["2026-01-02"] * 50, utc=True)
    ).dt.as_unit("us")

    folds = newest_folds(placed, LABEL, n_folds=1, share=0.3, gap=timedelta(0), min_bad=1)

    assert set(folds[0].learn) == set(range(50))


def test_shuffled_rows_are_split_by_their_time() -> None:
    order = np.random.default_rng(5).permutation(100)
    placed = PLACED.iloc[order].reset_index(drop=True)

    fold = newest_folds(placed, LABEL, n_folds=1, share=0.2, gap=timedelta(0), min_bad=1)[0]

    assert placed[fold.learn].max() < placed[fold.judge].min()


def test_a_fold_without_enough_bad_orders_is_left_out() -> None:
    label = np.r_[np.tile([0.0, 1.0], 40), np.zeros(20)]

    assert newest_folds(PLACED, label, n_folds=1, share=0.2, gap=timedelta(0), min_bad=5) == []

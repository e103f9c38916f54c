from __future__ import annotations

from datetime import timedelta

import numpy as np
import pandas as pd
import pytest

from features.history import HistoryProfile, LabelProfile
from models.contracts import BacktestRequest
from models.errors import NotSupportedError
from models.estimators.fraud import FRAUD
from models.estimators.refund import REFUND
from tests.models.materials import BEGINS, material

CUT = (BEGINS + pd.Timedelta(days=90)).to_pydatetime()


def test_the_slowest_label_decides_the_maturity() -> None:
    labels = {"fraud": LabelProfile("fraud", 3), "chargeback": LabelProfile("chargeback", 60)}

    rule = FRAUD.rule(HistoryProfile(labels=labels))

    assert (rule.kinds, rule.maturity) == (("fraud", "chargeback"), timedelta(days=60))


def test_a_refund_model_does_not_need_fraud() -> None:
    assert REFUND.needs(HistoryProfile(labels={"refund": LabelProfile("refund", 30)})) is None


def test_what_becomes_known_after_the_cut_changes_no_prediction() -> None:
    before, after = material(n_orders=3_000), material(n_orders=3_000)
    outcomes = after.outcomes
    later = outcomes["known_at"] >= pd.Timestamp(CUT)
    vars(after)["outcomes"] = outcomes[~later]

    first, second = (FRAUD.backtest(made, BacktestRequest(CUT)) for made in (before, after))

    assert first.rows.equals(second.rows)


def test_orders_and_features_after_the_cut_change_no_earlier_prediction() -> None:
    before, after = material(n_orders=3_000), material(n_orders=3_000)
    frame = after.frame.copy()
    late = frame["placed_at"] >= pd.Timestamp(CUT) + pd.Timedelta(days=10)
    frame.loc[late, "order__value_minor"] = 1e9
    vars(after)["frame"] = frame

    first, second = (FRAUD.backtest(made, BacktestRequest(CUT)).rows for made in (before, after))

    early = first["id"].isin(after.orders.loc[frame.index[~late], "order_id"])
    assert first[early].equals(second[early])


def test_a_model_beats_chance_out_of_time() -> None:
    document = FRAUD.backtest(material(), BacktestRequest(CUT)).document

    assert document["metrics"]["auc"]["low"] > 0.6
    assert document["metrics"]["ap"]["low"] > 2 * document["base_rate"]
    assert document["metrics"]["mean_score"] == pytest.approx(document["base_rate"], rel=0.2)


def test_every_order_is_counted_somewhere() -> None:
    made = material(n_orders=3_000)

    document = FRAUD.backtest(made, BacktestRequest(CUT, train_days=40)).document

    counted = (
        document["rows_trained"] + sum(document["excluded"].values()) + document["test_rows"]["all"]
    )
    assert counted == 3_000
    assert document["excluded"].keys() == {"before_training_days", "label_not_matured"}
    states = document["test_rows"]
    assert states["bad"] + states["good"] + states["unknown"] == states["all"]


def test_a_longer_label_delay_leaves_more_out() -> None:
    made = material(n_orders=3_000)

    short, long = (
        FRAUD.backtest(made, BacktestRequest(CUT, label_delay=timedelta(days=days))).document
        for days in (7, 30)
    )

    assert long["rows_trained"] < short["rows_trained"]
    assert long["label_delay_days"] == 30


def test_test_to_ends_the_predictions() -> None:
    made = material(n_orders=3_000)
    ends = CUT + timedelta(days=5)

    rows = FRAUD.backtest(made, BacktestRequest(CUT, test_to=ends)).rows

    asked = made.orders["placed_at"].between(pd.Timestamp(CUT), pd.Timestamp(ends), "left")
    assert len(rows) == int(asked.sum())


def test_where_all_labels_came_after_the_last_order_they_are_learned_from_and_it_is_said() -> None:
    made = material(n_orders=3_000, maturity_days=200.0)
    outcomes = made.outcomes
    vars(made)["outcomes"] = outcomes.assign(known_at=outcomes["known_at"] + timedelta(days=200))

    document = FRAUD.backtest(made, BacktestRequest(CUT)).document

    assert "labels that nobody had by then" in document["notes"][0]
    assert document["excluded"] == {}


def test_labels_that_mature_too_late_for_the_cut_are_never_learned_from() -> None:
    made = material(n_orders=3_000, maturity_days=100.0)

    with pytest.raises(NotSupportedError, match="choose a later date"):
        FRAUD.backtest(made, BacktestRequest(CUT))


def test_a_shorter_label_delay_does_not_make_good_orders_of_those_still_open() -> None:
    made = material(n_orders=3_000, maturity_days=30.0)

    document = FRAUD.backtest(made, BacktestRequest(CUT, label_delay=timedelta(days=1))).document

    assert document["label_delay_days"] == 30


def test_a_date_before_all_orders_is_refused() -> None:
    made = material(n_orders=200)

    with pytest.raises(NotSupportedError, match="choose a later date"):
        FRAUD.backtest(made, BacktestRequest(BEGINS.to_pydatetime()))


def test_too_few_bad_orders_are_refused() -> None:
    with pytest.raises(NotSupportedError, match="at least 50 of each are needed"):
        FRAUD.backtest(material(n_orders=200), BacktestRequest(CUT))


def test_training_holds_out_the_newest_fifth_and_reports_on_it() -> None:
    made = material(n_orders=4_000)

    summary = FRAUD.train(made, cutoff=made.ends_at).summary

    assert summary["judged_rows"] == pytest.approx(0.2 * summary["rows_trained"], rel=0.01)
    assert summary["metrics"]["auc"]["value"] > 0.65


def test_the_artifact_says_what_it_was_trained_on() -> None:
    made = material(n_orders=4_000)

    document = FRAUD.train(made, cutoff=made.ends_at).artifact.document

    assert document["outcome_kinds"] == ["fraud"]
    assert document["label_maturity_days"] == 7
    assert document["rows_trained"] == 4_000 - document["metrics"]["excluded"]["label_not_matured"]
    assert document["features_left_out"]["follows the clock"] == ["shop__orders_so_far"]
    assert len(document["percentile_knots"]) == 101
    assert np.all(np.diff(document["percentile_knots"]) >= 0)

from __future__ import annotations

from datetime import timedelta

import pandas as pd
import pytest

from models.training.labels import LabelRule, first_known, label_by, training_labels

RULE = LabelRule(("fraud", "chargeback"), timedelta(days=7))


def day(number: float) -> pd.Timestamp:
    return pd.Timestamp("2026-03-01", tz="UTC") + pd.Timedelta(days=number)


def orders(**placed: float) -> pd.DataFrame:
    return pd.DataFrame({"placed_at": [day(at) for at in placed.values()]}, index=list(placed))


def outcome(
    order_key: str, known: float, *, kind: str = "fraud", is_bad: bool | None = True
) -> dict[str, object]:
    return {"order_key": order_key, "kind": kind, "is_bad": is_bad, "known_at": day(known)}


def bad_at(*rows: dict[str, object]) -> pd.Series:
    frame = pd.DataFrame(list(rows), columns=["order_key", "kind", "is_bad", "known_at"])
    return first_known(frame.astype({"is_bad": "boolean"}), RULE.kinds)


def test_a_chargeback_makes_an_order_bad() -> None:
    labels = label_by(orders(a=0), bad_at(outcome("a", 3, kind="chargeback")), RULE, day(30))

    assert labels.to_dict() == {"a": 1.0}


def test_a_refund_does_not() -> None:
    labels = label_by(orders(a=0), bad_at(outcome("a", 3, kind="refund")), RULE, day(30))

    assert labels.to_dict() == {"a": 0.0}


def test_a_cleared_order_is_not_bad() -> None:
    labels = label_by(orders(a=0), bad_at(outcome("a", 3, is_bad=False)), RULE, day(30))

    assert labels.to_dict() == {"a": 0.0}


def test_an_outcome_that_does_not_say_counts() -> None:
    labels = label_by(orders(a=0), bad_at(outcome("a", 3, is_bad=None)), RULE, day(30))

    assert labels.to_dict() == {"a": 1.0}


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        (3 - 1e-9, None),
        (3, 1.0),
        (30, 1.0),
    ],
)
def test_a_bad_order_is_unknown_until_it_is_known(by: float, expected: float | None) -> None:
    label = label_by(orders(a=0), bad_at(outcome("a", 3)), RULE, day(by))["a"]

    assert (None if pd.isna(label) else label) == expected


@pytest.mark.parametrize(("by", "expected"), [(7 - 1e-9, None), (7, 0.0)])
def test_an_order_is_good_from_its_maturity_on(by: float, expected: float | None) -> None:
    label = label_by(orders(a=0), bad_at(), RULE, day(by))["a"]

    assert (None if pd.isna(label) else label) == expected


def test_immature_orders_are_left_out_even_when_already_bad() -> None:
    placed = orders(early=0, known_bad=12, unknown=13, later=20)
    truth = label_by(placed, bad_at(outcome("known_bad", 14)), RULE, day(15))

    labels, causes = training_labels(placed, truth, RULE, by=day(15))

    assert labels.to_dict() == {"early": 0.0}
    assert causes["label_not_matured"] == 2


def test_orders_before_the_training_days_are_counted() -> None:
    placed = orders(old=0, kept=5)
    truth = label_by(placed, bad_at(), RULE, day(15))

    labels, causes = training_labels(placed, truth, RULE, by=day(15), since=day(1))

    assert list(labels.index) == ["kept"]
    assert causes["before_training_days"] == 1


def test_what_becomes_known_later_changes_no_training_label() -> None:
    placed = orders(a=0, b=1)
    sees_nothing = label_by(placed, bad_at(), RULE, day(10))
    sees_later = label_by(placed, bad_at(outcome("a", 10.001)), RULE, day(10))

    assert sees_nothing.equals(sees_later)

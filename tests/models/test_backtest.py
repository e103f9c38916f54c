from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pandas as pd
import pytest

from features.history import HistoryProfile, LabelProfile
from features.mapping.chinese import in_chinese
from models.backtest import abilities, backtest, material_for, member, names
from models.contracts import BacktestRequest
from models.errors import NotSupportedError
from tests.models.materials import BEGINS, material

CUT = (BEGINS + pd.Timedelta(days=90)).to_pydatetime()


def test_the_contract_names_are_all_there() -> None:
    promised = {"fraud", "refund", "return", "cancel", "refusal", "late", "eta", "abnormal"}

    assert promised | {"demand"} <= set(names())


@pytest.mark.parametrize("name", names())
def test_each_name_finds_its_model(name: str) -> None:
    assert member(name).name == name


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(NotSupportedError, match="choose one of fraud, refund"):
        member("weather")


def test_an_unsupported_model_says_why() -> None:
    with pytest.raises(NotSupportedError, match=r"refund is not supported.*no outcomes of kind"):
        backtest("refund", material(n_orders=100), BacktestRequest(CUT))


def test_why_a_model_is_not_supported_is_told_in_chinese() -> None:
    lacking = abilities(HistoryProfile()) | {
        "late": abilities(HistoryProfile(rows={"shipments": 1}))["late"]
    }

    assert all(
        re.search("[\u4e00-\u9fff]", in_chinese(reason or "")) for reason in lacking.values()
    )


def test_a_label_that_no_order_bears_supports_no_model() -> None:
    labels = {kind: LabelProfile(kind, 30) for kind in ("fraud", "refund")}

    told = abilities(HistoryProfile(labels=labels, bad_outcomes={"refund": 1}))

    assert told["fraud"] == "the history has no outcomes of kind fraud or chargeback"
    assert told["refund"] is None


def test_the_document_says_what_was_asked() -> None:
    result = backtest("fraud", material(n_orders=3_000), BacktestRequest(CUT))

    asked: dict[str, Any] = result.document
    assert (asked["model"], asked["test_from"], asked["test_to"]) == (
        "fraud",
        "2026-04-01T00:00:00+00:00",
        None,
    )
    assert asked["rows_written"] == len(result.rows)
    assert asked["seconds"]["total"] > 0


def test_material_reaches_back_over_training_days_and_label_delay() -> None:
    history = material(n_orders=100).history
    request = BacktestRequest(CUT, train_days=30, label_delay=timedelta(days=10))

    found = material_for(history, "fraud", request)

    assert found.placed_from == CUT - timedelta(days=40)
    assert found.purposes == frozenset({"risk"})

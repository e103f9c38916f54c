"""`orderintel rules`: faults with exit codes, packs, and the past as it matured."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.serving.cli.conftest import Command

RULES = """rules:
  - id: dear
    name: {zh: 高额, en: dear}
    when: {field: order__value_minor, op: ">", value: 30000}
    then: {action: review}
  - id: never
    name: {zh: 从不, en: never}
    when: {field: order__value_minor, op: "<", value: 0}
    then: {points: 5}
  - id: blind
    name: {zh: 无此数据, en: blind}
    when: {field: device__order_count__1h, op: ">", value: 3}
    then: {points: 5}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "rules.yaml"
    path.write_text(RULES, "utf-8")
    return path


def test_a_sound_document_passes_with_its_warnings(orderintel: Command, file: Path) -> None:
    code, _, told = orderintel("rules", "check", str(file))

    assert code == 0
    assert "3 rules can be used (3 live)" in told
    assert "warning: line 10, column 5: rule 'blind': the history here has no" in told


def test_a_broken_document_fails_and_names_the_mend(orderintel: Command, file: Path) -> None:
    file.write_text(RULES.replace("order__value_minor", "order__value_minr", 1), "utf-8")

    code, _, told = orderintel("rules", "check", str(file))

    assert code == 1
    assert "line 4, column 12: rule 'dear', when.field" in told
    assert "did you mean 'order__value_minor'?" in told


def test_check_prints_one_json_document(orderintel: Command, file: Path) -> None:
    code, printed, _ = orderintel("rules", "check", str(file), "--json")

    document = json.loads(printed)
    assert (code, document["ok"], document["n_rules"]) == (0, True, 3)
    assert [fault["code"] for fault in document["faults"]] == ["not_given"]


def test_silent_rules_are_found_in_the_last_month(orderintel: Command, file: Path) -> None:
    _, printed, _ = orderintel("rules", "check", str(file), "--silent", "--json")

    silent = [f["rule"] for f in json.loads(printed)["faults"] if f["code"] == "silent"]
    assert silent == ["never", "blind"]


def test_a_missing_file_is_wrong_usage(orderintel: Command, tmp_path: Path) -> None:
    assert orderintel("rules", "check", str(tmp_path / "none.yaml"))[0] == 2


def test_a_backtest_judges_matured_days_and_counts_the_rest_apart(
    orderintel: Command, file: Path
) -> None:
    code, printed, _ = orderintel("rules", "backtest", str(file), "--days", "14", "--json")

    told = json.loads(printed)
    dear, never, blind = told["rules"]
    assert code == 0
    assert told["period"]["maturity_days"] == 7.0
    assert told["period"]["orders"] > 200
    assert told["period"]["immature"] > 50
    assert dear["fired"] == dear["caught"] + dear["wrongly_held"] > 10
    assert dear["caught"] + dear["missed"] == told["period"]["bad"]
    assert dear["precision"]["value"] > told["period"]["bad"] / told["period"]["orders"]
    assert (never["fired"], blind["blind"]) == (0, ["device__order_count__1h"])


def test_a_backtest_for_people_says_what_was_judged(orderintel: Command, file: Path) -> None:
    code, printed, told = orderintel("rules", "backtest", str(file))

    assert (code, printed) == (0, "")
    assert "newer orders are not judged" in told
    assert "dear" in told


def test_packs_are_printed_as_a_document_that_passes(orderintel: Command, tmp_path: Path) -> None:
    code, printed, _ = orderintel("rules", "pack", "bursts", "stuck")
    path = tmp_path / "packs.yaml"
    path.write_text(printed, "utf-8")

    assert code == 0
    assert orderintel("rules", "check", str(path))[0] == 0
    assert "stuck" in orderintel("rules", "packs")[2]


def test_without_a_history_rules_are_checked_all_the_same(
    orderintel: Command, file: Path, tmp_path: Path
) -> None:
    assert orderintel("rules", "check", str(file), home=tmp_path)[0] == 0
    code, _, told = orderintel("rules", "backtest", str(file), home=tmp_path)
    assert (code, "there is no history" in told) == (1, True)

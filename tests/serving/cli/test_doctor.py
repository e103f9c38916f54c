from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.serving.cli.conftest import Command


def findings(printed: str) -> dict[str, dict[str, Any]]:
    return {finding["name"]: finding for finding in json.loads(printed)["findings"]}


def test_a_good_home_has_nothing_to_mend(orderintel: Command) -> None:
    code, printed, _ = orderintel("doctor", "--json")

    found = findings(printed)
    assert code == 0
    assert {"disk", "secret", "database", "history", "clock", "model", "addresses"} <= set(found)
    assert "2,500 orders" in found["history"]["what"]
    assert all(finding["state"] != "fail" for finding in found.values())


def test_an_empty_home_is_told_what_to_run(orderintel: Command, tmp_path: Path) -> None:
    code, printed, told = orderintel("doctor", home=tmp_path / "new")

    assert (code, printed) == (0, "")
    assert "run `orderintel import MAPPING.yaml` or `orderintel demo`" in told
    assert not (tmp_path / "new").exists()


@pytest.mark.embedded
def test_a_model_that_is_missing_comes_with_its_fix_and_json_stays_alone(
    orderintel: Command, served_home: Path, tmp_path: Path
) -> None:
    shutil.copytree(served_home / "history", tmp_path / "history")

    code, printed, _ = orderintel("doctor", "--json", home=tmp_path)

    missing = [f for f in json.loads(printed)["findings"] if f["state"] == "warn"]
    assert code == 0
    assert [(f["name"], f["fix"]) for f in missing] == [("model", "run `orderintel train`")]


@pytest.mark.embedded
def test_a_changed_model_is_found(orderintel: Command, served_home: Path, tmp_path: Path) -> None:
    shutil.copytree(served_home, tmp_path / "home", symlinks=True)
    model = tmp_path / "home" / "models" / "fraud" / "model.txt"
    model.write_text(model.read_text().replace("leaf_value=", "leaf_value=1", 1))

    _, printed, _ = orderintel("doctor", "--json", home=tmp_path / "home")

    told = [f["what"] for f in json.loads(printed)["findings"] if f["state"] == "warn"]
    assert len(told) == 1
    assert told[0].startswith("model:fraud")


def test_a_secret_that_others_can_read_fails(
    orderintel: Command, served_home: Path, tmp_path: Path
) -> None:
    shutil.copytree(served_home / "history", tmp_path / "history")
    (tmp_path / "secret.key").write_text("0" * 64)
    (tmp_path / "secret.key").chmod(0o644)

    code, _, told = orderintel("doctor", home=tmp_path)

    assert code == 1
    assert f"chmod 600 {tmp_path / 'secret.key'}" in told
    assert "mend first: secret" in told


def test_a_database_that_cannot_be_reached_fails(
    orderintel: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ORDERINTEL_DATABASE_URL", f"sqlite:///{tmp_path}")

    code, _, told = orderintel("doctor")

    assert code == 1
    assert "check ORDERINTEL_DATABASE_URL" in told


def test_a_home_that_is_a_file_fails(orderintel: Command, tmp_path: Path) -> None:
    (tmp_path / "home").write_text("")

    code, _, told = orderintel("doctor", home=tmp_path / "home")

    assert code == 1
    assert "set ORDERINTEL_HOME to a folder" in told


def test_a_setting_that_cannot_be_is_named(
    orderintel: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ORDERINTEL_LOG_LEVEL", "loud")

    code, _, told = orderintel("doctor")

    assert code == 1
    assert "ORDERINTEL_LOG_LEVEL" in told

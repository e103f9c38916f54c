from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from serving.clock import now
from serving.opening import open_store
from serving.settings import Settings
from serving.webhooks import outbox
from serving.webhooks.events import Event
from serving.webhooks.repository import WebhookStore

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

    warned = [f for f in json.loads(printed)["findings"] if f["state"] == "warn"]
    told = [f["what"] for f in warned if f["name"] == "model"]
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


@pytest.mark.embedded
def test_what_is_wrong_with_webhooks_and_backups_is_told(
    orderintel: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ORDERINTEL_WEBHOOK_HOSTS", '["hooks.shop.com"]')
    engine = open_store(Settings(home=tmp_path), now)
    store = WebhookStore(engine)
    for name, url, why in (
        ("whe_gone", "https://hooks.shop.com/x", "gone"),
        ("whe_moved", "https://elsewhere.com/x", None),
    ):
        store.add(
            {
                "endpoint_id": name,
                "url": url,
                "events": ["order.decided"],
                "state": "disabled" if why else "enabled",
                "why": why,
                "generation": 1,
                "created_by": "test",
                "created_at": 0,
                "changed_at": 0,
            }
        )
    an_hour_ago = now() - 2 * 3_600_000_000
    with engine.begin() as connection:
        outbox.tell(connection, Event("order.decided", "a", "d", None, an_hour_ago, {}))
    engine.dispose()

    code, printed, _ = orderintel("doctor", "--json", home=tmp_path)

    told = [(f["state"], f["what"]) for f in json.loads(printed)["findings"]]
    assert code == 1
    assert ("warn", "whe_gone is off: it answered 410") in told
    assert ("warn", "an event waits for 2 hours") in told
    assert any(state == "fail" and "elsewhere.com is not a configured" in w for state, w in told)
    assert ("warn", "none was taken yet") in told

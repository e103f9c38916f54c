"""Keys, users, shops and the audit log from the command line."""

from __future__ import annotations

import json
from functools import partial
from secrets import token_hex
from typing import TYPE_CHECKING, Any

import pytest

from serving.clock import now
from serving.opening import open_store
from serving.secret import tenant_secret
from serving.settings import Settings
from serving.store.engine import open_engine

if TYPE_CHECKING:
    from pathlib import Path

    from tests.serving.cli.conftest import Command

pytestmark = pytest.mark.embedded


@pytest.fixture
def run(orderintel: Command, tmp_path: Path) -> Any:
    """Run a command in an empty home; gives what --json prints."""

    def command(*arguments: str, code: int = 0) -> Any:
        found, printed, told = orderintel(*arguments, home=tmp_path)
        assert found == code, told
        return json.loads(printed) if "--json" in arguments and code == 0 else told + printed

    return command


def test_a_key_is_shown_once_and_listed_without_itself(run: Any) -> None:
    made = run("keys", "create", "--name", "shop", "--role", "score", "--days", "30", "--json")

    listed = run("keys", "list", "--json")

    assert made["key"].startswith("oi_")
    assert made["key"] not in json.dumps(listed)
    assert [each["prefix"] for each in listed] == [made["key"][:9]]
    assert (listed[0]["state"], listed[0]["scopes"]) == ("valid", ["score"])
    assert listed[0]["expires_at"] is not None


def test_a_key_that_was_taken_back_says_so(run: Any) -> None:
    run("keys", "create", "--name", "own", "--scope", "plan", "--scope", "read")
    key_id = run("keys", "list", "--json")[0]["key_id"]

    run("keys", "revoke", key_id)
    again = run("keys", "revoke", key_id, code=1)

    assert run("keys", "list", "--json")[0]["state"] == "revoked"
    assert f"no valid key has the id {key_id}" in again


@pytest.mark.parametrize(
    "wrong",
    [
        ("--name", "x"),
        ("--name", "x", "--role", "king"),
        ("--name", "x", "--scope", "everything"),
        ("--name", "x", "--role", "score", "--scope", "plan"),
    ],
)
def test_a_key_of_unknown_rights_is_wrong_usage(run: Any, wrong: tuple[str, ...]) -> None:
    run("keys", "create", *wrong, code=2)


def test_personal_data_is_sealed_anew(run: Any) -> None:
    assert "data key 2: 0 values" in run("keys", "rotate")


def test_users_are_made_changed_and_listed(run: Any) -> None:
    made = run("users", "create", "li", "--role", "reviewer", "--json")
    run("users", "change", "li", "--role", "lead", "--lock")
    fresh = run("users", "change", "li", "--password", "--unlock", "--json")

    listed = run("users", "list", "--json")

    assert [(each["name"], each["role"], each["is_active"]) for each in listed] == [
        ("li", "lead", True)
    ]
    assert len({made["password"], fresh["password"]}) == 2


def test_a_user_is_made_once_and_must_exist_to_be_changed(run: Any) -> None:
    run("users", "create", "li", "--role", "reviewer")

    assert "there is a user 'li' already" in run("users", "create", "li", "--role", "lead", code=1)
    assert "there is no user 'wu'" in run("users", "change", "wu", "--lock", code=1)
    run("users", "create", "wu", "--role", "king", code=2)


def test_what_commands_did_is_in_the_log(run: Any) -> None:
    run("users", "create", "li", "--role", "reviewer")
    run("keys", "create", "--name", "shop", "--role", "score")
    run("keys", "rotate")

    told = run("audit", "--json")

    acts = [each["act"] for each in told["items"]]
    assert (acts, told["broken_at"]) == (["secret.rotate", "key.create", "user.create"], None)


def test_a_log_that_was_changed_fails_the_check(run: Any, tmp_path: Path) -> None:
    run("users", "create", "li", "--role", "reviewer")
    engine = open_engine(f"sqlite:///{tmp_path / 'orderintel.db'}")
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER audit_no_update")
        connection.exec_driver_sql("UPDATE audit SET actor = 'somebody else'")
    engine.dispose()

    assert "line 1 was changed or is missing" in run("audit", code=1)


def test_a_shop_has_a_home_a_secret_and_a_first_key_of_its_own(
    run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("serving.secret._random_secret", partial(token_hex, 32))
    made = [run("tenants", "add", name, "--json") for name in ("acme", "zeta")]

    names = [each["name"] for each in run("tenants", "list", "--json")]
    homes = [tmp_path / "tenants" / name for name in names]
    assert names == ["acme", "zeta"]
    assert [each["key"].split(".")[0] for each in made] == ["oi_acme", "oi_zeta"]
    assert len({(home / "secret.key").read_text("ascii") for home in homes}) == 2
    assert all((home / "orderintel.db").is_file() for home in homes)


@pytest.mark.parametrize("name", ["../acme", "Acme", "a" * 33, "-acme", ""])
def test_a_name_that_would_lead_elsewhere_is_refused(run: Any, name: str) -> None:
    run("tenants", "add", "--", name, code=1)


def test_a_shop_is_added_once(run: Any) -> None:
    run("tenants", "add", "acme")

    assert "there is a shop acme already" in run("tenants", "add", "acme", code=1)


def test_commands_are_meant_for_the_shop_that_the_environment_names(
    run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("tenants", "add", "acme")
    monkeypatch.setenv("ORDERINTEL_TENANT", "acme")

    made = run("keys", "create", "--name", "shop", "--role", "score", "--json")

    assert made["key"].startswith("oi_acme.")
    assert [each["name"] for each in run("keys", "list", "--json")] == ["first key", "shop"]


def test_shops_are_not_served_by_several_workers(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    run("tenants", "add", "acme")
    monkeypatch.setenv("ORDERINTEL_STATE_URL", "redis://127.0.0.1:1/0")

    assert "start one service for each shop" in run("serve", "--workers", "2", code=1)


def test_the_secret_may_come_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("0123456789abcdef\n", "ascii")
    settings = Settings(home=tmp_path / "home", secret_key_file=file)

    open_store(settings, now).dispose()

    assert tenant_secret(settings) == b"0123456789abcdef"
    assert not (tmp_path / "home" / "secret.key").exists()


@pytest.mark.parametrize(("content", "why"), [("short", "too short"), (None, "cannot be read")])
def test_a_secret_that_cannot_be_one_is_told(
    run: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: str | None, why: str
) -> None:
    file = tmp_path / "secret"
    if content is not None:
        file.write_text(content, "ascii")
    monkeypatch.setenv("ORDERINTEL_SECRET_KEY_FILE", str(file))

    assert why in run("keys", "list", code=1)

"""The page of users: made, changed and locked out by an admin, and noted."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.serving.conftest import Service, blank_store, service

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["blank_store", "service"]

HEADERS = {"Content-Type": "application/x-www-form-urlencoded"}
PATH = "/console/users"


def send(service: Service, path: str, fields: Mapping[str, str]) -> Any:
    content = "&".join(f"{name}={value}" for name, value in fields.items())
    return service.client.post(path, content=content, headers=HEADERS)


@pytest.fixture
def admin(service: Service) -> Service:
    """Give a service into which an admin has logged in."""
    password = service.runtime.users.create("chen", "admin")
    send(service, "/console/login", {"name": "chen", "password": password})
    return service


def act(admin: Service, path: str, **fields: str) -> str:
    found = re.search(r'name="token" value="([^"]+)"', admin.client.get(PATH).text)
    assert found is not None
    answer = send(admin, path, {"token": found.group(1)} | fields)
    assert answer.status_code == 200
    text: str = answer.text
    return text


def roles(admin: Service) -> dict[str, tuple[str, bool]]:
    return {each["name"]: (each["role"], each["is_active"]) for each in admin.runtime.users.users()}


def test_a_new_user_logs_in_with_the_password_that_is_shown_once(admin: Service) -> None:
    text = act(admin, PATH, name="li", role="reviewer")

    shown = re.search(r"Password of li, shown this once: <code>([^<]+)</code>", text)
    assert shown is not None
    caller = admin.runtime.users.check("li", shown.group(1))
    assert caller is not None
    assert caller.role == "reviewer"
    assert shown.group(1) not in admin.client.get(PATH).text


def test_a_user_that_is_locked_out_may_be_let_in_again(admin: Service) -> None:
    act(admin, PATH, name="li", role="reviewer")
    act(admin, f"{PATH}/lock", name="li")
    locked = roles(admin)["li"]

    act(admin, f"{PATH}/unlock", name="li")

    assert (locked, roles(admin)["li"]) == (("reviewer", False), ("reviewer", True))


def test_a_change_of_role_ends_the_log_ins(admin: Service) -> None:
    runtime = admin.runtime
    password = runtime.users.create("li", "reviewer")
    li = runtime.users.check("li", password)
    assert li is not None
    known = runtime.sessions.begin(li)

    act(admin, f"{PATH}/role", name="li", role="lead")

    assert roles(admin)["li"] == ("lead", True)
    assert runtime.sessions.caller(known) is None


def test_an_admin_does_not_lock_herself_out(admin: Service) -> None:
    assert "You cannot" in act(admin, f"{PATH}/lock", name="chen")
    assert "You cannot" in act(admin, f"{PATH}/role", name="chen", role="planner")
    assert roles(admin)["chen"] == ("admin", True)


def test_a_name_that_is_taken_or_missing_is_told_in_the_visitors_language(admin: Service) -> None:
    admin.client.get(f"{PATH}?lang=zh")

    assert "该用户名已存在" in act(admin, PATH, name="chen", role="lead")
    assert "请填写用户名" in act(admin, PATH, name="", role="lead")


def test_every_change_is_in_the_audit_log(admin: Service) -> None:
    act(admin, PATH, name="li", role="reviewer")
    act(admin, f"{PATH}/password", name="li")

    lines = [(line.act, line.actor, line.subject) for line in admin.runtime.audit.page(None, 2)]

    assert lines == [("user.change", "chen", "li"), ("user.create", "chen", "li")]


def test_a_reviewer_sees_no_users(service: Service) -> None:
    send(service, "/console/login", {"key": service.keys["review"]})

    assert service.client.get(PATH).status_code == 403


def test_a_form_that_is_sent_after_the_log_in_ended_leads_to_it(service: Service) -> None:
    answer = send(service, f"{PATH}/lock", {"name": "li"})

    assert answer.url.path == "/console/login"

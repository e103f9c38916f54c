"""The page of users: who logs in at the console, as what, and who no longer may."""

from __future__ import annotations

import secrets
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse

from serving.access.users import PASSWORD_BYTES
from serving.console.visit import Visit, visit_with
from serving.errors import ConflictError, NotFoundError
from serving.security import ROLES

router = APIRouter(prefix="/console/users", include_in_schema=False)

AdminVisit = Annotated[Visit, Depends(visit_with("admin"))]
LONGEST_NAME: Final = 200
ACTS: Final = ("role", "lock", "unlock", "password")
"""What can be done to a user."""


@router.get("", response_class=HTMLResponse)
async def users_page(visit: AdminVisit) -> Response:
    """List the users, and ask for a new one."""
    return await _list(visit)


@router.post("", response_class=HTMLResponse)
async def create(visit: AdminVisit) -> Response:
    """Make a user and show the password, this once."""
    form = await visit.form()
    name, role = form.get("name", "").strip(), form.get("role", "")
    if not 0 < len(name) <= LONGEST_NAME or role not in ROLES:
        return await _list(visit, fault="user_lacks")
    try:
        password = await run_in_threadpool(visit.runtime.users.create, name, role)
    except ConflictError:
        return await _list(visit, fault="user_known")
    visit.runtime.audit.add(visit.caller.name, "user.create", name, role=role)
    return await _list(visit, told=(name, password))


@router.post("/{act}", response_class=HTMLResponse)
async def change(visit: AdminVisit, act: str) -> Response:
    """Change a user's role, lock out or in, or give a new password; ends the user's log-ins."""
    form = await visit.form()
    name, role = form.get("name", ""), form.get("role", "")
    if act not in ACTS or (act == "role" and role not in ROLES):
        raise NotFoundError(f"there is nothing to do called {act!r}")
    if name == visit.caller.name and act in {"role", "lock"}:
        return await _list(visit, fault="user_own")
    changes = {
        "role": role if act == "role" else None,
        "is_active": act == "unlock" if act in {"lock", "unlock"} else None,
    }
    password = secrets.token_urlsafe(PASSWORD_BYTES) if act == "password" else None

    def work() -> None:
        user_id = visit.runtime.users.change(name, password=password, **changes)  # type: ignore[arg-type]  # each of its own type
        visit.runtime.sessions.end_all(user_id)

    await run_in_threadpool(work)
    note = changes | {"has_new_password": password is not None}
    visit.runtime.audit.add(visit.caller.name, "user.change", name, **note)
    return await _list(visit, told=None if password is None else (name, password))


async def _list(visit: Visit, *, fault: str = "", told: tuple[str, str] | None = None) -> Response:
    users = await run_in_threadpool(visit.runtime.users.users)
    return visit.page("users.html", users=users, roles=list(ROLES), fault=fault, told=told)

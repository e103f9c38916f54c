"""The page of users: who logs in at the console, as what, and who no longer may."""

from __future__ import annotations

import secrets
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse

from serving.access.users import PASSWORD_BYTES
from serving.console import session
from serving.console.router import language, page_of, to_login
from serving.errors import ConflictError, ForbiddenError, NotFoundError
from serving.runtime import Runtime, runtime
from serving.security import ROLES

router = APIRouter(prefix="/console/users", include_in_schema=False)

RuntimeDep = Annotated[Runtime, Depends(runtime)]
LanguageDep = Annotated[str, Depends(language)]
LONGEST_NAME: Final = 200
ACTS: Final = ("role", "lock", "unlock", "password")
"""What can be done to a user."""


@router.get("", response_class=HTMLResponse)
async def users_page(request: Request, runtime: RuntimeDep, lang: LanguageDep) -> Response:
    """List the users, and ask for a new one."""
    visitor = session.visitor_of(request, runtime, "admin")
    if visitor is None:
        return to_login()
    return await _list(request, runtime, lang, visitor)


@router.post("", response_class=HTMLResponse)
async def create(request: Request, runtime: RuntimeDep, lang: LanguageDep) -> Response:
    """Make a user and show the password, this once."""
    visitor = session.visitor_of(request, runtime, "admin")
    if visitor is None:
        return to_login()
    form = await session.checked_form(request, visitor)
    name, role = form.get("name", "").strip(), form.get("role", "")
    if not 0 < len(name) <= LONGEST_NAME or role not in ROLES:
        return await _list(request, runtime, lang, visitor, fault="user_lacks")
    try:
        password = await run_in_threadpool(runtime.users.create, name, role)
    except ConflictError:
        return await _list(request, runtime, lang, visitor, fault="user_known")
    runtime.audit.add(visitor.caller.name, "user.create", name, role=role)
    return await _list(request, runtime, lang, visitor, told=(name, password))


@router.post("/{act}", response_class=HTMLResponse)
async def change(request: Request, act: str, runtime: RuntimeDep, lang: LanguageDep) -> Response:
    """Change a user's role, lock out or in, or give a new password; ends the user's log-ins."""
    visitor = session.visitor_of(request, runtime, "admin")
    if visitor is None:
        raise ForbiddenError("log in first")
    form = await session.checked_form(request, visitor)
    name, role = form.get("name", ""), form.get("role", "")
    if act not in ACTS or (act == "role" and role not in ROLES):
        raise NotFoundError(f"there is nothing to do called {act!r}")
    if name == visitor.caller.name and act in {"role", "lock"}:
        return await _list(request, runtime, lang, visitor, fault="user_own")
    changes = {
        "role": role if act == "role" else None,
        "is_active": act == "unlock" if act in {"lock", "unlock"} else None,
    }
    password = secrets.token_urlsafe(PASSWORD_BYTES) if act == "password" else None

    def work() -> None:
        user_id = runtime.users.change(name, password=password, **changes)  # type: ignore[arg-type]  # each of its own type
        runtime.sessions.end_all(user_id)

    await run_in_threadpool(work)
    note = changes | {"has_new_password": password is not None}
    runtime.audit.add(visitor.caller.name, "user.change", name, **note)
    told = None if password is None else (name, password)
    return await _list(request, runtime, lang, visitor, told=told)


async def _list(
    request: Request,
    runtime: Runtime,
    lang: str,
    visitor: session.Visitor,
    *,
    fault: str = "",
    told: tuple[str, str] | None = None,
) -> Response:
    return page_of(
        request,
        lang,
        "users.html",
        visitor=visitor,
        users=await run_in_threadpool(runtime.users.users),
        roles=list(ROLES),
        fault=fault,
        told=told,
    )

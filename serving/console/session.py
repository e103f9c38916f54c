"""Who looks at the pages: a log-in by name and password or by an API key, and its form tokens."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qs, urlsplit

from starlette.datastructures import FormData
from wtforms import Form
from wtforms.csrf.session import SessionCSRF

from serving.access.sessions import LONGEST_S
from serving.errors import (
    ForbiddenError,
    InvalidRequestError,
    TooManyError,
    UnauthorizedError,
)

if TYPE_CHECKING:
    from fastapi import Request

    from serving.runtime import Runtime
    from serving.security import Caller

LANGUAGE_COOKIE: Final = "orderintel_lang"
MAX_FORM_BYTES: Final = 64 * 1024
MAX_JSON_BYTES: Final = 1024 * 1024
LONGEST_NAME: Final = 200
KEY: Final = "id"
"""Where the session keeps what it is known by."""


class TokenForm(Form):  # type: ignore[misc]  # the library has no types
    """A form of which only the token is read; the library makes and checks it."""

    class Meta:
        """What the library is told."""

        csrf = True
        csrf_class = SessionCSRF
        csrf_field_name = "token"
        csrf_time_limit = timedelta(seconds=LONGEST_S)


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who is logged in.

    Parameters
    ----------
    caller
        The user, or the holder of the key.
    token
        What a form must bring along, since another site cannot know it.
    """

    caller: Caller
    token: str


def visitor_of(
    request: Request, runtime: Runtime, scope: str = "read", *, counts: bool = True
) -> Visitor | None:
    """Give who is logged in, or None.

    Parameters
    ----------
    request
        The request.
    runtime
        The service.
    scope
        What the page needs; ``any`` for whoever is logged in.
    counts
        Whether the request is the visitor's own, and not one that the page makes by itself.

    Raises
    ------
    ForbiddenError
        When somebody is logged in who may not open the page.
    """
    known = request.session.get(KEY)
    caller = None if known is None else runtime.sessions.caller(known, counts=counts)
    if caller is None:
        return None
    if scope != "any" and not caller.may(scope):
        raise ForbiddenError(f"the role {caller.role} does not open {scope}")
    return Visitor(caller, _token_form(request, None)["token"].current_token)


def log_in(request: Request, runtime: Runtime, form: dict[str, str]) -> Caller | None:
    """Let in whoever brings a name with its password, or a key; None when they are wrong.

    Raises
    ------
    ForbiddenError
        When the form comes from another site.
    TooManyError
        When log-ins come too often.
    """
    _refuse_other_sites(request)
    address = request.client.host if request.client else ""
    wait_s = runtime.sessions.tries.wait_s(address)
    if wait_s > 0:
        raise TooManyError("log-ins come too often from your address: wait a little", wait_s)
    name = form.get("name", "").strip()[:LONGEST_NAME]
    if name:
        caller = runtime.users.check(name, form.get("password", ""))
    else:
        caller = _holder(runtime, form.get("key", "").strip())
    if caller is None or not caller.may("read"):
        runtime.audit.add(name or "key", "login.refuse", name or "key")
        return None
    # A new session, so that nobody who knew the one before is logged in along with the visitor.
    request.session.clear()
    request.session[KEY] = runtime.sessions.begin(caller)
    runtime.audit.add(caller.name, "login", caller.key_id, role=caller.role)
    return caller


def log_out(request: Request, runtime: Runtime, visitor: Visitor) -> None:
    """End the visitor's session, here and in the cookie."""
    runtime.sessions.end(request.session[KEY])
    request.session.clear()
    runtime.audit.add(visitor.caller.name, "logout", visitor.caller.key_id)


def _holder(runtime: Runtime, key: str) -> Caller | None:
    try:
        return runtime.keys.caller(key)
    except UnauthorizedError:
        return None


def _refuse_other_sites(request: Request) -> None:
    """Refuse a log-in that another site sends, as browsers tell; there is no token yet."""
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    is_foreign = site not in {None, "same-origin", "none"}
    if site is None and origin is not None:
        is_foreign = urlsplit(origin).netloc != request.headers.get("host")
    if is_foreign:
        raise ForbiddenError("the log-in comes from another site: open the page itself")


async def form_of(request: Request) -> dict[str, str]:
    """Read a small form."""
    content = await request.body()
    if len(content) > MAX_FORM_BYTES:
        return {}
    fields = parse_qs(content.decode("utf-8", "replace"), keep_blank_values=True)
    return {name: values[-1] for name, values in fields.items()}


async def checked_form(request: Request) -> dict[str, str]:
    """Read a form of a visitor.

    Raises
    ------
    ForbiddenError
        When it does not bring the visitor's token, so that it may come from another site.
    """
    form = await form_of(request)
    _check_token(request, form)
    return form


async def checked_json(request: Request) -> dict[str, str]:
    """Read a JSON object of texts that a page's script sends, with the visitor's token in it.

    Raises
    ------
    ForbiddenError
        As for :func:`checked_form`.
    InvalidRequestError
        When it is no object of texts.
    """
    content = await request.body()
    try:
        body = json.loads(content) if len(content) <= MAX_JSON_BYTES else None
    except ValueError:
        body = None
    if not isinstance(body, dict) or not all(isinstance(each, str) for each in body.values()):
        raise InvalidRequestError("send an object of texts")
    _check_token(request, body)
    return body


def _check_token(request: Request, form: dict[str, str]) -> None:
    if not _token_form(request, form.get("token", "")).validate():
        raise ForbiddenError("the form is too old or not from this page: load the page again")


def _token_form(request: Request, given: str | None) -> Any:
    runtime: Runtime = request.app.state.runtime
    told = {"csrf_context": request.session, "csrf_secret": runtime.cookie_secret.encode()}
    return TokenForm(None if given is None else FormData({"token": given}), meta=told)

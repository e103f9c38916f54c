"""Who looks at the pages: a log-in with an API key, kept in a signed cookie."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qs

from serving.errors import ForbiddenError, InvalidRequestError, UnauthorizedError
from serving.security import COOKIE_SECONDS, Caller

if TYPE_CHECKING:
    from fastapi import Request, Response

    from serving.runtime import Runtime

COOKIE: Final = "orderintel_session"
LANGUAGE_COOKIE: Final = "orderintel_lang"
TICKET_SECONDS: Final = 600
MAX_FORM_BYTES: Final = 64 * 1024
MAX_JSON_BYTES: Final = 1024 * 1024
SECOND: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who is logged in.

    Parameters
    ----------
    caller
        The holder of the key.
    token
        What a form must bring along, since another site cannot know it.
    """

    caller: Caller
    token: str


def visitor_of(request: Request, runtime: Runtime) -> Visitor | None:
    """Give who is logged in, or None."""
    key_id = runtime.signer.read(request.cookies.get(COOKIE, ""), now=runtime.clock())
    if key_id is None or key_id.startswith("ticket:"):
        return None
    try:
        caller = runtime.keys.caller_by_id(key_id)
    except UnauthorizedError:
        return None
    return Visitor(caller, runtime.signer.token(key_id)) if caller.may("review") else None


async def form_of(request: Request) -> dict[str, str]:
    """Read a small form."""
    content = await request.body()
    if len(content) > MAX_FORM_BYTES:
        return {}
    fields = parse_qs(content.decode("utf-8", "replace"), keep_blank_values=True)
    return {name: values[-1] for name, values in fields.items()}


async def checked_form(request: Request, visitor: Visitor) -> dict[str, str]:
    """Read a form of a visitor.

    Raises
    ------
    ForbiddenError
        When it does not bring the visitor's token, so that it may come from another site.
    """
    form = await form_of(request)
    if form.get("token") != visitor.token:
        raise ForbiddenError("the form is too old or not from this page: load the page again")
    return form


async def checked_json(request: Request, visitor: Visitor) -> dict[str, str]:
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
    if body.get("token") != visitor.token:
        raise ForbiddenError("the form is too old or not from this page: load the page again")
    return body


def log_in(response: Response, runtime: Runtime, caller: Caller, *, secure: bool) -> None:
    """Let a caller in for half a day."""
    expires_at = runtime.clock() + COOKIE_SECONDS * SECOND
    response.set_cookie(
        COOKIE,
        runtime.signer.sign(caller.key_id, expires_at=expires_at),
        max_age=COOKIE_SECONDS,
        path="/",
        httponly=True,
        samesite="strict",
        secure=secure,
    )


def ticket(runtime: Runtime, caller: Caller) -> str:
    """Give a short-lived ticket with which a browser opens the console without typing a key."""
    expires_at = runtime.clock() + TICKET_SECONDS * SECOND
    return runtime.signer.sign(f"ticket:{caller.key_id}", expires_at=expires_at)


def admitted(runtime: Runtime, given: str) -> Caller | None:
    """Give whom a ticket lets in, or None."""
    value = runtime.signer.read(given, now=runtime.clock())
    if value is None or not value.startswith("ticket:"):
        return None
    try:
        return runtime.keys.caller_by_id(value.removeprefix("ticket:"))
    except UnauthorizedError:
        return None

"""The pages of endpoints that events are sent to: the list, and each one's messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final
from urllib.parse import parse_qs

from fastapi import APIRouter, Depends, Path, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import ValidationError

from serving.console import session
from serving.console.router import language, page_of, to_login
from serving.errors import ForbiddenError, NotFoundError, ServiceError
from serving.runtime import Runtime, runtime
from serving.webhooks.events import KINDS
from serving.webhooks.schedule import HOUR
from serving.webhooks.schemas import EndpointIn

if TYPE_CHECKING:
    from collections.abc import Callable

    from serving.webhooks.repository import Endpoint
    from serving.webhooks.service import WebhookService

router = APIRouter(prefix="/console/webhooks", include_in_schema=False)

RuntimeDep = Annotated[Runtime, Depends(runtime)]
LanguageDep = Annotated[str, Depends(language)]
EndpointId = Annotated[str, Path(pattern=r"^whe_[0-9a-f]{32}$")]
SHOWN: Final = 50
SPANS: Final = (1, 24, 168)
"""Hours back from which events can be sent again by a click."""


@router.get("", response_class=HTMLResponse)
async def webhooks_page(request: Request, runtime: RuntimeDep, lang: LanguageDep) -> Response:
    """List the endpoints, and ask for a new one."""
    visitor = session.visitor_of(request, runtime, "admin")
    if visitor is None:
        return to_login()
    return await _list(request, runtime, lang, visitor)


@router.post("", response_class=HTMLResponse)
async def create(request: Request, runtime: RuntimeDep, lang: LanguageDep) -> Response:
    """Make an endpoint and show its secret, this once."""
    visitor = session.visitor_of(request, runtime, "admin")
    if visitor is None:
        return to_login()
    form = await session.checked_form(request, visitor)
    # A form sends a box once for each that is ticked.
    events = parse_qs((await request.body()).decode("utf-8", "replace")).get("events", [])
    given: dict[str, Any] = {"url": form.get("url", "").strip(), "events": events}
    given |= {"description": form.get("description", "").strip() or None}
    try:
        asked = EndpointIn.model_validate(given)
        made = await run_in_threadpool(
            runtime.webhooks.create, asked.model_dump(), visitor.caller.name
        )
    except (ValidationError, ServiceError) as error:
        return await _list(request, runtime, lang, visitor, asked=given, fault=_fault(error))
    return await _one(request, runtime, lang, visitor, made["endpoint_id"], secret=made["secret"])


@router.get("/{endpoint_id}", response_class=HTMLResponse)
async def webhook_page(
    request: Request, endpoint_id: EndpointId, runtime: RuntimeDep, lang: LanguageDep
) -> Response:
    """Show an endpoint with its newest messages."""
    visitor = session.visitor_of(request, runtime, "admin")
    if visitor is None:
        return to_login()
    return await _one(request, runtime, lang, visitor, endpoint_id)


@router.post("/{endpoint_id}/{act}")
async def change(
    request: Request, endpoint_id: EndpointId, act: str, runtime: RuntimeDep, lang: LanguageDep
) -> Response:
    """Switch an endpoint, replace its secret, send again, or remove it."""
    visitor = session.visitor_of(request, runtime, "admin")
    if visitor is None:
        raise ForbiddenError("log in first")
    form = await session.checked_form(request, visitor)
    hooks, by = runtime.webhooks, visitor.caller.name
    endpoint = await run_in_threadpool(hooks.get, endpoint_id)
    if act == "secret":
        made = await run_in_threadpool(hooks.replace_secret, endpoint, by)
        secret = made["secret"]
        return await _one(request, runtime, lang, visitor, endpoint_id, secret=secret)
    if act not in ACTS:
        raise NotFoundError(f"there is nothing to do called {act!r}")
    await run_in_threadpool(ACTS[act], hooks, endpoint, form, by)
    place = "" if act == "remove" else f"/{endpoint_id}"
    return RedirectResponse(f"/console/webhooks{place}", status_code=303)


def _switch(state: str) -> Callable[[WebhookService, Endpoint, dict[str, str], str], Any]:
    return lambda hooks, endpoint, _form, by: hooks.change(endpoint, {"state": state}, by)


def _replay(hooks: WebhookService, endpoint: Endpoint, form: dict[str, str], by: str) -> None:
    message_id, hours = form.get("message_id"), form.get("hours", "")
    if message_id is None and (not hours.isdecimal() or int(hours) not in SPANS):
        raise NotFoundError("say which events to send again")
    since = None if message_id is not None else hooks.clock() - int(hours) * HOUR
    hooks.replay(endpoint, message_id=message_id, since=since, until=None, by=by)


ACTS: Final[dict[str, Callable[[WebhookService, Endpoint, dict[str, str], str], Any]]] = {
    "enable": _switch("enabled"),
    "disable": _switch("disabled"),
    "remove": lambda hooks, endpoint, _form, by: hooks.remove(endpoint, by),
    "replay": _replay,
}
"""Name of an act in an address to what does it."""


async def _list(
    request: Request,
    runtime: Runtime,
    lang: str,
    visitor: session.Visitor,
    *,
    asked: dict[str, Any] | None = None,
    fault: str = "",
) -> Response:
    return page_of(
        request,
        lang,
        "webhooks.html",
        visitor=visitor,
        endpoints=await run_in_threadpool(runtime.webhooks.listed),
        kinds=KINDS,
        hosts=[*runtime.settings.webhook_hosts, *runtime.settings.webhook_private_hosts],
        asked=asked or {"url": "", "events": [], "description": None},
        fault=fault,
        now=runtime.clock(),
    )


async def _one(
    request: Request,
    runtime: Runtime,
    lang: str,
    visitor: session.Visitor,
    endpoint_id: str,
    *,
    secret: str | None = None,
) -> Response:
    hooks = runtime.webhooks
    endpoint = await run_in_threadpool(hooks.get, endpoint_id)
    return page_of(
        request,
        lang,
        "webhook.html",
        visitor=visitor,
        endpoint=await run_in_threadpool(hooks.shown, endpoint_id),
        page=await run_in_threadpool(hooks.messages, endpoint, None, SHOWN),
        secret=secret,
        spans=SPANS,
        now=runtime.clock(),
    )


def _fault(error: ValidationError | ServiceError) -> str:
    """Say in a line what a form lacks."""
    if isinstance(error, ValidationError):
        return "; ".join(f"{fault['loc'][0]}: {fault['msg']}" for fault in error.errors())
    return "; ".join(f"{place.strip('/')}: {mend}" for place, mend in error.problems) or str(error)

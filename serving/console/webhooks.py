"""The pages of endpoints that events are sent to: the list, and each one's messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final
from urllib.parse import parse_qs

from fastapi import APIRouter, Depends, Path, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import ValidationError

from features.durations import HOUR_US
from serving.console.visit import Visit, visit_with
from serving.errors import NotFoundError, ServiceError
from serving.webhooks.events import KINDS
from serving.webhooks.schemas import EndpointIn

if TYPE_CHECKING:
    from collections.abc import Callable

    from serving.webhooks.repository import Endpoint
    from serving.webhooks.service import WebhookService

router = APIRouter(prefix="/console/webhooks", include_in_schema=False)

AdminVisit = Annotated[Visit, Depends(visit_with("admin"))]
EndpointId = Annotated[str, Path(pattern=r"^whe_[0-9a-f]{32}$")]
SHOWN: Final = 50
SPANS: Final = (1, 24, 168)
"""Hours back from which events can be sent again by a click."""


@router.get("", response_class=HTMLResponse)
async def webhooks_page(visit: AdminVisit) -> Response:
    """List the endpoints, and ask for a new one."""
    return await _list(visit)


@router.post("", response_class=HTMLResponse)
async def create(visit: AdminVisit) -> Response:
    """Make an endpoint and show its secret, this once."""
    form = await visit.form()
    # A form sends a box once for each that is ticked.
    events = parse_qs((await visit.request.body()).decode("utf-8", "replace")).get("events", [])
    given: dict[str, Any] = {"url": form.get("url", "").strip(), "events": events}
    given |= {"description": form.get("description", "").strip() or None}
    try:
        asked = EndpointIn.model_validate(given)
        made = await run_in_threadpool(
            visit.runtime.webhooks.create, asked.model_dump(), visit.caller.name
        )
    except (ValidationError, ServiceError) as error:
        return await _list(visit, asked=given, fault=_fault(error))
    return await _one(visit, made["endpoint_id"], secret=made["secret"])


@router.get("/{endpoint_id}", response_class=HTMLResponse)
async def webhook_page(visit: AdminVisit, endpoint_id: EndpointId) -> Response:
    """Show an endpoint with its newest messages."""
    return await _one(visit, endpoint_id)


@router.post("/{endpoint_id}/{act}")
async def change(visit: AdminVisit, endpoint_id: EndpointId, act: str) -> Response:
    """Switch an endpoint, replace its secret, send again, or remove it."""
    form = await visit.form()
    hooks, by = visit.runtime.webhooks, visit.caller.name
    endpoint = await run_in_threadpool(hooks.get, endpoint_id)
    if act == "secret":
        made = await run_in_threadpool(hooks.replace_secret, endpoint, by)
        return await _one(visit, endpoint_id, secret=made["secret"])
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
    since = None if message_id is not None else hooks.clock() - int(hours) * HOUR_US
    hooks.replay(endpoint, message_id=message_id, since=since, until=None, by=by)


ACTS: Final[dict[str, Callable[[WebhookService, Endpoint, dict[str, str], str], Any]]] = {
    "enable": _switch("enabled"),
    "disable": _switch("disabled"),
    "remove": lambda hooks, endpoint, _form, by: hooks.remove(endpoint, by),
    "replay": _replay,
}
"""Name of an act in an address to what does it."""


async def _list(visit: Visit, *, asked: dict[str, Any] | None = None, fault: str = "") -> Response:
    runtime = visit.runtime
    return visit.page(
        "webhooks.html",
        endpoints=await run_in_threadpool(runtime.webhooks.listed),
        kinds=KINDS,
        hosts=[*runtime.settings.webhook_hosts, *runtime.settings.webhook_private_hosts],
        asked=asked or {"url": "", "events": [], "description": None},
        fault=fault,
        now=runtime.clock(),
    )


async def _one(visit: Visit, endpoint_id: str, *, secret: str | None = None) -> Response:
    hooks = visit.runtime.webhooks
    endpoint = await run_in_threadpool(hooks.get, endpoint_id)
    return visit.page(
        "webhook.html",
        endpoint=await run_in_threadpool(hooks.shown, endpoint_id),
        page=await run_in_threadpool(hooks.messages, endpoint, None, SHOWN),
        secret=secret,
        spans=SPANS,
        now=visit.runtime.clock(),
    )


def _fault(error: ValidationError | ServiceError) -> str:
    """Say in a line what a form lacks."""
    if isinstance(error, ValidationError):
        return "; ".join(f"{fault['loc'][0]}: {fault['msg']}" for fault in error.errors())
    return "; ".join(f"{place.strip('/')}: {mend}" for place, mend in error.problems) or str(error)

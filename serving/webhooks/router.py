"""Routes of endpoints, and the description of what is sent to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.concurrency import run_in_threadpool

from features.order import microseconds
from serving.authorization import requires
from serving.openapi import problems
from serving.requests import documented_body, read_body
from serving.runtime import RuntimeDep
from serving.security import Caller
from serving.webhooks import schemas

if TYPE_CHECKING:
    from datetime import datetime

router = APIRouter(prefix="/v1/webhooks", tags=["webhooks"])

AdminDep = Annotated[Caller, Depends(requires("admin"))]
EndpointId = Annotated[str, Path(pattern=r"^whe_[0-9a-f]{32}$", examples=["whe_" + "0" * 32])]


@router.get("", operation_id="list_webhooks", response_model=schemas.EndpointsOut)
async def list_webhooks(runtime: RuntimeDep, _caller: AdminDep) -> dict[str, Any]:
    """List the endpoints with the messages that wait, were sent and failed."""
    return {"items": await run_in_threadpool(runtime.webhooks.listed)}


@router.post(
    "",
    operation_id="create_webhook",
    status_code=201,
    response_model=schemas.EndpointSecretOut,
    openapi_extra=documented_body(schemas.EndpointIn, {"warehouse": schemas.EXAMPLE}),
)
async def create_webhook(request: Request, runtime: RuntimeDep, caller: AdminDep) -> dict[str, Any]:
    """Make an endpoint. Its secret is in this answer and nowhere else.

    The host must be named in ``ORDERINTEL_WEBHOOK_HOSTS``.
    """
    asked = await read_body(request, schemas.EndpointIn)
    return await run_in_threadpool(runtime.webhooks.create, asked.model_dump(), caller.name)


@router.get(
    "/{endpoint_id}",
    operation_id="get_webhook",
    response_model=schemas.EndpointOut,
    responses=problems(404),
)
async def get_webhook(
    endpoint_id: EndpointId, runtime: RuntimeDep, _caller: AdminDep
) -> dict[str, Any]:
    """Show an endpoint."""
    return await run_in_threadpool(lambda: runtime.webhooks.shown(endpoint_id))


@router.patch(
    "/{endpoint_id}",
    operation_id="change_webhook",
    response_model=schemas.EndpointOut,
    responses=problems(404),
    openapi_extra=documented_body(schemas.EndpointChangeIn, {"off": {"state": "disabled"}}),
)
async def change_webhook(
    request: Request, endpoint_id: EndpointId, runtime: RuntimeDep, caller: AdminDep
) -> dict[str, Any]:
    """Change an endpoint, or switch it off and on; what waited meanwhile is sent then."""
    asked = await read_body(request, schemas.EndpointChangeIn)
    hooks = runtime.webhooks
    return await run_in_threadpool(
        lambda: hooks.change(hooks.get(endpoint_id), asked.model_dump(), caller.name)
    )


@router.delete(
    "/{endpoint_id}", operation_id="delete_webhook", status_code=204, responses=problems(404)
)
async def delete_webhook(
    endpoint_id: EndpointId, runtime: RuntimeDep, caller: AdminDep
) -> Response:
    """Remove an endpoint with everything that waits for it."""
    hooks = runtime.webhooks
    await run_in_threadpool(lambda: hooks.remove(hooks.get(endpoint_id), caller.name))
    return Response(status_code=204)


@router.post(
    "/{endpoint_id}/secret",
    operation_id="replace_webhook_secret",
    response_model=schemas.EndpointSecretOut,
    responses=problems(404),
)
async def replace_webhook_secret(
    endpoint_id: EndpointId, runtime: RuntimeDep, caller: AdminDep
) -> dict[str, Any]:
    """Give a new secret, this once. For a day messages are signed with the old one, too."""
    hooks = runtime.webhooks
    return await run_in_threadpool(
        lambda: hooks.replace_secret(hooks.get(endpoint_id), caller.name)
    )


@router.get(
    "/{endpoint_id}/messages",
    operation_id="list_webhook_messages",
    response_model=schemas.MessagesOut,
    responses=problems(404),
)
async def list_webhook_messages(
    endpoint_id: EndpointId,
    runtime: RuntimeDep,
    _caller: AdminDep,
    cursor: Annotated[str | None, Query(max_length=40)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> dict[str, Any]:
    """List the messages of an endpoint, newest first; follow `next_cursor` for more."""
    hooks = runtime.webhooks
    return await run_in_threadpool(lambda: hooks.messages(hooks.get(endpoint_id), cursor, limit))


@router.post(
    "/{endpoint_id}/replay",
    operation_id="replay_webhook",
    response_model=schemas.ReplayOut,
    responses=problems(404, 409),
    openapi_extra=documented_body(schemas.ReplayIn, {"since": {"since": "2026-03-01T00:00:00Z"}}),
)
async def replay_webhook(
    request: Request, endpoint_id: EndpointId, runtime: RuntimeDep, caller: AdminDep
) -> dict[str, Any]:
    """Send an event again, or all since an instant, under the ids they had."""
    asked = await read_body(request, schemas.ReplayIn)
    hooks = runtime.webhooks
    sent = await run_in_threadpool(
        lambda: hooks.replay(
            hooks.get(endpoint_id),
            message_id=asked.message_id,
            since=_optional(asked.since),
            until=_optional(asked.until),
            by=caller.name,
        )
    )
    return {"messages": sent}


def _optional(at: datetime | None) -> int | None:
    return None if at is None else microseconds(at)

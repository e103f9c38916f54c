"""Routes of personal data and of the audit log."""

from __future__ import annotations

import re
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query, Request
from fastapi.concurrency import run_in_threadpool

from serving.access import schemas
from serving.access.audit import ACTS
from serving.authorization import ReviewerDep, requires
from serving.openapi import problems
from serving.requests import documented_body, read_body
from serving.runtime import RuntimeDep
from serving.scoring.history import whole_key
from serving.security import Caller

router = APIRouter(prefix="/v1")

ACT: Final = "^(" + "|".join(map(re.escape, ACTS)) + ")$"


@router.post(
    "/orders/{order_key:path}/reveal",
    operation_id="reveal_order",
    tags=["orders"],
    response_model=schemas.RevealOut,
    responses=problems(404),
    openapi_extra=documented_body(
        schemas.RevealIn, {"call": {"reason": "call the buyer about the address"}}
    ),
)
async def reveal_order(
    request: Request,
    order_key: str,
    runtime: RuntimeDep,
    caller: Annotated[Caller, Depends(requires("reveal"))],
) -> dict[str, Any]:
    """Show an order's personal data in clear; who asked and why is kept in the audit log."""
    asked = await read_body(request, schemas.RevealIn)
    key = whole_key(order_key)
    fields = await run_in_threadpool(runtime.personal.reveal, key, caller, asked.reason)
    return {"order_key": key, "fields": fields}


@router.post(
    "/orders/search",
    operation_id="search_orders",
    tags=["orders"],
    response_model=schemas.SearchOut,
    openapi_extra=documented_body(schemas.SearchIn, {"phone": {"phone": "138 0000 0000"}}),
)
async def search_orders(
    request: Request,
    runtime: RuntimeDep,
    _caller: ReviewerDep,
) -> dict[str, Any]:
    """Find a buyer's orders by phone number or e-mail address, however it is written."""
    asked = await read_body(request, schemas.SearchIn)
    kind, value = ("phone", asked.phone) if asked.phone else ("email", asked.email)
    found = await run_in_threadpool(runtime.personal.orders_of, kind, value or "")
    return {"order_keys": found}


@router.get(
    "/audit",
    operation_id="list_audit",
    tags=["operations"],
    response_model=schemas.AuditOut,
    dependencies=[Depends(requires("audit"))],
)
async def list_audit(
    runtime: RuntimeDep,
    before: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    act: Annotated[str | None, Query(pattern=ACT)] = None,
) -> dict[str, Any]:
    """List who did what, newest first, and say whether the log was tampered with."""
    lines = await run_in_threadpool(runtime.audit.page, before, limit + 1, act)
    shown = lines[:limit]
    return {
        "items": [line.document() for line in shown],
        "next_before": shown[-1].number if len(lines) > limit else None,
        "broken_at": await run_in_threadpool(runtime.audit.broken_at),
    }

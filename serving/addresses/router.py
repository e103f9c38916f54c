"""Routes of address enhancement."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request
from fastapi.concurrency import run_in_threadpool

from serving.addresses import service
from serving.addresses.schemas import EXAMPLE, EnhanceIn, EnhanceOut
from serving.openapi import problems
from serving.requests import documented_body, read_body
from serving.security import requires

router = APIRouter(prefix="/v1/addresses", tags=["addresses"])


@router.post(
    "/enhance",
    operation_id="enhance_addresses",
    dependencies=[Depends(requires("score"))],
    responses=problems(),
    openapi_extra=documented_body(EnhanceIn, {"shanghai": EXAMPLE}),
)
async def enhance_addresses(request: Request) -> EnhanceOut:
    """Turn typed addresses into divisions, road, number, building and unit.

    What is not known is null. An address that fits several places equally well gets up to three
    candidates and no assertion.
    """
    body = await read_body(request, EnhanceIn)
    return await run_in_threadpool(service.enhance, body)

"""Routes of address enhancement and of the review of unsure addresses."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.concurrency import run_in_threadpool

from serving.addresses import schemas, service
from serving.addresses.schemas import EXAMPLE, EnhanceIn, EnhanceOut
from serving.authorization import ReviewerDep, requires
from serving.openapi import problems
from serving.requests import documented_body, read_body
from serving.runtime import RuntimeDep
from serving.security import Caller

router = APIRouter(prefix="/v1/addresses", tags=["addresses"])

CaseId = Annotated[str, Path(pattern=r"^adr_[0-9a-f]{32}$", examples=["adr_" + "0" * 32])]


@router.post(
    "/enhance",
    operation_id="enhance_addresses",
    dependencies=[Depends(requires("score"))],
    responses=problems(),
    openapi_extra=documented_body(EnhanceIn, {"shanghai": EXAMPLE}),
)
async def enhance_addresses(request: Request, runtime: RuntimeDep) -> EnhanceOut:
    """Turn typed addresses into divisions, road, number, building and unit.

    What is not known is null. An address that fits several places equally well gets up to three
    candidates and no assertion. `points` are places of this shop's own history that are like it.
    """
    body = await read_body(request, EnhanceIn)
    return await run_in_threadpool(service.enhance, body, runtime.addresses.updates.index)


@router.get("/reviews", operation_id="list_address_reviews", response_model=schemas.AddressCasesOut)
async def list_address_reviews(
    runtime: RuntimeDep,
    _caller: Annotated[Caller, Depends(requires("personal"))],
    state: Literal["open", "settled"] = "open",
    cursor: Annotated[str | None, Query(max_length=500)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> dict[str, Any]:
    """List unsure addresses with their choices; follow `next_cursor` for more."""
    return await run_in_threadpool(runtime.addresses.page, state, cursor, limit)


@router.post(
    "/reviews/{case_id}/choose",
    operation_id="choose_address",
    response_model=schemas.SettledOut,
    responses=problems(404, 409),
    openapi_extra=documented_body(schemas.ChooseIn, {"first": {"choice": 1}}),
)
async def choose_address(
    request: Request, case_id: CaseId, runtime: RuntimeDep, caller: ReviewerDep
) -> dict[str, Any]:
    """Say which place an address is; equal addresses that wait are settled with it."""
    asked = await read_body(request, schemas.ChooseIn)
    return await run_in_threadpool(
        runtime.addresses.choose, case_id, caller, asked.choice, asked.version
    )


@router.post(
    "/reviews/{case_id}/undo",
    operation_id="undo_address",
    response_model=schemas.SettledOut,
    responses=problems(404, 409),
)
async def undo_address(case_id: CaseId, runtime: RuntimeDep, caller: ReviewerDep) -> dict[str, Any]:
    """Take a choice of the last ten minutes back, with everything that it settled."""
    return await run_in_threadpool(runtime.addresses.undo, case_id, caller)

"""Routes of the decision policy and of what is tried out against it."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Query

from serving.authorization import ReaderDep
from serving.exploration import schemas
from serving.runtime import RuntimeDep

router = APIRouter(prefix="/v1/policy", tags=["policy"])


@router.get("", operation_id="get_policy", response_model=schemas.PolicyOut)
async def get_policy(runtime: RuntimeDep, _caller: ReaderDep) -> dict[str, Any]:
    """Show costs and limits in force, and what a review minute is worth just now."""
    return runtime.exploration.policy_document()


@router.get("/exploration", operation_id="get_exploration", response_model=schemas.ExplorationOut)
async def get_exploration(
    runtime: RuntimeDep,
    _caller: ReaderDep,
    days: Annotated[int, Query(ge=1, le=730)] = 90,
    maturity_days: Annotated[int, Query(ge=0, le=365)] = 60,
) -> dict[str, Any]:
    """Show how good holding and releasing are, judged by the orders tried out against them.

    Only orders whose outcomes had the time to become known are counted.
    """
    return await asyncio.to_thread(runtime.exploration.report, days, maturity_days)

"""Routes of what planners read of deliveries: rates, alerts, advice."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from fastapi.concurrency import run_in_threadpool

from serving.authorization import requires
from serving.noticing.outlook import advice, alerts, rates
from serving.noticing.schemas import AdviceOut, AlertsOut, RatesOut
from serving.paging import cut
from serving.runtime import RuntimeDep

router = APIRouter(
    prefix="/v1/delivery", tags=["delivery"], dependencies=[Depends(requires("plan"))]
)


@router.get("/rates", operation_id="delivery_rates", response_model=RatesOut)
async def delivery_rates(
    parts: RuntimeDep,
    measure: Literal["first_attempt", "on_time"] = "first_attempt",
    level: Literal["carrier", "city", "outlet", "lane"] = "outlet",
    cursor: Annotated[str | None, Query(max_length=20)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> dict[str, Any]:
    """Tell how carriers, cities, outlets and lanes deliver, the surely worst ones first.

    The last three days stand beside the shrunk rate with its interval. Worked out every hour.
    """
    as_of, rows = await run_in_threadpool(rates, parts, measure, level)
    shown, following = cut(rows, cursor, limit)
    return {
        "measure": measure,
        "as_of": as_of,
        "n_rows": len(rows),
        "rows": shown,
        "next_cursor": following,
    }


@router.get("/alerts", operation_id="delivery_alerts", response_model=AlertsOut)
async def delivery_alerts(
    parts: RuntimeDep, state: Literal["open", "closed", "all"] = "open"
) -> dict[str, Any]:
    """Tell which outlets dropped, and which weather and traffic warnings are in force."""
    return await run_in_threadpool(alerts, parts, state)


@router.get("/advice", operation_id="delivery_advice", response_model=AdviceOut)
async def delivery_advice(parts: RuntimeDep) -> dict[str, Any]:
    """Tell where a forward warehouse would pay, with what to place there."""
    return await run_in_threadpool(advice, parts)

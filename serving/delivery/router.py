"""Routes of delivery: options for an order, and how deliveries have gone."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, FastAPI, Query, Request
from fastapi.concurrency import run_in_threadpool

from features import order as orders
from features.errors import OrderError
from features.order import wire_instant
from models.policy.rules.fields import fact_values
from serving.authorization import requires
from serving.delivery.schemas import OPTIONS_EXAMPLE, HealthOut, OptionsIn, OptionsOut
from serving.delivery.service import DeliveryService
from serving.delivery.summary import HealthService
from serving.errors import UnsupportedError
from serving.openapi import problems
from serving.paging import cut
from serving.requests import documented_body, read_body
from serving.runtime import Runtime, RuntimeDep
from serving.scoring.judge import facts_of

router = APIRouter(prefix="/v1", tags=["delivery"])

NO_NETWORK = (
    "the history knows no warehouses and outlets: import both, then start the service again"
)


def delivery(parts: RuntimeDep) -> DeliveryService:
    """Give the delivery service of the running service."""
    if parts.delivery is None:
        raise UnsupportedError(NO_NETWORK)
    return parts.delivery


def health(request: Request, parts: RuntimeDep) -> HealthService:
    """Give what became of parcels."""
    found = health_of(request.app, parts)
    if found is None:
        raise UnsupportedError("the history has no shipments: import some first")
    return found


def health_of(app: FastAPI, parts: Runtime) -> HealthService | None:
    """Give what became of parcels, read once for the lifetime of a service; None without any."""
    if parts.history is None or not parts.history.has("shipments"):
        return None
    if not hasattr(app.state, "delivery_health"):
        app.state.delivery_health = HealthService(parts.history, parts.engine)
    found: HealthService = app.state.delivery_health
    return found


@router.post(
    "/routes/options",
    operation_id="list_route_options",
    response_model=OptionsOut,
    dependencies=[Depends(requires("score"))],
    responses=problems(409),
    openapi_extra=documented_body(OptionsIn, {"order": OPTIONS_EXAMPLE}),
)
async def list_route_options(
    request: Request,
    parts: RuntimeDep,
    service: Annotated[DeliveryService, Depends(delivery)],
) -> dict[str, Any]:
    """Rank warehouse × carrier × outlet for an order as a decision would, and give its route.

    Nothing is stored and no capacity is taken. An order that no warehouse has whole goes in several
    parcels, which the route lists. One that cannot be served gets the constraint that was binding,
    and substitutes where the catalogue names any.
    """
    asked = await read_body(request, OptionsIn)
    try:
        orders.check(asked.order)
    except OrderError as error:
        raise OrderError([(f"/order{place}", mend) for place, mend in error.problems]) from None
    rows = orders.to_rows(asked.order, parts.scorer.terms, received_at=parts.clock())
    values, _ = parts.scorer.state.values(rows.order, rows.lines)
    rules = parts.scorer.judge.judge(
        facts_of(rows.order, rows.lines), values, fact_values(rows.order | rows.beside)
    ).rules
    ranking = service.ranked(rows.order, rows.lines, rules, values, most=asked.limit)
    route = service.described(rows.order, rows.lines, ranking)
    return {
        "order_key": rows.key,
        "route": route,
        "options": service.describe_options(rows.order, ranking.options),
        "n_options": ranking.n_options,
        "turned_down": dict(ranking.turned_down),
        "unserved": route["unserved"],
        "degraded": [part.document() for part in service.missing],
        "versions": service.rater.models.versions if service.rater else {},
    }


@router.get(
    "/delivery/health",
    operation_id="delivery_health",
    response_model=HealthOut,
    dependencies=[Depends(requires("plan"))],
    responses=problems(409),
)
async def delivery_health(
    parts: RuntimeDep,
    found: Annotated[HealthService, Depends(health)],
    level: Literal["area", "carrier", "area_carrier", "warehouse", "outlet"] = "area",
    weeks: Annotated[int, Query(ge=1, le=52)] = 8,
    cursor: Annotated[str | None, Query(max_length=20)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> dict[str, Any]:
    """Tell by week how deliveries went: in time, at the first attempt, picked up, first update.

    A promise counts in the week it fell due; parcels under way before it count nowhere. A pick-up
    counts in the week the parcel left the warehouse, once it is 48 hours ago.
    """
    as_of, rows = await run_in_threadpool(found.report, level, parts.clock(), weeks)
    shown, following = cut(rows, cursor, limit)
    return {
        "level": level,
        "as_of": wire_instant(as_of),
        "n_rows": len(rows),
        "rows": shown,
        "next_cursor": following,
    }

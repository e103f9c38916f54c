"""Routes of forecasts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.concurrency import run_in_threadpool

from serving.authorization import requires
from serving.errors import NotFoundError, UnsupportedError
from serving.forecasts.schemas import ForecastOut, HotListOut, OverloadOut
from serving.forecasts.service import ForecastService, Made
from serving.openapi import problems
from serving.paging import cut
from serving.runtime import RuntimeDep

if TYPE_CHECKING:
    from models.contracts import Reason

router = APIRouter(
    prefix="/v1/forecasts",
    tags=["forecasts"],
    dependencies=[Depends(requires("plan"))],
)

METHOD = (
    "all orders by level, weekday and occasion, spread over warehouses as the parcels of the last "
    "28 days were"
)


def service(request: Request, parts: RuntimeDep) -> ForecastService:
    """Give the forecasts of the running service, one for its lifetime."""
    if parts.history is None:
        raise UnsupportedError("there is no history: run `orderintel import MAPPING.yaml` first")
    state = request.app.state
    if not hasattr(state, "forecasts"):
        state.forecasts = ForecastService(parts.history, parts.settings.models_folder)
    found: ForecastService = state.forecasts
    return found


ServiceDep = Annotated[ForecastService, Depends(service)]


@router.get("/demand", operation_id="forecast_demand", responses=problems(404, 409, 503))
async def forecast_demand(
    forecasts: ServiceDep,
    series_id: Annotated[str | None, Query(max_length=200)] = None,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> ForecastOut:
    """List expected units of every series and step, the largest totals first."""
    made = await run_in_threadpool(forecasts.demand)
    return ForecastOut.model_validate(page(made, series_id, cursor, limit))


def page(made: Made, series_id: str | None, cursor: str | None, limit: int) -> dict[str, Any]:
    """Lay out one page of a forecast."""
    totals = made.found.mean.sum(axis=1)
    order = sorted(range(len(totals)), key=lambda i: (-float(totals[i]), i))
    if series_id is not None:
        order = [i for i in order if made.series.ids[made.found.rows[i]] == series_id]
        if not order:
            raise NotFoundError(f"no series {series_id!r} is forecast")
    shown, following = cut(order, cursor, limit)
    return {
        "first_on": made.first_on,
        "step_days": made.step_days,
        "horizon": made.horizon,
        "model_version": made.model_version,
        "trained_to": made.trained_to,
        "n_series": len(order),
        "series": [_series(made, i) for i in shown],
        "next_cursor": following,
    }


def _series(made: Made, position: int) -> dict[str, Any]:
    """Lay out one series."""
    origin = made.found.outlook.traits.origin
    days = made.series.days(origin, origin + made.horizon)
    mean, quantiles = made.found.mean[position], made.found.quantiles[position]
    return {
        "series_id": made.series.ids[made.found.rows[position]],
        "total": round(float(mean.sum()), 3),
        "steps": [
            {
                "date": str(days[step]),
                "mean": round(float(mean[step]), 4),
                "q10": round(float(quantiles[step, 0]), 4),
                "q50": round(float(quantiles[step, 1]), 4),
                "q90": round(float(quantiles[step, 2]), 4),
            }
            for step in range(made.horizon)
        ],
    }


@router.get("/hot", operation_id="forecast_hot", responses=problems(409, 503))
async def forecast_hot(
    forecasts: ServiceDep,
    parts: RuntimeDep,
    limit: Annotated[int, Query(ge=1, le=500)] = 20,
) -> HotListOut:
    """List products about to sell far more than is usual for them, with the reasons."""
    made = await run_in_threadpool(forecasts.demand)
    hot = await run_in_threadpool(made.hot)
    document = {
        "first_on": made.first_on,
        "horizon": made.horizon,
        "model_version": made.model_version,
        "currency": parts.profile.base_currency if parts.profile else "CNY",
        "n_hot": len(hot),
        "products": [
            {
                "series_id": product.series_id,
                "expected_units": product.expected_units,
                "usual_units": product.usual_units,
                "extra_minor": product.extra_minor,
                "reasons": [reason_document(reason) for reason in product.reasons],
            }
            for product in hot[:limit]
        ],
    }
    return HotListOut.model_validate(document)


def reason_document(reason: Reason) -> dict[str, Any]:
    """Write a reason as the API answers it."""
    return {
        "code": reason.code,
        "text": {"zh": reason.zh, "en": reason.en},
        "value": reason.value,
        "typical": reason.typical,
    }


@router.get("/overload", operation_id="forecast_overload", responses=problems(409, 503))
async def forecast_overload(
    forecasts: ServiceDep,
    horizon: Annotated[int, Query(ge=1, le=28)] = 14,
) -> OverloadOut:
    """List orders expected at each warehouse and day against what it can send."""
    days = await run_in_threadpool(forecasts.overload, horizon)
    document = {
        "method": METHOD,
        "days": [
            {
                "warehouse": day.warehouse,
                "date": day.day_on,
                "expected_orders": day.expected_orders,
                "high_orders": day.high_orders,
                "daily_capacity": day.daily_capacity,
                "state": day.state,
            }
            for day in days
        ],
    }
    return OverloadOut.model_validate(document)

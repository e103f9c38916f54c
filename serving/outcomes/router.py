"""The route that takes outcomes."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request

from serving.authorization import requires
from serving.openapi import problems
from serving.outcomes import schemas
from serving.requests import documented_body, read_body
from serving.runtime import RuntimeDep

router = APIRouter(prefix="/v1/outcomes", tags=["outcomes"])


@router.post(
    "",
    operation_id="report_outcomes",
    response_model=schemas.OutcomesOut,
    responses=problems(409, 503),
    dependencies=[Depends(requires("score"))],
    openapi_extra=documented_body(schemas.OutcomesIn, {"chargeback": schemas.EXAMPLE}),
)
async def report_outcomes(request: Request, runtime: RuntimeDep) -> dict[str, int]:
    """Report refunds, chargebacks, verdicts and parcels. Each is counted exactly once.

    An outcome is corrected by reporting it again under its id with a later ``known_at``: a fraud
    that turned out to be none with ``is_bad`` false. What concerns an order that was never seen
    here is kept all the same.
    """
    reported = await read_body(request, schemas.OutcomesIn)
    async with runtime.line.turn():
        return runtime.outcomes.take(reported)

"""Routes of the weekly runs."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query

from features.order import wire_instant
from serving.authorization import ReaderDep
from serving.errors import NotFoundError
from serving.openapi import problems
from serving.retraining import schemas
from serving.retraining.repository import Run, RunStore
from serving.runtime import RuntimeDep

router = APIRouter(prefix="/v1/retrainings", tags=["models"])


@router.get("", operation_id="list_retrainings", response_model=schemas.RunsOut)
async def list_retrainings(
    runtime: RuntimeDep,
    _caller: ReaderDep,
    limit: Annotated[int, Query(ge=1, le=200)] = 20,
) -> dict[str, Any]:
    """List the weekly runs with what became of each model, newest first."""
    return {"items": [_view(run) for run in RunStore(runtime.engine).newest(limit)]}


@router.get(
    "/{period}",
    operation_id="get_retraining",
    response_model=schemas.RunOut,
    responses=problems(404),
)
async def get_retraining(
    period: Annotated[str, Path(pattern=r"^\d{4}-\d{2}-\d{2}$")],
    runtime: RuntimeDep,
    _caller: ReaderDep,
) -> dict[str, Any]:
    """Show a weekly run with every check, its reason, figure and limit."""
    run = RunStore(runtime.engine).get(period)
    if run is None:
        raise NotFoundError(f"there is no run of {period}")
    return _view(run)


def _view(run: Run) -> dict[str, Any]:
    ended = None if run.finished_at is None else wire_instant(run.finished_at)
    return {
        "period": run.period,
        "state": run.state,
        "started_at": wire_instant(run.started_at),
        "finished_at": ended,
        "report": run.document,
    }

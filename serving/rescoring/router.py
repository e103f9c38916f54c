"""The route that shows which orders are decided again."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query

from features.order import instant
from serving.authorization import requires
from serving.rescoring.schemas import RescoringsOut, State
from serving.runtime import RuntimeDep

router = APIRouter(prefix="/v1/rescorings", tags=["orders"])


@router.get(
    "",
    operation_id="list_rescorings",
    response_model=RescoringsOut,
    dependencies=[Depends(requires("read"))],
)
async def list_rescorings(
    runtime: RuntimeDep,
    state: State = "waiting",
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> dict[str, Any]:
    """List orders that were decided without some part, and what became of them, newest first."""
    store = runtime.rescoring.store
    return {
        "rescorings": [_shown(row) for row in store.newest(state, limit)],
        "counts": store.counts(),
    }


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    ended = row["ended_at"]
    return row | {
        "as_of": instant(row["as_of"]).isoformat(),
        "ended_at": None if ended is None else instant(ended).isoformat(),
    }

"""Routes of the review queue."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request

from serving.authorization import ReaderDep, ReviewerDep
from serving.openapi import problems
from serving.requests import documented_body, read_body
from serving.review import schemas
from serving.runtime import RuntimeDep

router = APIRouter(prefix="/v1/reviews", tags=["reviews"])

ReviewId = Annotated[str, Path(pattern=r"^rev_[0-9a-f]{32}$", examples=["rev_" + "0" * 32])]


@router.get("", operation_id="list_reviews", response_model=schemas.CasesOut)
async def list_reviews(
    runtime: RuntimeDep,
    caller: ReaderDep,
    state: Literal["open", "snoozed", "closed"] = "open",
    sort: Literal["priority", "age"] = "priority",
    cursor: Annotated[str | None, Query(max_length=500)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> dict[str, Any]:
    """List cases, the most urgent first; follow `next_cursor` for more."""
    return runtime.reviews.page(state, sort, cursor, limit, caller)


@router.post(
    "/{review_id}/claim",
    operation_id="claim_review",
    response_model=schemas.CaseOut,
    responses=problems(404, 409),
    openapi_extra=documented_body(schemas.ClaimIn, {"claim": {}}),
)
async def claim_review(
    request: Request, review_id: ReviewId, runtime: RuntimeDep, caller: ReviewerDep
) -> dict[str, Any]:
    """Take a case for ten minutes; claiming again renews it."""
    asked = await read_body(request, schemas.ClaimIn)
    return runtime.reviews.claim(review_id, caller, asked.version)


@router.post(
    "/{review_id}/decide",
    operation_id="decide_review",
    response_model=schemas.CaseOut,
    responses=problems(404, 409),
    openapi_extra=documented_body(
        schemas.DecideIn, {"release": {"verdict": "release", "cause": "legit"}}
    ),
)
async def decide_review(
    request: Request, review_id: ReviewId, runtime: RuntimeDep, caller: ReviewerDep
) -> dict[str, Any]:
    """Close a case. After eight seconds the verdict becomes an outcome of the order."""
    return runtime.reviews.decide(review_id, caller, await read_body(request, schemas.DecideIn))


@router.post(
    "/{review_id}/undo",
    operation_id="undo_review",
    response_model=schemas.CaseOut,
    responses=problems(404, 409),
)
async def undo_review(
    review_id: ReviewId, runtime: RuntimeDep, caller: ReviewerDep
) -> dict[str, Any]:
    """Open a case again that you closed within the last eight seconds."""
    return runtime.reviews.undo(review_id, caller)


@router.post(
    "/{review_id}/snooze",
    operation_id="snooze_review",
    response_model=schemas.CaseOut,
    responses=problems(404, 409),
    openapi_extra=documented_body(schemas.SnoozeIn, {"an_hour": {"minutes": 60}}),
)
async def snooze_review(
    request: Request, review_id: ReviewId, runtime: RuntimeDep, caller: ReviewerDep
) -> dict[str, Any]:
    """Put a case aside for some minutes."""
    asked = await read_body(request, schemas.SnoozeIn)
    return runtime.reviews.snooze(review_id, caller, asked.minutes, asked.version)


@router.post(
    "/{review_id}/note",
    operation_id="note_review",
    response_model=schemas.CaseOut,
    responses=problems(404, 409),
    openapi_extra=documented_body(schemas.NoteIn, {"note": {"text": "asked the buyer"}}),
)
async def note_review(
    request: Request, review_id: ReviewId, runtime: RuntimeDep, caller: ReviewerDep
) -> dict[str, Any]:
    """Write something beside a case."""
    asked = await read_body(request, schemas.NoteIn)
    return runtime.reviews.note(review_id, caller, asked.text)

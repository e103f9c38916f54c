"""Routes of ticket priorities."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, Depends, Request
from fastapi.concurrency import run_in_threadpool

from models.tickets.examples import TicketFacts
from serving.authorization import ReviewerDep, requires
from serving.requests import documented_body, read_body
from serving.runtime import RuntimeDep
from serving.tickets import schemas

if TYPE_CHECKING:
    from models.tickets.priority import TicketPriority

router = APIRouter(prefix="/v1/tickets", tags=["tickets"])


@router.post(
    "/priority",
    operation_id="prioritise_tickets",
    dependencies=[Depends(requires("score"))],
    openapi_extra=documented_body(schemas.TicketsIn, {"two": schemas.EXAMPLE}),
)
async def prioritise_tickets(request: Request, runtime: RuntimeDep) -> schemas.TicketsOut:
    """Sort after-sales messages into urgent, normal and suggestion.

    With an `order_key` the service adds what it knows of the order; facts in the call come first.
    """
    body = await read_body(request, schemas.TicketsIn)
    asked = [(t.text, t.order_key, TicketFacts(**t.facts.model_dump())) for t in body.tickets]
    told, version = await run_in_threadpool(runtime.tickets.priorities, asked)
    return schemas.TicketsOut(tickets=[_answer(priority) for priority in told], version=version)


@router.post(
    "/corrections",
    operation_id="correct_ticket",
    openapi_extra=documented_body(schemas.CorrectionIn, {"urgent": schemas.CORRECTION}),
)
async def correct_ticket(
    request: Request, runtime: RuntimeDep, caller: ReviewerDep
) -> schemas.CorrectionOut:
    """Say what the priority of a message should have been; later ones are told accordingly.

    E-mail addresses and long numbers are taken out of the text before it is kept.
    """
    body = await read_body(request, schemas.CorrectionIn)
    facts = TicketFacts(**body.facts.model_dump())
    corrections, version = await run_in_threadpool(
        lambda: runtime.tickets.correct(
            body.text, body.order_key, facts, body.priority, actor=caller.name
        )
    )
    return schemas.CorrectionOut(corrections=corrections, version=version)


def _answer(told: TicketPriority) -> schemas.TicketOut:
    return schemas.TicketOut.model_validate(
        {
            "priority": told.priority,
            "probabilities": told.probabilities,
            "reasons": [
                {"code": r.code, "text": {"zh": r.zh, "en": r.en}, "share": min(r.share, 1.0)}
                for r in told.reasons
            ],
        }
    )

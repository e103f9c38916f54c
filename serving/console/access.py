"""The pages of personal data and of the audit log."""

from __future__ import annotations

import json
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse

from serving.access.audit import ACTS
from serving.access.schemas import RevealIn
from serving.console.visit import Visit, visit_with
from serving.requests import parse_body
from serving.scoring.history import whole_key

router = APIRouter(prefix="/console", include_in_schema=False)

SHOWN: Final = 100
LONGEST_NUMBER: Final = 10


@router.get("/audit", response_class=HTMLResponse)
async def audit_page(visit: Annotated[Visit, Depends(visit_with("audit"))]) -> Response:
    """Show who did what, newest first, and whether the log stands."""
    audit, asked = visit.runtime.audit, visit.request.query_params
    before = asked.get("before", "")
    act = asked.get("act") if asked.get("act") in ACTS else None
    number = int(before) if before.isdecimal() and len(before) < LONGEST_NUMBER else None
    lines = await run_in_threadpool(audit.page, number, SHOWN + 1, act)
    return visit.page(
        "audit.html",
        lines=[line.document() for line in lines[:SHOWN]],
        has_more=len(lines) > SHOWN,
        broken_at=await run_in_threadpool(audit.broken_at),
        act=act,
        acts={name: words[visit.lang != "zh"] for name, words in ACTS.items()},
    )


@router.post("/reveal", response_class=HTMLResponse)
async def reveal(visit: Annotated[Visit, Depends(visit_with("reveal"))]) -> Response:
    """Show an order's personal data in clear, once the reason is kept."""
    form = await visit.form()
    asked = parse_body(json.dumps({"reason": form.get("reason", "")}).encode(), RevealIn)
    key = whole_key(form.get("order_key", ""))
    personal = visit.runtime.personal
    fields = await run_in_threadpool(personal.reveal, key, visit.caller, asked.reason)
    return visit.page("reveal.html", order_key=key, fields=fields)

"""The pages of personal data and of the audit log."""

from __future__ import annotations

import json
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse

from serving.access.audit import ACTS
from serving.access.schemas import RevealIn
from serving.console import session
from serving.console.router import language, page_of, to_login
from serving.requests import parse_body
from serving.runtime import Runtime, runtime
from serving.scoring.history import whole_key

router = APIRouter(prefix="/console", include_in_schema=False)

RuntimeDep = Annotated[Runtime, Depends(runtime)]
LanguageDep = Annotated[str, Depends(language)]
SHOWN = 100


@router.get("/audit", response_class=HTMLResponse)
async def audit_page(request: Request, runtime: RuntimeDep, lang: LanguageDep) -> Response:
    """Show who did what, newest first, and whether the log stands."""
    visitor = session.visitor_of(request, runtime, "audit")
    if visitor is None:
        return to_login()
    asked = request.query_params
    before = asked.get("before", "")
    act = asked.get("act") if asked.get("act") in ACTS else None
    number = int(before) if before.isdecimal() and len(before) < 10 else None
    lines = await run_in_threadpool(runtime.audit.page, number, SHOWN + 1, act)
    return page_of(
        request,
        lang,
        "audit.html",
        visitor=visitor,
        lines=[line.document() for line in lines[:SHOWN]],
        has_more=len(lines) > SHOWN,
        broken_at=await run_in_threadpool(runtime.audit.broken_at),
        act=act,
        acts={name: words[lang != "zh"] for name, words in ACTS.items()},
    )


@router.post("/reveal", response_class=HTMLResponse)
async def reveal(request: Request, runtime: RuntimeDep, lang: LanguageDep) -> Response:
    """Show an order's personal data in clear, once the reason is kept."""
    visitor = session.visitor_of(request, runtime, "reveal")
    if visitor is None:
        return to_login()
    form = await session.checked_form(request, visitor)
    asked = parse_body(json.dumps({"reason": form.get("reason", "")}).encode(), RevealIn)
    key = whole_key(form.get("order_key", ""))
    fields = await run_in_threadpool(runtime.personal.reveal, key, visitor.caller, asked.reason)
    return page_of(request, lang, "reveal.html", visitor=visitor, order_key=key, fields=fields)

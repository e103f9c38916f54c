"""The pages: log-in, queue, order, and the API's description for people."""

from __future__ import annotations

import math
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, RedirectResponse

from serving.access.masking import for_eyes_of
from serving.catalogue import listed_once, shown
from serving.console import pages, session
from serving.console.figures import figures
from serving.console.visit import LanguageDep, Visit, page_of, visit_with
from serving.errors import NotFoundError, TooManyError
from serving.review.schemas import DecideIn
from serving.runtime import RuntimeDep
from serving.scoring.history import order_document, whole_key

router = APIRouter(include_in_schema=False)

ReaderVisit = Annotated[Visit, Depends(visit_with("read"))]
RowsVisit = Annotated[Visit, Depends(visit_with("read", counts=False))]
ReviewAct = Annotated[Visit, Depends(visit_with("review", from_script=True))]
VERDICTS: Final = {"release": "legit", "hold": "fraud"}
"""Verdict a key gives to the cause that is noted with it."""

ADDRESS_FIELDS: Final = (
    "country", "province", "city", "district", "street", "house", "building", "unit",
    "precision", "confidence",
)  # fmt: skip
ROUTE_FIELDS: Final = ("warehouse", "carrier", "outlet", "service", "promised_by")
PLACE_PARTS: Final = ("country", "region", "city", "district", "town")
SHOWN: Final = 50
"""Cases on a page of the queue."""


@router.get("/", response_class=HTMLResponse)
async def root() -> Response:
    """Lead to the queue."""
    return RedirectResponse("/console", status_code=303)


@router.get("/console/login", response_class=HTMLResponse)
async def login_page(request: Request, lang: LanguageDep) -> Response:
    """Ask for a name and a password."""
    return page_of(request, lang, "login.html", failed="")


@router.post("/console/login")
async def login(request: Request, runtime: RuntimeDep, lang: LanguageDep) -> Response:
    """Let in whoever brings a name with its password, or a key, that may look at the pages."""
    form = await session.form_of(request)
    try:
        caller = await run_in_threadpool(session.log_in, request, runtime, form)
    except TooManyError as error:
        page = page_of(request, lang, "login.html", failed="too_often")
        page.status_code = 429
        page.headers["Retry-After"] = str(math.ceil(error.wait_s))
        return page
    if caller is None:
        failed = "bad_password" if form.get("name") else "bad_key"
        return page_of(request, lang, "login.html", failed=failed)
    return RedirectResponse("/console", status_code=303)


@router.post("/console/logout")
async def logout(visit: Annotated[Visit, Depends(visit_with("any"))]) -> Response:
    """Let a visitor go."""
    await visit.form()
    session.log_out(visit.request, visit.runtime, visit.visitor)
    return RedirectResponse("/console/login", status_code=303)


@router.get("/console", response_class=HTMLResponse)
async def queue_page(visit: ReaderVisit) -> Response:
    """Show the review queue."""
    return visit.page("queue.html", **_queue(visit))


@router.get("/console/queue", response_class=HTMLResponse)
async def queue_rows(visit: RowsVisit) -> Response:
    """Give the rows of the queue, for the page to fill itself anew."""
    return visit.page("rows.html", **_queue(visit))


def _queue(visit: Visit) -> dict[str, Any]:
    asked, runtime = visit.request.query_params, visit.runtime
    state = asked.get("state") if asked.get("state") in {"snoozed", "closed"} else "open"
    sort = "age" if asked.get("sort") == "age" else "priority"
    page = runtime.reviews.page(str(state), sort, asked.get("cursor"), SHOWN, visit.caller)
    return {
        "state": state,
        "sort": sort,
        "cursor": asked.get("cursor"),
        "page": page,
        "figures": figures(runtime),
        "now": runtime.clock(),
    }


@router.get("/console/orders/{order_key:path}", response_class=HTMLResponse)
async def order_page(visit: ReaderVisit, order_key: str) -> Response:
    """Show one order."""
    runtime, order_key = visit.runtime, whole_key(order_key)
    found = order_document(
        runtime.scorer.store, runtime.addresses.store, runtime.explanations.store, order_key
    )
    if found is None:
        raise NotFoundError(f"no order {order_key!r} was scored here")
    found = for_eyes_of(visit.caller, found)
    case = runtime.reviews.store.find_by_order(order_key)
    address = found["order"].get("shipping_address") or {}
    return visit.page(
        "order.html",
        order_key=order_key,
        found=found,
        decision=found["decisions"][-1],
        case=runtime.reviews.document(case) if case else None,
        personal=runtime.personal.shown(order_key),
        may_reveal=visit.caller.may("reveal"),
        may_review=visit.caller.may("review"),
        value=(found["order"].get("amounts") or {}).get("grand_total"),
        place=" ".join(str(address[part]) for part in PLACE_PARTS if address.get(part)) or "–",
        goods={
            line["line_id"]: line.get("title") or line.get("seller_sku") or line.get("sku_id")
            for line in found["order"].get("lines") or ()
        },
        address_fields=ADDRESS_FIELDS,
        route_fields=ROUTE_FIELDS,
    )


@router.get("/console/catalogue", response_class=HTMLResponse)
async def catalogue_page(visit: ReaderVisit) -> Response:
    """Show every feature, what it means and who gives it."""
    history = visit.runtime.history
    listed = await run_in_threadpool(listed_once, history) if history else ()
    return visit.page("catalogue.html", **shown(listed, visit.lang))


@router.post("/console/reviews/{review_id}/decide")
async def decide(visit: ReviewAct, review_id: str) -> Response:
    """Close a case by a key."""
    form = await visit.form()
    verdict = form.get("verdict", "")
    if verdict not in VERDICTS:
        raise NotFoundError(f"there is no verdict {verdict!r}")
    decided = DecideIn.model_validate({"verdict": verdict, "cause": VERDICTS[verdict]})
    visit.runtime.reviews.decide(review_id, visit.caller, decided)
    return Response(status_code=204)


@router.post("/console/reviews/{review_id}/undo")
async def undo(visit: ReviewAct, review_id: str) -> Response:
    """Open a case again that was closed a moment ago."""
    await visit.form()
    visit.runtime.reviews.undo(review_id, visit.caller)
    return Response(status_code=204)


@router.get("/console/static/{name}")
async def asset(name: str) -> Response:
    """Give one of the few files the pages need."""
    if name not in pages.ASSETS:
        raise NotFoundError(f"there is no file {name!r}")
    content = (pages.STATIC / name).read_bytes()
    return Response(content, media_type=pages.ASSETS[name])


@router.get("/docs", response_class=HTMLResponse)
async def docs(request: Request, runtime: RuntimeDep, lang: LanguageDep) -> Response:
    """Describe the API to people, without anything from another server."""
    visitor = session.visitor_of(request, runtime, "any")
    document = request.app.openapi()
    return page_of(request, lang, "docs.html", visitor=visitor, document=document)

"""The pages: log-in, queue, order, and the API's description for people."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, Any, Final

from fastapi import APIRouter, Depends, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, RedirectResponse

from serving.access.masking import for_eyes_of
from serving.catalogue import listed_once, shown
from serving.console import pages, session
from serving.console.figures import figures
from serving.console.words import LANGUAGES, language_of
from serving.errors import ForbiddenError, NotFoundError, TooManyError
from serving.review.schemas import DecideIn
from serving.runtime import Runtime, runtime
from serving.scoring.history import order_document, whole_key

if TYPE_CHECKING:
    from serving.security import Caller

router = APIRouter(include_in_schema=False)

RuntimeDep = Annotated[Runtime, Depends(runtime)]
VERDICTS = {"release": "legit", "hold": "fraud"}
"""Verdict a key gives to the cause that is noted with it."""


async def language(request: Request) -> str:
    """Give the language of the page: asked for, remembered, or the browser's."""
    asked = request.query_params.get("lang") or request.cookies.get(session.LANGUAGE_COOKIE)
    return language_of(asked, request.headers.get("accept-language"))


LanguageDep = Annotated[str, Depends(language)]


def page_of(request: Request, lang: str, name: str, **values: Any) -> HTMLResponse:
    """Write a page or a part of one for a visitor."""
    visitor: session.Visitor | None = values.pop("visitor", None)
    values |= {
        "caller": visitor.caller if visitor else None,
        "token": visitor.token if visitor else "",
    }
    answer = HTMLResponse(pages.render(name, lang, **values))
    if request.query_params.get("lang") in LANGUAGES:
        answer.set_cookie(session.LANGUAGE_COOKIE, lang, max_age=365 * 86400, samesite="lax")
    return answer


def to_login() -> RedirectResponse:
    """Lead to the log-in."""
    return RedirectResponse("/console/login", status_code=303)


ADDRESS_FIELDS: Final = (
    "country", "province", "city", "district", "street", "house", "building", "unit",
    "precision", "confidence",
)  # fmt: skip
ROUTE_FIELDS: Final = ("warehouse", "carrier", "outlet", "service", "promised_by")


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
async def logout(request: Request, runtime: RuntimeDep) -> Response:
    """Let a visitor go."""
    visitor = session.visitor_of(request, runtime, "any")
    if visitor is not None:
        await session.checked_form(request, visitor)
        session.log_out(request, runtime, visitor)
    return to_login()


@router.get("/console", response_class=HTMLResponse)
async def queue_page(request: Request, runtime: RuntimeDep, lang: LanguageDep) -> Response:
    """Show the review queue."""
    visitor = session.visitor_of(request, runtime)
    if visitor is None:
        return to_login()
    shown = _queue(request, runtime, visitor.caller)
    return page_of(request, lang, "queue.html", visitor=visitor, **shown)


@router.get("/console/queue", response_class=HTMLResponse)
async def queue_rows(request: Request, runtime: RuntimeDep, lang: LanguageDep) -> Response:
    """Give the rows of the queue, for the page to fill itself anew."""
    visitor = session.visitor_of(request, runtime, counts=False)
    if visitor is None:
        return to_login()
    shown = _queue(request, runtime, visitor.caller)
    return page_of(request, lang, "rows.html", visitor=visitor, **shown)


def _queue(request: Request, runtime: Runtime, caller: Caller) -> dict[str, Any]:
    asked = request.query_params
    state = asked.get("state") if asked.get("state") in {"snoozed", "closed"} else "open"
    sort = "age" if asked.get("sort") == "age" else "priority"
    page = runtime.reviews.page(str(state), sort, asked.get("cursor"), 50, caller)
    return {
        "state": state,
        "sort": sort,
        "cursor": asked.get("cursor"),
        "page": page,
        "figures": figures(runtime),
        "now": runtime.clock(),
    }


@router.get("/console/orders/{order_key:path}", response_class=HTMLResponse)
async def order_page(
    request: Request, order_key: str, runtime: RuntimeDep, lang: LanguageDep
) -> Response:
    """Show one order."""
    visitor = session.visitor_of(request, runtime)
    if visitor is None:
        return to_login()
    order_key = whole_key(order_key)
    found = order_document(
        runtime.scorer.store, runtime.addresses.store, runtime.explanations.store, order_key
    )
    if found is None:
        raise NotFoundError(f"no order {order_key!r} was scored here")
    found = for_eyes_of(visitor.caller, found)
    case = runtime.reviews.store.find_by_order(order_key)
    address = found["order"].get("shipping_address") or {}
    parts = ("country", "region", "city", "district", "town")
    return page_of(
        request,
        lang,
        "order.html",
        visitor=visitor,
        order_key=order_key,
        found=found,
        decision=found["decisions"][-1],
        case=runtime.reviews.document(case) if case else None,
        personal=runtime.personal.shown(order_key),
        may_reveal=visitor.caller.may("reveal"),
        may_review=visitor.caller.may("review"),
        value=(found["order"].get("amounts") or {}).get("grand_total"),
        place=" ".join(str(address[part]) for part in parts if address.get(part)) or "–",
        address_fields=ADDRESS_FIELDS,
        route_fields=ROUTE_FIELDS,
    )


@router.get("/console/catalogue", response_class=HTMLResponse)
async def catalogue_page(request: Request, runtime: RuntimeDep, lang: LanguageDep) -> Response:
    """Show every feature, what it means and who gives it."""
    visitor = session.visitor_of(request, runtime)
    if visitor is None:
        return to_login()
    listed = await run_in_threadpool(listed_once, runtime.history) if runtime.history else ()
    return page_of(request, lang, "catalogue.html", visitor=visitor, **shown(listed, lang))


@router.post("/console/reviews/{review_id}/decide")
async def decide(request: Request, review_id: str, runtime: RuntimeDep) -> Response:
    """Close a case by a key."""
    visitor = session.visitor_of(request, runtime, "review")
    if visitor is None:
        raise ForbiddenError("log in first")
    form = await session.checked_form(request, visitor)
    verdict = form.get("verdict", "")
    if verdict not in VERDICTS:
        raise NotFoundError(f"there is no verdict {verdict!r}")
    decided = DecideIn.model_validate({"verdict": verdict, "cause": VERDICTS[verdict]})
    runtime.reviews.decide(review_id, visitor.caller, decided)
    return Response(status_code=204)


@router.post("/console/reviews/{review_id}/undo")
async def undo(request: Request, review_id: str, runtime: RuntimeDep) -> Response:
    """Open a case again that was closed a moment ago."""
    visitor = session.visitor_of(request, runtime, "review")
    if visitor is None:
        raise ForbiddenError("log in first")
    await session.checked_form(request, visitor)
    runtime.reviews.undo(review_id, visitor.caller)
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

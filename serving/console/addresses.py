"""The page on which an unsure address is settled by one key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse
from markupsafe import Markup

from serving.addresses.differences import differences
from serving.addresses.picture import picture
from serving.addresses.reviews import typed
from serving.console import session
from serving.console.router import language, page_of, to_login
from serving.console.words import word
from serving.errors import ForbiddenError, InvalidRequestError
from serving.runtime import Runtime, runtime

if TYPE_CHECKING:
    from serving.addresses.reviews import AddressReviews

router = APIRouter(prefix="/console/addresses", include_in_schema=False)

RuntimeDep = Annotated[Runtime, Depends(runtime)]
LanguageDep = Annotated[str, Depends(language)]
KEYS = ("0", "1", "2", "3")
LISTED = 30


@router.get("", response_class=HTMLResponse)
async def addresses_page(request: Request, runtime: RuntimeDep, lang: LanguageDep) -> Response:
    """Show the queue of unsure addresses and the case that is next."""
    return await _shown(request, runtime, lang, "addresses.html")


@router.get("/desk", response_class=HTMLResponse)
async def addresses_desk(request: Request, runtime: RuntimeDep, lang: LanguageDep) -> Response:
    """Give the queue and a case, for the page to fill itself anew."""
    return await _shown(request, runtime, lang, "addresses_desk.html")


async def _shown(request: Request, runtime: Runtime, lang: str, template: str) -> Response:
    visitor = session.visitor_of(request, runtime, "personal")
    if visitor is None:
        return to_login()
    asked = request.query_params
    state = "settled" if asked.get("state") == "settled" else "open"
    values = await run_in_threadpool(_desk, runtime.addresses, state, asked.get("case"), lang)
    return page_of(request, lang, template, visitor=visitor, now=runtime.clock(), **values)


@router.post("/{case_id}/choose")
async def choose(request: Request, case_id: str, runtime: RuntimeDep) -> Response:
    """Settle a case by a key."""
    visitor = session.visitor_of(request, runtime, "review")
    if visitor is None:
        raise ForbiddenError("log in first")
    form = await session.checked_form(request, visitor)
    choice, version = form.get("choice", ""), form.get("version", "")
    if choice not in KEYS or not version.isdigit():
        raise InvalidRequestError("give a choice from 0 to 3 and the version you saw")
    await run_in_threadpool(
        runtime.addresses.choose, case_id, visitor.caller, int(choice), int(version)
    )
    return Response(status_code=204)


@router.post("/{case_id}/undo")
async def undo(request: Request, case_id: str, runtime: RuntimeDep) -> Response:
    """Take a choice back."""
    visitor = session.visitor_of(request, runtime, "review")
    if visitor is None:
        raise ForbiddenError("log in first")
    await session.checked_form(request, visitor)
    await run_in_threadpool(runtime.addresses.undo, case_id, visitor.caller)
    return Response(status_code=204)


def _desk(reviews: AddressReviews, state: str, wanted: str | None, lang: str) -> dict[str, Any]:
    """Put together what the page shows: the list, and the case that was asked for or is first."""
    cases = reviews.store.page(state, None, LISTED)
    chosen = next((case for case in cases if case["case_id"] == wanted), None)
    chosen = chosen or (cases[0] if cases else None)
    return {
        "state": state,
        "counts": {name: reviews.store.count(name) for name in ("open", "settled")},
        "cases": [reviews.document(case) for case in cases],
        "case": None if chosen is None else _card(reviews, chosen, lang),
    }


def _card(reviews: AddressReviews, case: dict[str, Any], lang: str) -> dict[str, Any]:
    choices = reviews.choices(case)
    written = typed(case["parts"] or {})
    document = reviews.document(case)
    for choice in document["choices"]:
        choice["differences"] = differences(written, choice["standard"])
    # The picture holds numbers of our own and one escaped title; nothing a buyer typed.
    drawn = Markup(picture(choices, word("places_shown", lang)))  # noqa: S704
    return document | {"picture": drawn}

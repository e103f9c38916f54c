"""The page on which an unsure address is settled by one key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final

from fastapi import APIRouter, Depends, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse
from markupsafe import Markup

from serving.addresses.differences import differences
from serving.addresses.picture import picture
from serving.addresses.reviews import typed
from serving.console.visit import Visit, visit_with
from serving.console.words import word
from serving.errors import InvalidRequestError

if TYPE_CHECKING:
    from serving.addresses.reviews import AddressReviews

router = APIRouter(prefix="/console/addresses", include_in_schema=False)

DeskVisit = Annotated[Visit, Depends(visit_with("personal"))]
ReviewAct = Annotated[Visit, Depends(visit_with("review", from_script=True))]
KEYS: Final = ("0", "1", "2", "3")
LISTED: Final = 30


@router.get("", response_class=HTMLResponse)
async def addresses_page(visit: DeskVisit) -> Response:
    """Show the queue of unsure addresses and the case that is next."""
    return await _shown(visit, "addresses.html")


@router.get("/desk", response_class=HTMLResponse)
async def addresses_desk(visit: DeskVisit) -> Response:
    """Give the queue and a case, for the page to fill itself anew."""
    return await _shown(visit, "addresses_desk.html")


async def _shown(visit: Visit, template: str) -> Response:
    asked, runtime = visit.request.query_params, visit.runtime
    state = "settled" if asked.get("state") == "settled" else "open"
    values = await run_in_threadpool(_desk, runtime.addresses, state, asked.get("case"), visit.lang)
    return visit.page(template, now=runtime.clock(), **values)


@router.post("/{case_id}/choose")
async def choose(visit: ReviewAct, case_id: str) -> Response:
    """Settle a case by a key."""
    form = await visit.form()
    choice, version = form.get("choice", ""), form.get("version", "")
    if choice not in KEYS or not version.isdigit():
        raise InvalidRequestError("give a choice from 0 to 3 and the version you saw")
    addresses = visit.runtime.addresses
    await run_in_threadpool(addresses.choose, case_id, visit.caller, int(choice), int(version))
    return Response(status_code=204)


@router.post("/{case_id}/undo")
async def undo(visit: ReviewAct, case_id: str) -> Response:
    """Take a choice back."""
    await visit.form()
    await run_in_threadpool(visit.runtime.addresses.undo, case_id, visit.caller)
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

"""The pages of the merchant's rules: the list, the editor with its live check, trials, versions."""

from __future__ import annotations

import asyncio
import difflib
from typing import TYPE_CHECKING, Annotated, Any, Final

from fastapi import APIRouter, Depends, Response
from fastapi.responses import HTMLResponse, JSONResponse

from models.errors import ModelError
from models.policy.rules.conditions import OPERATORS
from models.policy.rules.faults import BrokenRulesError
from models.policy.rules.library import packs
from models.policy.rules.reading import read_rules
from models.policy.rules.wording import describe, outcome_words
from serving.console.visit import Visit, visit_with
from serving.errors import ForbiddenError, InvalidRequestError, ServiceError
from serving.rules.views import version_view

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from serving.runtime import Runtime

router = APIRouter(prefix="/console/rules", include_in_schema=False)

ReaderVisit = Annotated[Visit, Depends(visit_with("read"))]
ReaderAct = Annotated[Visit, Depends(visit_with("read", from_script=True))]

LATEST: Final = 5
MOST_DAYS: Final = 366
DEFAULT_DAYS: Final = 14
LONGEST_NUMBER: Final = 10


@router.get("", response_class=HTMLResponse)
async def rules_page(visit: ReaderVisit) -> Response:
    """Show the rules in force with what they did lately."""
    newest = visit.runtime.rules.newest()
    listed = _listed(visit.runtime, newest.text, visit.lang)
    return visit.page("rules.html", version=version_view(newest), rules=listed)


def _listed(runtime: Runtime, text: str, lang: str) -> list[dict[str, Any]]:
    """Give the rules of a text as the list shows them."""
    rules = runtime.rules
    try:
        found = read_rules(text, rules.fields).rules
    except BrokenRulesError:
        return []
    activity = rules.activity()
    most = max((counts["fired"] for counts in activity.values()), default=0)
    lines = text.splitlines()
    return [
        {
            "id": rule.id,
            "name": rule.zh if lang == "zh" else rule.en,
            "mode": rule.mode,
            "action": rule.outcome.action,
            "outcome": outcome_words(rule.outcome, lang),
            "when": describe(rule.when, lang),
            "owner": rule.owner,
            "note": rule.note,
            "counts": activity.get(rule.id, {}),
            "share": round(100 * activity.get(rule.id, {}).get("fired", 0) / most) if most else 0,
            "latest": rules.store.latest_hits(rule.id, LATEST) if rule.id in activity else [],
            "line": _line_of(lines, rule.id),
        }
        for rule in found
    ]


def _line_of(lines: list[str], rule_id: str) -> int:
    """Find the line on which a rule begins, counted from 1."""
    for number, line in enumerate(lines, 1):
        if line.strip().removeprefix("- ").removeprefix("id:").strip(" \"'") == rule_id:
            return number
    return 1


@router.get("/edit", response_class=HTMLResponse)
async def edit_page(visit: ReaderVisit) -> Response:
    """Show the editor."""
    rules = visit.runtime.rules
    newest = rules.newest()
    _, faults = rules.check(newest.text)
    return visit.page(
        "rules_edit.html",
        version=version_view(newest),
        etag=newest.etag,
        text=newest.text,
        faults=faults,
        may_save=visit.caller.may("rules"),
        days=DEFAULT_DAYS,
        versions=[version_view(each) for each in rules.versions()],
        packs=packs(),
        fields=rules.fields.values(),
        given=rules.given,
        operators=OPERATORS,
    )


@router.post("/check", response_class=HTMLResponse)
async def check(visit: ReaderAct) -> Response:
    """Give the faults of the text under edit."""
    body = await _body(visit)
    _, faults = visit.runtime.rules.check(body["text"])
    return visit.page("rules_faults.html", faults=faults)


@router.post("/backtest", response_class=HTMLResponse)
async def backtest(visit: ReaderAct) -> Response:
    """Say what the text under edit would have done."""
    body = await _body(visit)
    days = min(max(_number(body, "days", DEFAULT_DAYS), 1), MOST_DAYS)

    async def told() -> dict[str, Any]:
        return {"told": await asyncio.to_thread(visit.runtime.rules.backtest, body["text"], days)}

    return await _or_why(visit, "rules_backtest.html", told)


@router.post("/compare", response_class=HTMLResponse)
async def compare(visit: ReaderAct) -> Response:
    """Show how the text under edit differs from a saved version."""
    body = await _body(visit)

    async def told() -> dict[str, Any]:
        saved = visit.runtime.rules.numbered(_number(body, "number", 0))
        return {
            "version": version_view(saved),
            "text": saved.text,
            "lines": list(
                difflib.unified_diff(
                    saved.text.splitlines(), body["text"].splitlines(), lineterm="", n=2
                )
            )[2:],
        }

    return await _or_why(visit, "rules_compare.html", told)


@router.post("/save")
async def save(visit: ReaderAct) -> Response:
    """Save the text under edit and put it into force."""
    body = await _body(visit)
    if not visit.caller.may("rules"):
        raise ForbiddenError("your role may not change rules")
    note = str(body.get("note") or "").strip() or None
    saved = visit.runtime.rules.save(body["text"], visit.caller, note, body["etag"])
    return JSONResponse({"number": saved.number, "etag": saved.etag})


async def _body(visit: Visit) -> dict[str, Any]:
    """Read what the page's script sent."""
    return {"text": "", "etag": None, **await visit.texts()}


def _number(body: dict[str, Any], name: str, otherwise: int) -> int:
    """Read a number that the page's script sends as text."""
    text = body.get(name) or str(otherwise)
    if not (text.isdecimal() and len(text) < LONGEST_NUMBER):
        raise InvalidRequestError("this cannot be read", [(f"/{name}", "is no number")])
    return int(text)


async def _or_why(
    visit: Visit, template: str, told: Callable[[], Awaitable[dict[str, Any]]]
) -> Response:
    """Write a part of the page, or why it cannot be had."""
    try:
        values = await told()
    except BrokenRulesError as error:
        return visit.page("rules_faults.html", faults=error.faults)
    except (ServiceError, ModelError) as error:
        return visit.page("rules_why.html", why=str(error))
    return visit.page(template, **values)

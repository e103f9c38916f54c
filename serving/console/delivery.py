"""The page of deliveries: outlets that dropped, warnings, areas by week, rates, advice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final

from fastapi import APIRouter, Depends, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse

from models.delivery.alerts import KINDS, SEVERITY_WORDS, UNKNOWN_KIND
from serving.console.visit import Visit, visit_with
from serving.delivery.router import health_of
from serving.noticing.outlook import advice, alerts, rates

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fastapi import FastAPI

    from serving.runtime import Runtime

router = APIRouter(include_in_schema=False)

WEEKS: Final = 8
AREAS: Final = 30
OUTLETS: Final = 25
PARTS: Final = ("on_time", "first_attempt", "not_picked_up", "first_update")
HOURS_A_DAY: Final = 24.0


@router.get("/console/delivery", response_class=HTMLResponse)
async def delivery_page(visit: Annotated[Visit, Depends(visit_with("plan"))]) -> Response:
    """Show how deliveries go."""
    asked = visit.request.query_params.get("part")
    part = asked if asked in PARTS else PARTS[0]
    shown = await run_in_threadpool(_shown, visit.request.app, visit.runtime, part)
    return visit.page("delivery.html", part=part, **shown)


def _shown(app: FastAPI, runtime: Runtime, part: str) -> dict[str, Any]:
    as_of, worst = rates(runtime, "first_attempt", "outlet")
    health = health_of(app, runtime)
    weekly = [] if health is None else health.report("area", runtime.clock(), WEEKS)[1]
    told = alerts(runtime, "open")
    return {
        "parts": PARTS,
        "drops": told["drops"],
        "warnings": [each | words_of(each) for each in told["warnings"]],
        "heat": heat(weekly, part),
        "rates": worst[:OUTLETS],
        "rates_as_of": as_of,
        "advice": advice(runtime),
    }


def words_of(warning: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """Give the words of a warning's kind and severity."""
    kind = KINDS.get(warning["kind"], UNKNOWN_KIND)
    level = SEVERITY_WORDS.get(warning["severity"], ("–", "–"))
    return {
        "kind_text": dict(zip(("zh", "en"), kind, strict=True)),
        "level_text": dict(zip(("zh", "en"), level, strict=True)),
    }


def heat(rows: Sequence[Mapping[str, Any]], part: str) -> dict[str, Any]:
    """Lay weekly figures out as a table of areas by week.

    Parameters
    ----------
    rows
        Weekly figures of areas.
    part
        What to show, one of `PARTS`.

    Returns
    -------
    dict
        ``weeks``, the newest last, and ``rows`` of an ``area`` and its ``cells``; a cell has
        ``text``, ``n`` and ``heat`` from 0 (good) to 1 (bad), or is None. Areas with most parcels
        come first.

    Examples
    --------
    >>> share = {"n": 4, "rate": 0.75, "low": 0.3, "high": 0.95}
    >>> area = {"ship_country": "CN", "ship_region": "浙江省", "week": "2026-11-16"}
    >>> heat([area | {"on_time": share}], "on_time")["rows"][0]["cells"][0]["text"]
    '75 %'
    """
    weeks = sorted({str(row["week"]) for row in rows})
    areas: dict[str, dict[str, Mapping[str, Any]]] = {}
    for row in rows:
        found = row.get(part)
        if found is not None:
            name = f"{row['ship_country'] or '–'} {row['ship_region'] or '–'}"
            areas.setdefault(name, {})[str(row["week"])] = found
    most = sorted(areas, key=lambda name: -sum(cell["n"] for cell in areas[name].values()))
    return {
        "weeks": weeks,
        "rows": [
            {"area": name, "cells": [_cell(areas[name].get(week), part) for week in weeks]}
            for name in most[:AREAS]
        ],
    }


def _cell(found: Mapping[str, Any] | None, part: str) -> dict[str, Any] | None:
    if found is None:
        return None
    if part == "first_update":
        hours = float(found["hours"])
        return {"text": f"{hours:.0f} h", "n": found["n"], "heat": min(hours / HOURS_A_DAY, 1.0)}
    rate = float(found["rate"])
    bad = rate if part == "not_picked_up" else 1 - rate
    # Half of the parcels going wrong is as bad as a page needs to show.
    return {"text": f"{rate:.0%}".replace("%", " %"), "n": found["n"], "heat": min(bad * 2, 1.0)}

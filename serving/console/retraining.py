"""The pages of the weekly runs: the list, and each run's own report."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, Response
from fastapi.responses import HTMLResponse

from serving.console import session
from serving.console.router import language, page_of, to_login
from serving.errors import NotFoundError
from serving.retraining.report import POLICY
from serving.retraining.report import page_of as report_of
from serving.retraining.repository import RunStore
from serving.runtime import Runtime, runtime

router = APIRouter(prefix="/console/retraining", include_in_schema=False)

RuntimeDep = Annotated[Runtime, Depends(runtime)]
LanguageDep = Annotated[str, Depends(language)]
SHOWN = 60


@router.get("", response_class=HTMLResponse)
async def runs_page(request: Request, runtime: RuntimeDep, lang: LanguageDep) -> Response:
    """List the weekly runs, newest first."""
    visitor = session.visitor_of(request, runtime)
    if visitor is None:
        return to_login()
    runs = RunStore(runtime.engine).newest(SHOWN)
    return page_of(request, lang, "retraining.html", visitor=visitor, runs=runs)


@router.get("/{period}", response_class=HTMLResponse)
async def report_page(
    request: Request,
    period: Annotated[str, Path(pattern=r"^\d{4}-\d{2}-\d{2}$")],
    runtime: RuntimeDep,
) -> Response:
    """Show a run's report; it brings its own styles and is allowed nothing else."""
    if session.visitor_of(request, runtime) is None:
        return to_login()
    run = RunStore(runtime.engine).get(period)
    if run is None or run.document is None:
        raise NotFoundError(f"there is no report of {period}")
    return HTMLResponse(report_of(run.document), headers={"content-security-policy": POLICY})

"""The pages of the weekly runs: the list, and each run's own report."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Path, Response
from fastapi.responses import HTMLResponse

from serving.console.visit import Visit, visit_with
from serving.errors import NotFoundError
from serving.retraining.report import POLICY
from serving.retraining.report import page_of as report_of
from serving.retraining.repository import RunStore

router = APIRouter(prefix="/console/retraining", include_in_schema=False)

ReaderVisit = Annotated[Visit, Depends(visit_with("read"))]
SHOWN: Final = 60


@router.get("", response_class=HTMLResponse)
async def runs_page(visit: ReaderVisit) -> Response:
    """List the weekly runs, newest first."""
    return visit.page("retraining.html", runs=RunStore(visit.runtime.engine).newest(SHOWN))


@router.get("/{period}", response_class=HTMLResponse)
async def report_page(
    visit: ReaderVisit, period: Annotated[str, Path(pattern=r"^\d{4}-\d{2}-\d{2}$")]
) -> Response:
    """Show a run's report; it brings its own styles and is allowed nothing else."""
    run = RunStore(visit.runtime.engine).get(period)
    if run is None or run.document is None:
        raise NotFoundError(f"there is no report of {period}")
    return HTMLResponse(report_of(run.document), headers={"content-security-policy": POLICY})

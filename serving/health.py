"""Whether the service lives, is ready, and what it counts."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Depends, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from serving.authorization import requires
from serving.errors import UnavailableError
from serving.openapi import problems
from serving.runtime import RuntimeDep
from serving.scoring.schemas import MissingOut

router = APIRouter(tags=["operations"])


class LiveOut(BaseModel):
    """The process answers."""

    status: str


class ReadyOut(BaseModel):
    """What the service can do at present."""

    status: str
    database: bool
    history: bool
    state: bool
    models: list[str]
    missing: list[str]


class ModelOut(BaseModel):
    """A live model."""

    name: str
    version: str
    data_cutoff: str | None
    trained_rows: int | None
    metrics: dict[str, Any]


class ModelsOut(BaseModel):
    """What is live and what is missing."""

    models: list[ModelOut]
    missing: list[MissingOut]


@router.get("/livez", operation_id="livez", response_model=LiveOut)
async def livez() -> dict[str, str]:
    """Say that the process answers."""
    return {"status": "ok"}


@router.get("/readyz", operation_id="readyz", response_model=ReadyOut, responses=problems(503))
async def readyz(runtime: RuntimeDep) -> dict[str, Any]:
    """Say whether orders can be scored; a missing model degrades but does not stop them."""
    try:
        with runtime.engine.connect() as connection:
            connection.execute(text("SELECT 1"))
    except SQLAlchemyError as error:
        raise UnavailableError(f"the database does not answer ({type(error).__name__})") from None
    judge = runtime.scorer.judge
    return {
        "status": "degraded" if judge.missing or runtime.profile is None else "ok",
        "database": True,
        "history": runtime.profile is not None,
        "state": runtime.scorer.state.engine is not None,
        "models": sorted(judge.models),
        "missing": [part.part for part in judge.missing],
    }


@router.get(
    "/metrics",
    operation_id="metrics",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
    dependencies=[Depends(requires("any"))],
)
async def metrics(runtime: RuntimeDep) -> Response:
    """Give what Prometheus reads; any valid key will do."""
    await run_in_threadpool(runtime.gauges.look)
    return Response(runtime.metrics.page(), media_type="text/plain; version=0.0.4; charset=utf-8")


@router.get(
    "/v1/models",
    operation_id="list_models",
    response_model=ModelsOut,
    tags=["models"],
    dependencies=[Depends(requires("any"))],
)
async def list_models(runtime: RuntimeDep) -> dict[str, Any]:
    """Say which models are live, from what they learned, and which are missing and why."""
    judge = runtime.scorer.judge
    return {
        "models": [
            _model(name, live.version, live.predictor) for name, live in judge.models.items()
        ],
        "missing": [part.document() for part in judge.missing],
    }


def _model(name: str, version: str, predictor: Any) -> dict[str, Any]:
    document = predictor.artifact.document
    return {
        "name": name,
        "version": version,
        "data_cutoff": document.get("data_cutoff"),
        "trained_rows": document.get("rows_trained"),
        "metrics": document.get("metrics", {}),
    }

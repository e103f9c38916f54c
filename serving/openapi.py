"""The OpenAPI document: bodies read by hand, and the problems every route may answer."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from serving.errors import KINDS, MEDIA_TYPE
from serving.requests import DOCUMENTED
from serving.webhooks import events

if TYPE_CHECKING:
    from fastapi import FastAPI

REFERENCE: Final = "#/components/schemas/{model}"

ALWAYS: Final = (401, 403, 429, 500, 503)
"""Statuses that every route with a key may answer."""

WITH_BODY: Final = (400, 413, 415, 422)
"""Further statuses of every route with a body."""


class FaultOut(BaseModel):
    """One fault of the request."""

    pointer: str
    detail: str


class ProblemOut(BaseModel):
    """A problem (RFC 9457)."""

    type: str
    title: str
    title_zh: str
    status: int
    detail: str
    code: str
    request_id: str
    errors: list[FaultOut]


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Give the ``responses`` of a route that may answer further problems.

    Examples
    --------
    >>> sorted(problems(404))
    [404]
    """
    return {status: _response(status) for status in statuses}


def _response(status: int) -> dict[str, Any]:
    codes = [code for code, kind in KINDS.items() if kind.status == status]
    titles = "; ".join(f"`{code}`: {KINDS[code].title}" for code in codes)
    schema = {"$ref": REFERENCE.format(model="ProblemOut")}
    return {"description": titles, "content": {MEDIA_TYPE: {"schema": schema}}}


def install(app: FastAPI) -> None:
    """Make an app describe itself completely."""

    def describe() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _describe(app)
        return app.openapi_schema

    app.openapi = describe  # type: ignore[method-assign]  # FastAPI's documented way


def _describe(app: FastAPI) -> dict[str, Any]:
    document = get_openapi(
        title=app.title,
        version=app.version,
        description=app.description,
        routes=app.routes,
        tags=app.openapi_tags,
    )
    models = [(model, "validation") for model in (*DOCUMENTED.values(), ProblemOut)]
    _, extra = models_json_schema(models, ref_template=REFERENCE)  # type: ignore[arg-type]
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    schemas |= extra["$defs"]
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    for item in document["paths"].values():
        for operation in item.values():
            _document_problems(operation)
    document["webhooks"] = {name: {"post": _sent(name)} for name in events.KINDS}
    return document


def _sent(name: str) -> dict[str, Any]:
    """Describe an event as OpenAPI describes calls that go out."""
    kind = events.KINDS[name]
    event = events.Event(name, "", "", None, 1_772_354_105_000_000, kind.example)
    message: dict[str, Any] = {"example": json.loads(event.body())}
    message["schema"] = {
        "type": "object",
        "required": ["type", "timestamp", "data"],
        "properties": {
            "type": {"const": name},
            "timestamp": {"type": "string", "format": "date-time"},
            "data": {"type": "object", "required": sorted(kind.example)},
        },
    }
    signed = ("webhook-id", "webhook-timestamp", "webhook-signature")
    return {
        "operationId": "on_" + name.replace(".", "_"),
        "summary": f"{kind.en} · {kind.zh}",
        "tags": ["webhooks"],
        "parameters": [
            {"name": header, "in": "header", "required": True, "schema": {"type": "string"}}
            for header in signed
        ],
        "requestBody": {"required": True, "content": {"application/json": message}},
        "responses": {"2XX": {"description": "taken; anything else is sent again"}},
    }


def _document_problems(operation: dict[str, Any]) -> None:
    """Say which problems an operation may answer beside those its route names."""
    responses = operation["responses"]
    statuses: tuple[int, ...] = ALWAYS if operation.get("security") else (500,)
    if "requestBody" in operation:
        statuses += WITH_BODY
    if operation.get("parameters"):
        statuses += (422,)
    for status in statuses:
        if str(status) == "422" or str(status) not in responses:
            responses[str(status)] = _response(status)

"""How routes read bodies: strict JSON into a model, and what OpenAPI says about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar

from pydantic import BaseModel, ValidationError

from features.refusal import explain
from serving.errors import InvalidRequestError, MalformedJsonError, MediaTypeError

if TYPE_CHECKING:
    from fastapi import Request

Model = TypeVar("Model", bound=BaseModel)

DOCUMENTED: Final[dict[str, type[BaseModel]]] = {}
"""Models of request bodies by name; ``openapi.py`` adds their schemas to the document."""


async def read_body(request: Request, model: type[Model]) -> Model:
    """Read a JSON body strictly.

    Parameters
    ----------
    request
        The request.
    model
        What the body is; made strict and closed by deriving from ``features.document.Part``.

    Raises
    ------
    MediaTypeError
        When the body is declared as something else than JSON.
    MalformedJsonError
        When it is not JSON.
    InvalidRequestError
        When it does not fit the model; each fault has its place and its mend.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in {"application/json", ""}:
        raise MediaTypeError("send the body as application/json")
    return parse_body(await request.body(), model)


def parse_body(content: bytes, model: type[Model]) -> Model:
    """Read JSON text strictly, as :func:`read_body` does."""
    try:
        return model.model_validate_json(content)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False, include_context=False)
        if faults[0]["type"] == "json_invalid":
            raise MalformedJsonError(f"the body is not JSON: {faults[0]['msg']}") from None
        problems = explain(error)
        raise InvalidRequestError("the request does not fit its schema", problems) from None


def documented_body(model: type[BaseModel], examples: dict[str, Any]) -> dict[str, Any]:
    """Give the ``openapi_extra`` of a route that reads its body with :func:`read_body`.

    Parameters
    ----------
    model
        What the body is.
    examples
        Name to an example body.
    """
    DOCUMENTED[model.__name__] = model
    return {
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {"$ref": f"#/components/schemas/{model.__name__}"},
                    "examples": {name: {"value": value} for name, value in examples.items()},
                }
            },
        }
    }

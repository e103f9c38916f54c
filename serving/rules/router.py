"""Routes of the merchant's rules."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Header, Path, Request, Response

from models.policy.rules.library import packs
from serving.authorization import ReaderDep, requires
from serving.openapi import problems
from serving.requests import documented_body, read_body
from serving.rules import schemas
from serving.rules.views import check_view, field_views, pack_view, rules_view, version_view
from serving.runtime import RuntimeDep
from serving.security import Caller

router = APIRouter(prefix="/v1/rules", tags=["rules"])

EditorDep = Annotated[Caller, Depends(requires("rules"))]
IfMatch = Annotated[
    str | None,
    Header(
        alias="If-Match",
        max_length=200,
        description="ETag of the version you edited; another one in force is refused",
    ),
]
_EXAMPLE: Final = {"text": schemas.EXAMPLE}


@router.get("", operation_id="get_rules", response_model=schemas.RulesOut)
async def get_rules(runtime: RuntimeDep, _caller: ReaderDep, response: Response) -> dict[str, Any]:
    """Show the rules in force."""
    newest = runtime.rules.newest()
    response.headers["ETag"] = newest.etag
    return rules_view(newest, runtime.rules)


@router.put(
    "",
    operation_id="put_rules",
    response_model=schemas.RulesOut,
    responses=problems(409, 412),
    openapi_extra=documented_body(schemas.SaveIn, {"one_rule": _EXAMPLE}),
)
async def put_rules(
    request: Request,
    response: Response,
    runtime: RuntimeDep,
    caller: EditorDep,
    if_match: IfMatch = None,
) -> dict[str, Any]:
    """Save rules and put them into force at once, without a restart.

    Rules that cannot be used are refused with every fault, its rule, place and mend.
    """
    asked = await read_body(request, schemas.SaveIn)
    saved = runtime.rules.save(asked.written, caller, asked.note, if_match)
    response.headers["ETag"] = saved.etag
    return rules_view(saved, runtime.rules)


@router.post(
    "/check",
    operation_id="check_rules",
    response_model=schemas.CheckOut,
    openapi_extra=documented_body(schemas.RulesIn, {"one_rule": _EXAMPLE}),
)
async def check_rules(request: Request, runtime: RuntimeDep, _caller: ReaderDep) -> dict[str, Any]:
    """Say what is wrong or suspicious about rules, without saving them."""
    asked = await read_body(request, schemas.RulesIn)
    return check_view(*runtime.rules.check(asked.written))


@router.post(
    "/backtest",
    operation_id="backtest_rules",
    responses=problems(409),
    openapi_extra=documented_body(schemas.TryIn, {"a_fortnight": {**_EXAMPLE, "days": 14}}),
)
async def backtest_rules(
    request: Request, runtime: RuntimeDep, _caller: ReaderDep
) -> dict[str, Any]:
    """Say what rules would have done on the last matured days of the history.

    Orders whose labels have not matured are counted apart and not judged.
    """
    asked = await read_body(request, schemas.TryIn)
    return await asyncio.to_thread(runtime.rules.backtest, asked.written, asked.days)


@router.get("/versions", operation_id="list_rule_versions", response_model=schemas.VersionsOut)
async def list_rule_versions(runtime: RuntimeDep, _caller: ReaderDep) -> dict[str, Any]:
    """List the saved versions, newest first."""
    return {"items": [version_view(each) for each in runtime.rules.versions()]}


@router.get(
    "/versions/{number}",
    operation_id="get_rule_version",
    response_model=schemas.RulesOut,
    responses=problems(404),
)
async def get_rule_version(
    number: Annotated[int, Path(ge=1, le=1_000_000_000)], runtime: RuntimeDep, _caller: ReaderDep
) -> dict[str, Any]:
    """Show the rules as they were saved once."""
    return rules_view(runtime.rules.numbered(number), runtime.rules)


@router.get("/fields", operation_id="list_rule_fields", response_model=schemas.FieldsOut)
async def list_rule_fields(runtime: RuntimeDep, _caller: ReaderDep) -> dict[str, Any]:
    """List what conditions may speak of, with meaning, unit and operators."""
    return {"items": field_views(runtime.rules)}


@router.get("/packs", operation_id="list_rule_packs", response_model=schemas.PacksOut)
async def list_rule_packs(_caller: ReaderDep) -> dict[str, Any]:
    """List ready-made rules for the common troubles."""
    return {"items": [pack_view(each) for each in packs()]}

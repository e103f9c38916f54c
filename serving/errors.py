"""The one table from error to status, and how every error is answered: problem+json (RFC 9457)."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from features.errors import FeatureError, HistoryError, OrderError
from features.refusal import Problem, pointer
from models.errors import ArtifactError, FeatureMismatchError, NotSupportedError, RuleError
from serving import logs
from serving.store.durability import DurabilityError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from fastapi import FastAPI
    from starlette.requests import Request

MEDIA_TYPE: Final = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of problem.

    Parameters
    ----------
    status
        HTTP status.
    title, zh
        What it is, in English and Chinese; never depends on the occurrence.
    """

    status: int
    title: str
    zh: str


KINDS: Final[dict[str, Kind]] = {
    "malformed_json": Kind(400, "The body is not JSON", "请求体不是合法的 JSON"),
    "unauthorized": Kind(401, "The key is missing or not valid", "缺少密钥或密钥无效"),
    "forbidden": Kind(403, "The key does not permit this", "该密钥无此权限"),
    "not_found": Kind(404, "There is nothing at this address", "资源不存在"),
    "method_not_allowed": Kind(405, "The method is not allowed here", "不支持该请求方法"),
    "conflict": Kind(409, "It is not in a state that permits this", "当前状态不允许该操作"),
    "in_progress": Kind(409, "The same call is still running", "相同的请求仍在处理中"),
    "not_supported": Kind(
        409, "The history here does not support this", "当前历史数据不支持该功能"
    ),
    "precondition_failed": Kind(
        412, "It has changed since you read it", "内容已被他人修改，请重新读取"
    ),
    "payload_too_large": Kind(413, "The body is too large", "请求体过大"),
    "unsupported_media_type": Kind(415, "The body is not application/json", "请求体类型不受支持"),
    "invalid_request": Kind(422, "The request is not well formed", "请求内容不符合要求"),
    "invalid_order": Kind(422, "The order is not well formed", "订单内容不符合要求"),
    "invalid_rules": Kind(422, "The rules cannot be used", "规则存在错误，未保存"),
    "key_reused": Kind(422, "The Idempotency-Key belongs to another body", "幂等键已用于其他请求"),
    "too_many_requests": Kind(429, "Too many requests", "请求过于频繁，请稍后再试"),
    "internal": Kind(500, "Something went wrong here", "服务内部错误"),
    "overloaded": Kind(503, "More orders are waiting than can be decided in time", "服务繁忙"),
    "unavailable": Kind(503, "The service cannot do this now", "服务暂不可用"),
}
"""Stable code to kind of problem."""


class SecretError(FeatureError):
    """The secret key is missing, too short, or not the one the store was made with."""


class ServiceError(Exception):
    """Base of what the serving room refuses on purpose.

    Parameters
    ----------
    detail
        What is wrong with this call and how to mend it.
    problems
        Places in the request and their mends.
    """

    code = "internal"

    def __init__(self, detail: str, problems: Iterable[Problem] = ()) -> None:
        super().__init__(detail)
        self.problems = list(problems)


class MalformedJsonError(ServiceError):
    """The body is not JSON."""

    code = "malformed_json"


class UnauthorizedError(ServiceError):
    """No key, or one that is not valid."""

    code = "unauthorized"


class ForbiddenError(ServiceError):
    """A valid key whose role does not permit the call."""

    code = "forbidden"


class NotFoundError(ServiceError):
    """What was asked for does not exist."""

    code = "not_found"


class ConflictError(ServiceError):
    """What was asked for is in another state."""

    code = "conflict"


class PreconditionError(ServiceError):
    """What was to be changed is no longer what the caller read."""

    code = "precondition_failed"


class InProgressError(ServiceError):
    """The same idempotent call is still running."""

    code = "in_progress"


class KeyReusedError(ServiceError):
    """An Idempotency-Key came back with another body."""

    code = "key_reused"


class TooLargeError(ServiceError):
    """The body exceeds the limit."""

    code = "payload_too_large"


class MediaTypeError(ServiceError):
    """The body is of another media type."""

    code = "unsupported_media_type"


class InvalidRequestError(ServiceError):
    """The request does not fit its schema."""

    code = "invalid_request"


class UnsupportedError(ServiceError):
    """What was asked for needs tables that the history here does not have."""

    code = "not_supported"


class TooManyError(ServiceError):
    """The caller asked too often.

    Parameters
    ----------
    detail
        What the limit is.
    wait_s
        Seconds after which to try again.
    """

    code = "too_many_requests"

    def __init__(self, detail: str, wait_s: float) -> None:
        super().__init__(detail)
        self.wait_s = wait_s


class UnavailableError(ServiceError):
    """The service lacks what the call needs at present."""

    code = "unavailable"


CODES: Final[dict[type[Exception], str]] = {
    OperationalError: "unavailable",
    PoolTimeoutError: "unavailable",
    DurabilityError: "unavailable",
    OrderError: "invalid_order",
    HistoryError: "unavailable",
    NotSupportedError: "not_supported",
    FeatureMismatchError: "unavailable",
    ArtifactError: "unavailable",
    RuleError: "invalid_rules",
}
"""Error class of another room to the code it is answered with; the nearest base counts."""

DISK_FULL: Final = "53100"
"""What PostgreSQL calls a full disk (appendix A of its manual)."""
_AWAY: Final = "the database does not answer: nothing was stored, send the same call again"
_FULL: Final = (
    "the store's disk is full: nothing was stored, make room and send the same call again"
)

_PARAMETER: Final = re.compile(r"\{\w+\}")

BUSY: Final = 503
RETRY_AFTER_S: Final = 1
"""Seconds after which a call that was not served may come again."""

STATUS_CODES: Final[dict[int, str]] = {
    400: "malformed_json",
    404: "not_found",
    405: "method_not_allowed",
    413: "payload_too_large",
    415: "unsupported_media_type",
}
"""Status that the framework answers by itself to the code it is answered with."""


@dataclass(frozen=True, slots=True)
class ProblemAnswer:
    """One occurrence of a problem, as it is answered."""

    code: str
    detail: str
    request_id: str
    problems: list[Problem] = field(default_factory=list)

    def document(self) -> dict[str, Any]:
        """Write the problem document.

        Examples
        --------
        >>> ProblemAnswer("not_found", "no such order", "r1").document()["status"]
        404
        """
        kind = KINDS[self.code]
        return {
            "type": f"urn:orderintel:problem:{self.code}",
            "title": kind.title,
            "title_zh": kind.zh,
            "status": kind.status,
            "detail": self.detail,
            "code": self.code,
            "request_id": self.request_id,
            "errors": [{"pointer": place, "detail": mend} for place, mend in self.problems],
        }

    def response(self, headers: dict[str, str] | None = None) -> Response:
        """Answer it."""
        body = json.dumps(self.document(), ensure_ascii=False).encode()
        status = KINDS[self.code].status
        if status == BUSY:
            headers = {"Retry-After": str(RETRY_AFTER_S)} | (headers or {})
        return Response(body, status_code=status, headers=headers, media_type=MEDIA_TYPE)


def code_of(error: Exception) -> str:
    """Give the code an error is answered with.

    Examples
    --------
    >>> code_of(OrderError([("/lines", "is empty")])), code_of(KeyError("x"))
    ('invalid_order', 'internal')
    """
    if isinstance(error, ServiceError):
        return error.code
    return next((CODES[base] for base in type(error).__mro__ if base in CODES), "internal")


def request_id(request: Request) -> str:
    """Give the id of the request under way."""
    return str(request.scope.get("request_id", "-"))


async def _answer(request: Request, error: Exception) -> Response:
    code = code_of(error)
    if code == "internal":
        logs.logger().error("request failed", error=type(error).__name__, exc_info=error)
        return ProblemAnswer(
            code, "the fault was logged under the request id", request_id(request)
        ).response()
    problems = getattr(error, "problems", [])
    is_listed = isinstance(error, OrderError | RuleError)
    detail = KINDS[code].title if is_listed and problems else str(error)
    headers = {"WWW-Authenticate": "Bearer"} if code == "unauthorized" else None
    if isinstance(error, TooManyError):
        headers = {"Retry-After": str(math.ceil(error.wait_s))}
    if isinstance(error, SQLAlchemyError):
        logs.logger().error("the store failed", error=type(error).__name__, exc_info=error)
        detail = _FULL if _is_full(error) else _AWAY
    return ProblemAnswer(code, detail, request_id(request), problems).response(headers)


def _is_full(error: SQLAlchemyError) -> bool:
    """Tell whether the store's disk is full: by SQLite's words, or PostgreSQL's state."""
    cause = getattr(error, "orig", None)
    return getattr(cause, "sqlstate", None) == DISK_FULL or "disk is full" in str(cause)


async def _answer_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 registered for this class only
    code = STATUS_CODES.get(error.status_code, "internal")
    headers = dict(error.headers) if error.headers else None
    if code == "method_not_allowed":
        # A route names its own method only, though others may share its path.
        methods = methods_of(request.url.path, request.app.openapi()["paths"])
        headers = {"Allow": ", ".join(methods)} if methods else headers
    return ProblemAnswer(code, str(error.detail), request_id(request)).response(headers)


def methods_of(path: str, paths: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Give the methods of the documented path that says most of a path.

    Examples
    --------
    >>> paths = {"/orders/{key}": {"get": {}}, "/orders/{key}/reveal": {"post": {}}}
    >>> methods_of("/orders/a/reveal", paths)
    ['POST']
    """
    found = ""
    for template in paths:
        pattern = _PARAMETER.sub(".+", template)
        if re.fullmatch(pattern, path) and len(pattern) > len(_PARAMETER.sub(".+", found)):
            found = template
    return sorted(method.upper() for method in paths.get(found, ()))


async def _answer_invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 registered for this class only
    faults = error.errors()
    if any(fault["type"] == "json_invalid" for fault in faults):
        return ProblemAnswer(
            "malformed_json", "the body is not JSON", request_id(request)
        ).response()
    problems = [(pointer(fault["loc"]), str(fault["msg"])) for fault in faults]
    detail = KINDS["invalid_request"].title
    return ProblemAnswer("invalid_request", detail, request_id(request), problems).response()


def install(app: FastAPI) -> None:
    """Answer every error of an app with a problem document."""
    app.add_exception_handler(RequestValidationError, _answer_invalid)
    app.add_exception_handler(HTTPException, _answer_http)
    kinds: tuple[type[Exception], ...] = (ServiceError, *CODES, Exception)
    for kind in kinds:
        app.add_exception_handler(kind, _answer)

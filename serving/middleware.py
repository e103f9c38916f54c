"""What every request passes: id, size limit, security headers, count and duration."""

from __future__ import annotations

import re
import time
import uuid
from typing import TYPE_CHECKING, Final

import structlog

from serving.console.frame import is_loopback
from serving.errors import ProblemAnswer

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from serving.metrics import Metrics

MAX_BODY_BYTES: Final = 8 * 1024 * 1024
"""A thousand orders of fifty lines fit in; a 10 MB body does not."""

_REQUEST_ID: Final = re.compile(rb"[A-Za-z0-9._-]{1,64}")

SECURITY_HEADERS: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (
        b"content-security-policy",
        b"default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; "
        b"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    ),
    (b"cache-control", b"no-store"),
)


TLS_ONLY: Final = (b"strict-transport-security", b"max-age=31536000")
"""Sent wherever the service is reached from elsewhere; browsers heed it over TLS only."""


class RequestFrame:
    """Gives a request its id, its headers and its metrics, and refuses an oversized body."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app = app
        self.metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        given = headers.get(b"x-request-id", b"")
        request_id = given.decode() if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
        scope["request_id"] = request_id
        started = time.perf_counter()
        is_near = is_loopback(scope)
        status = 500

        async def framed_send(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                present = {name.lower() for name, _ in message["headers"]}
                wanted = SECURITY_HEADERS if is_near else (*SECURITY_HEADERS, TLS_ONLY)
                extra = [pair for pair in wanted if pair[0] not in present]
                own = (b"x-request-id", request_id.encode())
                message["headers"] = [*message["headers"], *extra, own]
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                if _declared_length(headers) > MAX_BODY_BYTES:
                    await _too_large(request_id)(scope, receive, framed_send)
                else:
                    await self.app(scope, _limited(receive), framed_send)
            finally:
                self.metrics.observe_request(scope, status, time.perf_counter() - started)


def _declared_length(headers: dict[bytes, bytes]) -> int:
    text = headers.get(b"content-length", b"0")
    return int(text) if text.isdigit() else 0


def _too_large(request_id: str) -> ASGIApp:
    detail = f"send at most {MAX_BODY_BYTES} bytes; split a batch into several calls"
    return ProblemAnswer("payload_too_large", detail, request_id).response()


def _limited(receive: Receive) -> Receive:
    """Count what a body without a declared length really holds."""
    from serving.errors import TooLargeError

    read = 0

    async def limited() -> Message:
        nonlocal read
        message = await receive()
        if message["type"] == "http.request":
            read += len(message.get("body", b""))
            if read > MAX_BODY_BYTES:
                raise TooLargeError(f"send at most {MAX_BODY_BYTES} bytes")
        return message

    return limited

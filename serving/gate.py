"""The way in and out: who would wait too long is not let in, and no answer leaves unsafe."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from serving.admission import PATHS
from serving.errors import ProblemAnswer

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from serving.admission import Line
    from serving.store.durability import Barrier
    from serving.store.outage import Outage

READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that store nothing."""

STORED: Final = ("/v1", "/console")
"""Where nothing can be done without the store."""


class Gate:
    """Turns away unread what would wait too long, and holds answers until they are safe.

    Parameters
    ----------
    app
        What lies behind it.
    outage
        Whether the database is away.
    line
        Where orders wait.
    barrier
        Where answers wait until what they say is safe.
    """

    def __init__(self, app: ASGIApp, outage: Outage, line: Line, barrier: Barrier) -> None:
        self.app = app
        self.outage = outage
        self.line = line
        self.barrier = barrier

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if self.outage.is_on and scope["path"].startswith(STORED):
            detail = "the database does not answer: send the same call again later"
            await _problem(scope, "unavailable", detail)(scope, receive, send)
            return
        if scope["method"] in READING:
            await self.app(scope, receive, send)
            return
        if self.line.is_full and scope["path"] in PATHS:
            detail = "the line is full: send the same call again after the seconds of Retry-After"
            await _problem(scope, "overloaded", detail)(scope, receive, send)
            return
        is_lost = False

        async def safe_send(message: Message) -> None:
            """Send once what was stored is safe; say that it is not where it cannot be made so."""
            nonlocal is_lost
            if message["type"] == "http.response.start":
                try:
                    await self.barrier.passed()
                except OSError as error:
                    is_lost = True
                    why = f"the disk does not take what was stored ({error.strerror})"
                    answer = _problem(scope, "unavailable", f"{why}: send the call again")
                    await answer(scope, receive, send)
            if not is_lost:
                await send(message)

        await self.app(scope, receive, safe_send)


def _problem(scope: Scope, code: str, detail: str) -> ASGIApp:
    return ProblemAnswer(code, detail, str(scope.get("request_id", "-"))).response()

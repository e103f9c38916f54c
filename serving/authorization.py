"""What a route asks of its caller: a valid key, a scope that it opens, and not too many calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Depends, Request
from fastapi.security import HTTPBearer

from serving.errors import ForbiddenError, TooManyError, UnauthorizedError
from serving.security import Caller

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from serving.runtime import Runtime

_bearer = HTTPBearer(
    auto_error=False,
    scheme_name="ApiKey",
    description="An API key; `orderintel keys create` makes one.",
)


def requires(scope: str) -> Callable[..., Coroutine[Any, Any, Caller]]:
    """Make the dependency of a route that needs a scope; it gives the caller.

    Parameters
    ----------
    scope
        One of ``SCOPES``, or ``any`` for whoever holds a valid key.
    """

    async def caller(
        request: Request, _documented: Annotated[Any, Depends(_bearer)] = None
    ) -> Caller:
        kind, _, secret = request.headers.get("authorization", "").partition(" ")
        if kind.lower() != "bearer" or not secret.strip():
            raise UnauthorizedError("send `Authorization: Bearer <key>`")
        runtime: Runtime = request.app.state.runtime
        found = runtime.keys.caller(secret.strip())
        wait_s = runtime.limiter.wait_s(found.key_id)
        if wait_s > 0:
            raise TooManyError("this key sends more requests than it may: slow down", wait_s)
        if scope != "any" and not found.may(scope):
            raise ForbiddenError(f"a key of the role {found.role} does not open {scope}")
        return found

    return caller


ReaderDep = Annotated[Caller, Depends(requires("read"))]
"""Whoever may read."""
ReviewerDep = Annotated[Caller, Depends(requires("review"))]
"""Whoever may decide on cases."""

"""What a page's route asks of its request: somebody logged in who may open it, and a language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Final

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from serving.console import pages, session
from serving.console.words import LANGUAGES, language_of
from serving.errors import ForbiddenError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from fastapi import FastAPI

    from serving.console.session import Visitor
    from serving.runtime import Runtime
    from serving.security import Caller

LANGUAGE_AGE_S: Final = 365 * 86_400
"""Seconds for which a browser remembers the language that was asked for."""


class NotLoggedInError(Exception):
    """Nobody is logged in; the answer is the way to the log-in."""


async def language(request: Request) -> str:
    """Give the language of the page: asked for, remembered, or the browser's."""
    asked = request.query_params.get("lang") or request.cookies.get(session.LANGUAGE_COOKIE)
    return language_of(asked, request.headers.get("accept-language"))


LanguageDep = Annotated[str, Depends(language)]


@dataclass(frozen=True, slots=True)
class Visit:
    """A request of a visitor who may make it.

    Parameters
    ----------
    request
        The request.
    runtime
        The service.
    lang
        Language of the page, ``zh`` or ``en``.
    visitor
        Who is logged in.
    """

    request: Request
    runtime: Runtime
    lang: str
    visitor: Visitor

    @property
    def caller(self) -> Caller:
        """The user, or the holder of the key, who is logged in."""
        return self.visitor.caller

    def page(self, name: str, **values: Any) -> HTMLResponse:
        """Write a page or a part of one from its template and what that shows."""
        return page_of(self.request, self.lang, name, visitor=self.visitor, **values)

    async def form(self) -> dict[str, str]:
        """Read the form that was sent; refuse one without the visitor's token."""
        return await session.checked_form(self.request)

    async def texts(self) -> dict[str, str]:
        """Read the object of texts that the page's script sent, likewise with the token."""
        return await session.checked_json(self.request)


def visit_with(
    scope: str, *, counts: bool = True, from_script: bool = False
) -> Callable[..., Coroutine[Any, Any, Visit]]:
    """Make the dependency of a route that only visitors with a scope may open.

    Parameters
    ----------
    scope
        What the page needs; ``any`` for whoever is logged in.
    counts
        Whether the request is the visitor's own, and not one that the page makes by itself.
    from_script
        Whether the page's script acts, which cannot show a log-in: without one it is refused,
        where a person is led to it.
    """

    async def found(request: Request, lang: LanguageDep) -> Visit:
        runtime: Runtime = request.app.state.runtime
        visitor = session.visitor_of(request, runtime, scope, counts=counts)
        if visitor is None:
            raise ForbiddenError("log in first") if from_script else NotLoggedInError
        return Visit(request, runtime, lang, visitor)

    return found


def page_of(
    request: Request, lang: str, name: str, *, visitor: Visitor | None = None, **values: Any
) -> HTMLResponse:
    """Write a page or a part of one, for a visitor or for whoever comes."""
    values |= {
        "caller": visitor.caller if visitor else None,
        "token": visitor.token if visitor else "",
    }
    answer = HTMLResponse(pages.render(name, lang, **values))
    if request.query_params.get("lang") in LANGUAGES:
        answer.set_cookie(session.LANGUAGE_COOKIE, lang, max_age=LANGUAGE_AGE_S, samesite="lax")
    return answer


async def _to_login(_request: Request, _error: Exception) -> RedirectResponse:
    return RedirectResponse("/console/login", status_code=303)


def install(app: FastAPI) -> None:
    """Lead whoever is not logged in from every page of an app to the log-in."""
    app.add_exception_handler(NotLoggedInError, _to_login)

"""How providers are reached: only configured hosts, bounded answers, nothing secret in errors."""

from __future__ import annotations

import asyncio
import http.client
import json
import time
from typing import TYPE_CHECKING, Any, Final
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import (
    HTTPRedirectHandler,
    HTTPSHandler,
    ProxyHandler,
    Request,
    build_opener,
    getproxies,
)

from geopy.adapters import AdapterHTTPError, BaseAsyncAdapter, BaseSyncAdapter
from geopy.exc import (
    ConfigurationError,
    GeocoderParseError,
    GeocoderServiceError,
    GeocoderTimedOut,
    GeocoderUnavailable,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from ssl import SSLContext

MAX_BYTES: Final = 512 * 1024
"""Bytes of an answer at most; the largest documented one has a tenth of that."""
_PIECE: Final = 16 * 1024


class _NoRedirect(HTTPRedirectHandler):
    """Follows nothing: a redirect would carry the key to another host."""

    def redirect_request(self, *_given: Any, **_named: Any) -> None:
        """Refuse."""


class GuardedAdapter(BaseSyncAdapter):  # type: ignore[misc]  # geopy has no types
    """A geopy adapter that calls configured hosts only.

    Parameters
    ----------
    proxies
        As geopy gives them; None for those of the system.
    ssl_context
        As geopy gives it.
    hosts
        Hosts, with their ports where the address names one, that may be called.
    """

    def __init__(
        self,
        *,
        proxies: Mapping[str, str] | None,
        ssl_context: SSLContext | None,
        hosts: frozenset[str],
    ) -> None:
        super().__init__(proxies=proxies, ssl_context=ssl_context)
        self._hosts = hosts
        found = dict(getproxies() if proxies is None else proxies)
        self._opener = build_opener(
            ProxyHandler(found), HTTPSHandler(context=ssl_context), _NoRedirect()
        )

    def get_json(self, url: str, *, timeout: float, headers: dict[str, str]) -> Any:
        """Get a JSON answer."""
        text = self.get_text(url, timeout=timeout, headers=headers)
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            raise GeocoderParseError("the answer is not JSON") from None

    def get_text(self, url: str, *, timeout: float, headers: dict[str, str]) -> str:
        """Get an answer as text.

        Raises
        ------
        geopy.exc.GeopyError
            Of the class that says what went wrong; never with the address that was called, since
            it holds the key.
        """
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or parts.netloc not in self._hosts:
            raise ConfigurationError(f"the host {parts.hostname} is not configured")
        deadline = time.monotonic() + timeout
        request = Request(url, headers=headers)  # noqa: S310 the scheme was checked above
        try:
            with self._opener.open(request, timeout=timeout) as response:
                return _read(response, deadline).decode("utf-8", "replace")
        except HTTPError as error:
            known = {name.lower(): value for name, value in error.headers.items()}
            error.close()
            raise AdapterHTTPError(
                f"HTTP {error.code}", status_code=error.code, headers=known, text=""
            ) from None
        except TimeoutError:
            raise GeocoderTimedOut(f"no answer within {timeout:g} s") from None
        except URLError as error:
            if isinstance(error.reason, TimeoutError):
                raise GeocoderTimedOut(f"no answer within {timeout:g} s") from None
            raise GeocoderUnavailable(f"cannot be reached ({_kind(error.reason)})") from None
        except http.client.HTTPException as error:
            raise GeocoderServiceError(f"answered no HTTP ({_kind(error)})") from None
        except OSError as error:
            raise GeocoderUnavailable(f"cannot be reached ({_kind(error)})") from None


class ThreadedAdapter(BaseAsyncAdapter):  # type: ignore[misc]  # geopy has no types
    """The same for callers on an event loop: each call waits in a thread of its own."""

    def __init__(self, **given: Any) -> None:
        super().__init__(proxies=given["proxies"], ssl_context=given["ssl_context"])
        self._adapter = GuardedAdapter(**given)

    async def get_json(self, url: str, *, timeout: float, headers: dict[str, str]) -> Any:
        """Get a JSON answer."""
        return await asyncio.to_thread(
            self._adapter.get_json, url, timeout=timeout, headers=headers
        )

    async def get_text(self, url: str, *, timeout: float, headers: dict[str, str]) -> str:
        """Get an answer as text."""
        return await asyncio.to_thread(
            self._adapter.get_text, url, timeout=timeout, headers=headers
        )


def _read(response: Any, deadline: float) -> bytes:
    """Read an answer up to its limits: one that trickles is as late as one that never comes."""
    pieces, size = [], 0
    while piece := response.read1(_PIECE):
        size += len(piece)
        if size > MAX_BYTES:
            raise GeocoderParseError(f"the answer has more than {MAX_BYTES:,} bytes")
        if time.monotonic() > deadline:
            raise TimeoutError
        pieces.append(piece)
    return b"".join(pieces)


def _kind(error: Any) -> str:
    """Name an error without its words, which may repeat the address."""
    return type(error).__name__

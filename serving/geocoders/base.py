"""What providers share: the call, its parts, and how their errors become geopy's."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Final
from urllib.parse import urlencode, urlsplit

from geopy.exc import (
    ConfigurationError,
    GeocoderParseError,
    GeocoderQueryError,
    GeocoderRateLimited,
    GeocoderServiceError,
)
from geopy.geocoders.base import DEFAULT_SENTINEL, Geocoder

from serving.geocoders.transport import GuardedAdapter, ThreadedAdapter

if TYPE_CHECKING:
    from serving.geocoders.found import Found
    from serving.geocoders.places import Datum

TIMEOUT_SECONDS: Final = 3.0
MAX_CHARACTERS: Final = 200
"""Characters of a question at most; none of the providers takes much more."""
LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})
USER_AGENT: Final = "order-intelligence"

Errors = Mapping[str, type[GeocoderServiceError]]
"""Provider's own code to the class of geopy that says the same."""


@dataclass(frozen=True, slots=True)
class Access:
    """How a provider is reached.

    Parameters
    ----------
    url
        Base address, without a trailing slash.
    key
        Secret of the account; empty where none is needed.
    timeout
        Seconds.
    is_async
        Whether :meth:`Provider.geocode` gives a coroutine.
    """

    url: str
    key: str = ""
    timeout: float = TIMEOUT_SECONDS
    is_async: bool = False

    def __repr__(self) -> str:
        """Show everything but the key."""
        return f"Access(url={self.url!r}, key={'***' if self.key else ''!r})"


class Provider(Geocoder, ABC):  # type: ignore[misc]  # geopy has no types
    """A geocoder of geopy's interface that gives :class:`~serving.geocoders.found.Found`.

    Parameters
    ----------
    access
        Where it is and who asks.
    """

    name: ClassVar[str]
    path: ClassVar[str]
    datum: ClassVar[Datum]
    errors: ClassVar[Errors] = {}

    def __init__(self, access: Access) -> None:
        self._access = access
        parts = urlsplit(access.url)
        if parts.scheme != "https" and (access.key and parts.hostname not in LOOPBACK):
            raise ConfigurationError(f"{self.name}: a key may only travel over https")
        adapter = ThreadedAdapter if access.is_async else GuardedAdapter
        super().__init__(
            scheme=parts.scheme,
            timeout=access.timeout,
            user_agent=USER_AGENT,
            # A proxy in the environment is meant for the world outside, not for this machine.
            proxies={} if parts.hostname in LOOPBACK else None,
            adapter_factory=partial(adapter, hosts=frozenset({parts.netloc})),
        )

    def geocode(
        self,
        query: str,
        *,
        exactly_one: bool = True,
        timeout: Any = DEFAULT_SENTINEL,
        city: str | None = None,
    ) -> Any:
        """Ask for the place of an address.

        Parameters
        ----------
        query
            An address, without anything personal.
        exactly_one
            Give the first place instead of a list.
        timeout
            Seconds.
        city
            City within which to look, as far as the provider heeds it.

        Returns
        -------
        Found, list of Found, or None
            None for nothing found; a coroutine that gives it where the access is asynchronous.

        Raises
        ------
        geopy.exc.GeopyError
            Of the class that says what went wrong.
        """
        if not query.strip():
            raise GeocoderQueryError(f"{self.name}: the question is empty")
        asked = {
            name: value
            for name, value in self.parameters(query[:MAX_CHARACTERS], city).items()
            if value
        }
        url = f"{self._access.url}{self.path}?{urlencode(asked)}"
        answer = partial(self._answer, exactly_one=exactly_one)
        return self._call_geocoder(url, answer, timeout=timeout)

    @abstractmethod
    def parameters(self, query: str, city: str | None) -> dict[str, str | None]:
        """Give the parameters of a call."""

    @abstractmethod
    def read(self, document: Any) -> list[Found]:
        """Read an answer; errors inside it are raised."""

    @property
    def key(self) -> str:
        """The secret of the account."""
        return self._access.key

    def refuse(self, code: str, words: object) -> GeocoderServiceError:
        """Give the error that stands for a provider's code.

        Its own words are kept, without the key that some repeat in them.
        """
        kind = self.errors.get(code, GeocoderServiceError)
        said = str(words)[:200]
        if self.key:
            said = said.replace(self.key, "***")
        message = f"{self.name}: {code} {said}".strip()
        if issubclass(kind, GeocoderRateLimited):
            return kind(message, retry_after=None)
        return kind(message)

    def _answer(self, document: Any, *, exactly_one: bool) -> Any:
        try:
            found = self.read(document)
        except (AttributeError, KeyError, IndexError, TypeError, ValueError) as error:
            if isinstance(error, GeocoderServiceError):
                raise
            kind = type(error).__name__
            raise GeocoderParseError(f"{self.name}: the answer has another form ({kind})") from None
        if not found:
            return None
        return found[0] if exactly_one else found


def listed(document: Any) -> Mapping[str, Any]:
    """Give an answer that must be an object.

    Raises
    ------
    TypeError
        When it is something else.
    """
    if not isinstance(document, Mapping):
        raise TypeError("no object")
    return document

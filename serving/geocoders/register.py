"""The providers: one line each."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pkgutil import resolve_name
from typing import TYPE_CHECKING, Final

from serving.geocoders.terms import Terms

if TYPE_CHECKING:
    from serving.geocoders.base import Provider
    from serving.settings import Settings


@dataclass(frozen=True, slots=True)
class Entry:
    """A provider that can be configured.

    Parameters
    ----------
    path
        Its class, by module and name: only a provider that is set up is loaded.
    url
        Its public address; None where only a server of one's own is asked.
    terms
        On what terms it is asked unless settings say otherwise.
    """

    path: str
    url: str | None
    terms: Terms

    @property
    def kind(self) -> type[Provider]:
        """Its class."""
        found: type[Provider] = resolve_name(f"serving.geocoders.{self.path}")
        return found


PROVIDERS: Final[dict[str, Entry]] = {
    "amap": Entry("amap:AMap", "https://restapi.amap.com", Terms(5_000, 3, 30)),
    "baidu": Entry("baidu:Baidu", "https://api.map.baidu.com", Terms(5_000, 3, 30)),
    "tencent": Entry("tencent:Tencent", "https://apis.map.qq.com", Terms(6_000, 5, 30)),
    "google": Entry(
        "google:Google",
        "https://maps.googleapis.com",
        # Google's terms permit thirty days; its day begins at midnight Pacific time.
        Terms(1_000, 10, 30, "America/Los_Angeles", at_home=False, abroad=True),
    ),
    "nominatim": Entry("nominatim:Nominatim", None, Terms(2_000, 1, 90, "UTC", abroad=True)),
}
"""Name of a provider to how it is made; asked in this order. A new one is a file and a line."""


@dataclass(frozen=True, slots=True)
class Configured:
    """A provider that is set up here."""

    provider: Provider
    terms: Terms

    @property
    def name(self) -> str:
        """Name of the provider."""
        return self.provider.name


def configured(settings: Settings, *, is_async: bool = False) -> list[Configured]:
    """Give the providers that the environment sets up, in the order in which they are asked.

    Parameters
    ----------
    settings
        The environment. A provider is set up by its key; Nominatim, which has none, by its
        address in ``geocoder_urls``.
    is_async
        Whether their calls are coroutines.

    Raises
    ------
    geopy.exc.ConfigurationError
        When a setting names an unknown provider, or a key would travel in clear.

    Examples
    --------
    >>> from serving.settings import Settings
    >>> configured(Settings())
    []
    >>> settings = Settings(geocoder_urls={"nominatim": "http://127.0.0.1:8080"})
    >>> [each.name for each in configured(settings)]
    ['nominatim']
    """
    asked = {*settings.geocoder_urls, *settings.geocoder_daily, *settings.geocoder_cache_days}
    if unknown := sorted(asked - PROVIDERS.keys()):
        from geopy.exc import ConfigurationError

        known = ", ".join(PROVIDERS)
        raise ConfigurationError(f"there is no geocoder {unknown[0]!r}; there are {known}")
    found = []
    for name, entry in PROVIDERS.items():
        url = settings.geocoder_urls.get(name, entry.url)
        secret = settings.geocoder_key(name)
        if url is None or (secret is None and entry.url is not None):
            continue
        from serving.geocoders.base import Access

        access = Access(
            url.rstrip("/"),
            secret.get_secret_value() if secret else "",
            settings.geocoder_timeout,
            is_async,
        )
        terms = replace(
            entry.terms,
            daily=settings.geocoder_daily.get(name, entry.terms.daily),
            cache_days=settings.geocoder_cache_days.get(name, entry.terms.cache_days),
        )
        found.append(Configured(entry.kind(access), terms))
    return found

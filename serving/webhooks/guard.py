"""Where messages may go: to hosts the merchant names, and never into a private network unasked."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Address = IPv4Address | IPv6Address

TRANSLATED: Final = ip_network("64:ff9b::/96")
"""Addresses that a translator turns into the IPv4 address in their last 32 bits (RFC 6052)."""


class ForbiddenTargetError(Exception):
    """A place that messages may not go to; says why and how to mend it."""


@dataclass(frozen=True, slots=True)
class Target:
    """A checked place.

    Parameters
    ----------
    scheme, host, port, path
        Parts of its URL; the path has the query.
    addresses
        Where the host is, checked; a connection goes to one of these and nowhere else.
    """

    scheme: str
    host: str
    port: int
    path: str
    addresses: tuple[str, ...] = ()


def resolve_host(host: str, port: int) -> list[str]:
    """Ask the system where a host is."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(each[4][0]) for each in found))


@dataclass(frozen=True, slots=True)
class Guard:
    """Checks URLs and the addresses behind them.

    Parameters
    ----------
    hosts
        Hosts that messages may go to; ``*.example.com`` means every host below it.
    private_hosts
        Hosts that may lie in a private network and may be spoken to without TLS.
    resolve
        From a host and a port to its addresses.

    Examples
    --------
    >>> guard = Guard(("hooks.example.com",), resolve=lambda host, port: ["93.184.215.14"])
    >>> guard.target("https://hooks.example.com/orders?x=1").path
    '/orders?x=1'
    >>> guard.check("https://169.254.169.254/latest")
    Traceback (most recent call last):
        ...
    serving.webhooks.guard.ForbiddenTargetError: 169.254.169.254 is not a configured host: ...
    """

    hosts: Sequence[str]
    private_hosts: Sequence[str] = ()
    resolve: Callable[[str, int], list[str]] = resolve_host

    def check(self, url: str) -> Target:
        """Take a URL apart and see whether its host is configured.

        Raises
        ------
        ForbiddenTargetError
            When it is no plain URL of a configured host.
        """
        try:
            parts = urlsplit(url)
            host, port = (parts.hostname or "").rstrip("."), parts.port
        except ValueError:
            raise ForbiddenTargetError("is not a URL") from None
        if parts.scheme not in {"https", "http"} or not host or not url.isprintable():
            raise ForbiddenTargetError("is not a URL of the form https://host/path")
        if parts.username is not None or parts.password is not None or parts.fragment:
            raise ForbiddenTargetError("may hold neither a user nor a fragment")
        is_private = _is_among(host, self.private_hosts)
        if not is_private and not _is_among(host, self.hosts):
            raise ForbiddenTargetError(
                f"{host} is not a configured host: add it to ORDERINTEL_WEBHOOK_HOSTS"
            )
        if parts.scheme == "http" and not is_private:
            raise ForbiddenTargetError("must begin with https://")
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        return Target(
            parts.scheme, host, port or {"https": 443, "http": 80}[parts.scheme], _ascii(path)
        )

    def target(self, url: str) -> Target:
        """Check a URL and every address of its host.

        Raises
        ------
        ForbiddenTargetError
            Also when any address is private and the host may not be.
        OSError
            When the host is not found.
        """
        checked = self.check(url)
        addresses = tuple(self.resolve(checked.host, checked.port))
        if not addresses:
            raise ForbiddenTargetError(f"{checked.host} has no address")
        if not _is_among(checked.host, self.private_hosts):
            inside = [each for each in addresses if not _is_public(each)]
            if inside:
                raise ForbiddenTargetError(
                    f"{checked.host} leads to {inside[0]}, which is not public: add the host to "
                    "ORDERINTEL_WEBHOOK_PRIVATE_HOSTS if that is meant"
                )
        return Target(checked.scheme, checked.host, checked.port, checked.path, addresses)


def _ascii(path: str) -> str:
    """Write a path as it goes over the wire; what is escaped already stays."""
    from urllib.parse import quote

    return quote(path, safe="/?=&%:@!$'()*+,;~-._")


def _is_among(host: str, named: Sequence[str]) -> bool:
    """Tell whether a host is named, itself or by a pattern ``*.domain``.

    Examples
    --------
    >>> _is_among("a.example.com", ["*.example.com"]), _is_among("example.com", ["*.example.com"])
    (True, False)
    """
    host = host.lower()
    for each in (name.lower() for name in named):
        if host == each or (each.startswith("*.") and host.endswith(each[1:])):
            return True
    return False


def _is_public(address: str) -> bool:
    """Tell whether an address is reachable from anywhere, also one inside another.

    Examples
    --------
    >>> [_is_public(a) for a in ("8.8.8.8", "10.0.0.1", "::ffff:127.0.0.1", "64:ff9b::a00:1")]
    [True, False, False, False]
    """
    found: Address = ip_address(address.partition("%")[0])
    if isinstance(found, IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour
        if inner is None and found in TRANSLATED:
            inner = IPv4Address(int(found) & 0xFFFF_FFFF)
        if inner is not None:
            return _is_public(str(inner))
    return found.is_global and not found.is_multicast

from __future__ import annotations

import pytest

from serving.webhooks.guard import ForbiddenTargetError, Guard

OPEN = "93.184.215.14"


def guard(*addresses: str, hosts: tuple[str, ...] = ("hooks.shop.com", "*.shop.net")) -> Guard:
    return Guard(hosts, ("inside.lan", "127.0.0.1"), resolve=lambda _host, _port: list(addresses))


@pytest.mark.parametrize(
    "url",
    [
        "https://hooks.shop.com/x",
        "https://HOOKS.shop.com./x",
        "https://a.b.shop.net:8443/x?y=1",
        "http://inside.lan/x",
        "http://127.0.0.1:9/x",
    ],
)
def test_a_configured_host_may_be_reached(url: str) -> None:
    assert guard(OPEN).target(url).addresses == (OPEN,)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("https://other.com/x", "not a configured host"),
        ("https://shop.net/x", "not a configured host"),
        ("https://hooks.shop.com.evil.com/x", "not a configured host"),
        ("https://evil.com/?x=hooks.shop.com", "not a configured host"),
        ("https://hooks.shop.com@evil.com/x", "neither a user"),
        ("https://evil.com#@hooks.shop.com/", "neither a user nor a fragment"),
        ("http://hooks.shop.com/x", "https://"),
        ("http://169.254.169.254/latest/meta-data", "not a configured host"),
        ("http://2130706433/x", "not a configured host"),
        ("http://[::1]/x", "not a configured host"),
        ("ftp://hooks.shop.com/x", "not a URL"),
        ("file:///etc/passwd", "not a URL"),
        ("https://hooks.shop.com:99999/x", "not a URL"),
        ("https://hooks.shop.com/\r\nhost: evil.com", "not a URL"),
        ("gopher://hooks.shop.com", "not a URL"),
        ("", "not a URL"),
    ],
)
def test_anything_else_is_refused(url: str, why: str) -> None:
    with pytest.raises(ForbiddenTargetError, match=why):
        guard(OPEN).check(url)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",  # noqa: S104 an address to refuse, not to listen on
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1%eth0",
        "fd00::1",
        "::ffff:10.0.0.1",
        "2002:7f00:1::",
        "64:ff9b::7f00:1",
        "ff02::1",
    ],
)
def test_a_host_that_leads_inside_is_refused(address: str) -> None:
    with pytest.raises(ForbiddenTargetError, match="not public"):
        guard(address).target("https://hooks.shop.com/x")


def test_one_inside_address_among_public_ones_is_enough() -> None:
    with pytest.raises(ForbiddenTargetError, match=r"10\.0\.0\.1"):
        guard(OPEN, "10.0.0.1").target("https://hooks.shop.com/x")


def test_a_private_host_may_lead_inside() -> None:
    assert guard("10.0.0.1").target("http://inside.lan/x").addresses == ("10.0.0.1",)


def test_without_configuration_nothing_may_be_reached() -> None:
    with pytest.raises(ForbiddenTargetError, match="ORDERINTEL_WEBHOOK_HOSTS"):
        Guard(()).check("https://hooks.shop.com/x")

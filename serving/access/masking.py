"""Personal data as those see it who lack the right: enough to talk about, not to use."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from serving.security import Caller

HIDDEN: Final = "***"
FINE_PARTS: Final = ("street", "house", "building", "unit", "room", "line", "lat", "lon", "postal")
"""Parts of an address that lead to a door; district and above stay."""
_HASH: Final = re.compile(r"h1:[0-9a-f]{32}")
_LONG: Final = 8


def _phone(value: str) -> str:
    digits = re.sub(r"\D", "", value)
    return f"{digits[:3]}****{digits[-2:]}" if len(digits) >= _LONG else HIDDEN


def _email(value: str) -> str:
    name, _, place = value.partition("@")
    return f"{name[:1]}***@{place}" if place else HIDDEN


def _name(value: str) -> str:
    return f"{value[:1]}**"


_MASKS: Final[dict[str, Callable[[str], str]]] = {
    "phone": _phone,
    "email": _email,
    "name": _name,
}


def masked(kind: str, value: str) -> str:
    """Give a value of a kind with most of it hidden.

    Examples
    --------
    >>> masked("phone", "+86 138 0000 1234"), masked("email", "li@example.com")
    ('861****34', 'l***@example.com')
    >>> masked("name", "王小明"), masked("address_line", "文三路 478 号")
    ('王**', '***')
    """
    mask = _MASKS.get(kind)
    return HIDDEN if mask is None else mask(value)


def coarse(address: dict[str, Any] | None) -> dict[str, Any] | None:
    """Give an address without what leads to a door.

    Examples
    --------
    >>> coarse({"city": "杭州市", "street": "文三路", "unit": None})
    {'city': '杭州市', 'street': '***', 'unit': None}
    """
    if address is None:
        return None
    return {
        name: _hide(value) if name in FINE_PARTS or name == "candidates" else value
        for name, value in address.items()
    }


def _hide(value: Any) -> Any:
    """Hide a text, forget a number, and empty a list, so that the form stays."""
    if isinstance(value, str):
        return HIDDEN
    return [] if isinstance(value, list) else None


def for_eyes_of(caller: Caller, found: dict[str, Any]) -> dict[str, Any]:
    """Give what is kept about an order as a caller may see it.

    Parameters
    ----------
    caller
        Who looks.
    found
        As ``order_document`` put it together.
    """
    if caller.may("personal"):
        return found
    decisions = [each | {"address": coarse(each.get("address"))} for each in found["decisions"]]
    updates = [each | {"address": coarse(each["address"])} for each in found["address_updates"]]
    hidden = {"decisions": decisions, "address_updates": updates}
    return found | hidden | {"address": coarse(found["address"])}


def references(document: Any, place: str = "") -> Iterator[tuple[str, str]]:
    """Go through the keyed hashes in a stored order: where each stands, and the hash.

    Examples
    --------
    >>> list(references({"buyer": {"phone_hash": "h1:" + "0" * 32, "is_guest": False}}))
    [('buyer.phone_hash', 'h1:00000000000000000000000000000000')]
    """
    if isinstance(document, dict):
        for name, value in document.items():
            yield from references(value, f"{place}.{name}" if place else name)
    elif isinstance(document, str) and _HASH.fullmatch(document):
        yield place, document

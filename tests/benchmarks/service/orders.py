"""New orders of the demonstration shop, as its channels would send them now.

The shop's live days are sent round after round. From the second round on another person orders the
same goods: were it the same one, every order would be the duplicate of an earlier one.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from ipaddress import ip_address
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

LIVE: Final = "demo/live/orders.jsonl"
INSTANT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
DIGITS: Final = re.compile(r"\d+")
HALF: Final = 1 << 31


class NewOrders:
    """Orders that no service has seen, one after the other.

    Parameters
    ----------
    home
        A home that ``orderintel demo --once`` made.
    """

    def __init__(self, home: Path) -> None:
        self._texts = (home / LIVE).read_text().splitlines()
        self._made = self._make()

    def take(self, n: int) -> list[bytes]:
        """Give the next bodies."""
        return list(islice(self._made, n))

    def _make(self) -> Iterator[bytes]:
        turn = 0
        while True:
            for text in self._texts:
                yield json.dumps(_by_another(_as_of_now(text), turn), ensure_ascii=False).encode()
            turn += 1


def _as_of_now(text: str) -> dict[str, Any]:
    """Move all instants of an order so that it comes in now."""
    received = json.loads(text)["ingest"]["received_at"]
    by = datetime.now(UTC) - datetime.fromisoformat(received)

    def moved(found: re.Match[str]) -> str:
        return (datetime.fromisoformat(found[0]) + by).strftime("%Y-%m-%dT%H:%M:%SZ")

    document: dict[str, Any] = json.loads(INSTANT.sub(moved, text))
    return document


def _by_another(document: dict[str, Any], turn: int) -> dict[str, Any]:
    """Let another person order the same goods; the first turn is the shop's own."""
    if turn == 0:
        return document
    document["order_id"] += f"-{turn}"
    for line in document["lines"]:
        line["line_id"] += f"-{turn}"
    changes: tuple[tuple[str, Callable[[str, int], str]], ...] = (
        ("buyer_key", _renamed), ("platform_handle", _renamed), ("device_id", _renamed),
        ("reference", _renamed), ("email", _renamed), ("phone", _renumbered),
        ("line", _renumbered), ("ip", _elsewhere),
    )  # fmt: skip
    for part in ("buyer", "shipping_address", "session", "payment"):
        of = document.get(part) or {}
        for name, change in changes:
            if of.get(name):
                of[name] = change(of[name], turn)
    return document


def _renamed(name: str, turn: int) -> str:
    """Name something else.

    Examples
    --------
    >>> _renamed("grace@web.example.com", 2), _renamed("8aa4", 2)
    ('2grace@web.example.com', '28aa4')
    """
    return f"{turn}{name}"


def _renumbered(text: str, turn: int) -> str:
    """Move the last number of a text on; it keeps its length.

    Examples
    --------
    >>> _renumbered("+447082465699", 2), _renumbered("张江路288弄9号", 2), _renumbered("***", 2)
    ('+447082465701', '张江路288弄1号', '***')
    """
    last = next(reversed(list(DIGITS.finditer(text))), None)
    if last is None:
        return text
    number = str(int(last[0]) + turn)[-len(last[0]) :].zfill(len(last[0]))
    return f"{text[: last.start()]}{number}{text[last.end() :]}"


def _elsewhere(ip: str, turn: int) -> str:
    """Give another address of the internet.

    Examples
    --------
    >>> _elsewhere("198.18.87.150", 2)
    '198.18.89.150'
    """
    return str(ip_address((int(ip_address(ip)) + 256 * turn) % (2 * HALF)))

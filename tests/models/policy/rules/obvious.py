"""Conditions evaluated the slow, obvious way: straight from the document, with three truths."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

Truth = bool | None
"""None is unknown."""


def truth(condition: Any, row: dict[str, Any]) -> Truth:
    """Say whether a condition, as it stands in the document, holds for an order."""
    if "not" in condition:
        inner = truth(condition["not"], row)
        return None if inner is None else not inner
    if "all" in condition:
        found = [truth(part, row) for part in condition["all"]]
        return False if False in found else None if None in found else True
    if "any" in condition:
        found = [truth(part, row) for part in condition["any"]]
        return True if True in found else None if None in found else False
    return _test(row.get(condition["field"]), condition["op"], condition.get("value"))


def _test(value: Any, op: str, asked: Any) -> Truth:
    unknown = value is None or value == "" or value != value
    if op == "is missing":
        return unknown
    if op == "is known":
        return not unknown
    if unknown:
        return None
    return bool(_known(value, op, asked))


def _known(value: Any, op: str, asked: Any) -> Any:
    tests: dict[str, Callable[[], Any]] = {
        "==": lambda: value == asked,
        "!=": lambda: value != asked,
        "<": lambda: value < asked,
        "<=": lambda: value <= asked,
        ">": lambda: value > asked,
        ">=": lambda: value >= asked,
        "in": lambda: value in asked,
        "not in": lambda: value not in asked,
        "between": lambda: asked[0] <= value <= asked[1],
        "contains any of": lambda: any(_plain(term) in _plain(value) for term in asked),
        "starts with": lambda: _plain(value).startswith(_plain(asked)),
        "matches": lambda: re.search(asked, _plain(value), re.IGNORECASE | re.ASCII),
    }
    return tests[op]()


def _plain(text: str) -> str:
    return re.sub(r"\s+", " ", unicodedata.normalize("NFKC", text).lower()).strip()

"""Where a page of a list begins: the cursor that one page gives and the next one brings back."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import TYPE_CHECKING, Any, Final, TypeVar

from serving.errors import InvalidRequestError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Row = TypeVar("Row")

MOST: Final = 10**18
"""No number of a cursor is larger: databases would not take it."""


def cursor_of(*key: float | str) -> str:
    """Write the sort key of a page's last row as a cursor.

    Examples
    --------
    >>> cursor_of(82.5, 1_700, "rev_1")
    'WzgyLjUsIDE3MDAsICJyZXZfMSJd'
    """
    return urlsafe_b64encode(json.dumps(key).encode()).decode().rstrip("=")


def key_of(cursor: str, *kinds: Callable[[Any], Any]) -> tuple[Any, ...]:
    """Read the sort key that a cursor stands for.

    Parameters
    ----------
    cursor
        As a caller gave it back.
    kinds
        What each part of the key is.

    Raises
    ------
    InvalidRequestError
        When it is no cursor of this list.

    Examples
    --------
    >>> key_of("WzgyLjUsIDE3MDAsICJyZXZfMSJd", float, int, str)
    (82.5, 1700, 'rev_1')
    """
    try:
        parts = json.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        key = tuple(kind(part) for kind, part in zip(kinds, parts, strict=True))
    except (ValueError, TypeError, OverflowError):
        raise _unreadable() from None
    if not all(isinstance(part, str) or abs(part) < MOST for part in key):
        raise _unreadable()
    return key


def cut(rows: Sequence[Row], cursor: str | None, limit: int) -> tuple[Sequence[Row], str | None]:
    """Cut a page out of a list that is all there; gives its rows, and the cursor behind them.

    Parameters
    ----------
    rows
        The whole list.
    cursor
        Where the page begins; None for the first one.
    limit
        Rows at most.

    Raises
    ------
    InvalidRequestError
        When the cursor is none of this list.

    Examples
    --------
    >>> cut("abcde", None, 2), cut("abcde", "4", 2)
    (('ab', '2'), ('e', None))
    """
    start = number_of(cursor) or 0
    end = start + limit
    return rows[start:end], str(end) if end < len(rows) else None


def number_of(cursor: str | None) -> int | None:
    """Read a cursor that is a number; None at the beginning.

    Raises
    ------
    InvalidRequestError
        When it is none.

    Examples
    --------
    >>> number_of("100"), number_of(None)
    (100, None)
    """
    if cursor is None:
        return None
    if not (cursor.isascii() and cursor.isdecimal() and int(cursor) < MOST):
        raise _unreadable()
    return int(cursor)


def _unreadable() -> InvalidRequestError:
    place = [("/cursor", "is not a cursor of this list: give back next_cursor as it was")]
    return InvalidRequestError("the cursor cannot be read", place)

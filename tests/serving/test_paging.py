"""Cursors: what one page gives, the next one takes; anything else is refused with its place."""

from __future__ import annotations

from base64 import urlsafe_b64encode

import pytest

from serving.errors import InvalidRequestError
from serving.paging import cursor_of, cut, key_of, number_of


def test_a_key_comes_back_as_it_was_given() -> None:
    cursor = cursor_of(0.1 + 0.2, 1_772_354_105_000_000, "rev_中")

    assert key_of(cursor, float, int, str) == (0.1 + 0.2, 1_772_354_105_000_000, "rev_中")


def test_pages_hold_every_row_once() -> None:
    seen, cursor, n_pages = "", None, 0

    while n_pages == 0 or cursor is not None:
        shown, cursor = cut("abcdefg", cursor, 3)
        seen, n_pages = seen + "".join(shown), n_pages + 1

    assert (seen, n_pages) == ("abcdefg", 3)


@pytest.mark.parametrize(
    "text",
    ["[1]", '[1, "a", 2]', '["x", "a"]', "[1e400, 2]", "[NaN, 2]", f"[{10**18}, 2]", "3", "{", "é"],
    ids=["short", "long", "kind", "infinite", "nan", "huge", "number", "broken", "bytes"],
)
def test_a_made_up_key_is_refused(text: str) -> None:
    cursor = urlsafe_b64encode(text.encode("latin-1")).decode().rstrip("=")

    with pytest.raises(InvalidRequestError) as refused:
        key_of(cursor, float, str)

    assert refused.value.problems[0][0] == "/cursor"


@pytest.mark.parametrize("cursor", ["", "-1", "1.5", "２", "9" * 19, "next"])
def test_a_made_up_number_is_refused(cursor: str) -> None:
    with pytest.raises(InvalidRequestError):
        number_of(cursor)

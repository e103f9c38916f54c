"""Many places of a document read at once say what each says by itself."""

from __future__ import annotations

import pytest

from features.order import parse
from features.wire import BESIDE, INSTANTS, PLAIN, Reader, at
from tests.features.test_order import document

PLACES = PLAIN | INSTANTS | BESIDE
PARTS = {
    "buyer": {"email_domain": "example.org", "account_created_at": "2025-03-01T08:30:00Z"},
    "shipping_address": {"country": "CN", "city": "杭州市", "kind": "locker"},
    "session": {"client": "app"},
    "notes": {"buyer": "hurry"},
}


@pytest.mark.parametrize("left_out", [None, *PARTS])
def test_places_are_read_as_one_by_one(left_out: str | None) -> None:
    order = parse(document(**{name: part for name, part in PARTS.items() if name != left_out}))

    found = dict.fromkeys(PLACES) | Reader(PLACES).read(order)

    assert found == {column: at(order, place) for column, place in PLACES.items()}

"""The store's connections: what they say of a fault, and what becomes of a call on a full disk."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import SQLAlchemyError

from tests.serving.orders import order

if TYPE_CHECKING:
    from tests.serving.conftest import Service

ORDERS_AT_MOST = 500


def test_an_error_names_the_statement_and_not_what_stood_in_it(service: Service) -> None:
    with service.runtime.engine.connect() as connection, pytest.raises(SQLAlchemyError) as caught:
        connection.execute(text("SELECT nothing FROM nowhere WHERE name = :name"), {"name": "Ann"})

    assert "nowhere" in str(caught.value)
    assert "Ann" not in str(caught.value)


@pytest.mark.embedded
def test_a_full_disk_is_said_and_orders_are_taken_again_once_there_is_room(
    service: Service,
) -> None:
    room = {"pages": 1}

    def limit(connection: Any, *_: Any) -> None:
        """Let the file grow no further than this; SQLite says of it what it says of a full disk."""
        connection.execute(f"PRAGMA max_page_count={room['pages']}")

    event.listen(service.runtime.engine, "checkout", limit)
    taken = []
    for number in range(ORDERS_AT_MOST):
        answer = service.score(order(str(number)))
        if answer.status_code != 200:
            break
        taken.append(answer.json()["decision_id"])
    refused = order(str(len(taken)))
    room["pages"] = 1_000_000
    again = service.score(refused)

    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "1"
    assert json.loads(answer.text)["detail"].startswith("the store's disk is full: nothing was")
    assert again.status_code == 200
    assert len({*taken, again.json()["decision_id"]}) == len(taken) + 1

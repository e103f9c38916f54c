"""Personal data at rest: sealed, bound to its row, and sealed anew."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import insert, select, update

from serving.errors import SecretError
from serving.store.cipher import add_data_key, cipher_of, refresh, seal_anew, unlock
from serving.store.engine import add_missing, open_engine
from serving.store.migrate import migrate
from serving.store.tables import PERSONAL
from serving.store.vault import values

if TYPE_CHECKING:
    from sqlalchemy import Engine

SECRET = b"a secret of the shop"
PHONE = "13800000000"


@pytest.fixture
def store() -> Engine:
    """Give an empty store that is not unlocked yet."""
    engine = open_engine("sqlite://")
    migrate(engine)
    return engine


def row(number: int, value: str = PHONE) -> dict[str, Any]:
    return {
        "merchant_id": "acme", "hash": f"h1:{number}", "kind": "phone", "value": value,
        "stored_at": 1,
    }  # fmt: skip


def keep(engine: Engine, *rows: dict[str, Any]) -> None:
    with engine.begin() as connection:
        add_missing(connection, PERSONAL, [cipher_of(connection).seal(each) for each in rows])


def stored(engine: Engine) -> list[dict[str, Any]]:
    with engine.connect() as connection:
        rows = connection.execute(select(PERSONAL).order_by(PERSONAL.c.hash)).mappings()
        return [dict(each) for each in rows]


def read(engine: Engine, *digests: str) -> dict[str, str]:
    with engine.connect() as connection:
        return values(connection, digests)


def test_what_is_stored_shows_nothing_and_reads_back(store: Engine) -> None:
    engine = unlock(store, SECRET, at=1)

    keep(engine, row(0), row(1))

    first, second = stored(engine)
    assert PHONE not in str([first, second])
    assert first["value"] != second["value"]
    assert (first["key_id"], first["kind"]) == (1, "phone")
    assert read(engine, "h1:0") == {"h1:0": PHONE}


def test_a_store_opens_with_its_own_secret_only(store: Engine) -> None:
    unlock(store, SECRET, at=1)

    with pytest.raises(SecretError, match="not the one this store was made with"):
        unlock(store, b"another secret", at=2)


def test_a_value_that_was_moved_or_changed_does_not_open(store: Engine) -> None:
    engine = unlock(store, SECRET, at=1)
    keep(engine, row(0), row(1, "13900000000"))
    other = stored(engine)[1]["value"]
    with engine.begin() as connection:
        moved = update(PERSONAL).where(PERSONAL.c.hash == "h1:0").values(value=other)
        connection.execute(moved)

    with pytest.raises(SecretError, match="h1:0 does not open"):
        read(engine, "h1:0")


def test_what_an_earlier_version_stored_in_clear_is_sealed_at_the_start(store: Engine) -> None:
    with store.begin() as connection:
        connection.execute(insert(PERSONAL), [row(number) for number in range(1203)])

    engine = unlock(store, SECRET, at=1)

    assert PHONE not in str(stored(engine))
    assert set(read(engine, "h1:0", "h1:1202").values()) == {PHONE}


def test_a_fresh_data_key_seals_everything_anew(store: Engine) -> None:
    engine = unlock(store, SECRET, at=1)
    keep(engine, row(0))
    before = stored(engine)[0]["value"]

    assert (add_data_key(engine, at=2), seal_anew(engine)) == (2, 1)

    after = stored(engine)[0]
    assert (after["key_id"], after["value"] == before) == (2, False)
    assert read(engine, "h1:0") == {"h1:0": PHONE}


def test_a_running_service_goes_on_across_a_change_of_key(tmp_path: Any) -> None:
    url = f"sqlite:///{tmp_path / 'store.db'}"
    migrate(open_engine(url))
    service, command = (unlock(open_engine(url), SECRET, at=1) for _ in range(2))
    keep(service, row(0))

    add_data_key(command, at=2)
    seal_anew(command)
    keep(service, row(1))
    refresh(service)
    keep(service, row(2))

    assert [each["key_id"] for each in stored(service)] == [2, 1, 2]
    assert set(read(service, "h1:0", "h1:1", "h1:2").values()) == {PHONE}
    service.dispose()
    command.dispose()

"""Nothing personal outside the one sealed table, whatever the form of a file; plants are found."""

from __future__ import annotations

import gzip
import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.serving.conftest import Service, blank_store, service
from tests.serving.demo.scan import leaks, personal_values
from tests.serving.orders import locked, order

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["blank_store", "service"]

PHONE = "13912345678"
VALUES = {PHONE: "phone"}


def as_parquet(path: Path) -> None:
    pq.write_table(pa.table({"orders": [1], "note": [f"call {PHONE}"]}), path)


def as_tables(path: Path) -> None:
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("CREATE TABLE notes (number INTEGER, text TEXT)")
        database.execute("INSERT INTO notes VALUES (1, ?)", [f"call {PHONE}"])


PLANTS: dict[str, Callable[[Path], object]] = {
    "history/orders/part-0.parquet": as_parquet,
    "orderintel.db": as_tables,
    "service.log": lambda path: path.write_text(json.dumps({"event": f"call {PHONE}"}), "utf-8"),
    "models/fraud/model.json.gz": lambda path: path.write_bytes(gzip.compress(PHONE.encode())),
    "state/risk/block": lambda path: path.write_bytes(b"\x00\xff" + PHONE.encode() + b"\x00"),
}


@pytest.mark.parametrize("name", sorted(PLANTS))
def test_a_planted_phone_number_is_found(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    PLANTS[name](path)

    assert leaks(tmp_path, VALUES) == [(name, "phone")]


def test_what_the_merchant_hands_in_is_the_merchants_own(tmp_path: Path) -> None:
    path = tmp_path / "demo" / "exports" / "orders.csv"
    path.parent.mkdir(parents=True)
    path.write_text(PHONE, "utf-8")

    assert leaks(tmp_path, VALUES) == []


def test_masked_and_short_values_are_nobodys() -> None:
    buyer = {"phone": "139****5678", "email": "a@b", "name": "Grace Miller"}

    assert personal_values(iter([{"buyer": buyer}])) == {"Grace Miller": "name"}


@pytest.mark.embedded
def test_a_service_leaves_nothing_personal_in_its_home_metrics_or_log(
    service: Service, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    buyer = order()["buyer"] | {"phone": PHONE, "email": "grace.miller@example.com"}
    sent = [locked(str(n), buyer=buyer, notes={"buyer": f"call {PHONE}"}) for n in range(3)]
    values = personal_values(iter(sent))
    for each in sent:
        assert service.score(each).status_code == 200
    service.call("POST", "/v1/orders/score", json=sent[0] | {"lines": PHONE})
    service.call("POST", f"/v1/orders/search?phone={PHONE}", json={"phone": PHONE})
    told = [service.call("GET", path).text for path in ("/metrics", "/v1/audit", "/v1/models")]
    service.runtime.engine.dispose()

    assert {"phone", "email", "address_line"} <= set(values.values())
    assert leaks(tmp_path, values) == []
    seen = "".join([*told, *capsys.readouterr()])
    assert [kind for value, kind in values.items() if value in seen] == []

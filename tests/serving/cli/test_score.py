from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx2
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.document import OrderDocument
from serving.app import create_app
from serving.runtime import open_runtime
from serving.scoring.files import read_orders
from serving.settings import Settings
from tests.serving.cli.served_shop import newest
from tests.serving.server import running

if TYPE_CHECKING:
    from pathlib import Path

    from tests.serving.cli.conftest import Command

SAME = ("action", "priority", "band", "duplicate_of", "linked_orders", "tags")


@pytest.fixture(scope="module")
def orders(served_home: Path) -> list[dict[str, Any]]:
    return newest(served_home, 60)


def write_lines(file: Path, orders: list[Any]) -> Path:
    texts = [order if isinstance(order, str) else json.dumps(order) for order in orders]
    file.write_text("\n".join(texts) + "\n", "utf-8")
    return file


def test_a_mark_of_the_encoding_is_no_part_of_the_first_order(
    orders: list[dict[str, Any]], tmp_path: Path
) -> None:
    plain = write_lines(tmp_path / "in.jsonl", orders[:2])
    marked = tmp_path / "marked.jsonl"
    marked.write_bytes(b"\xef\xbb\xbf" + plain.read_bytes())

    assert list(read_orders(marked)) == list(read_orders(plain))
    assert all(isinstance(order, OrderDocument) for _, order in read_orders(marked))


def test_every_order_gets_one_row_with_decision_and_probability(
    orderintel: Command, orders: list[dict[str, Any]], tmp_path: Path
) -> None:
    file, out = write_lines(tmp_path / "in.jsonl", orders), tmp_path / "new" / "out.parquet"

    code, printed, _ = orderintel("score", str(file), "--out", str(out), "--json")

    rows = pq.read_table(out).to_pylist()
    document = json.loads(printed)
    assert code == 0
    assert [row["order_id"] for row in rows] == [order["order_id"] for order in orders]
    assert all(0 < row["fraud_probability"] < 1 for row in rows)
    assert all(row["action"] in {"release", "review", "hold"} for row in rows)
    assert (document["scored"], document["left_out"], document["without"]) == (60, 0, [])
    assert document["release"] + document["review"] + document["hold"] == 60


def test_rows_equal_the_answers_of_the_service(
    orderintel: Command,
    served_home: Path,
    orders: list[dict[str, Any]],
    tmp_path: Path,
) -> None:
    file, out = write_lines(tmp_path / "in.jsonl", orders), tmp_path / "out.parquet"
    settings = Settings(home=served_home, database_url=f"sqlite:///{tmp_path / 'store.db'}")
    runtime = open_runtime(settings)
    headers = {"Authorization": f"Bearer {runtime.keys.create('test', 'score')}"}

    orderintel("score", str(file), "--out", str(out))
    with (
        running(create_app(settings, runtime=runtime)) as address,
        httpx2.Client(base_url=address, headers=headers, timeout=30) as client,
    ):
        answers = [client.post("/v1/orders/score", json=order).json() for order in orders]

    rows = pq.read_table(out).to_pylist()
    served = [{name: answer[name] for name in SAME} for answer in answers]
    assert [{name: row[name] for name in SAME} for row in rows] == served
    assert [row["fraud_probability"] for row in rows] == [
        answer["scores"]["fraud"]["probability"] for answer in answers
    ]
    assert [json.loads(row["reasons"]) for row in rows] == [a["reasons"] for a in answers]


@pytest.mark.parametrize("form", ["list.json", "batch.json", "text.parquet", "nested.parquet"])
def test_every_form_of_file_gives_the_same_decisions(
    orderintel: Command, orders: list[dict[str, Any]], tmp_path: Path, form: str
) -> None:
    some = [
        {name: value for name, value in order.items() if name not in {"attributes", "entities"}}
        for order in orders[:5]
    ]
    file = tmp_path / form
    if form == "list.json":
        file.write_text(json.dumps(some))
    elif form == "batch.json":
        file.write_text(json.dumps({"orders": some}))
    elif form == "text.parquet":
        pq.write_table(pa.table({"document": [json.dumps(order) for order in some]}), file)
    else:
        pq.write_table(pa.Table.from_pylist(some), file)
    lines = write_lines(tmp_path / "in.jsonl", some)

    codes = [
        orderintel("score", str(source), "--out", str(source.with_suffix(".out")))[0]
        for source in (file, lines)
    ]

    assert codes == [0, 0]
    assert pq.read_table(file.with_suffix(".out")).equals(pq.read_table(lines.with_suffix(".out")))


def test_a_bad_order_is_named_and_left_out(
    orderintel: Command, orders: list[dict[str, Any]], tmp_path: Path
) -> None:
    bad = [orders[1] | {"order_id": 7}, "{", orders[2] | {"lines": []}]
    file = write_lines(tmp_path / "in.jsonl", [*orders[:4], *bad])

    code, printed, told = orderintel("score", str(file), "--out", str(tmp_path / "o"), "--json")

    assert code == 0
    assert json.loads(printed)["left_out"] == 3
    assert "in.jsonl, line 5: /order_id: is a number" in told
    assert "in.jsonl, line 6: " in told
    assert "in.jsonl, line 7: /lines: is empty" in told


def test_an_order_that_stands_twice_gets_one_row_of_its_newest_state(
    orderintel: Command, orders: list[dict[str, Any]], tmp_path: Path
) -> None:
    newer = orders[0] | {"updated_at": "2026-04-20T00:00:00Z", "revision": "2"}
    file = write_lines(tmp_path / "in.jsonl", [orders[0], orders[1], newer])

    code, _, told = orderintel("score", str(file), "--out", str(tmp_path / "o"))

    assert code == 0
    assert pq.read_table(tmp_path / "o").num_rows == 2
    assert "line 1: /order_id: is a duplicate: line 3 holds this order too" in told


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.jsonl", b"", "holds no order"),
        ("a.jsonl", b"\xff\xfe{}\n", "1 of 1 orders are not well formed"),
        ("a.json", b"5", "holds no list of orders"),
        ("a.json", b"{", "is not JSON"),
        ("a.parquet", b"x", "is not Parquet"),
        ("a.csv", b"x", "is none of .jsonl"),
    ],
)
def test_a_file_without_orders_is_refused_and_nothing_is_written(
    orderintel: Command, tmp_path: Path, name: str, content: bytes, told: str
) -> None:
    (tmp_path / name).write_bytes(content)
    out = tmp_path / "out.parquet"

    code, printed, message = orderintel("score", str(tmp_path / name), "--out", str(out), "--json")

    assert (code, printed) == (1, "")
    assert told in message
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_place_that_cannot_be_written_is_told_before_the_work(
    orderintel: Command, orders: list[dict[str, Any]], tmp_path: Path
) -> None:
    file = write_lines(tmp_path / "in.jsonl", orders[:1])

    code, _, told = orderintel("score", str(file), "--out", str(file / "out.parquet"))

    assert code == 1
    assert "cannot be written" in told
    assert "scoring" not in told


def test_a_home_without_history_says_what_to_run(
    orderintel: Command, orders: list[dict[str, Any]], tmp_path: Path
) -> None:
    file = write_lines(tmp_path / "in.jsonl", orders[:1])

    code, _, told = orderintel("score", str(file), "--out", str(tmp_path / "o"), home=tmp_path)

    assert code == 1
    assert "run `orderintel import MAPPING.yaml`" in told


def test_a_file_that_does_not_exist_is_wrong_usage(orderintel: Command, tmp_path: Path) -> None:
    code, _, told = orderintel("score", str(tmp_path / "no.jsonl"), "--out", str(tmp_path / "o"))

    assert code == 2
    assert "no.jsonl" in told

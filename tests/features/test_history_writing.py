"""A history is merged by key, replaced as a whole, and survives a killed writer."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.errors import HistoryError, SchemaError
from features.history import DemandProfile, History, HistoryProfile, LabelProfile
from features.history_writing import write_history
from tests.features.histories import JUNE, MAY, line, order, outcome, table, write

if TYPE_CHECKING:
    from pathlib import Path


def every_byte(folder: Path) -> dict[str, bytes]:
    real = folder.resolve()
    return {
        path.relative_to(real).as_posix(): path.read_bytes()
        for path in sorted(real.rglob("*"))
        if path.is_file()
    }


def test_outcomes_that_confirm_their_kind_are_counted(tmp_path: Path) -> None:
    told = [
        outcome(1, "fraud", "desk") | {"is_bad": False},
        outcome(1, "refund", "desk") | {"is_bad": True},
        outcome(2, "refund", "desk"),
    ]

    found = write(tmp_path / "history", orders=[order(1), order(2)], outcomes=told)

    assert found.profile.bad_outcomes == {"refund": 2}


def test_a_history_without_outcomes_knows_that_it_has_none(tmp_path: Path) -> None:
    bare = write(tmp_path / "bare", orders=[order(1)])
    empty = write(tmp_path / "empty", orders=[order(1)], outcomes=[])

    assert bare.profile.bad_outcomes == empty.profile.bad_outcomes == {}


def test_rows_lie_in_the_month_they_belong_to(tmp_path: Path) -> None:
    write(tmp_path / "history", orders=[order(1), order(2, placed_at=JUNE)])

    months = sorted(path.name for path in (tmp_path / "history" / "orders").iterdir())
    assert months == ["month=2024-05", "month=2024-06"]


def test_the_same_rows_again_change_no_byte(tmp_path: Path) -> None:
    rows = [order(n, total_minor=n) for n in range(500)]
    first = write(tmp_path / "history", orders=rows)
    before = every_byte(tmp_path / "history")

    again = write(tmp_path / "history", orders=list(reversed(rows)))

    assert (first.changed, again.changed) == (True, False)
    assert every_byte(tmp_path / "history") == before


def test_a_row_replaces_the_older_one_under_its_key(tmp_path: Path) -> None:
    write(tmp_path / "history", orders=[order(1, total_minor=1), order(2, total_minor=2)])

    write(tmp_path / "history", orders=[order(2, total_minor=20, placed_at=JUNE), order(3)])

    found = {row["order_id"]: row["total_minor"] for row in _orders(tmp_path)}
    assert found == {"1": 1, "2": 20, "3": None}


def test_a_key_with_a_missing_part_is_still_one_key(tmp_path: Path) -> None:
    day = {"day_on": MAY.date(), "kind": "holiday", "name": "Labour Day"}
    write(tmp_path / "history", calendar=[day])

    again = write(tmp_path / "history", calendar=[day])

    assert not again.changed
    assert again.profile.rows == {"calendar": 1}


def test_the_lines_of_an_order_are_replaced_as_a_whole(tmp_path: Path) -> None:
    write(
        tmp_path / "history", orders=[order(1)], order_lines=[line(1, "1", "A"), line(1, "2", "B")]
    )

    write(tmp_path / "history", orders=[order(1)], order_lines=[line(1, "1", "C")])

    found = History(tmp_path / "history").arrow("order_lines").to_pylist()
    assert [row["sku"] for row in found] == ["C"]


def test_a_label_that_no_longer_holds_goes_and_a_verdict_stays(tmp_path: Path) -> None:
    labels = [outcome(1, "cancel", "shop"), outcome(1, "verdict", "console")]
    write(tmp_path / "history", orders=[order(1)], outcomes=labels)

    write(tmp_path / "history", orders=[order(1)], outcomes=[])

    found = History(tmp_path / "history").arrow("outcomes").to_pylist()
    assert [row["kind"] for row in found] == ["verdict"]


def test_outcomes_alone_leave_the_orders_as_they_are(tmp_path: Path) -> None:
    write(tmp_path / "history", orders=[order(1)])

    result = write(tmp_path / "history", source="book", outcomes=[outcome(1, "refund", "book")])

    assert result.profile.rows == {"orders": 1, "outcomes": 1}
    assert set(result.profile.sources) == {"shop", "book"}


def test_a_history_may_begin_without_an_order(tmp_path: Path) -> None:
    found = write(tmp_path / "history", orders=[]).profile

    assert (found.rows, found.entities, found.given) == ({}, {}, {})


def test_the_profile_counts_what_the_orders_carry(tmp_path: Path) -> None:
    rows = [
        order(1, buyer_key="h1:a", attribute__age=30.0),
        order(2, buyer_key="h1:b"),
        order(3, channel="pos"),
    ]

    profile = write(
        tmp_path / "history", HistoryProfile(attributes={"attribute__age": "float"}), orders=rows
    ).profile

    assert profile.entities == {"buyer_key": 0.666667}
    assert "buyer_key" in profile.given["web"]
    assert "buyer_key" not in profile.given["pos"]
    assert "attribute__age" in profile.given["web"]


def test_two_mappings_join_their_profiles(tmp_path: Path) -> None:
    one = HistoryProfile(labels={"fraud": LabelProfile("fraud", 7)}, excused={"eta": "no dates"})
    two = HistoryProfile(
        labels={"fraud": LabelProfile("fraud", 30), "refund": LabelProfile("refund", 14)},
        demand=DemandProfile(closed_weekdays=(5,)),
    )
    write(tmp_path / "history", one, "one", orders=[order(1)])

    profile = write(tmp_path / "history", two, "two", orders=[order(2)]).profile

    assert {kind: label.maturity_days for kind, label in profile.labels.items()} == {
        "fraud": 30,
        "refund": 14,
    }
    assert profile.demand == DemandProfile(closed_weekdays=(5,))
    assert profile.excused == {"eta": "no dates"}


@pytest.mark.parametrize(
    ("profile", "said"),
    [
        (HistoryProfile(base_currency="USD"), "counts in base_currency CNY, the mapping in USD"),
        (
            HistoryProfile(timezone="Asia/Tokyo"),
            "counts in timezone UTC, the mapping in Asia/Tokyo",
        ),
        (
            HistoryProfile(attributes={"attribute__age": "string"}),
            "attribute__age is float in the history and string in the mapping",
        ),
    ],
)
def test_a_profile_that_contradicts_the_history_is_refused(
    profile: HistoryProfile, said: str, tmp_path: Path
) -> None:
    first = HistoryProfile(attributes={"attribute__age": "float"})
    write(tmp_path / "history", first, orders=[order(1)])
    before = every_byte(tmp_path / "history")

    with pytest.raises(HistoryError, match=said):
        write(tmp_path / "history", profile, orders=[order(2)])

    assert every_byte(tmp_path / "history") == before


def test_a_column_the_schema_does_not_know_is_refused(tmp_path: Path) -> None:
    odd = pa.table({"sku": ["A"], "colour": ["red"]})

    with pytest.raises(SchemaError, match="table catalog has no column 'colour'"):
        write_history(tmp_path / "history", {"catalog": odd}, HistoryProfile())

    assert not (tmp_path / "history").exists()


def test_one_generation_back_is_kept_and_no_more(tmp_path: Path) -> None:
    for number in range(4):
        write(tmp_path / "history", orders=[order(number)])

    assert sorted(path.name for path in tmp_path.glob("history-*")) == [
        "history-000003",
        "history-000004",
    ]


def test_a_failed_import_leaves_nothing_behind(tmp_path: Path) -> None:
    write(tmp_path / "history", orders=[order(1)])
    before = every_byte(tmp_path / "history")

    with pytest.raises(SchemaError):
        write_history(
            tmp_path / "history", {"catalog": pa.table({"colour": ["red"]})}, HistoryProfile()
        )

    assert every_byte(tmp_path / "history") == before
    assert not list(tmp_path.glob("*.partial"))


def test_two_imports_at_once_do_not_mix(tmp_path: Path) -> None:
    from features.generations import new_generation

    with new_generation(tmp_path / "history") as staging:
        (staging.folder / "profile.json").write_text("{}")
        with pytest.raises(HistoryError, match="another import is writing"):
            write(tmp_path / "history", orders=[order(1)])


def test_a_folder_in_the_place_of_the_link_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "history").mkdir()

    with pytest.raises(HistoryError, match="is no link to a generation"):
        write(tmp_path / "history", orders=[order(1)])


def test_row_groups_do_not_depend_on_how_rows_arrive(tmp_path: Path) -> None:
    rows = table("orders", [order(n) for n in range(1000)])
    write_history(tmp_path / "a", {"orders": rows}, HistoryProfile())

    batches = pa.RecordBatchReader.from_batches(rows.schema, rows.to_batches(max_chunksize=7))
    write_history(tmp_path / "b", {"orders": batches}, HistoryProfile())

    assert every_byte(tmp_path / "a") == every_byte(tmp_path / "b")


WRITER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
import pyarrow as pa
from features.history import HistoryProfile
from features.history_writing import write_history
from features.schema import TABLES, arrow_schema
when = datetime(2024, 5, 1, tzinfo=UTC)
def rows():
    for start in range(0, 3_000_000, 10_000):
        keys = [f"shop/web/main/{start + n}" for n in range(10_000)]
        same = {"merchant_id": "shop", "channel": "web", "shop_id": "main"}
        same |= {"placed_at": when, "received_at": when}
        columns = [{"order_key": key, "order_id": key, **same} for key in keys]
        fields = [f for f in arrow_schema(TABLES["orders"]) if f.name in columns[0]]
        yield pa.RecordBatch.from_pylist(columns, schema=pa.schema(fields))
stream = rows()
first = next(stream)
reader = pa.RecordBatchReader.from_batches(first.schema, stream)
print("started", flush=True)
write_history(Path(sys.argv[1]), {"orders": reader}, HistoryProfile())
"""


@pytest.mark.slow
def test_a_killed_import_leaves_the_old_history_and_the_next_one_cleans_up(tmp_path: Path) -> None:
    write(tmp_path / "history", orders=[order(1)])
    before = every_byte(tmp_path / "history")
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(tmp_path / "history")], stdout=subprocess.PIPE
    )
    deadline = time.monotonic() + 60
    while not list(tmp_path.glob("*.partial")) and time.monotonic() < deadline:
        time.sleep(0.02)

    os.kill(process.pid, signal.SIGKILL)
    process.communicate()

    assert list(tmp_path.glob("*.partial"))
    assert every_byte(tmp_path / "history") == before
    assert History(tmp_path / "history").arrow("orders").num_rows == 1
    write(tmp_path / "history", orders=[order(2)])
    assert not list(tmp_path.glob("*.partial"))
    assert History(tmp_path / "history").arrow("orders").num_rows == 2


def test_every_file_is_plain_parquet(tmp_path: Path) -> None:
    write(tmp_path / "history", orders=[order(1)])

    (path,) = (tmp_path / "history" / "orders").rglob("*.parquet")
    assert pq.read_schema(path).field("placed_at").type == pa.timestamp("us", tz="UTC")


def _orders(home: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = History(home / "history").arrow("orders").to_pylist()
    return found

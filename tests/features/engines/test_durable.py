"""State that is found again: after a kill, after a snapshot, and never for something else."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from features.engines.durable import Base, Durability, DurableState
from features.engines.online import OnlineState
from features.errors import StateInUseError
from tests.features.memory import HOUR_US, NOW, PROFILE, bad, feature, line, measure, order

if TYPE_CHECKING:
    from pathlib import Path

    from tests.features.memory import Row

DAY = timedelta(days=1)
COUNT = measure("count", DAY)
WANTED = [
    feature(COUNT),
    feature(measure("sum", DAY, column="value_minor")),
    feature(measure("count", 30 * DAY, stream="outcome:fraud")),
    feature(measure("count", 30 * DAY, subject="shop", stream="shipments")),
    feature(measure("count", DAY, subject="sku", stream="lines")),
]
ASKING = order("asking", NOW + 20 * HOUR_US)


def opened(folder: Path, **rest: Any) -> DurableState:
    return DurableState.open(folder, rest.pop("features", WANTED), PROFILE, **rest)


def killed(state: DurableState) -> None:
    """Let go of a state the way a killed process does: only the operating system cleans up."""
    if state._writer is not None:
        state._writer.join()
    if state._claim is not None:
        state._claim.close()


def told(n: int) -> list[tuple[str, Row, list[Row]]]:
    """Make orders with a line each, some of them bad, some delivered."""
    events: list[tuple[str, Row, list[Row]]] = []
    for i in range(n):
        row = order(f"o{i:03}", NOW + i * HOUR_US, value_minor=i)
        events.append(("add_order", row, [line(row["order_key"])]))
        if i % 3 == 0:
            events.append(("add_outcome", bad(f"b{i}", row["order_key"], NOW + i * HOUR_US), []))
        if i % 4 == 0:
            at = NOW + (i + 1) * HOUR_US
            parcel = {"shipment_id": f"p{i}", "order_key": row["order_key"], "delivered_at": at}
            events.append(("add_shipment", parcel | {"known_at": at}, []))
    return events


def tell(state: Any, events: list[tuple[str, Row, list[Row]]]) -> None:
    for method, row, lines in events:
        getattr(state, method)(*((row, lines) if method == "add_order" else (row,)))


def clean(n: int) -> OnlineState:
    """A state that nothing happened to."""
    state = OnlineState(WANTED, PROFILE)
    tell(state, told(n))
    return state


def test_what_was_told_is_found_after_a_kill(tmp_path: Path) -> None:
    state = opened(tmp_path)
    tell(state, told(12))
    killed(state)

    found = opened(tmp_path)

    assert found.rebuilt == ""
    assert found.digest() == clean(12).digest()
    assert found.values(ASKING, []) == clean(12).values(ASKING, [])


def test_a_kill_between_two_snapshots_costs_nothing(tmp_path: Path) -> None:
    for n in range(5, 40, 5):
        state = opened(tmp_path, how=Durability(snapshot_every=7))
        tell(state, told(n))
        killed(state)

    assert opened(tmp_path).digest() == clean(35).digest()


def test_a_snapshot_lets_older_ones_and_their_journal_go(tmp_path: Path) -> None:
    state = opened(tmp_path)
    for n in (3, 6, 9):
        tell(state, told(n))
        killed(state)
        state.snapshot()
    state.close()

    kept = sorted(path.name.partition("-")[0] for path in next(tmp_path.glob("?" * 16)).iterdir())

    assert len(kept) == 2
    assert kept[1] == "snapshot"
    assert opened(tmp_path).digest() == clean(9).digest()


def test_an_orderly_end_leaves_little_to_tell_again(tmp_path: Path) -> None:
    state = opened(tmp_path, how=Durability(snapshot_at_end=20))
    tell(state, told(30))

    state.close()

    found = opened(tmp_path)
    assert found._since <= 1  # the mark
    assert found.digest() == clean(30).digest()


def test_observing_an_order_keeps_it(tmp_path: Path) -> None:
    state = opened(tmp_path)
    rows = [order(f"o{n}", NOW + n) for n in range(3)]

    seen = [state.observe(row, [])[COUNT.name] for row in rows]
    killed(state)

    assert seen == [0, 1, 2]
    assert opened(tmp_path).values(order("x", NOW + 9), [])[COUNT.name] == 3


def test_asking_keeps_nothing(tmp_path: Path) -> None:
    state = opened(tmp_path)
    state.values(ASKING, [])
    killed(state)

    assert len(opened(tmp_path)) == 0


def test_where_nothing_is_kept_the_state_is_filled(tmp_path: Path) -> None:
    def fill(state: OnlineState) -> tuple[int, ...]:
        tell(state, told(4))
        return (4,)

    first = opened(tmp_path, base=Base(fill=fill))
    killed(first)
    again = opened(tmp_path, base=Base(fill=lambda _state: pytest.fail("filled twice")))

    assert first.rebuilt == "nothing is kept yet"
    assert (again.rebuilt, again.mark) == ("", (4,))
    assert again.digest() == clean(4).digest()


def test_what_was_saved_elsewhere_is_taken_up_and_goes_on_here(tmp_path: Path) -> None:
    def save(folder: Path) -> tuple[int, ...]:
        clean(4).save(folder)
        return (4,)

    first = opened(tmp_path, base=Base(fill=lambda _: pytest.fail("filled here"), save=save))
    filled = first.digest()
    tell(first, told(7)[len(told(4)) :])
    killed(first)
    again = opened(tmp_path, base=Base(save=lambda _folder: pytest.fail("filled twice")))

    assert filled == clean(4).digest()
    assert (again.rebuilt, again.mark) == ("", (4,))
    assert again.digest() == clean(7).digest()


def test_what_was_not_saved_to_its_end_is_not_taken_up(tmp_path: Path) -> None:
    def save(folder: Path) -> tuple[int, ...]:
        clean(9).save(folder)
        raise ValueError("killed")

    with pytest.raises(ValueError, match="killed"):
        opened(tmp_path, base=Base(save=save))

    again = opened(tmp_path)
    killed(again)

    assert len(again) == 0
    assert not [*tmp_path.glob("*/*partial*")]


@pytest.mark.parametrize(
    "other", [{"base": Base(origin="another import")}, {"features": WANTED[:2]}]
)
def test_what_was_kept_for_something_else_is_not_used(
    tmp_path: Path, other: dict[str, Any]
) -> None:
    state = opened(tmp_path)
    tell(state, told(4))
    killed(state)

    found = opened(tmp_path, **other)

    assert found.rebuilt == "the features or the history changed"
    assert len(found) == 0
    assert len(list(tmp_path.glob("?" * 16))) == 1


def test_a_damaged_snapshot_is_replaced_by_what_the_caller_has(tmp_path: Path) -> None:
    state = opened(tmp_path)
    tell(state, told(9))
    state.snapshot()
    state.close()
    snapshot = max(tmp_path.glob("*/snapshot-*"))
    largest = max(snapshot.rglob("*.npy"), key=lambda path: path.stat().st_size)
    data = bytearray(largest.read_bytes())
    data[-1] ^= 1
    largest.write_bytes(data)

    def fill(anew: OnlineState) -> tuple[int, ...]:
        tell(anew, told(9))
        return ()

    found = opened(tmp_path, base=Base(fill=fill))

    assert found.rebuilt.startswith("what was kept cannot be used")
    assert found.digest() == clean(9).digest()


def test_a_damaged_journal_is_never_skipped(tmp_path: Path) -> None:
    state = opened(tmp_path)
    tell(state, told(9))
    killed(state)
    journal = max(tmp_path.glob("*/*.journal"))
    data = bytearray(journal.read_bytes())
    data[len(data) // 2] ^= 1
    journal.write_bytes(data)

    assert "damaged at byte" in opened(tmp_path).rebuilt


def test_a_store_that_lost_what_was_told_makes_the_state_anew(tmp_path: Path) -> None:
    state = opened(tmp_path)
    tell(state, told(4))
    state.note((7, 2))
    killed(state)

    found = opened(tmp_path, base=Base(holds=lambda mark: not mark or mark[0] <= 5))

    assert "the store holds less" in found.rebuilt
    assert len(found) == 0


def test_a_mark_is_found_behind_any_number_of_snapshots(tmp_path: Path) -> None:
    state = opened(tmp_path)
    state.note((7, 2, 9))
    for _ in range(3):
        killed(state)
        state.snapshot()
    state.close()

    assert opened(tmp_path).mark == (7, 2, 9)


def test_a_snapshot_that_cannot_be_written_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    state = opened(tmp_path)
    tell(state, told(4))
    killed(state)
    copied = type(state.engine.copy())
    with monkeypatch.context() as disk, caplog.at_level(logging.WARNING):
        disk.setattr(copied, "save", full)
        state.snapshot()
        killed(state)
    tell(state, told(6))
    killed(state)

    assert "No space left" in caplog.text
    assert opened(tmp_path).digest() == clean(6).digest()


def test_two_do_not_write_over_each_other(tmp_path: Path) -> None:
    first = opened(tmp_path)
    tell(first, told(4))

    with pytest.raises(StateInUseError, match="kept by another process"):
        opened(tmp_path)

    first.close()
    assert len(opened(tmp_path)) == 4


def test_rows_may_hold_what_data_frames_hold(tmp_path: Path) -> None:
    import numpy as np
    import pandas as pd

    at = datetime(2026, 3, 1, 8, tzinfo=UTC)
    rows = [
        order("plain", 0) | {"placed_at": at, "received_at": at, "value_minor": None},
        order("numbers", 0, value_minor=np.int64(7)) | {"placed_at": at, "received_at": at},
        order("missing", 0, value_minor=float("nan"), ip_key=pd.NA)
        | {"placed_at": pd.Timestamp(at), "received_at": pd.Timestamp(at)},
    ]
    state, unharmed = opened(tmp_path), OnlineState(WANTED, PROFILE)
    for row in rows:
        state.add_order(row, [])
        unharmed.add_order(row, [])
    killed(state)

    assert opened(tmp_path).digest() == unharmed.digest()


def test_a_row_that_is_refused_is_not_kept(tmp_path: Path) -> None:
    state = opened(tmp_path)
    nameless = order("x", NOW)
    del nameless["received_at"]
    with pytest.raises((KeyError, ValueError)):
        state.add_order(nameless, [])
    tell(state, told(2))
    killed(state)

    found = opened(tmp_path)

    assert (found.rebuilt, found.digest()) == ("", clean(2).digest())


def test_another_form_of_keeping_is_another_state(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed(opened(tmp_path))
    monkeypatch.setattr("features.engines.durable._FORM", "next")

    assert opened(tmp_path).rebuilt == "the features or the history changed"

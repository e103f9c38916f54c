"""What was appended reads back; what was torn is cut off; what was damaged is said so."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from features.engines.journal import BATCH, Journal
from features.errors import JournalError

if TYPE_CHECKING:
    from pathlib import Path

HEAD = 20


def filled(folder: Path, *payloads: bytes) -> Path:
    """Append records, close, and give the segment."""
    journal = Journal(folder)
    for payload in payloads:
        journal.append(payload)
    journal.close()
    return max(folder.glob("*.journal"))


def read(folder: Path, after: int = 0) -> list[bytes]:
    return [payload for _, payload in Journal(folder).records(after=after)]


def test_records_read_back_in_sequence(tmp_path: Path) -> None:
    filled(tmp_path, b"a", b"", b"c" * 100_000)

    assert list(Journal(tmp_path).records(after=1)) == [(2, b""), (3, b"c" * 100_000)]


def test_an_opened_journal_goes_on_where_it_ended(tmp_path: Path) -> None:
    filled(tmp_path, b"a")
    filled(tmp_path, b"b")

    journal = Journal(tmp_path)

    assert (journal.last, journal.append(b"c")) == (2, 3)
    assert read(tmp_path) == [b"a", b"b", b"c"]


@pytest.mark.parametrize("kept", range(1, HEAD + 5))
def test_a_torn_record_is_cut_off_wherever_it_broke(tmp_path: Path, kept: int) -> None:
    whole = filled(tmp_path, b"first", b"second").stat().st_size
    os.truncate(tmp_path / f"{1:020}.journal", whole - HEAD - len(b"second") + kept)

    journal = Journal(tmp_path)
    journal.append(b"other")

    assert read(tmp_path) == [b"first", b"other"]


def test_room_that_was_never_filled_is_cut_off(tmp_path: Path) -> None:
    with filled(tmp_path, b"first").open("ab") as segment:
        segment.write(bytes(512))

    assert read(tmp_path) == [b"first"]


@pytest.mark.parametrize("place", [*range(HEAD + len(b"first")), HEAD + len(b"first") + 5])
def test_a_changed_byte_before_the_last_record_is_damage(tmp_path: Path, place: int) -> None:
    segment = filled(tmp_path, b"first", b"second")
    data = bytearray(segment.read_bytes())
    data[place] ^= 1
    segment.write_bytes(data)

    with pytest.raises(JournalError, match="damaged at byte"):
        Journal(tmp_path)


def test_a_missing_segment_is_damage(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    for payload in (b"a", b"b", b"c"):
        journal.append(payload)
        journal.roll()
    (tmp_path / f"{2:020}.journal").unlink()

    with pytest.raises(JournalError, match="record 2 is missing"):
        read(tmp_path)


def test_segments_go_when_nothing_in_them_is_needed(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    for payload in (b"a", b"b", b"c", b"d"):
        journal.append(payload)
        if payload in b"bc":
            journal.roll()

    journal.forget(2)

    assert read(tmp_path, after=2) == [b"c", b"d"]
    with pytest.raises(JournalError, match="record 1 is missing"):
        read(tmp_path)


def test_the_open_segment_stays_though_nothing_in_it_is_needed(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.append(b"a")
    journal.roll()
    journal.forget(1)

    journal.append(b"b")
    journal.forget(1)

    assert read(tmp_path, after=1) == [b"b"]


def test_a_journal_whose_segments_are_gone_goes_on_behind_its_snapshot(tmp_path: Path) -> None:
    assert Journal(tmp_path, after=41).append(b"next") == 42


@pytest.mark.parametrize(
    ("sync", "n", "forced"),
    [("none", 1, 0), ("batch", 1, 0), ("batch", BATCH, 1), ("always", 3, 3)],
)
def test_when_records_are_forced_to_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sync: str, n: int, forced: int
) -> None:
    calls: list[int] = []
    monkeypatch.setattr(os, "fsync", calls.append)
    journal = Journal(tmp_path, sync=sync)  # type: ignore[arg-type]

    for _ in range(n):
        journal.append(b"x")

    assert len(calls) == forced
    journal.sync()
    assert len(calls) == forced + (sync != "always" and forced == 0)


def test_a_disk_without_room_leaves_no_half_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = Journal(tmp_path)
    journal.append(b"whole")
    write = os.write
    with monkeypatch.context() as full:
        full.setattr(os, "write", lambda file, data: write(file, data[:7]))
        with pytest.raises(JournalError, match="no room"):
            journal.append(b"half")

    journal.append(b"next")

    assert read(tmp_path) == [b"whole", b"next"]

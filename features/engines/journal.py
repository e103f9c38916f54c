"""An append-only journal: numbered, checksummed records in segments, whose torn tail is cut off.

A record is ``length, sequence, crc32 of the payload, crc32 of these three, payload``. A process
that dies while it writes leaves at most the beginning of one record at the end of the last segment;
it was never acknowledged, and the next opening cuts it off. Anything else that does not read back
is damage and is said so, never skipped.
"""

from __future__ import annotations

import os
from struct import Struct
from typing import TYPE_CHECKING, Final, Literal
from zlib import crc32

from features.errors import JournalError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Sync = Literal["none", "batch", "always"]
"""When records are forced to the disk: never by ourselves (they survive a killed process, not a
power cut), with every `BATCH` records and at `Journal.sync`, or each before it is acknowledged."""

BATCH: Final = 256
_HEAD: Final = Struct("<IQI")
_CHECK: Final = Struct("<I")
_FRAME: Final = _HEAD.size + _CHECK.size
_SUFFIX: Final = ".journal"


class Journal:
    """Records in a folder, in the sequence in which they were appended.

    Parameters
    ----------
    folder
        Where the segments are; made where it is missing.
    after
        Sequence of the record before the first one, for a journal that has none yet.
    sync
        When records are forced to the disk.

    Raises
    ------
    JournalError
        When a record before the last one does not read back, or a segment is missing.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     journal = Journal(Path(folder))
    ...     journal.append(b"one"), journal.append(b"two")
    ...     journal.close()
    ...     list(Journal(Path(folder)).records(after=1))
    (1, 2)
    [(2, b'two')]
    """

    def __init__(self, folder: Path, *, after: int = 0, sync: Sync = "batch") -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._policy = sync
        self._unsynced = 0
        self._file: int | None = None
        self.last = after
        segments = self._segments()
        if segments:
            self.last = _repaired(segments[-1])
            self._file = os.open(segments[-1], os.O_WRONLY | os.O_APPEND)

    def append(self, payload: bytes) -> int:
        """Add a record and give its sequence; when this returns, the record outlives the process.

        Parameters
        ----------
        payload
            What to keep.
        """
        if self._file is None:
            self._file = self._begin(self.last + 1)
        sequence = self.last + 1
        head = _HEAD.pack(len(payload), sequence, crc32(payload))
        record = head + _CHECK.pack(crc32(head)) + payload
        written = os.write(self._file, record)
        if written != len(record):
            # A full disk took a part of it: what follows must not stand behind half a record.
            os.ftruncate(self._file, os.fstat(self._file).st_size - written)
            raise JournalError(f"{self._folder}: no room for another record")
        self.last = sequence
        self._unsynced += 1
        if self._policy == "always" or (self._policy == "batch" and self._unsynced >= BATCH):
            self.sync()
        return sequence

    def sync(self) -> None:
        """Force what was appended to the disk."""
        if self._file is not None and self._unsynced:
            os.fsync(self._file)
        self._unsynced = 0

    def records(self, *, after: int) -> Iterator[tuple[int, bytes]]:
        """Go through the records behind a sequence.

        Parameters
        ----------
        after
            Sequence of the last record that is not wanted.

        Raises
        ------
        JournalError
            When the next record is not there any more, or one does not read back.
        """
        expected = after + 1
        for path in self._segments():
            for sequence, payload in _read(path, path.read_bytes()):
                if sequence < expected:
                    continue
                if sequence > expected:
                    raise JournalError(f"{path}: record {expected} is missing")
                yield sequence, payload
                expected += 1
        if expected <= self.last:
            raise JournalError(f"{self._folder}: record {expected} is missing")

    def roll(self) -> None:
        """Let the next record begin a segment of its own, so that those before it can go."""
        if self._file is not None:
            self.sync()
            os.close(self._file)
            self._file = None

    def forget(self, upto: int) -> None:
        """Remove the segments that hold nothing behind a sequence.

        Parameters
        ----------
        upto
            Last sequence that is needed no more.
        """
        segments = self._segments()
        begins = [_first(path) for path in segments] + [self.last + 1]
        for path, next_begins in zip(segments, begins[1:], strict=True):
            if next_begins <= upto + 1 and _first(path) <= self.last:
                path.unlink()

    def close(self) -> None:
        """Force what was appended to the disk and let go of the file."""
        self.roll()

    def _segments(self) -> list[Path]:
        return sorted(self._folder.glob(f"*{_SUFFIX}"))

    def _begin(self, first: int) -> int:
        path = self._folder / f"{first:020}{_SUFFIX}"
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)


def _first(path: Path) -> int:
    return int(path.name.removesuffix(_SUFFIX))


def _read(path: Path, data: bytes) -> Iterator[tuple[int, bytes]]:
    """Go through the records of a segment up to its end or to a torn record."""
    at, expected = 0, _first(path)
    while at + _FRAME <= len(data):
        length, sequence, checksum = _HEAD.unpack_from(data, at)
        head = data[at : at + _HEAD.size]
        payload = data[at + _FRAME : at + _FRAME + length]
        if crc32(head) != _CHECK.unpack_from(data, at + _HEAD.size)[0] or sequence != expected:
            # Room that a power cut left unfilled reads as zeros.
            if any(data[at:]):
                raise JournalError(f"{path}: damaged at byte {at}")
            return
        if len(payload) < length:
            return
        if crc32(payload) != checksum:
            if at + _FRAME + length < len(data):
                raise JournalError(f"{path}: damaged at byte {at}")
            return
        yield expected, payload
        at += _FRAME + length
        expected += 1


def _repaired(path: Path) -> int:
    """Cut the torn tail off a segment and give the sequence of its last record."""
    data = path.read_bytes()
    last, end = _first(path) - 1, 0
    for sequence, payload in _read(path, data):
        last, end = sequence, end + _FRAME + len(payload)
    if end < len(data):
        os.truncate(path, end)
    return last

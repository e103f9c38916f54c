"""Window state that outlives its process: snapshots and a journal around the state in process.

What is told is applied and then appended to the journal; a call that returned is never lost, and
one that did not may be told again, since the same order, outcome or parcel replaces itself. Every
so often the arrays of the state are copied and written by a thread while the state goes on, and the
journal before them goes. A start restores the newest snapshot and tells it what the journal has
behind it. What was kept for other features or another history is not used.
"""

from __future__ import annotations

import fcntl
import hashlib
import logging
import os
import shutil
import threading
import weakref
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any, Final

from features.catalogue import definition_hash
from features.engines.journal import Journal, Sync
from features.engines.online import OnlineState
from features.engines.telling import MARK, ORDER, OUTCOME, Telling
from features.errors import JournalError, StateInUseError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from features.feature import Feature
    from features.history import HistoryProfile

    Row = Mapping[str, Any]
    Values = dict[str, float | str | None]
    Mark = tuple[int, ...]

_FORM: Final = "2"
"""Raised when what is kept is written otherwise."""

UNMARKED: Final[tuple[int, ...]] = ()
"""The mark of a state that was told nothing of a store."""

_SNAPSHOT: Final = "snapshot-"
_DIGITS: Final = 20
_PARTIAL: Final = ".partial"

_log: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Durability:
    """How much a crash may cost.

    Parameters
    ----------
    sync
        When the journal is forced to the disk; ``none`` survives a killed process, not a power cut.
    snapshot_every
        Records after which the state is written anew; so many are told again at a start.
    snapshot_at_end
        Records after which an orderly end writes it too; so many take as long to tell again as the
        state of 100,000 orders takes to write, 0.2 s.
    """

    sync: Sync = "none"
    snapshot_every: int = 50_000
    snapshot_at_end: int = 2_000


@dataclass(frozen=True, slots=True)
class Base:
    """What a state starts from where nothing is kept.

    Parameters
    ----------
    origin
        Digest of where it comes from; what was kept under another one is not used.
    fill
        Fills an empty state with everything that the caller keeps itself, and gives how far it
        came: a mark, see `DurableState.mark`.
    holds
        Whether the caller still keeps what it kept at a mark; what was kept is not used otherwise.
    save
        Does what `fill` does in another process, which saves the state to a folder that does not
        exist yet; this one then maps it and loads nothing of what filling takes.
    """

    origin: str = ""
    fill: Callable[[OnlineState], Mark] = lambda _state: UNMARKED
    holds: Callable[[Mark], bool] = lambda _mark: True
    save: Callable[[Path], Mark] | None = None


class DurableState:
    """Window state that is found again after its process was killed.

    It answers what `OnlineState` answers. Not thread-safe, as that is not.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from features.catalogue import declare
    >>> from features.history import HistoryProfile
    >>> profile = HistoryProfile(entities={"buyer_key": 1.0})
    >>> wanted = [f for f in declare(profile) if f.name == "buyer__order_count__24h"]
    >>> order = {"order_key": "a", "placed_at": 10, "received_at": 10, "buyer_key": "h1:b"}
    >>> with TemporaryDirectory() as folder:
    ...     first = DurableState.open(Path(folder), wanted, profile)
    ...     first.add_order(order, [])
    ...     first.close()
    ...     found = DurableState.open(Path(folder), wanted, profile)
    ...     later = order | {"order_key": "b", "placed_at": 20, "received_at": 20}
    ...     found.values(later, [])
    {'buyer__order_count__24h': 1.0}
    """

    def __init__(
        self, folder: Path, engine: OnlineState, telling: Telling, journal: Journal, how: Durability
    ) -> None:
        self.engine = engine
        self.mark: Mark = UNMARKED
        self.rebuilt = ""
        self._folder = folder
        self._telling = telling
        self._journal = journal
        self._how = how
        self._since = 0
        self._writer: threading.Thread | None = None
        self._claim: IO[str] | None = None

    @classmethod
    def open(
        cls,
        folder: Path,
        features: Sequence[Feature],
        profile: HistoryProfile,
        base: Base | None = None,
        how: Durability | None = None,
    ) -> DurableState:
        """Find the state again, or fill it anew.

        Parameters
        ----------
        folder
            Where it is kept; one process at a time.
        features, profile
            See `OnlineState`.
        base
            What it starts from where nothing is kept; an empty state unless given.
        how
            How much a crash may cost.

        Returns
        -------
        DurableState
            With ``mark``, how far the caller's store has been told, and ``rebuilt``, the reason
            why it was filled anew, empty where it was found.

        Raises
        ------
        StateInUseError
            When another process keeps its state there.
        """
        base, how = base or Base(), how or Durability()
        text = " ".join((_FORM, definition_hash(features), base.origin))
        home = folder / hashlib.sha256(text.encode()).hexdigest()[:16]
        claim = _claimed(folder)
        why, found = _forget_others(folder, home), None
        if not why:
            try:
                found = cls._found(home, features, profile, base, how)
            except (JournalError, OSError, ValueError) as error:
                why = f"what was kept cannot be used: {error}"
        if found is None:
            shutil.rmtree(home, ignore_errors=True)
            try:
                found = cls._found(home, features, profile, base, how)
            except BaseException:
                claim.close()
                raise
        found.rebuilt, found._claim = why, claim
        weakref.finalize(found, claim.close)
        return found

    @classmethod
    def _found(
        cls,
        home: Path,
        features: Sequence[Feature],
        profile: HistoryProfile,
        base: Base,
        how: Durability,
    ) -> DurableState:
        """Restore the newest snapshot, or fill a state, and tell it what the journal has since."""
        home.mkdir(parents=True, exist_ok=True)
        for torn in home.glob(f"*{_PARTIAL}*"):
            # Its writer may not have noticed yet that whoever asked for it was killed.
            shutil.rmtree(torn, ignore_errors=True)
        mark, snapshot = UNMARKED, max(home.glob(_SNAPSHOT + "[0-9]" * _DIGITS), default=None)
        if snapshot is None and base.save is not None:
            mark, snapshot = _saved(home, base.save)
        if snapshot is not None:
            after = int(snapshot.name.removeprefix(_SNAPSHOT))
            engine = OnlineState.restore(snapshot, features, profile)
        else:
            after, engine = 0, OnlineState(features, profile)
            mark = base.fill(engine)
        telling, journal = Telling(features), Journal(home, after=after, sync=how.sync)
        found = cls(home, engine, telling, journal, how)
        for _, written in journal.records(after=after):
            found._tell(written)
        if not base.holds(found.mark):
            raise JournalError("the store holds less than the state was told")
        if mark:
            found.note(mark)
        if snapshot is not None:
            found._since = journal.last - after
            journal.forget(after)
        else:
            found.snapshot()
        return found

    def _tell(self, written: bytes) -> None:
        kind, content = self._telling.read(written)
        if kind == MARK:
            self.mark = content
        elif kind == ORDER:
            self.engine.add_order(*content)
        elif kind == OUTCOME:
            self.engine.add_outcome(content)
        else:
            self.engine.add_shipment(content)

    def __len__(self) -> int:
        return len(self.engine)

    @property
    def whole_from(self) -> int:
        """Orders placed before this instant miss part of their windows."""
        return self.engine.whole_from

    @property
    def reach(self) -> int:
        """How far back an order may lie and still matter, in microseconds."""
        return self.engine.reach

    def values(self, order: Row, lines: Sequence[Row]) -> Values:
        """Compute the features of an order; nothing is kept."""
        return self.engine.values(order, lines)

    def row_values(self, order: Row, lines: Sequence[Row]) -> Values:
        """Compute the features that an order and its lines tell by themselves."""
        return self.engine.row_values(order, lines)

    def observe(self, order: Row, lines: Sequence[Row]) -> Values:
        """Compute the features of an order and let later orders see it."""
        found = self.engine.observe(order, lines)
        self._append(self._telling.order(order, lines))
        return found

    def add_order(self, order: Row, lines: Sequence[Row]) -> None:
        """Let later orders see this one, also after a crash."""
        self.engine.add_order(order, lines)
        self._append(self._telling.order(order, lines))

    def add_outcome(self, outcome: Row) -> None:
        """Let later orders see an outcome, also after a crash."""
        self.engine.add_outcome(outcome)
        self._append(self._telling.outcome(outcome))

    def add_shipment(self, shipment: Row) -> None:
        """Let later orders see a parcel, also after a crash."""
        self.engine.add_shipment(shipment)
        self._append(self._telling.shipment(shipment))

    def note(self, mark: Mark) -> None:
        """Keep how far the caller's own store has been told.

        Parameters
        ----------
        mark
            Whole numbers of the caller's choice, such as the last row of each of its tables.
        """
        if mark != self.mark:
            self.mark = mark
            self._append(self._telling.mark(mark))

    def digest(self) -> str:
        """Digest of what is known, however it came to be known."""
        return self.engine.digest()

    def sync(self) -> None:
        """Force what was told to the disk."""
        self._journal.sync()

    def snapshot(self) -> None:
        """Write the state as it is now, by a thread; at most one is written at a time."""
        if self._writer is not None and self._writer.is_alive():
            return
        self._since = 0
        last = self._journal.last
        self._journal.roll()
        # The records behind a snapshot begin with the mark, so that a start always finds one.
        self._journal.append(self._telling.mark(self.mark))
        copied = self.engine.copy()
        self._writer = threading.Thread(target=self._write, args=(copied, last), daemon=True)
        self._writer.start()

    def close(self) -> None:
        """Write the state where that makes the next start shorter, and let go of the files."""
        self._wait_for_writer()
        if self._since >= self._how.snapshot_at_end:
            self.snapshot()
            self._wait_for_writer()
        self._journal.close()
        if self._claim is not None:
            self._claim.close()

    def _wait_for_writer(self) -> None:
        if self._writer is not None:
            self._writer.join()

    def _append(self, written: bytes) -> None:
        self._journal.append(written)
        self._since += 1
        if self._since >= self._how.snapshot_every:
            self.snapshot()

    def _write(self, copied: Any, last: int) -> None:
        """Write a copy beside what is kept, let it take effect in one step, and tidy up."""
        whole = self._folder / f"{_SNAPSHOT}{last:0{_DIGITS}}"
        partial = whole.with_name(whole.name + _PARTIAL)
        try:
            shutil.rmtree(partial, ignore_errors=True)
            copied.save(partial)
            partial.rename(whole)
            for older in self._folder.glob(f"{_SNAPSHOT}*"):
                if older != whole and _PARTIAL not in older.name:
                    shutil.rmtree(older)
            self._journal.forget(last)
        except (JournalError, OSError) as error:
            # The journal is kept: nothing is lost, a start takes longer.
            _log.warning("window state not written to %s: %s", whole, error)


def _saved(home: Path, save: Callable[[Path], Mark]) -> tuple[Mark, Path]:
    """Have the first state saved, and let it take effect in one step."""
    whole = home / f"{_SNAPSHOT}{0:0{_DIGITS}}"
    # Whoever was asked by a process that was killed writes to a folder of another name.
    partial = whole.with_name(f"{whole.name}{_PARTIAL}-{os.getpid()}")
    mark = save(partial)
    partial.rename(whole)
    return mark, whole


def _claimed(folder: Path) -> IO[str]:
    """Keep other processes out until the file is closed, or its process is gone."""
    folder.mkdir(parents=True, exist_ok=True)
    claim = (folder / "lock").open("a")
    try:
        fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        claim.close()
        raise StateInUseError(f"{folder} is kept by another process") from error
    return claim


def _forget_others(folder: Path, home: Path) -> str:
    """Remove what was kept for something else; say why nothing can be found, if so."""
    others = [path for path in folder.glob("[0-9a-f]" * 16) if path != home]
    for other in others:
        shutil.rmtree(other)
    if home.exists():
        return ""
    return "the features or the history changed" if others else "nothing is kept yet"

"""Window state filled in a process of its own.

Reading a history takes pandas, DuckDB and Arrow, which a service that only decides never needs. The
process saves what it filled, and takes them with it when it ends.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING, Final

import msgspec

from features.errors import FeatureError
from serving import collector

if TYPE_CHECKING:
    from features.engines.durable import Mark
    from features.history import History
    from serving.settings import Settings

COMMAND: Final = "from serving.state.filling import work; work()"


class FillError(FeatureError):
    """The process that fills window state ended before it was done."""


class Task(msgspec.Struct, frozen=True):
    """A state to be filled.

    Parameters
    ----------
    history
        Folder of the history's generation.
    store
        SQLAlchemy address of the store.
    name
        Which state; see `serving.state.stored.FEATURES`.
    folder
        Where it is saved; there is nothing there yet.
    """

    history: str
    store: str
    name: str
    folder: str


class Filler:
    """Fills window state in a process that begins with the first state to fill.

    Parameters
    ----------
    settings
        Say where the store is.
    history
        What was imported.

    Notes
    -----
    The process ends as soon as this one is gone, however it went.
    """

    def __init__(self, settings: Settings, history: History) -> None:
        self._history, self._store = str(history.folder), settings.store_url
        self._process: subprocess.Popen[bytes] | None = None

    def save(self, name: str, folder: Path) -> Mark:
        """Have a state filled and saved, and give how far the store was told.

        Parameters
        ----------
        name
            Which state; see `serving.state.stored.FEATURES`.
        folder
            A folder that does not exist yet.

        Raises
        ------
        FillError
            When the process failed or was killed; what went wrong stands in its standard error,
            which is this one's.
        """
        if self._process is None:
            # Its folder and its modules are this one's.
            self._process = subprocess.Popen(  # noqa: S603 our own interpreter and command
                [sys.executable, "-c", COMMAND],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                bufsize=0,
            )
        task = Task(self._history, self._store, name, str(folder))
        asked, answers = self._process.stdin, self._process.stdout
        assert asked is not None and answers is not None  # noqa: S101, PT018 both are pipes
        try:
            asked.write(msgspec.json.encode(task) + b"\n")
            answer = answers.readline()
        except BrokenPipeError:
            answer = b""
        if not answer.endswith(b"\n"):
            raise FillError(
                f"window state was not filled: its process {_end(self._process.wait())}; "
                "nothing of it is kept, the next start fills it anew"
            )
        return msgspec.json.decode(answer, type=tuple[int, ...])

    def close(self) -> None:
        """Let the process end."""
        if self._process is not None:
            for pipe in (self._process.stdin, self._process.stdout):
                if pipe is not None:
                    pipe.close()
            self._process.wait()


def _end(code: int) -> str:
    """Say how a process ended.

    Examples
    --------
    >>> _end(1), _end(-9)
    ('ended with code 1 and said why above', 'was killed by SIGKILL, as for want of memory')
    """
    if code >= 0:
        return f"ended with code {code} and said why above"
    name = signal.Signals(-code).name
    return f"was killed by {name}{', as for want of memory' if name == 'SIGKILL' else ''}"


def work() -> None:
    """Fill and save what standard input asks for, until it ends."""
    collector.pause()
    # What others print must not come between the answers.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb", buffering=0)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    asked: SimpleQueue[bytes] = SimpleQueue()
    threading.Thread(target=_listen, args=(asked,), daemon=True).start()
    while True:
        try:
            mark = _save(msgspec.json.decode(asked.get(), type=Task))
        except FeatureError as error:
            sys.exit(f"error: {error}")
        answers.write(msgspec.json.encode(mark) + b"\n")


def _listen(asked: SimpleQueue[bytes]) -> None:
    """Take what is asked for, also while something is filled: when nobody asks any more, end."""
    # Without a buffer, whose lock an end of the process by itself would wait for in vain.
    with open(sys.stdin.fileno(), "rb", buffering=0) as asking:  # noqa: PTH123 no path, a number
        for line in asking:
            asked.put(line)
    os._exit(0)


def _save(task: Task) -> Mark:
    from features.engines.online import OnlineState
    from features.history import History
    from serving.outcomes.repository import OutcomeStore
    from serving.scoring.repository import DecisionStore
    from serving.state.stored import FEATURES, StoredEvents, tell_all
    from serving.store.engine import open_engine

    history, store = History(Path(task.history)), open_engine(task.store)
    state = OnlineState(FEATURES[task.name](history.profile), history.profile)
    stored = StoredEvents(DecisionStore(store), OutcomeStore(store))
    mark = tell_all(history, stored, state)
    store.dispose()
    state.save(Path(task.folder))
    return mark

"""Window state filled in a process of its own.

Reading a history takes pandas, DuckDB and Arrow, which a service that only decides never needs. The
process saves what it filled, and takes them with it when it ends.
"""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING, Final

import msgspec

from features.errors import FeatureError, StateUnavailableError
from serving import collector

if TYPE_CHECKING:
    from collections.abc import Callable

    from features.engines.durable import Mark
    from features.history import History
    from serving.settings import Settings
    from serving.state.stored import StoredEvents

COMMAND: Final = "from serving.state.filling import work; work()"
ALIVE_S: Final = 5.0
"""How often whoever waits for a process says that the work goes on."""
NICENESS: Final = 10
"""A service that decides without its state meanwhile needs the processor first."""


class FillError(FeatureError):
    """The process that fills window state ended before it was done."""


class Save(msgspec.Struct, frozen=True, tag=True):
    """A state to be filled and saved.

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


class Share(msgspec.Struct, frozen=True, tag=True):
    """A state to be filled where several workers share it.

    Parameters
    ----------
    history, store, name
        As for `Save`.
    url, tenant
        Where it is; see `serving.state.rebuild.Shared`.
    """

    history: str
    store: str
    name: str
    url: str
    tenant: str


class Done(msgspec.Struct, frozen=True):
    """What became of a task.

    Parameters
    ----------
    mark
        How far the store was told.
    lost
        Why the shared state cannot be reached; empty where it can.
    """

    mark: tuple[int, ...] = ()
    lost: str = ""


class Filler:
    """Fills window state in processes of its own.

    Parameters
    ----------
    settings
        Say where the store is.
    history
        What was imported.

    Notes
    -----
    The processes end as soon as this one is gone, however it went.
    """

    def __init__(self, settings: Settings, history: History) -> None:
        self._history, self._store = str(history.folder), settings.store_url
        self._process: _Process | None = None

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
            self._process = _Process()
        return self._process.ask(Save(self._history, self._store, name, str(folder))).mark

    def share(self, name: str, url: str, tenant: str, alive: Callable[[], None]) -> None:
        """Have a shared state filled, by a process that ends then.

        Parameters
        ----------
        name
            Which state.
        url, tenant
            Where it is; see `serving.state.rebuild.Shared`.
        alive
            Called every few seconds meanwhile.

        Raises
        ------
        StateUnavailableError
            When Redis cannot be reached.
        FillError
            As `save` does.
        """
        with closing(_Process()) as process:
            done = process.ask(Share(self._history, self._store, name, url, tenant), alive)
        if done.lost:
            raise StateUnavailableError(done.lost)

    def close(self) -> None:
        """Let the process that saves end."""
        if self._process is not None:
            self._process.close()


class _Process:
    """A process that does one task after the other."""

    def __init__(self) -> None:
        # Its folder and its modules are this one's.
        self._process = subprocess.Popen(  # noqa: S603 our own interpreter and command
            [sys.executable, "-c", COMMAND],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
        )

    def ask(self, task: Save | Share, alive: Callable[[], None] = lambda: None) -> Done:
        """Have a task done; see `Filler`."""
        asked, answers = self._process.stdin, self._process.stdout
        assert asked is not None and answers is not None  # noqa: S101, PT018 both are pipes
        try:
            asked.write(msgspec.json.encode(task) + b"\n")
            while not select.select([answers], [], [], ALIVE_S)[0]:
                alive()
            answer = answers.readline()
        except BrokenPipeError:
            answer = b""
        if not answer.endswith(b"\n"):
            raise FillError(
                f"window state was not filled: its process {_end(self._process.wait())}; "
                "nothing of it is kept, the next start fills it anew"
            )
        return msgspec.json.decode(answer, type=Done)

    def close(self) -> None:
        """Let it end."""
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
    """Do what standard input asks for, until it ends."""
    os.nice(NICENESS)
    collector.pause()
    # What others print must not come between the answers.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb", buffering=0)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    asked: SimpleQueue[bytes] = SimpleQueue()
    threading.Thread(target=_listen, args=(asked,), daemon=True).start()
    while True:
        try:
            done = _do(msgspec.json.decode(asked.get(), type=Save | Share))
        except FeatureError as error:
            sys.exit(f"error: {error}")
        answers.write(msgspec.json.encode(done) + b"\n")


def _listen(asked: SimpleQueue[bytes]) -> None:
    """Take what is asked for, also while something is filled: when nobody asks any more, end."""
    # Without a buffer, whose lock an end of the process by itself would wait for in vain.
    with open(sys.stdin.fileno(), "rb", buffering=0) as asking:  # noqa: PTH123 no path, a number
        for line in asking:
            asked.put(line)
    os._exit(0)


def _do(task: Save | Share) -> Done:
    from features.history import History
    from serving.outcomes.repository import OutcomeStore
    from serving.scoring.repository import DecisionStore
    from serving.state.stored import StoredEvents
    from serving.store.engine import open_engine

    history, store = History(Path(task.history)), open_engine(task.store)
    stored = StoredEvents(DecisionStore(store), OutcomeStore(store))
    try:
        if isinstance(task, Save):
            return Done(_save(task, history, stored))
        _share(task, history, stored)
    except StateUnavailableError as error:
        return Done(lost=str(error))
    finally:
        store.dispose()
    return Done()


def _save(task: Save, history: History, stored: StoredEvents) -> Mark:
    from features.engines.online import OnlineState
    from serving.state.stored import FEATURES, tell_all

    state = OnlineState(FEATURES[task.name](history.profile), history.profile)
    mark = tell_all(history, stored, state)
    state.save(Path(task.folder))
    return mark


def _share(task: Share, history: History, stored: StoredEvents) -> None:
    from features.engines.redis.connection import PATIENCE_S
    from serving.state.shared import shared_state, tell_everything

    profile = history.profile
    with closing(shared_state(task.url, task.tenant, task.name, profile, PATIENCE_S)) as state:
        tell_everything(state, history, stored, lambda: None)

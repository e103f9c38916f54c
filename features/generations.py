"""Folders that are replaced as a whole: readers see the old one or the new one, never a mixture.

``history`` is a symbolic link to a sibling such as ``history-000007``. A new generation is built as
``history-000008.partial``, renamed when it is complete, and the link is replaced in one step. A
killed writer leaves a ``.partial`` folder that nobody reads; the next writer removes it.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import weakref
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from features.errors import HistoryError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PARTIAL: Final = ".partial"
KEPT: Final = 2
"""Generations kept at least: the current one, and the one before it for who is just opening it."""


@dataclass
class Staging:
    """A generation being built.

    Parameters
    ----------
    folder
        Where to build it.
    discarded
        Set it to leave the current generation in place.
    """

    folder: Path
    discarded: bool = False


@contextmanager
def new_generation(link: Path) -> Iterator[Staging]:
    """Build the next generation of a folder and switch to it at the end.

    Parameters
    ----------
    link
        The symbolic link that readers open.

    Yields
    ------
    Staging
        An empty folder to fill. When the block raises, nothing changes.

    Raises
    ------
    HistoryError
        When another process is building a generation, or ``link`` is no link.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> home = Path(tempfile.mkdtemp())
    >>> with new_generation(home / "history") as staging:
    ...     _ = (staging.folder / "rows").write_text("1")
    >>> (home / "history" / "rows").read_text()
    '1'
    """
    link.parent.mkdir(parents=True, exist_ok=True)
    if link.exists() and not link.is_symlink():
        raise HistoryError(f"{link} is no link to a generation; move it away and import again")
    with _locked(link):
        _remove_partials(link)
        number = max((_number(link, path) for path in _generations(link)), default=0) + 1
        final = link.with_name(f"{link.name}-{number:06d}")
        staging = Staging(final.with_name(final.name + PARTIAL))
        staging.folder.mkdir()
        try:
            yield staging
            if not staging.discarded:
                _switch(link, staging.folder, final)
        finally:
            shutil.rmtree(staging.folder, ignore_errors=True)


def _switch(link: Path, partial: Path, final: Path) -> None:
    for path in sorted(partial.rglob("*")):
        sync(path)
    sync(partial)
    partial.rename(final)
    pointer = link.with_name(f".{link.name}.next")
    pointer.unlink(missing_ok=True)
    pointer.symlink_to(final.name, target_is_directory=True)
    pointer.replace(link)
    sync(link.parent)
    for old in _generations(link)[:-KEPT]:
        if not _is_held(old):
            shutil.rmtree(old, ignore_errors=True)


def hold(reader: object, generation: Path) -> None:
    """Keep a generation from being removed for as long as its reader lives.

    Parameters
    ----------
    reader
        Whoever reads; when it is collected, or its process ends, the generation may go.
    generation
        Folder of the generation.
    """
    descriptor = os.open(generation, os.O_RDONLY)
    with suppress(OSError):  # a file system without locks keeps the newest two only
        fcntl.flock(descriptor, fcntl.LOCK_SH)
    weakref.finalize(reader, os.close, descriptor)


def _is_held(generation: Path) -> bool:
    """Tell whether anybody reads a generation; a later writer looks again."""
    descriptor = os.open(generation, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(descriptor)
    return False


def sync(path: Path) -> None:
    """Force a file, or the names in a folder, to the disk.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     sync(Path(folder))
    """
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _generations(link: Path) -> list[Path]:
    """List the complete generations, oldest first."""
    found = [path for path in link.parent.glob(f"{link.name}-*") if _number(link, path)]
    return sorted(found, key=lambda path: _number(link, path))


def _number(link: Path, path: Path) -> int:
    text = path.name.removeprefix(f"{link.name}-")
    return int(text) if text.isdigit() else 0


def _remove_partials(link: Path) -> None:
    for path in link.parent.glob(f"{link.name}-*{PARTIAL}"):
        shutil.rmtree(path, ignore_errors=True)


@contextmanager
def _locked(link: Path) -> Iterator[None]:
    with link.with_name(f".{link.name}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise HistoryError(
                f"another import is writing {link}; wait until it is done and start again"
            ) from None
        yield

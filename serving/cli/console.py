"""What commands print: messages, progress, JSON documents and errors.

People read standard error; standard output belongs to results and to ``--json``.
"""

from __future__ import annotations

import json
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

PLAIN_LINE_SECONDS = 5.0
"""Seconds between two plain progress lines where there is no terminal."""


def say(message: str) -> None:
    """Tell the person at the terminal something."""
    sys.stderr.write(message + "\n")
    sys.stderr.flush()


def emit_json(document: Any) -> None:
    """Print one JSON document on standard output, and nothing else there."""
    json.dump(document, sys.stdout, ensure_ascii=False, indent=2, default=str, allow_nan=False)
    sys.stdout.write("\n")


def fail(message: str) -> NoReturn:
    """Say what went wrong and how to mend it, and end with exit code 1."""
    say(f"error: {message}")
    raise SystemExit(1)


def claim(out: Path) -> Path:
    """Make sure, before the work, that its result can be written; makes the folder.

    Parameters
    ----------
    out
        File that will be written.

    Returns
    -------
    Path
        The same.
    """
    from tempfile import TemporaryFile

    if out.is_dir():
        fail(f"{out} is a folder: name a file in it")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=out.parent):
            return out
    except OSError as error:
        fail(f"{out} cannot be written ({error.strerror}): name a file in a folder of your own")


def table(title: str, header: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a table for people, on standard error; one without rows is told in a line."""
    if not rows:
        say(f"{title}: none")
        return
    from rich.console import Console
    from rich.table import Table

    view = Table(title=title, title_justify="left", show_edge=False, pad_edge=False)
    for index, name in enumerate(header):
        view.add_column(name, justify="left" if index == 0 else "right")
    for row in rows:
        view.add_row(*[str(cell) for cell in row])
    width = None if sys.stderr.isatty() else 140
    Console(stderr=True, width=width).print(view)


@contextmanager
def progress(description: str, total: float | None = None) -> Iterator[Callable[[float], None]]:
    """Show progress of long work: a bar on a terminal, plain lines elsewhere.

    Parameters
    ----------
    description
        What is being done.
    total
        Steps in all, or None when unknown.

    Yields
    ------
    Callable[[float], None]
        Call it with the number of further steps done.
    """
    if sys.stderr.isatty():
        from rich.console import Console
        from rich.progress import Progress

        with Progress(console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task(description, total=total)
            yield lambda steps: bar.advance(task, steps)
        return
    done, last = 0.0, time.monotonic()
    say(f"{description} …")

    def advance(steps: float) -> None:
        nonlocal done, last
        done += steps
        if time.monotonic() - last >= PLAIN_LINE_SECONDS:
            last = time.monotonic()
            say(f"{description}: {done:g}" + (f" of {total:g}" if total else ""))

    yield advance

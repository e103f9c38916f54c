"""How a benchmark tells what it found."""

from __future__ import annotations

import sys


def say(line: str) -> None:
    """Print a line at once: the next one may take minutes."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()

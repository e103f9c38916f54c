"""Make the README's table of speed and memory again: every benchmark, one after the other.

Each is a module with a function ``measure`` that gives the `Speed` figures it finds, both sides of
a comparison in one run; it also runs by itself. Figures go between the ``speed`` marks of
``README.md``::

    ORDERINTEL_TEST_DATA=../shared/data python -m tests.benchmarks.speed [NAME…]
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path

from serving.cli.console import say

ROOT = Path(__file__).parents[2]
MARKS = ("<!-- speed -->", "<!-- /speed -->")
BENCHMARKS = (
    "windows", "growth", "state", "shared_state", "spark", "links.speed", "rules", "judging",
)  # fmt: skip
"""Modules of this folder; a new one is a file and a name here."""


@dataclass(frozen=True, slots=True)
class Speed:
    """One figure.

    Parameters
    ----------
    what
        What was done.
    ours
        What it took here, with unit.
    peer
        What it took the named other, with unit; empty for a plain limit.
    figure
        What counts: a ratio, or a time or size with its unit.
    goal
        What was asked for.
    holds
        Whether it was reached.
    """

    what: str
    ours: str
    peer: str
    figure: str
    goal: str
    holds: bool


def run(name: str) -> list[Speed]:
    """Run one benchmark in a process of its own, so that none counts another's memory."""
    with tempfile.TemporaryDirectory() as folder:
        found = Path(folder) / "speed.json"
        subprocess.run(
            [sys.executable, "-m", "tests.benchmarks.speed", "--one", name, str(found)],
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            check=True,
        )
        return [Speed(**entry) for entry in json.loads(found.read_text("utf-8"))]


def show(figures: list[Speed]) -> None:
    """Tell figures to the person at the terminal."""
    for figure in figures:
        peer = f" against {figure.peer}" if figure.peer else ""
        verdict = "holds" if figure.holds else "NOT REACHED"
        say(f"{figure.what}: {figure.ours}{peer}: {figure.figure} (goal {figure.goal}: {verdict})")


def render(figures: list[Speed]) -> str:
    """Write figures as a Markdown table."""
    rows = [("what", "here", "peer", "figure", "goal", "")]
    rows += [
        (f.what, f.ours, f.peer or "–", f.figure, f.goal, "✓" if f.holds else "not reached")
        for f in figures
    ]
    lines = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([lines[0], "|---|---|---|---|---|---|", *lines[1:]])


def main() -> None:
    """Run the benchmarks and write the table."""
    if sys.argv[1:2] == ["--one"]:
        figures = import_module(f"tests.benchmarks.{sys.argv[2]}").measure()
        Path(sys.argv[3]).write_text(json.dumps([asdict(f) for f in figures]), "utf-8")
        return
    figures = []
    for name in sys.argv[1:] or BENCHMARKS:
        found = run(name)
        show(found)
        figures += found
    if sys.argv[1:]:
        return
    readme = ROOT / "README.md"
    before, _, rest = readme.read_text("utf-8").partition(MARKS[0])
    after = rest.partition(MARKS[1])[2]
    readme.write_text(f"{before}{MARKS[0]}\n{render(figures)}\n{MARKS[1]}{after}", "utf-8")


if __name__ == "__main__":
    main()

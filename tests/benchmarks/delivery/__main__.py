"""Late and eta on real orders, walked through period by period, beside simpler ways in one run.

At each cut every way learns only from what was known by then (labels matured), and foretells the
orders of the next period; while it lasts, features go on using whatever had become known::

    ORDERINTEL_TEST_DATA=../shared/data python -m tests.benchmarks.delivery olist

The sets are ``olist`` (months), ``scms`` (quarters) and ``dmc`` (the newest fifth of the orders);
all of them unless named. Beside ours stand climatology, a matured rate or median of one pair of
places or parties, the promise, LightGBM as it comes on the order's own columns, and on these with
the all-time late rates that public solutions keep. With ``--automl SECONDS`` AutoGluon learns at
each cut from our features (``ORDERINTEL_AUTOML_PYTHON`` names its interpreter). Intervals draw
whole days again. Periods that were looked at when the models were made are reported apart.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from features.history import History
from models.training.material import Material
from tests.benchmarks.delivery.questions import QUESTIONS
from tests.benchmarks.delivery.summary import eta_lines, eta_table, late_lines, late_table
from tests.benchmarks.delivery.walks import AutoML, eta_periods, late_periods
from tests.benchmarks.figures import home_of
from tests.benchmarks.terminal import say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tests.benchmarks.delivery.questions import Question
    from tests.benchmarks.delivery.walks import Period


def show(
    title: str,
    question: Question,
    periods: list[Period],
    table: Callable[[Sequence[Period]], Iterator[str]],
    lines: Callable[[Sequence[Period]], Iterator[str]],
) -> None:
    """Print every period, then the means of all and of those nobody had looked at."""
    unseen = [period for period in periods if period.name >= question.chosen_before]
    say(f"\n{title}")
    for line in table(periods):
        say(line)
    groups = {"all periods": periods, f"from {question.chosen_before} on": unseen}
    for name, group in groups.items():
        if group and not (group is unseen and len(unseen) == len(periods)):
            say(f"\n {name}")
            for line in lines(group):
                say(line)


def answer(question: Question, homes: Path, automl: AutoML | None) -> None:
    """Walk through one data set."""
    begun = time.process_time()
    history = History(home_of(question.folder, homes) / "history")
    material = Material(history, purposes=frozenset({"delivery"}))
    if "late" in question.models:
        periods = list(late_periods(question, material, automl))
        show(f"{question.folder} late", question, periods, late_table, late_lines)
    if "eta" in question.models:
        periods = list(eta_periods(question, material))
        show(f"{question.folder} eta", question, periods, eta_table, eta_lines)
    say(f"\n  {time.process_time() - begun:.0f} s of one thread")


def main() -> None:
    """Answer the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.delivery")
    parser.add_argument("sets", nargs="*", metavar="SET", help=", ".join(QUESTIONS))
    parser.add_argument("--homes", type=Path, help="folder of imported homes, one a set")
    parser.add_argument("--automl", type=float, metavar="SECONDS", help="AutoML's time a cut")
    options = parser.parse_args()
    unknown = set(options.sets) - set(QUESTIONS)
    if unknown:
        parser.error(f"no such set: {', '.join(sorted(unknown))}")
    with tempfile.TemporaryDirectory() as made:
        automl = AutoML(options.automl, Path(made)) if options.automl else None
        for name in options.sets or QUESTIONS:
            answer(QUESTIONS[name], options.homes or Path(made), automl)


if __name__ == "__main__":
    main()

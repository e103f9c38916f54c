"""Make the README's table of out-of-time results again.

Imports each development data set through its mapping file, runs ``orderintel backtest`` on it as a
user would, and writes the results between the ``figures`` marks of ``README.md``::

    ORDERINTEL_TEST_DATA=../shared/data python -m tests.benchmarks.figures
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from models.contracts import BacktestRequest
from serving.cli.instants import instant

if TYPE_CHECKING:
    from features.history import History

ROOT = Path(__file__).parents[2]
DATASETS = Path(__file__).parent / "datasets"
MARKS = ("<!-- figures -->", "<!-- /figures -->")


@dataclass(frozen=True, slots=True)
class Figure:
    """One backtest of the table.

    Parameters
    ----------
    folder
        Data set.
    model
        Argument of ``orderintel backtest``.
    test_from
        First day predicted; what follows is the newest part of the development rows.
    label_delay_days
        Delay after which labels are known, where it is longer than the history says.
    """

    folder: str
    model: str
    test_from: str
    label_delay_days: int | None = None

    @property
    def options(self) -> tuple[str, ...]:
        """Further options of the command."""
        delay = self.label_delay_days
        return () if delay is None else ("--label-delay", f"{delay}d")


FIGURES = (
    Figure("fraud_handbook_sim", "fraud", "2018-08-01", 7),
    Figure("ucsd_fico_2009", "fraud", "2009-01-08"),
    Figure("cloudwalk_chargebacks", "fraud", "2019-11-23"),
    Figure("fraud_ecommerce_partial", "fraud", "2015-07-05"),
    Figure("bads_ws1718", "return", "2012-12-01"),
    Figure("dmc2010", "return", "2008-12-01"),
    Figure("dmc2010", "cancel", "2008-12-01"),
    Figure("online_retail_uci", "cancel", "2011-09-01"),
    Figure("dmc2010", "late", "2008-12-01"),
    Figure("olist_partial", "late", "2018-02-01"),
    Figure("scms_delivery_history", "late", "2012-10-01"),
    Figure("olist_partial", "eta", "2018-02-01"),
    Figure("online_retail_uci", "demand", "2011-10-27"),
    Figure("complete_journey", "demand", "2017-11-06"),
    Figure("complete_journey_by_store", "demand", "2017-11-06"),
    Figure("walmart_weekly", "demand", "2012-04-30"),
)


def command(*arguments: str, home: Path) -> str:
    """Run ``orderintel`` as a user would and give what it printed on standard output."""
    program = Path(sys.executable).with_name("orderintel")
    result = subprocess.run(
        [program, *arguments],
        env=os.environ | {"ORDERINTEL_HOME": str(home)},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return result.stdout


def home_of(folder: str, homes: Path) -> Path:
    """Import the data set unless it is already there; give its home."""
    home = homes / folder
    if not home.exists():
        data = Path(os.environ["ORDERINTEL_TEST_DATA"]).resolve()
        root = data / folder.partition("_by_")[0]
        mapping = DATASETS / f"{folder}.yaml"
        command("import", str(mapping), "--root", str(root), home=home)
    return home


def request_of(figure: Figure, history: History) -> BacktestRequest:
    """Ask what ``orderintel backtest`` would be asked."""
    zone = ZoneInfo(history.profile.timezone)
    delay = figure.label_delay_days
    return BacktestRequest(
        test_from=instant("--test-from", figure.test_from, zone, end=False),
        label_delay=timedelta(days=delay) if delay is not None else None,
    )


def run(figure: Figure, homes: Path) -> dict[str, Any]:
    """Backtest one model on one data set."""
    printed = command(
        "backtest", figure.model, "--test-from", figure.test_from, *figure.options, "--json",
        home=home_of(figure.folder, homes),
    )  # fmt: skip
    document: dict[str, Any] = json.loads(printed)
    return document


def cell(entry: dict[str, float], digits: int = 3) -> str:
    """Write a figure with its interval."""
    interval = f" ({entry['low']:.{digits}f}–{entry['high']:.{digits}f})" if "low" in entry else ""
    return f"{entry['value']:.{digits}f}{interval}"


def table(header: str, rows: list[tuple[str, ...]]) -> list[str]:
    """Lay rows out as a Markdown table."""
    columns = header.split(" | ")
    lines = ["| " + header + " |", "|" + "---|" * len(columns)]
    return [*lines, *("| " + " | ".join(row) + " |" for row in rows), ""]


def risk_row(figure: Figure, document: dict[str, Any]) -> tuple[str, ...]:
    """One line of the table of probabilities."""
    metrics = document["metrics"]
    top = metrics["flagged"]["0.10"]
    n_judged = sum(
        n for name, n in document["test_rows"].items() if name != "all" and "unknown" not in name
    )
    return (
        figure.folder, figure.model, figure.test_from, f"{n_judged:,}",
        f"{metrics['base_rate']['value']:.3f}", cell(metrics["auc"]), cell(metrics["ap"]),
        f"{metrics['brier']['value']:.4f}", f"{top['recall']:.2f} / {top['precision']:.2f}",
    )  # fmt: skip


def arrival_row(figure: Figure, document: dict[str, Any]) -> tuple[str, ...]:
    """One line of the table of arrival times."""
    metrics = document["metrics"]
    return (
        figure.folder, figure.test_from, cell(metrics["mae_days"], 2),
        cell(metrics["mae_of_promise_days"], 2), cell(metrics["mae_of_constant_days"], 2),
        cell(metrics["coverage_80"], 2),
    )  # fmt: skip


def demand_row(figure: Figure, document: dict[str, Any]) -> tuple[str, ...]:
    """One line of the table of demand, beside the naive peers of the same run."""
    ours, naive = document["metrics"], document["peers"]["seasonal_naive"]
    return (
        figure.folder, figure.test_from,
        cell(ours["wape_total"]), cell(naive["wape_total"]),
        cell(ours["wape_step"]), cell(naive["wape_step"]), cell(ours["bias"], 2),
        " / ".join(f"{each['wrmsse']['value']:.3f}" for each in (ours, naive) if "wrmsse" in each),
        cell(ours["coverage_80"], 2),
    )  # fmt: skip


SECTIONS = (
    (
        "Probabilities; the last column is recall / precision when 10 % of the orders are flagged",
        "data | model | from | judged | base rate | AUC | AP | Brier | at 10 %",
        lambda figure: figure.model not in {"eta", "demand"},
        risk_row,
    ),
    (
        "Days until delivery; error of the median, beside the marketplace's promise and one "
        "median for all",
        "data | from | error, days | promise | constant | 80 % interval holds",
        lambda figure: figure.model == "eta",
        arrival_row,
    ),
    (
        "Demand, 14 days (weekly data: 13 weeks) ahead, beside seasonal naive in the same run",
        "data | from | WAPE of the total | naive | WAPE a step | naive | bias | WRMSSE / naive | "
        "80 % interval holds",
        lambda figure: figure.model == "demand",
        demand_row,
    ),
)


def render(results: list[tuple[Figure, dict[str, Any]]]) -> str:
    """Write all tables as Markdown."""
    lines: list[str] = []
    for title, header, belongs, row in SECTIONS:
        rows = [row(figure, document) for figure, document in results if belongs(figure)]
        if rows:
            lines += [f"**{title}**", "", *table(header, rows)]
            lines += [
                f"{figure.folder}: {note}.\n"
                for figure, document in results
                if belongs(figure)
                for note in document.get("notes", ())
            ]
    return "\n".join(lines)


def main() -> None:
    """Run every figure and put the tables into the README."""
    with tempfile.TemporaryDirectory() as folder:
        results = [(figure, run(figure, Path(folder))) for figure in FIGURES]
    readme = ROOT / "README.md"
    before, rest = readme.read_text("utf-8").split(MARKS[0])
    after = rest.split(MARKS[1])[1]
    readme.write_text(f"{before}{MARKS[0]}\n{render(results)}{MARKS[1]}{after}", "utf-8")


if __name__ == "__main__":
    main()

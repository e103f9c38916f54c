from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from features.history import History
from serving.cli.main import main
from tests.serving.at_home import at_home
from tests.serving.cli.shops import write_shop

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_shop(tmp_path_factory.mktemp("home"))


@pytest.fixture
def run(home: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Run]:
    """Run ``orderintel backtest`` on the shop: exit code, standard output, standard error."""

    def command(*arguments: str) -> tuple[int, str, str]:
        code = main(["backtest", *arguments])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    with at_home(home):
        yield command


def placed_from(home: Path, at: datetime) -> set[str]:
    orders = History(home / "history").frame("orders", columns=("order_id", "placed_at"))
    return set(orders.loc[orders["placed_at"] >= at, "order_id"])


def test_every_order_from_the_day_on_gets_a_probability(
    run: Run, home: Path, tmp_path: Path
) -> None:
    out = tmp_path / "scores" / "fraud.parquet"

    code, _, _ = run("fraud", "--test-from", "2026-03-20", "--out", str(out))

    rows = pd.read_parquet(out)
    assert code == 0
    assert list(rows.columns) == ["id", "score"]
    assert set(rows["id"]) == placed_from(home, datetime(2026, 3, 19, 16, tzinfo=UTC))
    assert rows["id"].is_unique
    assert rows["score"].between(0, 1).all()


def test_json_is_one_document_and_nothing_else(run: Run) -> None:
    code, out, _ = run("fraud", "--test-from", "2026-03-20", "--json")

    document: dict[str, Any] = json.loads(out)
    assert code == 0
    assert document["model"] == "fraud"
    assert document["test_from"] == "2026-03-20T00:00:00+08:00"
    assert document["metrics"]["auc"]["low"] > 0.6
    assert {"low", "high", "value"} == set(document["metrics"]["ap"])
    assert document["base_rate"] == pytest.approx(0.34, abs=0.05)
    assert document["excluded"] == {"label_not_matured": pytest.approx(175, abs=40)}
    assert set(document["test_rows"]) == {"all", "bad", "good", "unknown"}
    assert document["test_rows"]["unknown"] > 0
    assert set(document["seconds"]) >= {"features", "fit", "predict", "total"}


def test_without_json_standard_output_stays_empty(run: Run) -> None:
    code, out, err = run("fraud", "--test-from", "2026-03-20")

    assert (code, out) == (0, "")
    assert "auc" in err
    assert "label_not_matured" in err


def test_test_to_is_the_last_day_predicted(run: Run, tmp_path: Path, home: Path) -> None:
    out = tmp_path / "one_day.parquet"

    run("fraud", "--test-from", "2026-03-20", "--test-to", "2026-03-20", "--out", str(out))

    expected = placed_from(home, datetime(2026, 3, 19, 16, tzinfo=UTC)) - placed_from(
        home, datetime(2026, 3, 20, 16, tzinfo=UTC)
    )
    assert set(pd.read_parquet(out)["id"]) == expected


def test_train_days_and_label_delay_are_obeyed(run: Run) -> None:
    _, out, _ = run(
        "fraud", "--test-from", "2026-03-20", "--train-days", "30", "--label-delay", "2w", "--json"
    )

    document = json.loads(out)
    assert document["label_delay_days"] == 14
    assert document["rows_trained"] == pytest.approx(750, abs=80)


def test_the_same_command_gives_the_same_bytes(run: Run, tmp_path: Path) -> None:
    for name in ("first", "second"):
        run("fraud", "--test-from", "2026-03-20", "--out", str(tmp_path / name))

    assert (tmp_path / "first").read_bytes() == (tmp_path / "second").read_bytes()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("late", "--test-from", "2026-03-20"), "nothing is known of deliveries"),
        (("refund", "--test-from", "2026-03-20"), "no outcomes of kind refund"),
        (("fraud", "--test-from", "2025-01-01"), "choose a later date"),
        (("fraud", "--test-from", "2027-01-01"), "newest order was placed on 2026-04-1"),
        (("fraud", "--test-from", "2026-03-20", "--out", "/proc/x/y"), "cannot be written"),
    ],
)
def test_what_cannot_be_done_is_said(run: Run, arguments: tuple[str, ...], message: str) -> None:
    code, out, err = run(*arguments)

    assert (code, out) == (1, "")
    assert message in err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("fraud", "--test-from", "20 March"), "'20 March' is no date"),
        (("fraud", "--test-from", "2026-03-20", "--label-delay", "7x"), "'7x' is no duration"),
        (("fraud", "--test-from", "2026-03-20", "--test-to", "2026-03-01"), "is before"),
        (("weather", "--test-from", "2026-03-20"), "choose one of fraud, refund"),
    ],
)
def test_arguments_that_make_no_sense_are_wrong_usage(
    run: Run, arguments: tuple[str, ...], message: str
) -> None:
    code, out, err = run(*arguments)

    assert (code, out) == (2, "")
    assert message in " ".join(err.split())


def test_a_missing_option_is_wrong_usage(run: Run) -> None:
    assert run("fraud")[0] == 2

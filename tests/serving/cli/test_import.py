"""`orderintel import`, as a person runs it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from features.history import History
from serving.datasets import ONLINE_RETAIL

if TYPE_CHECKING:
    from collections.abc import Callable

MAPPINGS = Path(__file__).parents[2] / "benchmarks" / "datasets"
MAPPING = """version: 1
name: shop
files: {rows: orders.csv}
orders:
  from: rows
  columns: {order_id: id, placed_at: at, total_minor: total, phone_key: phone}
excused: {eta: nothing is delivered}
"""
ORDERS = "id,at,total,phone\n1,2024-05-01,9.99,13800000000\n2,2024-05-02,5,13900000000\n"
RUN = "import sys; from serving.cli.main import main; sys.exit(main(sys.argv[1:]))"


def command(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", RUN, "import", *arguments],
        env={**os.environ, "ORDERINTEL_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A folder with a mapping and a file of two orders."""
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "shop.yaml").write_text(MAPPING, "utf-8")
    (folder / "orders.csv").write_text(ORDERS, "utf-8")
    return folder


def test_an_import_tells_what_it_read_and_what_the_history_supports(
    shop: Path, tmp_path: Path
) -> None:
    done = command(tmp_path / "home", str(shop / "shop.yaml"))

    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    assert "read 2 rows of orders.csv" in done.stderr
    assert "the history holds 2 orders" in done.stderr
    assert "eta: not supported: nothing is delivered" in done.stderr
    assert History(tmp_path / "home" / "history").profile.rows == {"orders": 2}


def test_json_is_one_document_and_nothing_else(shop: Path, tmp_path: Path) -> None:
    (shop / "orders.csv").write_text(ORDERS + "3,31.02.2024,1,\n", "utf-8")

    done = command(tmp_path / "home", str(shop / "shop.yaml"), "--json")

    document = json.loads(done.stdout)
    assert document["changed"] is True
    assert document["read"] == {"orders.csv": 3}
    assert document["left_out"][0]["example"] == "orders.csv line 4"
    assert document["history"]["rows"] == {"orders": 2}
    assert document["history"]["models"]["eta"] == "nothing is delivered"


def test_importing_twice_changes_nothing_and_says_so(shop: Path, tmp_path: Path) -> None:
    command(tmp_path / "home", str(shop / "shop.yaml"))
    before = (tmp_path / "home" / "history").resolve()

    done = command(tmp_path / "home", str(shop / "shop.yaml"))

    assert "nothing changed" in done.stderr
    assert (tmp_path / "home" / "history").resolve() == before


def test_a_check_reports_the_same_and_writes_no_history(shop: Path, tmp_path: Path) -> None:
    (shop / "orders.csv").write_text(ORDERS + "3,31.02.2024,1,\n", "utf-8")

    done = command(tmp_path / "home", str(shop / "shop.yaml"), "--check")

    assert done.returncode == 0, done.stderr
    assert "orders.csv line 4" in done.stderr
    assert "checked: 2 orders; nothing was written" in done.stderr
    assert not (tmp_path / "home" / "history").exists()


def test_root_says_where_the_files_are(shop: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "later"
    elsewhere.mkdir()
    (elsewhere / "orders.csv").write_text(ORDERS + "3,2024-05-03,1,\n", "utf-8")

    done = command(tmp_path / "home", str(shop / "shop.yaml"), "--root", str(elsewhere))

    assert done.returncode == 0, done.stderr
    assert History(tmp_path / "home" / "history").profile.rows == {"orders": 3}


@pytest.mark.parametrize(
    ("mapping", "said"),
    [
        (MAPPING.replace("placed_at: at", "placed_at: day"), "rows has no column 'day'"),
        (MAPPING.replace("orders.csv", "order.csv"), "there is: orders.csv, shop.yaml"),
        (MAPPING.replace("name: shop", "name: shop\ntimezone: Mars"), "is not a known time zone"),
        (MAPPING.replace("total_minor: total", "total_minor: phone, x: y"), "no column 'x'"),
    ],
)
def test_a_refused_import_names_the_mend_and_leaves_no_history(
    mapping: str, said: str, shop: Path, tmp_path: Path
) -> None:
    (shop / "shop.yaml").write_text(mapping, "utf-8")

    done = command(tmp_path / "home", str(shop / "shop.yaml"))

    assert done.returncode == 1
    assert done.stderr.count("Traceback") == 0
    assert said in done.stderr
    assert not (tmp_path / "home" / "history").exists()


def test_a_missing_argument_is_wrong_usage(tmp_path: Path) -> None:
    assert command(tmp_path / "home").returncode == 2


def test_the_history_holds_no_raw_phone(shop: Path, tmp_path: Path) -> None:
    command(tmp_path / "home", str(shop / "shop.yaml"))

    keys = History(tmp_path / "home" / "history").arrow("orders").column("phone_key").to_pylist()
    assert all(key.startswith("h1:") for key in keys)
    assert (tmp_path / "home" / "secret.key").stat().st_mode & 0o077 == 0


@pytest.mark.slow
@pytest.mark.parametrize("moment", [0.5, 1.5])
def test_a_killed_import_leaves_the_old_history_readable(
    moment: float, shop: Path, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    command(home, str(shop / "shop.yaml"))
    before = (home / "history").resolve()
    retail = ONLINE_RETAIL.read_text("utf-8")
    retail = retail.replace("base_currency: GBP", "base_currency: CNY")
    retail = retail.replace("timezone: Europe/London", "timezone: UTC")
    (tmp_path / "retail.yaml").write_text(retail, "utf-8")
    process = subprocess.Popen(
        [
            sys.executable,
            "-c",
            RUN,
            "import",
            str(tmp_path / "retail.yaml"),
            "--root",
            str(ONLINE_RETAIL.parent),
        ],
        env={**os.environ, "ORDERINTEL_HOME": str(home)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    time.sleep(moment)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()

    assert (home / "history").resolve() == before
    assert History(home / "history").profile.rows == {"orders": 2}
    done = command(home, str(tmp_path / "retail.yaml"), "--root", str(ONLINE_RETAIL.parent))
    assert done.returncode == 0, done.stderr
    assert History(home / "history").profile.rows["orders"] > 2
    assert not list(home.glob("*.partial"))
    assert not list((home / "import").iterdir())


def test_the_shipped_history_is_mapped_like_the_benchmark() -> None:
    shipped, benchmark = ONLINE_RETAIL, MAPPINGS / "online_retail_uci.yaml"

    assert shipped.read_text("utf-8") == benchmark.read_text("utf-8")


@pytest.mark.real_data
@pytest.mark.slow
def test_online_retail_needs_less_than_two_gigabytes(
    real_data: Callable[[str], Path], tmp_path: Path
) -> None:
    measure = (
        "import re, sys; from pathlib import Path; from serving.cli.main import main; "
        "code = main(sys.argv[1:]); status = Path('/proc/self/status').read_text(); "
        # getrusage would give what the parent used before it started this process.
        "print(re.search(r'VmHWM:\\s+(\\d+)', status)[1]); sys.exit(code)"
    )
    mapping = str(MAPPINGS / "online_retail_uci.yaml")

    done = subprocess.run(
        [
            sys.executable,
            "-c",
            measure,
            "import",
            mapping,
            "--root",
            str(real_data("online_retail_uci")),
        ],
        env={**os.environ, "ORDERINTEL_HOME": str(tmp_path / "home")},
        capture_output=True,
        text=True,
        check=True,
    )

    assert int(done.stdout) < 2 * 1024 * 1024

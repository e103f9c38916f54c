"""Features written in pieces: the same bits as in memory, whole or not at all."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow.parquet as pq
import pytest

from features.catalogue import declare
from features.engines import spill
from features.engines.batch import compute, write
from tests.parity.shop import START, disorderly_shop, write_shop

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from features.feature import Feature
    from features.history import History


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> History:
    return write_shop(tmp_path_factory.mktemp("spill") / "history", disorderly_shop(5, 300))


@pytest.fixture(scope="module")
def features(history: History) -> tuple[Feature, ...]:
    return declare(history.profile)


@pytest.fixture(scope="module")
def in_memory(history: History, features: Sequence[Feature]) -> pd.DataFrame:
    return compute(history, features, jobs=1)


def read(path: Path) -> pd.DataFrame:
    return pd.read_parquet(path).set_index("order_key")


def same(one: pd.DataFrame, other: pd.DataFrame) -> None:
    """Compare to the bit; a text that is missing may be None or NaN."""
    assert one.columns.tolist() == other.columns.tolist()
    for name in one.columns:
        pd.testing.assert_series_equal(
            one[name].astype(other[name].dtype), other[name], check_exact=True
        )


def test_a_file_holds_what_compute_gives(
    history: History, features: Sequence[Feature], in_memory: pd.DataFrame, tmp_path: Path
) -> None:
    """Among them lines, references to orders, and texts."""
    assert {"number", "category", "reference"} == {f.kind for f in features}
    assert any(f.measure and f.measure.entity.level == "line" for f in features)

    rows = write(history, features, tmp_path / "f.parquet")

    same(read(tmp_path / "f.parquet"), in_memory)
    assert rows == 300
    assert [p.name for p in tmp_path.iterdir()] == ["f.parquet"]


@pytest.mark.parametrize(("rows", "block", "jobs"), [(7, 11, 1), (7, 11, 3), (1, 300, 2)])
def test_small_buckets_and_blocks_and_many_threads_change_no_bit(
    history: History,
    features: Sequence[Feature],
    in_memory: pd.DataFrame,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    rows: int,
    block: int,
    jobs: int,
) -> None:
    monkeypatch.setattr(spill, "BLOCK", block)

    write(history, features, tmp_path / "f.parquet", rows=rows, jobs=jobs)

    same(read(tmp_path / "f.parquet"), in_memory)
    assert pq.read_metadata(tmp_path / "f.parquet").num_row_groups == -(-300 // block)


def test_small_buckets_change_no_bit_in_memory(
    history: History, features: Sequence[Feature], in_memory: pd.DataFrame
) -> None:
    same(compute(history, features, rows=5, jobs=2), in_memory)


def test_a_period_is_cut_from_the_whole(
    history: History, features: Sequence[Feature], in_memory: pd.DataFrame, tmp_path: Path
) -> None:
    since, until = in_memory["placed_at"].iloc[100], in_memory["placed_at"].iloc[220]

    rows = write(
        history, features, tmp_path / "f.parquet", placed_from=since, placed_to=until, rows=9
    )

    inside = in_memory[(in_memory["placed_at"] >= since) & (in_memory["placed_at"] < until)]
    assert rows == len(inside) > 100
    same(read(tmp_path / "f.parquet"), inside)


def test_a_period_without_orders_gives_an_empty_file(
    history: History, features: Sequence[Feature], tmp_path: Path
) -> None:
    assert write(history, features, tmp_path / "f.parquet", placed_to=START) == 0

    found = pq.read_table(tmp_path / "f.parquet")
    assert found.num_rows == 0
    assert found.column_names[3:] == [feature.name for feature in features]


def test_progress_comes_to_its_end(
    history: History, features: Sequence[Feature], tmp_path: Path
) -> None:
    told: list[tuple[int, int]] = []

    write(
        history, features, tmp_path / "f.parquet", progress=lambda done, of: told.append((done, of))
    )

    assert [done for done, _ in told] == list(range(1, told[-1][1] + 1))


@pytest.mark.parametrize("place", ["add", "values"])
def test_a_failure_leaves_the_file_as_it_was_and_no_folder(
    history: History,
    features: Sequence[Feature],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    place: str,
) -> None:
    out = tmp_path / "f.parquet"
    out.write_bytes(b"older")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(spill._Pieces, place, full)
    with pytest.raises(OSError, match="No space"):
        write(history, features, out)

    assert out.read_bytes() == b"older"
    assert [p.name for p in tmp_path.iterdir()] == ["f.parquet"]


KILLED = """
import sys, time
from pathlib import Path
from features.catalogue import declare
from features.engines import spill
from features.engines.batch import write
from features.history import History

def waits(self, *_):
    print("halfway", flush=True)
    time.sleep(60)

spill._Pieces.values = waits
history = History(Path(sys.argv[1]))
write(history, declare(history.profile), Path(sys.argv[2]), jobs=1)
"""


def test_a_killed_writer_leaves_nothing_half_written_and_the_next_one_tidies_up(
    history: History, features: Sequence[Feature], in_memory: pd.DataFrame, tmp_path: Path
) -> None:
    out = tmp_path / "f.parquet"
    arguments = [sys.executable, "-c", KILLED, str(history.folder), str(out)]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"halfway\n"
        os.kill(writer.pid, signal.SIGKILL)

    left = [p.name for p in tmp_path.iterdir()]
    write(history, features, out)

    assert left == [f".f.parquet.{writer.pid}.spill"]
    same(read(out), in_memory)
    assert [p.name for p in tmp_path.iterdir()] == ["f.parquet"]

"""Histories imported from real data sets, whole or their first rows."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import pyarrow.parquet as pq

from features.history import History
from features.history_writing import write_history
from features.mapping import read_mapping, run_mapping

if TYPE_CHECKING:
    from collections.abc import Mapping

MAPPINGS: Final = Path(__file__).parents[1] / "benchmarks" / "datasets"
SECRET: Final = b"replay secret, not secret"


def imported(
    name: str, source: Path, home: Path, *, first_rows: Mapping[str, int] | None = None
) -> History:
    """Import a data set into a home.

    Parameters
    ----------
    name
        Data set, and name of its mapping.
    source
        Folder of its files.
    home
        Folder to fill.
    first_rows
        Files of which only so many first rows are read.
    """
    root = home / "root"
    root.mkdir(parents=True)
    for file in source.iterdir():
        if first_rows and file.name in first_rows:
            rows = pq.read_table(file).slice(0, first_rows[file.name])
            pq.write_table(rows, root / file.name)
        else:
            (root / file.name).symlink_to(file.resolve())
    mapping = read_mapping(MAPPINGS / f"{name}.yaml")
    with run_mapping(mapping, root, SECRET) as result:
        write_history(home / "history", result.tables, result.profile)
    return History(home / "history")

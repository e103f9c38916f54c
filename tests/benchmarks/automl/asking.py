"""Asking AutoML: hand it two tables, take back its scores."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    import numpy as np


def ask(train: pd.DataFrame, test: pd.DataFrame, seconds: float, folder: Path) -> np.ndarray:
    """Let AutoGluon learn from orders and give its scores of later ones.

    Parameters
    ----------
    train
        Columns to learn from, and ``label``.
    test
        The same columns of the later orders.
    seconds
        How long it may learn, on one thread.
    folder
        Where the tables and the scores are kept.
    """
    folder.mkdir(parents=True, exist_ok=True)
    train.reset_index(drop=True).to_parquet(folder / "train.parquet")
    test.reset_index(drop=True).to_parquet(folder / "test.parquet")
    program: list[str | Path] = [
        os.environ["ORDERINTEL_AUTOML_PYTHON"],
        Path(__file__).with_name("peer.py"),
    ]
    answer = subprocess.run(
        [*program, folder, str(seconds)],
        env=os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": ""},
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    if answer.returncode:
        raise SystemExit(answer.stderr)
    return pd.read_parquet(folder / "scores.parquet")["score"].to_numpy()

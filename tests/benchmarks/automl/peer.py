"""Let AutoGluon answer one question, in the interpreter that has it.

Run by :mod:`tests.benchmarks.automl` as ``PYTHON peer.py FOLDER SECONDS``. The folder holds
``train.parquet`` (features and ``label``) and ``test.parquet`` (features); ``scores.parquet`` is
written beside them. Imports nothing of this project, so that it runs in any environment.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import pandas as pd

THREADS = 1


def main() -> None:
    """Fit on the one file and score the other."""
    from autogluon.tabular import (  # type: ignore[import-not-found] # lives in the peer's own environment
        TabularPredictor,
    )

    folder, seconds = Path(sys.argv[1]), float(sys.argv[2])
    train = pd.read_parquet(folder / "train.parquet")
    test = pd.read_parquet(folder / "test.parquet")
    with tempfile.TemporaryDirectory() as made:
        predictor = TabularPredictor(
            "label", problem_type="binary", eval_metric="roc_auc", path=made, verbosity=1
        )
        predictor.fit(
            train,
            presets="good_quality",
            time_limit=seconds,
            num_cpus=THREADS,
            # The time that trying out stacks would take goes into the models instead.
            dynamic_stacking=False,
            excluded_model_types=["NN_TORCH", "FASTAI"],
            ag_args_ensemble={"fold_fitting_strategy": "sequential_local"},
        )
        scores = predictor.predict_proba(test, as_multiclass=False)
    scores.to_frame("score").to_parquet(folder / "scores.parquet")


if __name__ == "__main__":
    main()

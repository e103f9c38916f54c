"""MLflow's own model server, which answers for one of the models alone."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from models import artifacts
from models.estimators.predictor import MODEL_FILE
from tests.benchmarks.service.running import free_port
from tests.benchmarks.service.sending import OK, evenly, send

if TYPE_CHECKING:
    from collections.abc import Iterator

PATH: Final = "/invocations"
PATIENCE_S: Final = 300.0


@contextmanager
def model_server(model: Path) -> Iterator[tuple[int, bytes]]:
    """Serve the trees of an artifact with ``mlflow models serve``; gives port and a body.

    Parameters
    ----------
    model
        Folder of a risk model's artifact.
    """
    with TemporaryDirectory() as folder:
        columns = _save(model, Path(folder) / "model")
        body = json.dumps({"dataframe_split": {"columns": columns, "data": [[1.0] * len(columns)]}})
        port = free_port()
        command = [sys.executable, "-m", "mlflow", "models", "serve", "--env-manager", "local"]
        command += ["--model-uri", str(Path(folder) / "model"), "--port", str(port)]
        # It calls uvicorn by name.
        programs = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        store = f"sqlite:///{folder}/mlflow.db"
        environment = os.environ | {"PATH": programs, "MLFLOW_TRACKING_URI": store}
        process = subprocess.Popen(
            command,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            until = time.monotonic() + PATIENCE_S
            while not send(port, "", evenly([body.encode()], 1.0, PATH), patience_s=5).of(OK):
                if process.poll() is not None or time.monotonic() > until:
                    raise RuntimeError("MLflow's model server does not answer")
                time.sleep(0.5)
            yield port, body.encode()
        finally:
            # It serves from processes of its own.
            os.killpg(process.pid, signal.SIGTERM)
            process.wait()


def _save(model: Path, to: Path) -> list[str]:
    """Write a model as MLflow would have it, with a signature; gives the names of its columns."""
    import lightgbm
    import numpy as np
    import pandas as pd
    from mlflow import lightgbm as flavour
    from mlflow.models import infer_signature

    artifact = artifacts.load(model)
    booster = lightgbm.Booster(model_str=artifact.texts[MODEL_FILE])
    columns = [f"c{number}" for number in range(booster.num_feature())]
    frame = pd.DataFrame(np.ones((2, len(columns))), columns=columns)
    signature = infer_signature(frame, np.ones(2))
    # What it needs is installed here: finding that out takes MLflow two minutes.
    flavour.save_model(booster, str(to), signature=signature, pip_requirements=["lightgbm"])
    return columns

"""What retraining every risk model takes, beside LightGBM alone.

``python -m tests.benchmarks.retraining [ORDERS]``. A history of that many orders with five kinds of
outcomes is written. A process of its own computes the features once, then rehearses, calibrates,
fits and describes every risk model, two side by side, as ``orderintel train`` does. The peer is the
bare fits of the same run: what LightGBM took of it to bin each model's rows once and to grow
its trees, summed, in CPU time.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from subprocess import PIPE, Popen
from typing import Any, Final

from serving.cli.console import say
from tests.benchmarks.growth import write_orders
from tests.benchmarks.speed import Speed, show

ORDERS: Final = 1_000_000
LIMIT_MINUTES: Final = 15.0
LIMIT_GB: Final = 8.0
LIMIT_RATIO: Final = 1.5
SIDE_BY_SIDE: Final = 2
KINDS: Final = {"fraud": 0.01, "return": 0.08, "refund": 0.04, "cancel": 0.05, "refusal": 0.02}


def watch_lightgbm() -> list[float]:
    """Note from now on the CPU seconds of every bare fit; each runs in the thread that asks."""
    import lightgbm

    seconds: list[float] = []

    def noted(function: Any) -> Any:
        def call(*arguments: Any, **options: Any) -> Any:
            begun = time.thread_time()
            answer = function(*arguments, **options)
            seconds.append(time.thread_time() - begun)
            return answer

        return call

    construct = lightgbm.Dataset.construct
    binning = noted(construct)

    def binned(dataset: Any) -> Any:
        """Bin rows; a part of rows that are binned already costs a bare fit nothing."""
        is_whole = dataset.used_indices is None and dataset._handle is None
        return (binning if is_whole else construct)(dataset)

    patched: Any = lightgbm.Dataset
    patched.construct = binned
    lightgbm.train = noted(lightgbm.train)
    return seconds


def retrain(home: Path) -> dict[str, float]:
    """Compute the features of a home and train every risk model on them."""
    from features.history import History
    from models.estimators import ESTIMATORS
    from models.estimators.base import RiskEstimator
    from models.training.material import Material

    material = Material(History(home / "history"), purposes=frozenset({"risk"}))
    wall, cpu = time.perf_counter(), time.process_time()
    n_orders = len(material.frame)
    featured = time.process_time()
    bare = watch_lightgbm()
    risks = [each for each in ESTIMATORS if isinstance(each, RiskEstimator)]
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        trained = list(pool.map(lambda each: each.train(material, cutoff=material.ends_at), risks))
    return {
        "orders": n_orders,
        "features": len(material.features),
        "models": len(trained),
        "minutes": (time.perf_counter() - wall) / 60,
        "feature_seconds": featured - cpu,
        "training_seconds": time.process_time() - featured,
        "bare_seconds": sum(bare),
    }


def run(home: Path) -> tuple[dict[str, float], float]:
    """Retrain in a process of its own; give what it noted and its peak memory in GB."""
    program = [sys.executable, "-m", "tests.benchmarks.retraining", "--home", str(home)]
    with Popen(program, stdout=PIPE, env=os.environ | {"OMP_NUM_THREADS": "1"}) as process:
        assert process.stdout is not None
        printed = process.stdout.read()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(process.returncode)
    return json.loads(printed), used.ru_maxrss * 1024 / 1e9


def measure(n: int = ORDERS) -> list[Speed]:
    """Write a history, retrain on it, and remove it."""
    with tempfile.TemporaryDirectory() as folder:
        say(f"writing a history of {n:,} orders …")
        writer = get_context("spawn").Process(target=write_orders, args=(Path(folder), n, KINDS))
        writer.start()
        writer.join()
        if writer.exitcode:
            raise SystemExit(writer.exitcode)
        noted, peak_gb = run(Path(folder))
    say(
        f"{noted['features']} features in {noted['feature_seconds']:.0f} CPU s, {noted['models']} "
        f"models in {noted['training_seconds']:.0f} CPU s, of which the bare fits took "
        f"{noted['bare_seconds']:.0f}"
    )
    what = f"retraining {noted['models']} risk models on {noted['orders'] / 1e6:g} M orders"
    ratio = noted["training_seconds"] / noted["bare_seconds"]
    minutes = noted["minutes"]
    return [
        Speed(
            what, f"{minutes:.1f} min", "", f"{minutes:.1f} min", f"≤ {LIMIT_MINUTES:g} min",
            minutes <= LIMIT_MINUTES,
        ),
        Speed(
            f"{what}: CPU time, features given", f"{noted['training_seconds']:.0f} s",
            f"bare LightGBM {noted['bare_seconds']:.0f} s", f"{ratio:.2f} ×",
            f"≤ {LIMIT_RATIO:g} ×", ratio <= LIMIT_RATIO,
        ),
        Speed(
            f"{what}: peak memory", f"{peak_gb:.2f} GB", "", f"{peak_gb:.2f} GB",
            f"≤ {LIMIT_GB:g} GB", peak_gb <= LIMIT_GB,
        ),
    ]  # fmt: skip


if __name__ == "__main__":
    if sys.argv[1:2] == ["--home"]:
        sys.stdout.write(json.dumps(retrain(Path(sys.argv[2]))))
    else:
        show(measure(*(int(size) for size in sys.argv[1:])))

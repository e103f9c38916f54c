"""What a service loads to decide its first order, whether it finds its state or has it filled."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from serving.settings import Settings
from serving.store.engine import open_engine
from serving.store.migrate import migrate
from tests.serving.delivery.shop import order

if TYPE_CHECKING:
    from pathlib import Path

UNNEEDED = {
    "alembic", "cel", "duckdb", "geopy", "httpx", "lightgbm", "matplotlib", "mlflow", "pandas",
    "polars", "pyarrow", "requests", "scipy.linalg", "sklearn",
}  # fmt: skip
"""What trains, imports, asks providers or compiles: each takes time and memory at a start."""

DECIDES = """
import json, sys
from pathlib import Path
from features.order.reading import parse
from serving.app import create_app
from serving.runtime import open_runtime
from serving.settings import Settings

runtime = open_runtime(Settings(home=Path(sys.argv[1]), log_level="ERROR"), fills_apart=True)
create_app(runtime.settings, runtime=runtime)
decided = runtime.scorer.score(parse(json.loads(sys.argv[2])))
print(json.dumps([json.loads(decided)["route"], sorted(sys.modules)]))
runtime.close()
"""


@pytest.mark.embedded  # a state in Redis is filled by the first worker itself
def test_the_first_decision_loads_nothing_that_only_other_work_needs(
    shop_home: Path, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    shutil.copytree(shop_home, home, symlinks=True, ignore=shutil.ignore_patterns("state"))
    store = open_engine(Settings(home=home).store_url)
    migrate(store)
    store.dispose()

    for order_id in ("on a state that is filled", "on the state that was kept"):
        process = subprocess.run(
            [sys.executable, "-c", DECIDES, str(home), json.dumps(order(order_id=order_id))],
            capture_output=True,
            text=True,
            check=False,
        )

        assert process.returncode == 0, process.stderr
        route, loaded = json.loads(process.stdout)
        assert route["outlet"]
        assert UNNEEDED.isdisjoint(loaded), UNNEEDED.intersection(loaded)

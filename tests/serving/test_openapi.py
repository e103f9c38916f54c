"""The running service answers as its OpenAPI document says, whatever is sent to it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from serving.app import create_app
from serving.runtime import open_runtime
from tests.serving.server import running

if TYPE_CHECKING:
    from tests.serving.real_home import RealHome

EXAMPLES = int(os.environ.get("ORDERINTEL_TEST_EXAMPLES", "4"))
"""Random calls of each route; the long run of a release has 400."""
PHASES = "examples,coverage,fuzzing" if EXAMPLES > 4 else "examples,fuzzing"
"""The long run also makes the thousands of systematic calls, which take a minute."""

CONFIG = """
seed = 7

[checks.positive_data_acceptance]
# A well-formed body may still say what cannot be, and is refused: a date of tomorrow, two lines of
# one id, a full card number, a cursor that was not given out, an Idempotency-Key of another body,
# rules that somebody else has changed meanwhile.
expected-statuses = ["2xx", "401", "403", "404", "409", "412", "422"]
"""


@pytest.mark.real_data
@pytest.mark.slow
def test_no_call_breaks_the_service_or_its_promises(card_home: RealHome, tmp_path: Path) -> None:
    (tmp_path / "schemathesis.toml").write_text(CONFIG, "utf-8")
    runtime = open_runtime(card_home.settings)
    key = runtime.keys.create("schemathesis", "admin")

    with running(create_app(card_home.settings, runtime=runtime)) as address:
        run = subprocess.run(
            [
                Path(sys.executable).parent / "schemathesis",
                *("--config-file", tmp_path / "schemathesis.toml"),
                *("run", f"{address}/openapi.json", "-H", f"Authorization: Bearer {key}"),
                *("--phases", PHASES, "-n", str(EXAMPLES), "--no-color"),
                *("--generation-database", "none", "--suppress-health-check", "all"),
            ],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )

    assert run.returncode == 0, run.stdout[-6000:] + run.stderr[-2000:]

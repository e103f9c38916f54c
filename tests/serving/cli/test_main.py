"""The command register."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module

import pytest

from serving.cli.main import COMMANDS, main

HEAVY = {
    "pandas",
    "numpy",
    "pyarrow",
    "duckdb",
    "numba",
    "sklearn",
    "lightgbm",
    "mlflow",
    "fastapi",
}


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["--help"])

    page = capsys.readouterr().out
    assert code == 0
    assert all(f"\n  {name} " in page for name in COMMANDS)


def test_help_loads_nothing_heavy() -> None:
    probe = (
        "import sys; from serving.cli.main import main; main(['--help']);"
        "print(' '.join(sys.modules), file=sys.stderr)"
    )

    result = subprocess.run(
        [sys.executable, "-c", probe], capture_output=True, text=True, check=True
    )

    assert HEAVY.isdisjoint(result.stderr.split())


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_exists_and_explains_itself(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    module, function = COMMANDS[name][0].split(":")
    assert callable(getattr(import_module(module), function))

    code = main([name, "--help"])

    assert code == 0
    assert f"orderintel {name}" in capsys.readouterr().out


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_module_loads_nothing_heavy(name: str) -> None:
    module = COMMANDS[name][0].split(":")[0]
    probe = f"import sys; import {module}; print(' '.join(sys.modules))"

    result = subprocess.run(
        [sys.executable, "-c", probe], capture_output=True, text=True, check=True
    )

    assert HEAVY.isdisjoint(result.stdout.split())


def test_an_unknown_command_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["impotr"])

    assert code == 2
    assert "no command named 'impotr'" in capsys.readouterr().err


def test_an_unknown_option_is_wrong_usage() -> None:
    assert main(["import", "--no-such-option"]) == 2


def test_no_arguments_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    code = main([])

    assert code == 2
    assert "Usage: orderintel" in capsys.readouterr().out


def test_the_version_names_the_month_of_the_divisions(capsys: pytest.CaptureFixture[str]) -> None:
    from features.address.gazetteer import china

    assert main(["--version"]) == 0

    assert f"divisions of {china().release}" in capsys.readouterr().out

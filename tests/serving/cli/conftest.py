"""Commands run on a small shop that has a live model."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from serving.cli.main import main
from tests.serving.at_home import at_home
from tests.serving.cli.served_shop import write_served_shop

if TYPE_CHECKING:
    from pathlib import Path

Command = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="session")
def served_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_served_shop(tmp_path_factory.mktemp("served"))


@pytest.fixture
def orderintel(served_home: Path, capsys: pytest.CaptureFixture[str]) -> Command:
    """Run a command on the shop, or another home: exit code, standard output, standard error."""

    def command(*arguments: str, home: Path = served_home) -> tuple[int, str, str]:
        with at_home(home):
            code = main(list(arguments))
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return command

"""The notebooks run from top to bottom on histories made the way their readers make them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from serving.demo.sources import SOURCES
from serving.settings import Settings

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
SOURCE = {
    "01-order-history": "online-retail",
    "02-risk-and-reasons": "shop",
    "03-delivery-and-routing": "shop",
    "04-demand": "online-retail",
}
"""Notebook to the history it asks."""

pytestmark = pytest.mark.slow


@pytest.fixture(scope="session")
def homes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Homes with the shipped real history and with a simulated shop."""
    program = Path(sys.executable).with_name("orderintel")
    made = {}
    for name, source in SOURCES.items():
        settings = Settings(home=tmp_path_factory.mktemp(name))
        (settings.home / "demo").mkdir()
        source.make(settings)
        mapping, root = source.mapping(settings), source.root(settings)
        subprocess.run(
            [program, "import", mapping, "--root", root],
            env=os.environ | {"ORDERINTEL_HOME": str(settings.home)},
            check=True,
        )
        made[name] = settings.home
    return made


def test_every_notebook_is_run() -> None:
    assert {path.stem for path in NOTEBOOKS.glob("*.ipynb")} == set(SOURCE)


@pytest.mark.parametrize("name", SOURCE)
def test_a_notebook_runs_and_shows_a_picture(
    name: str, homes: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    import nbformat
    from nbclient import NotebookClient

    monkeypatch.setenv("ORDERINTEL_HOME", str(homes[SOURCE[name]]))
    path = NOTEBOOKS / f"{name}.ipynb"
    notebook = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]  # it has no types

    NotebookClient(notebook, timeout=600, resources={"metadata": {"path": NOTEBOOKS}}).execute()

    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    assert any("image/png" in output.get("data", {}) for output in outputs)

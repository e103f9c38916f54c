"""The three rooms are this project's own, and imports in them run in no circle."""

from __future__ import annotations

from graphlib import TopologicalSorter
from pathlib import Path

import grimp
import pytest

import features
import models
import serving

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("room", [features, models, serving])
def test_a_room_resolves_to_this_checkout(room: object) -> None:
    file = Path(str(getattr(room, "__file__", "")))

    assert file.parent.parent == ROOT


def test_every_test_folder_is_a_package() -> None:
    folders = {path.parent for path in (ROOT / "tests").rglob("test_*.py")}

    lacking = [folder for folder in folders if not (folder / "__init__.py").is_file()]

    assert lacking == []


def test_no_module_imports_itself_through_others() -> None:
    graph = grimp.build_graph(
        "features", "models", "serving", exclude_type_checking_imports=True, cache_dir=None
    )
    imports = {name: graph.find_modules_directly_imported_by(name) for name in graph.modules}

    TopologicalSorter(imports).prepare()  # raises CycleError, which names the circle

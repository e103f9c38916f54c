"""The three rooms are this project's own."""

from __future__ import annotations

from pathlib import Path

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

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from serving.demo.home import MARK, ForeignHomeError, prepare

if TYPE_CHECKING:
    from pathlib import Path


def test_another_home_is_never_touched(tmp_path: Path) -> None:
    history = tmp_path / "history"
    history.mkdir()
    (history / "profile.json").write_text("{}")

    with pytest.raises(ForeignHomeError, match="set ORDERINTEL_HOME to an empty folder"):
        prepare(tmp_path)

    assert (history / "profile.json").read_text() == "{}"
    assert not (tmp_path / MARK).exists()


def test_a_demonstration_is_made_anew(tmp_path: Path) -> None:
    prepare(tmp_path)
    (tmp_path / "history-000001").mkdir()
    (tmp_path / "history").symlink_to("history-000001")
    (tmp_path / "orderintel.db").write_text("old")

    prepare(tmp_path)

    assert sorted(each.name for each in tmp_path.iterdir()) == [MARK]


def test_what_the_demonstration_does_not_make_stays(tmp_path: Path) -> None:
    prepare(tmp_path)
    (tmp_path / "secret.key").write_text("kept")
    (tmp_path / "notes.txt").write_text("mine")

    prepare(tmp_path)

    assert (tmp_path / "secret.key").read_text() == "kept"
    assert (tmp_path / "notes.txt").read_text() == "mine"

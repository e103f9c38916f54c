from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

from features.history import History
from serving.runtime import open_runtime
from serving.settings import Settings
from tests.serving.conftest import Clock, serving
from tests.serving.orders import order

if TYPE_CHECKING:
    from pathlib import Path

    from tests.serving.cli.conftest import Command


@pytest.fixture
def traded(served_home: Path, tmp_path: Path) -> Path:
    """Give a copy of the shop in which three orders came in."""
    home = tmp_path / "traded"
    shutil.copytree(served_home, home, symlinks=True)
    clock = Clock()
    for service in serving(open_runtime(Settings(home=home), clock=clock), clock):
        for number in range(3):
            assert service.score(order(str(number))).status_code == 200
    return home


@pytest.mark.embedded
def test_a_shop_is_exported_backed_up_and_restored(
    orderintel: Command, traded: Path, tmp_path: Path
) -> None:
    code, printed, _ = orderintel("export", "--json", home=traded)
    exported = json.loads(printed)
    assert (code, exported["state"]) == (0, "done")
    assert exported["rows"]["orders"] == 2_503

    code, printed, told = orderintel("backup", str(tmp_path / "b"), "--json", home=traded)
    assert code == 0
    assert json.loads(printed)["rows"]["decisions"] == 3
    assert "store" in told

    fresh = tmp_path / "fresh"
    code, _, told = orderintel("restore", str(tmp_path / "b"), home=fresh)
    assert code == 1
    assert f"put the one you kept at {fresh / 'secret.key'}" in told

    fresh.mkdir()
    shutil.copy2(traded / "secret.key", fresh / "secret.key")
    code, printed, told = orderintel("restore", str(tmp_path / "b"), "--json", home=fresh)
    findings = {finding["name"]: finding for finding in json.loads(printed)["findings"]}
    assert code == 0
    assert findings["history"]["what"].find("2,503 orders") >= 0
    assert findings["database"]["state"] == "ok"
    assert len(History(fresh / "history").frame("orders")) == 2_503

    code, _, told = orderintel("restore", str(tmp_path / "b"), home=fresh)
    assert code == 1
    assert "is not empty" in told


@pytest.mark.embedded
def test_an_export_that_has_nothing_new_says_so(orderintel: Command, traded: Path) -> None:
    orderintel("export", home=traded)

    code, printed, told = orderintel("export", home=traded)

    assert (code, printed) == (0, "")
    assert "nothing changed" in told


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--label", "fraud"), "KIND=DAYS"),
        (("--label", "imagined=3"), "KIND=DAYS"),
        (("--timezone", "Mars/Base"), "no such zone"),
    ],
)
def test_what_an_export_cannot_take_is_told_with_its_mend(
    orderintel: Command, tmp_path: Path, arguments: tuple[str, ...], told: str
) -> None:
    code, _, said = orderintel("export", *arguments, home=tmp_path)

    assert code == 1
    assert told in said

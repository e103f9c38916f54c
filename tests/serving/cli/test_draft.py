"""`orderintel draft`: from an unknown file to an import in two commands."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from serving.cli.main import main
from tests.serving.at_home import at_home

if TYPE_CHECKING:
    from pathlib import Path

ORDERS = "订单号,下单时间,实付金额,手机\n7,2024-05-01 08:00:00,9.5,13800138000\n"


@pytest.fixture
def orders(tmp_path: Path) -> Path:
    """A file that no mapping describes."""
    path = tmp_path / "orders.csv"
    path.write_text(ORDERS, "utf-8")
    return path


def test_a_drafted_mapping_can_be_tried_at_once(
    orders: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mapping = orders.with_name("shop.yaml")

    with at_home(orders.parent / "home"):
        assert main(["draft", str(orders), "--out", str(mapping)]) == 0
        assert main(["import", str(mapping), "--check"]) == 0

    assert "checked: 1 orders; nothing was written" in capsys.readouterr().err


def test_a_draft_is_printed_and_overwrites_nothing(
    orders: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["draft", str(orders)]) == 0
    assert "placed_at: 下单时间" in capsys.readouterr().out

    assert main(["draft", str(orders), "--out", str(orders)]) == 1
    assert "is there already" in capsys.readouterr().err
    assert orders.read_text("utf-8") == ORDERS


def test_a_file_without_orders_is_refused_with_its_columns(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.csv").write_text("colour\nred\n", "utf-8")

    assert main(["draft", str(tmp_path / "a.csv")]) == 1
    assert "colour" in capsys.readouterr().err

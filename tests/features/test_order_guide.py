"""The orders that the guide shows are orders."""

from __future__ import annotations

import re
from pathlib import Path

from features.order import parse

GUIDE = Path(__file__).parents[2] / "docs" / "orders.md"


def test_every_order_that_the_guide_shows_is_well_formed() -> None:
    shown = re.findall(r"```json\n(.*?)```", GUIDE.read_text("utf-8"), re.DOTALL)

    assert [parse(text).order_id for text in shown] == ["2412345678901234567", "5001"]

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

import serving.demo.parameters as stated
from serving.demo.parameters import ShopParameters, described

DOCUMENT = Path(__file__).parents[3] / "docs" / "demo-shop.md"
SHOP = ShopParameters()
GROUPS = [getattr(SHOP, each.name) for each in fields(SHOP)]
SINGLE = [group for group in GROUPS if not isinstance(group, tuple)]
SEVERAL = [member for group in GROUPS if isinstance(group, tuple) for member in group]


@pytest.mark.parametrize("group", SINGLE, ids=lambda group: type(group).__name__)
def test_every_parameter_is_documented_with_its_value_unit_and_meaning(group: Any) -> None:
    text = DOCUMENT.read_text("utf-8")

    for name, value, unit, meaning in described(group):
        assert f"| `{name}` | {value} | {unit} | {meaning} |" in text


@pytest.mark.parametrize("member", SEVERAL, ids=lambda member: member.name)
def test_every_channel_promotion_warehouse_and_carrier_is_documented(member: Any) -> None:
    text = DOCUMENT.read_text("utf-8")

    assert "| " + " | ".join(value for _, value, _, _ in described(member)) + " |" in text


def test_channel_and_carrier_shares_are_parts_of_a_whole() -> None:
    assert sum(channel.share for channel in stated.CHANNELS) == pytest.approx(1.0)
    assert sum(carrier.share for carrier in stated.CARRIERS) == pytest.approx(1.0)


def test_both_great_promotions_lie_inside_the_span() -> None:
    for promotion in SHOP.promotions:
        assert SHOP.span.first_on <= promotion.first_on <= promotion.last_on <= SHOP.span.last_on


def test_only_a_group_of_parameters_can_be_described() -> None:
    with pytest.raises(TypeError, match="is not a group of parameters"):
        described(7)

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest

from features.address.resolve import resolve
from serving.addresses.choices import Choice, choices_of
from serving.addresses.differences import differences
from serving.addresses.picture import SIZE, picture


def choice(lat: float | None, lon: float | None, radius_m: int = 100) -> Choice:
    base = choices_of(resolve("杭州市西湖区文三路398号"))[0]
    return replace(base, lat=lat, lon=lon, radius_m=radius_m)


def marks(drawn: str) -> dict[str, tuple[float, float]]:
    """Read where the numbers stand."""
    tree = ET.fromstring(drawn)  # noqa: S314 drawn here
    found = {}
    for group in tree.iter("g"):
        number, circle = group[1].text or "", group[0]
        found[number] = float(circle.get("cx", "")), float(circle.get("cy", ""))
    return found


def test_north_is_up_and_east_is_right() -> None:
    found = marks(picture([choice(30.0, 120.0), choice(30.1, 120.0), choice(30.0, 120.1)], "x"))

    assert found["2"][1] < found["1"][1]
    assert found["3"][0] > found["1"][0]


@pytest.mark.parametrize("apart", [0.0, 1e-7, 0.001, 1.0, 80.0])
def test_every_number_can_be_read(apart: float) -> None:
    drawn = picture([choice(30.0, 120.0), choice(30.0 - apart / 2, 120.0 - apart)], "x")

    found = marks(drawn)

    assert set(found) == {"1", "2"}
    assert all(0 < x < SIZE and 0 < y < SIZE for x, y in found.values())
    assert abs(found["1"][0] - found["2"][0]) + abs(found["1"][1] - found["2"][1]) > 15


def test_the_scale_tells_the_distance() -> None:
    drawn = picture([choice(30.0, 120.0), choice(30.0, 120.0 + 10 / 96.4)], "x")

    found = marks(drawn)
    metres = found["2"][0] - found["1"][0]
    length = float(re.findall(r"h([\d.]+)v-6", drawn)[0])

    assert ">2 km<" in drawn
    assert length / metres == pytest.approx(2 / 10, rel=0.02)


def test_a_choice_without_a_point_keeps_its_number_off_the_picture() -> None:
    assert set(marks(picture([choice(None, None), choice(30.0, 120.0)], "x"))) == {"2"}
    assert picture([choice(None, None)], "x") == ""


def test_a_title_cannot_break_out() -> None:
    assert "<script>" not in picture([choice(30.0, 120.0)], '"><script>')
    ET.fromstring(picture([choice(30.0, 120.0)], '"><script>'))  # noqa: S314 drawn here


def test_differences_give_both_texts_back() -> None:
    typed, standard = "朝阳区 建国路88", "吉林省长春市朝阳区建国路88号"

    told = differences(typed, standard)

    assert "".join(text for kind, text in told if kind != "left") == standard
    assert "".join(text for kind, text in told if kind != "added") == typed.replace(" ", "")

"""Townships beside, around and behind the names of divisions."""

from __future__ import annotations

from features.address.gazetteer import china
from features.address.hits.hit import Hit
from features.address.hits.townships import of_its_part, scan_townships


def test_a_township_around_a_short_name_takes_its_place() -> None:
    text = "张掖市平山湖蒙古族乡"
    city = Hit(0, 3, china().names["张掖市"], has_kind=True)
    inside = Hit(3, 5, china().names["平山"])

    found = scan_townships(text, china(), [city, inside])

    assert [(hit.start, hit.end) for hit in found] == [(3, 10)]


def test_a_township_that_would_hide_all_that_was_found_is_none() -> None:
    inside = Hit(0, 2, china().names["平山"])

    assert scan_townships("平山湖蒙古族乡", china(), [inside]) == []


def test_a_county_that_was_divided_keeps_its_other_townships() -> None:
    hit = Hit(0, 3, china().names["宝安区"])
    own = china().township("西乡街道")
    assert own is not None

    assert of_its_part(hit, [Hit(3, 7, own, is_township=True)], china()) is hit

from __future__ import annotations

import pandas as pd

from serving.demo.findings import Finding, findings, reach, table_rows

TRUTH = pd.DataFrame(
    [
        ("d1", "", "", ""),
        ("d2", "duplicate", "duplicate-0", ""),
        ("b1", "burst", "burst-0", ""),
        ("b2", "burst", "burst-0", ""),
        ("b3", "burst", "burst-0", ""),
        ("x1", "burst", "burst-1", ""),
        ("g1", "", "", "gift"),
        ("c1", "", "", ""),
    ],
    columns=["order_key", "kind", "incident", "look_alike"],
)


def line(kind: str, found: list[Finding]) -> Finding:
    return next(each for each in found if each.kind == kind)


def test_links_are_followed_back_to_the_first_order_of_a_burst() -> None:
    assert reach({"b3"}, {"b3": ["b2"], "b2": ["b1"]}) == {"b1", "b2"}


def test_an_unflagged_order_starts_no_chain() -> None:
    assert reach(set(), {"b2": ["b1"]}) == set()


def test_orders_found_at_once_and_by_link_are_told_apart() -> None:
    found = findings(TRUTH, {"b3", "d2"}, {"b3": ["b2"], "b2": ["b1"]})

    assert line("burst", found) == Finding("burst", 4, 1, 2, incidents=2, incidents_found=1)
    assert line("burst", found).share == 0.75


def test_the_original_of_a_duplicate_is_not_a_clean_order_wrongly_flagged() -> None:
    found = findings(TRUTH, {"d2"}, {"d2": ["d1"]})

    assert line("clean", found) == Finding("clean", 3, 0, 1)
    assert line("clean", found).share_at_once == 0.0


def test_innocents_are_counted_among_the_clean_and_by_themselves() -> None:
    found = findings(TRUTH, {"g1"}, {})

    assert line("gift", found).at_once == 1
    assert line("clean", found).at_once == 1


def test_a_kind_without_orders_has_no_line() -> None:
    assert [each.kind for each in findings(TRUTH, set(), {})] == [
        "duplicate", "burst", "gift", "clean",
    ]  # fmt: skip


def test_no_orders_is_no_share() -> None:
    assert Finding("ring", 0, 0, 0).share is None
    assert table_rows([Finding("ring", 0, 0, 0)])[0][-1] == ""

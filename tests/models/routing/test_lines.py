from __future__ import annotations

from models.routing.lines import NOBODY, lines_of, units_of
from models.routing.network import Destination, Wanted
from models.routing.subsets import MOST_LINES


def wanted(**units: int) -> Wanted:
    return Wanted(units, Destination(), weight_g=1_000)


def test_a_line_that_one_warehouse_has_whole_stays_whole() -> None:
    lines = lines_of(wanted(A=3), ("JX", "DG"), {("JX", "A"): 3, ("DG", "A"): 2})

    assert lines.pieces == ({"A": 3},)
    assert lines.only == {}


def test_a_line_that_nobody_has_whole_is_cut_by_the_fullest_shelf() -> None:
    lines = lines_of(wanted(A=5), ("JX", "DG"), {("JX", "A"): 2, ("DG", "A"): 4})

    assert lines.pieces == ({"A": 4}, {"A": 1})
    assert lines.only == {0: "DG", 1: "JX"}
    assert lines.weights_g.tolist() == [800.0, 200.0]


def test_what_all_together_lack_is_nobodys_piece() -> None:
    lines = lines_of(wanted(A=5), ("JX",), {("JX", "A"): 2})

    assert lines.only == {0: "JX", 1: NOBODY}


def test_stock_below_zero_is_no_stock() -> None:
    lines = lines_of(wanted(A=1), ("JX",), {("JX", "A"): -3})

    assert lines.only == {0: NOBODY}


def test_many_lines_are_tied_together_by_the_warehouses_that_have_them() -> None:
    skus = [f"s{place}" for place in range(12)]
    stock = {("JX" if place % 2 else "DG", sku): 1 for place, sku in enumerate(skus)}

    lines = lines_of(wanted(**dict.fromkeys(skus, 1)), ("JX", "DG"), stock)

    assert len(lines.pieces) == MOST_LINES
    for piece in lines.pieces:
        assert len({int(sku[1:]) % 2 for sku in piece}) == 1
    assert units_of(lines, 2**MOST_LINES - 1) == dict.fromkeys(skus, 1)


def test_cut_lines_of_many_warehouses_are_few_enough_pieces() -> None:
    names = [f"w{place}" for place in range(20)]
    stock = {(name, sku): 1 for name in names for sku in "AB"}

    lines = lines_of(wanted(A=15, B=15, C=1), names, stock | {("w0", "C"): 1})

    assert len(lines.pieces) <= MOST_LINES
    assert units_of(lines, 2 ** len(lines.pieces) - 1) == {"A": 15, "B": 15, "C": 1}

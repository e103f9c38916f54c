from __future__ import annotations

from models.routing.kinds import kinds_of
from models.routing.network import Destination, Wanted

SHANGHAI, HANGZHOU = Destination("上海市", "上海市"), Destination("浙江省", "杭州市")


def test_orders_are_alike_by_goods_and_city_and_not_by_address_or_moment() -> None:
    orders = [
        Wanted({"A": 1, "B": 2}, Destination("上海市", "上海市", 31.1, 121.4), at=5, ship_by=9),
        Wanted({"B": 2, "A": 1}, SHANGHAI),
        Wanted({"A": 1, "B": 2}, HANGZHOU),
    ]

    kinds = kinds_of(orders, scale=2.0)

    assert kinds.n_orders.tolist() == [4.0, 2.0]
    assert (kinds.wanted[0].at, kinds.wanted[0].ship_by) == (None, None)


def test_rare_orders_count_line_by_line_with_their_share_of_the_weight() -> None:
    orders = [Wanted({"A": 1}, SHANGHAI)] * 3 + [Wanted({"B": 1, "C": 3}, SHANGHAI, 4_000)]

    kinds = kinds_of(orders, scale=1.0, most=2)

    assert [dict(one.units) for one in kinds.wanted] == [{"A": 1}, {"B": 1}]
    assert kinds.wanted[1].weight_g == 1_000
    assert kinds.left_out == 1


def test_what_is_left_out_is_counted() -> None:
    orders = [Wanted({f"s{place}": 1}, SHANGHAI) for place in range(5)]

    kinds = kinds_of(orders, scale=1.0, most=3)

    assert len(kinds.wanted) == 3
    assert kinds.left_out == 2


def test_no_orders_are_no_kinds() -> None:
    kinds = kinds_of([], scale=1.0)

    assert (kinds.wanted, kinds.n_orders.tolist(), kinds.left_out) == ((), [], 0)

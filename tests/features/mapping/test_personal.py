"""No raw personal text leaves an import; equal persons get equal keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from features.keys import channel_scoped, keyed_hash, sku_set_key
from tests.features.mapping.importing import SECRET, Outcome, run

if TYPE_CHECKING:
    from pathlib import Path

ROWS = """id,at,buyer,phone,mail,ip,terminal,line
1,2024-05-01,anna,+86 138 0000 0000,A.nna@gmail.com,203.0.113.7,t1,文三路398号3幢201
2,2024-05-01,bert,13800000000,anna@googlemail.com,203.0.113.9,t1,文三路 398 号 3 幢 201室
3,2024-05-01,,,,,,
"""


def imported(root: Path) -> Outcome:
    (root / "o.csv").write_text(ROWS, "utf-8")
    return run(
        """
        version: 1
        name: shop
        channel: web
        files: {rows: o.csv}
        orders:
          from: rows
          columns:
            order_id: id
            placed_at: at
            buyer_key: buyer
            phone_key: phone
            email_key: mail
            ip_key: ip
          entities: {terminal: terminal}
          address:
            country: {value: CN}
            region: {value: 浙江省}
            city: {value: 杭州市}
            district: {value: 西湖区}
            line: line
        """,
        root,
    )


def test_keys_are_hashes_of_normal_forms(tmp_path: Path) -> None:
    order = imported(tmp_path).orders[0]

    assert order["buyer_key"] == keyed_hash(SECRET, "buyer", channel_scoped("web", "anna"))
    assert order["phone_key"] == keyed_hash(SECRET, "phone", "+8613800000000")
    assert order["email_key"] == keyed_hash(SECRET, "email", "anna@gmail.com")
    assert order["email_domain"] == "gmail.com"
    assert order["ip_key"] == keyed_hash(SECRET, "ip", "203.0.113.7")
    assert order["ip24_key"] == keyed_hash(SECRET, "ip24", "203.0.113.0/24")
    assert order["entity__terminal"] == keyed_hash(SECRET, "entity__terminal", "t1")


def test_two_spellings_of_a_person_link(tmp_path: Path) -> None:
    first, second, nobody = imported(tmp_path).orders

    for key in ("phone_key", "email_key", "ip24_key", "address_unit_key"):
        assert first[key] == second[key] is not None, key
        assert nobody[key] is None, key
    assert first["buyer_key"] != second["buyer_key"]
    assert first["ship_adcode"] == "330106"


def test_no_raw_personal_text_is_left(tmp_path: Path) -> None:
    text = str(imported(tmp_path).tables)

    for raw in ("138", "gmail.com'", "203.0", "文三路", "anna"):
        assert raw not in text.replace("'email_domain': 'gmail.com'", ""), raw


def test_hashes_pass_through(tmp_path: Path) -> None:
    known = keyed_hash(SECRET, "phone", "+8613800000000")
    (tmp_path / "o.csv").write_text(f"id,at,phone\n1,2024-05-01,{known}\n", "utf-8")

    found = run(
        """
        version: 1
        name: shop
        files: {rows: o.csv}
        orders: {from: rows, columns: {order_id: id, placed_at: at, phone_key: phone}}
        """,
        tmp_path,
    )

    assert found.orders[0]["phone_key"] == known


def test_the_basket_key_does_not_depend_on_the_order_of_lines(tmp_path: Path) -> None:
    (tmp_path / "l.csv").write_text("id,at,sku,n\n1,2024-05-01,B,1\n1,2024-05-01,A,2\n", "utf-8")

    found = run(
        """
        version: 1
        name: shop
        files: {lines: l.csv}
        views: {heads: {from: lines, group_by: id, columns: {at: {first: at}}}}
        orders: {from: heads, columns: {order_id: id, placed_at: at}}
        order_lines: {from: lines, columns: {order_id: id, sku: sku, quantity: n}}
        """,
        tmp_path,
    )

    assert found.orders[0]["sku_set_key"] == sku_set_key([("A", 2), ("B", 1)])
    assert (found.orders[0]["n_lines"], found.orders[0]["n_units"]) == (2, 3)


def test_a_shifted_point_is_brought_back(tmp_path: Path) -> None:
    (tmp_path / "o.csv").write_text("id,at,lat,lon\n1,2024-05-01,39.915,116.404\n", "utf-8")

    found = run(
        """
        version: 1
        name: shop
        files: {rows: o.csv}
        orders:
          from: rows
          datum: gcj02
          columns: {order_id: id, placed_at: at, ship_lat: lat, ship_lon: lon}
        """,
        tmp_path,
    )

    assert round(found.orders[0]["ship_lat"], 3) == 39.914
    assert round(found.orders[0]["ship_lon"], 3) == 116.398


def test_what_names_nobody_is_no_key_and_is_counted(tmp_path: Path) -> None:
    rows = [
        "1,2026-03-01,t**1,138****0000,j***@qq.com,null",
        "2,2026-03-01,小**,******12,anna@qq.com,-",
        "3,2026-03-01,anna,1.38E+10,none,t1",
    ]
    (tmp_path / "o.csv").write_text("\n".join(["id,at,buyer,phone,mail,till", *rows]), "utf-8")

    found = run(
        """
        version: 1
        name: shop
        files: {rows: o.csv}
        orders:
          from: rows
          columns:
            {order_id: id, placed_at: at, buyer_key: buyer, phone_key: phone, email_key: mail}
          entities: {till: till}
        """,
        tmp_path,
    )

    keys = ("buyer_key", "phone_key", "email_key", "email_domain", "entity__till")
    assert [[order[key] is not None for key in keys] for order in found.orders] == [
        [False, True, False, True, False],
        [False, False, True, True, False],
        [True, False, False, False, True],
    ]
    assert {what.split()[0]: count for what, count in found.unknown().items()} == {
        "buyer_key": 2,
        "phone_key": 2,
        "email_key": 2,
        "entity__till": 2,
    }

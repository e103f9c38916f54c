"""An address says its country in any of the ways that exports do; the history holds its code."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from features.address.countries.places import country_names
from features.mapping.chinese import in_chinese
from features.mapping.countries import country_code
from tests.features.mapping.importing import run

if TYPE_CHECKING:
    from pathlib import Path

MAPPING = """
    version: 1
    name: shop
    files: {rows: o.csv}
    orders:
      from: rows
      columns: {order_id: id, placed_at: at}
      address: {country: land, city: city, postal: zip, line: street}
    """


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("United Kingdom", "GB"), ("UK", "GB"), ("us", "US"), ("U.S.A.", "US"), ("DEU", "DE"),
        ("Deutschland", "DE"), ("中国", "CN"), ("Viet Nam", "VN"), ("MALAYSIA", "MY"),
        ("China", "CN"), ("Switzerland", "CH"), ("Atlantis", None), ("XX", None), ("", None),
        ("United States (US)", "US"), ("United Kingdom (UK)", "GB"), ("Korea (North)", None),
    ],
)  # fmt: skip
def test_a_country_is_known_by_its_names(said: str, code: str | None) -> None:
    assert country_code(said) == code


def test_no_other_name_hides_the_english_name_of_another_country() -> None:
    assert {name for name, code in country_names().items() if country_code(name) != code} == set()


def test_orders_get_the_country_and_the_postal_code_of_their_address(tmp_path: Path) -> None:
    (tmp_path / "o.csv").write_text(
        "id,at,land,city,zip,street\n"
        "1,2024-05-01,Germany,Berlin,10115,Invalidenstr. 7\n"
        "2,2024-05-01,China,上海市,200120,浦东新区张江路288弄\n"
        "3,2024-05-01,,,,北京市朝阳区建国路88号\n"
        "4,2024-05-01,Atlantis,Berlin,,Hafen 1\n"
        "5,2024-05-01,,,,\n",
        "utf-8",
    )

    found = run(MAPPING, tmp_path)

    countries = [order["ship_country"] for order in found.orders]
    assert countries[:3] == ["DE", "CN", "CN"]
    assert countries[4] is None
    assert [order["ship_postal"] for order in found.orders] == ["10115", "200120", None, None, None]
    (cause,) = [cause for cause in found.report.unknown if "names no country" in cause.what]
    assert (cause.count, cause.example) == (1, "'Atlantis'")
    assert in_chinese(cause.what)


def test_what_the_columns_give_is_kept(tmp_path: Path) -> None:
    (tmp_path / "o.csv").write_text(
        "id,at,land,city,zip,street\n1,2024-05-01,Germany,Berlin,10115,Weg 7\n", "utf-8"
    )
    columns = "placed_at: at, ship_country: {value: AT}"

    found = run(MAPPING.replace("placed_at: at", columns), tmp_path)

    assert found.orders[0]["ship_country"] == "AT"


def test_a_column_of_a_country_holds_its_code(tmp_path: Path) -> None:
    rows = "id,at,land\n1,2024-05-01,China\n2,2024-05-01,usa\n3,2024-05-01,Atlantis\n"
    (tmp_path / "o.csv").write_text(rows, "utf-8")
    mapping = """
        version: 1
        name: shop
        files: {rows: o.csv}
        orders:
          from: rows
          columns: {order_id: id, placed_at: at, ship_country: land, bill_country: land}
        """

    found = run(mapping, tmp_path)

    assert [row["ship_country"] for row in found.orders] == ["CN", "US", None]
    assert [row["bill_country"] for row in found.orders] == ["CN", "US", None]
    assert [in_chinese(cause.what) for cause in found.report.unknown] == [
        "ship_country 不是国家：请用 `table` 对应为代码，如 DE",
        "bill_country 不是国家：请用 `table` 对应为代码，如 DE",
    ]


def test_the_country_of_a_holiday_holds_its_code(tmp_path: Path) -> None:
    (tmp_path / "o.csv").write_text("id,at\n1,2024-05-01\n", "utf-8")
    (tmp_path / "days.csv").write_text("day,land\n2024-05-01,中国\n2024-05-02,XK\n", "utf-8")
    mapping = """
        version: 1
        name: shop
        files: {rows: o.csv, days: days.csv}
        orders: {from: rows, columns: {order_id: id, placed_at: at}}
        calendar: {from: days, columns: {day_on: day, country: land, kind: {value: holiday}}}
        """

    found = run(mapping, tmp_path)

    assert sorted(row["country"] for row in found.tables["calendar"]) == ["CN", "XK"]

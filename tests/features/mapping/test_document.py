"""A mapping document is refused at its line and key, with the mend."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from features.errors import MappingError
from features.mapping import read_mapping, read_mapping_text
from tests.features.mapping.importing import run

if TYPE_CHECKING:
    from pathlib import Path

GOOD = """version: 1
name: shop
files:
  rows: orders.csv
orders:
  from: rows
  columns: {order_id: id, placed_at: at}
"""


def test_a_small_document_is_enough() -> None:
    mapping = read_mapping_text(GOOD, "shop.yaml")

    assert mapping.merchant == "shop"
    assert mapping.base_currency == "CNY"
    assert mapping.files["rows"].form == "csv"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("version: 1", "version: 2", "shop.yaml, line 1, version: is 2"),
        ("version: 1\n", "", "version: is missing"),
        ("name: shop\n", "", "name: is missing"),
        ("name: shop", "name: shop\nname: again", "line 3, name: stands twice"),
        ("orders:", "ordres:", "line 5, ordres: is not a key of this place; did you mean 'orders'"),
        (
            "from: rows",
            "from: row",
            "orders.from: there is no file or view 'row'; did you mean 'rows'",
        ),
        ("from: rows", "form: rows", "orders.from: is missing: write `from: …` in place of `form`"),
        ("name: shop", "name:", "name: is empty"),
        ("name: shop", "name: shop\nchannel:", "channel: is empty"),
        ("rows: orders.csv", "rows: {path: o.csv, encoding: }", "encoding: is empty"),
        ("name: shop", "name: shop\ntimezone: Europe/Lundon", "did you mean 'Europe/London'"),
        ("name: shop", "name: shop\nbase_currency: CNX", "'CNX' is not an ISO 4217 currency code"),
        ("name: shop", "name: shop\nfx: {USD: cheap}", "fx.USD: 'cheap' is not a number"),
        ("name: shop", "name: shop\nfx: {USD: -7}", "fx.USD: must be above 0"),
        ("rows: orders.csv", "rows: {path: o.csv, encoding: gbq}", "did you mean 'gbk'"),
        ("rows: orders.csv", "rows: {path: o.csv, delimiter: '||'}", "must be one character"),
        ("rows: orders.csv", "rows: {path: o.csv, skip: few}", "the number of lines above"),
        ("rows: orders.csv", "rows: {path: o.csv, skip: true}", "the number of lines above"),
        ("rows: orders.csv", "rows: {path: o.csv, header_rows: 0}", "1 or more"),
        ("rows: orders.csv", "rows: {path: o.csv, quote: '||'}", "quote: must be one character"),
        ("rows: orders.csv", "rows: {path: o.csv, encoding: hex}", "'hex' is no encoding of text"),
        ("rows: orders.csv", "rows: {path: o.xlsx, sheet: [1]}", "the sheet's name, or its number"),
        ("name: shop", 'name: ""', "name: is empty"),
        ("name: shop", "name: " + "[" * 5_000, "is nested too deeply"),
        ("name: shop", "name: shop\0", "not valid YAML"),
        ("name: shop", "name: shop\nlabels: {fruad: {matures: 7 days}}", "did you mean 'fraud'"),
        ("name: shop", "name: shop\nlabels: {fraud: {matures: 7 days}}", "needs `from`"),
        ("name: shop", "name: shop\nlabels: {late: {matures: soon}}", "is not a length of time"),
        ("name: shop", "name: shop\ndemand: {closed_weekdays: [funday]}", "'funday' is not one of"),
        ("name: shop", "name: [shop", "line 3: not valid YAML"),
        (
            "name: shop",
            "name: shop\nviews: {v: {from: rows, columns: {a: b}}}",
            "belongs to `group_by`",
        ),
        ("name: shop", "name: shop\nviews: {rows: {from: rows}}", "is also the name of a file"),
        (
            "columns:",
            "address: {street: x}\n  columns:",
            "orders.address.street: is not one of line",
        ),
    ],
)
def test_a_mistake_is_named_with_its_place_and_mend(old: str, new: str, said: str) -> None:
    with pytest.raises(MappingError) as caught:
        read_mapping_text(GOOD.replace(old, new, 1), "shop.yaml")

    assert said in str(caught.value)


def test_words_that_yaml_would_guess_at_stay_words() -> None:
    text = GOOD + "excused: {late: no, eta: 2019-11-31}\n"

    mapping = read_mapping_text(text, "shop.yaml")

    assert mapping.excused == {"late": "no", "eta": "2019-11-31"}


def test_a_missing_document_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(MappingError, match="there is no such file"):
        read_mapping(tmp_path / "shop.yaml")


def test_a_document_in_another_encoding_is_refused(tmp_path: Path) -> None:
    (tmp_path / "shop.yaml").write_bytes("name: 店".encode("gbk"))

    with pytest.raises(MappingError, match="save it as UTF-8"):
        read_mapping(tmp_path / "shop.yaml")


def test_aliases_that_contain_themselves_are_refused() -> None:
    with pytest.raises(MappingError, match="contains itself"):
        read_mapping_text("version: 1\nname: &a [*a]\n", "shop.yaml")


def test_a_file_of_orders_is_no_mapping_and_says_so(tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text("id,at\n", "utf-8")

    with pytest.raises(MappingError, match="is a file of rows; name the mapping document"):
        read_mapping(tmp_path / "orders.csv")


@pytest.mark.parametrize(
    ("column", "said"),
    [
        ("{column: id, match: '(?<=x)1'}", "orders: cannot be computed: "),
        ("{column: id, format: '%Q'}", "orders: cannot be computed: "),
    ],
)
def test_what_the_database_cannot_compute_is_named_with_its_place(
    column: str, said: str, tmp_path: Path
) -> None:
    (tmp_path / "orders.csv").write_text("id,at\n1,2026-03-01\n", "utf-8")
    mapping = "version: 1\nname: shop\nfiles: {rows: orders.csv}\norders:\n  from: rows\n"
    mapping += f"  columns: {{order_id: id, placed_at: at, paid_at: {column}}}\n"

    with pytest.raises(MappingError, match=said):
        run(mapping, tmp_path)


def test_a_column_that_every_row_needs_is_asked_for(tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text("id\n1\n", "utf-8")
    mapping = "version: 1\nname: shop\nfiles: {rows: orders.csv}\n"

    with pytest.raises(MappingError, match=r"line 4, orders\.columns\.placed_at: is missing"):
        run(mapping + "orders: {from: rows, columns: {order_id: id}}\n", tmp_path)

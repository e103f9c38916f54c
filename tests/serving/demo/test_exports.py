from __future__ import annotations

import csv
import io
import json
import re
from ipaddress import ip_address as ip_address_of
from ipaddress import ip_network
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
import pytest
from python_calamine import CalamineWorkbook

from serving.demo.exports.folder import write_exports
from serving.demo.identity import ip_address
from serving.demo.people import LINE_START, NAT_START
from serving.demo.shop import simulate
from serving.demo.truth import truth
from tests.serving.demo.conftest import SMALL

if TYPE_CHECKING:
    from pathlib import Path

    from serving.demo.shop import Shop

BENCHMARKS = ip_network("198.18.0.0/15")  # RFC 2544
SHARED = ip_network("100.64.0.0/10")  # RFC 6598
MASKED_NAME = re.compile(r"^.\*+$")
MASKED_PHONE = re.compile(r"^'?1\d\d\*{4}\d{4}$")
OF_A_SESSION = ("198.18.", "198.19.", "100.64.", "Mozilla/", "example.com")
PLANTED = ("burst", "promo_abuse", "stolen", "unseen_fraud", "incident", "look_alike", "is_planted")


def csv_rows(path: Path, encoding: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_bytes().decode(encoding))))


def json_rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def book_rows(path: Path) -> list[dict[str, Any]]:
    header, *rows = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()
    return [dict(zip(map(str, header), row, strict=True)) for row in rows]


def test_the_same_seed_gives_the_same_bytes(exports: Path, tmp_path: Path) -> None:
    write_exports(simulate(SMALL, seed=11), tmp_path)

    for path in sorted(exports.iterdir()):
        assert path.read_bytes() == (tmp_path / path.name).read_bytes(), path.name


def test_tmall_exports_gbk_with_chinese_headers_and_masks_people(exports: Path) -> None:
    rows = csv_rows(exports / "tmall_ExportOrderList.csv", "gbk")

    assert {"订单编号", "买家ID", "oaid", "收货地址"} <= rows[0].keys()
    assert all(MASKED_NAME.match(row["收货人姓名"]) for row in rows)
    assert all(MASKED_PHONE.match(row["联系手机"]) for row in rows)
    assert all(row["收货地址"].endswith("***") for row in rows)


def test_jd_exports_a_workbook_and_hides_name_phone_and_room(exports: Path) -> None:
    rows = book_rows(exports / "jd_orders.xlsx")

    assert all(MASKED_NAME.match(row["客户姓名"]) for row in rows)
    assert all(MASKED_PHONE.match(row["联系电话"]) for row in rows)
    assert not any(re.search(r"\d室|\d单元", row["详细地址"]) for row in rows)
    assert {"1-货到付款", "4-在线支付"} == {row["支付方式"] for row in rows}


def test_pinduoduo_tells_no_buyer_and_no_street(exports: Path) -> None:
    raw = (exports / "pinduoduo_orders.csv").read_bytes()
    rows = csv_rows(exports / "pinduoduo_orders.csv", "utf-8-sig")

    assert raw.startswith(b"\xef\xbb\xbf")
    assert not any("买家" in name for name in rows[0])
    assert {row["收货地址"] for row in rows} == {"***"}
    assert all(MASKED_PHONE.match(row["手机"]) for row in rows)


def test_douyin_tells_fen_epoch_seconds_rooms_and_a_point_but_no_person(exports: Path) -> None:
    rows = json_rows(exports / "douyin_orders.jsonl")

    assert all(isinstance(row["pay_amount"], int) for row in rows)
    assert all(1_779_000_000 < row["create_time"] < 1_800_000_000 for row in rows)
    assert {row["mask_post_addr"]["detail"] for row in rows} == {"***"}
    assert any(row["room_id"] for row in rows)
    assert all(MASKED_PHONE.match(row["mask_post_tel"]) for row in rows)


@pytest.mark.parametrize(
    "name",
    ["tmall_ExportOrderList.csv", "pinduoduo_orders.csv", "douyin_orders.jsonl"],
)
def test_marketplaces_give_no_address_of_the_internet_mail_or_browser(
    exports: Path, name: str
) -> None:
    text = (exports / name).read_bytes().decode("gbk" if "tmall" in name else "utf-8")

    assert not [part for part in OF_A_SESSION if part in text]


def test_the_shop_abroad_tells_who_ordered_from_where_in_local_time(exports: Path) -> None:
    rows = json_rows(exports / "shopify_orders.jsonl")

    assert all(row["browser_ip"] and "@" in row["email"] for row in rows)
    assert len({row["presentment_currency"] for row in rows}) > 5
    assert {row["created_at"][-6:] for row in rows} >= {"-04:00", "+02:00", "+09:00"}
    yen = [row for row in rows if row["presentment_currency"] == "JPY"]
    assert all("." not in row["total_price"] for row in yen)


@pytest.mark.parametrize(
    "line", [0, 65_535, NAT_START, NAT_START + 219, LINE_START, LINE_START + 1]
)
def test_addresses_of_the_internet_are_in_ranges_reserved_for_examples(line: int) -> None:
    address = ip_address_of(ip_address(line))

    assert address in BENCHMARKS or address in SHARED


def test_no_export_holds_a_word_of_the_truth(exports: Path) -> None:
    for path in exports.iterdir():
        raw = path.read_bytes()
        if path.suffix == ".xlsx":
            raw = json.dumps(book_rows(path)).encode()
        assert not any(word.encode() in raw for word in PLANTED), path.name


def test_nothing_is_exported_that_became_known_in_the_live_days(small: Shop, exports: Path) -> None:
    outcomes = csv_rows(exports / "erp_aftersales.csv", "gb18030")
    parcels = pq.read_table(exports / "wms_shipments.parquet").to_pydict()
    cutoff = small.parameters.span.live_on.isoformat()

    assert max(row["登记时间"] for row in outcomes) < cutoff
    for name in ("shipped_at", "picked_up_at", "first_attempt_at", "signed_at", "known_at"):
        known = [at for at in parcels[name] if at is not None]
        assert max(at.timestamp() for at in known) < small.cutoff, name


def test_an_unfinished_parcel_shows_no_delivery(exports: Path) -> None:
    parcels = pq.read_table(exports / "wms_shipments.parquet").to_pydict()
    rows = zip(parcels["state"], parcels["signed_at"], parcels["known_at"], strict=True)

    for state, signed, known in rows:
        assert (state == "signed") == (signed is not None)
        assert (state == "transit") == (known is None)


def test_the_truth_names_every_order_once(small: Shop) -> None:
    rows = truth(small)

    assert len(rows) == len(small.orders)
    assert rows["order_key"].is_unique
    assert set(rows.loc[rows["kind"] == "burst", "incident"].str.slice(0, 5)) == {"burst"}

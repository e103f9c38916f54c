"""Every mapping of a real data set gives the rows and labels that plain SQL finds in its files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from features.history import History
from features.history_writing import write_history
from features.mapping import read_mapping, run_mapping

if TYPE_CHECKING:
    from collections.abc import Callable

MAPPINGS = Path(__file__).parent / "datasets"
SECRET = b"benchmark secret, not secret"

pytestmark = [pytest.mark.real_data, pytest.mark.slow]


@dataclass(frozen=True)
class Check:
    """One number that the history and the raw files must agree on."""

    what: str
    history: str
    raw: str


CHECKS: dict[str, tuple[Check, ...]] = {
    "fraud_handbook_sim": (
        Check("orders", "SELECT count(*) FROM orders", "SELECT count(*) FROM {transactions}"),
        Check(
            "money in cents",
            "SELECT sum(total_minor) FROM orders",
            "SELECT sum(round(TX_AMOUNT * 100)::BIGINT) FROM {transactions}",
        ),
        Check(
            "fraud",
            "SELECT count(*) FROM outcomes WHERE kind = 'fraud'",
            "SELECT sum(TX_FRAUD) FROM {transactions}",
        ),
        Check(
            "labels are known seven days later",
            "SELECT count(*) FROM outcomes JOIN orders USING (order_key) "
            "WHERE known_at = placed_at + INTERVAL 7 DAY",
            "SELECT sum(TX_FRAUD) FROM {transactions}",
        ),
        Check(
            "customers and terminals",
            "SELECT count(DISTINCT buyer_key), count(DISTINCT entity__terminal) FROM orders",
            "SELECT count(DISTINCT CUSTOMER_ID), count(DISTINCT TERMINAL_ID) FROM {transactions}",
        ),
    ),
    "online_retail_uci": (
        Check(
            "invoices",
            "SELECT count(*) FROM orders",
            "SELECT count(DISTINCT InvoiceNo) FROM {online_retail} "
            "WHERE Quantity > 0 AND InvoiceNo[1] NOT IN ('A', 'C')",
        ),
        Check(
            "lines and units",
            "SELECT count(*), sum(quantity) FROM order_lines",
            "SELECT count(*), sum(Quantity) FROM {online_retail} "
            "WHERE Quantity > 0 AND InvoiceNo[1] NOT IN ('A', 'C')",
        ),
        Check(
            "demand series",
            "SELECT count(DISTINCT series_id), sum(quantity) FROM order_lines "
            "WHERE series_id IS NOT NULL",
            "SELECT count(DISTINCT StockCode), sum(Quantity) FROM {online_retail} "
            "WHERE Quantity > 0 AND InvoiceNo[1] NOT IN ('A', 'C') "
            "AND regexp_full_match(StockCode, '\\d{{5}}[A-Z]*')",
        ),
        Check(
            "cancelled invoices",
            "SELECT count(DISTINCT order_key) FROM outcomes WHERE kind = 'cancel'",
            "SELECT count(DISTINCT a.InvoiceNo) FROM {online_retail} a JOIN {online_retail} b "
            "ON a.CustomerID = b.CustomerID AND a.StockCode = b.StockCode "
            "AND b.InvoiceNo LIKE 'C%' AND b.InvoiceDate > a.InvoiceDate "
            "AND b.InvoiceDate <= a.InvoiceDate + INTERVAL 14 DAY "
            "WHERE a.InvoiceNo[1] NOT IN ('A', 'C') AND a.Quantity > 0",
        ),
        Check(
            "guests",
            "SELECT count(*) FROM orders WHERE is_guest AND buyer_key IS NULL",
            "SELECT count(DISTINCT InvoiceNo) FROM {online_retail} WHERE CustomerID IS NULL "
            "AND Quantity > 0 AND InvoiceNo[1] NOT IN ('A', 'C')",
        ),
        Check(
            "the clock is London's",
            "SELECT count(*) FROM orders WHERE timezone('Europe/London', placed_at)::TIME "
            "NOT BETWEEN TIME '06:00' AND TIME '21:00'",
            "SELECT 0",
        ),
    ),
    "bads_ws1718": (
        Check("orders", "SELECT count(*) FROM orders", "SELECT count(*) FROM {known}"),
        Check(
            "returns",
            "SELECT count(*) FROM outcomes WHERE kind = 'return'",
            'SELECT sum("return") FROM {known}',
        ),
        Check(
            "entities",
            "SELECT count(DISTINCT entity__item), count(DISTINCT entity__brand), "
            "count(DISTINCT entity__size) FROM orders",
            "SELECT count(DISTINCT item_id), count(DISTINCT brand_id), "
            "count(DISTINCT lower(item_size)) FROM {known}",
        ),
        Check(
            "unknown birthdays",
            "SELECT count(*) FROM orders WHERE attribute__age IS NULL",
            "SELECT count(*) FROM {known} WHERE user_dob = '?'",
        ),
        Check(
            "days of Berlin",
            "SELECT min(timezone('Europe/Berlin', placed_at)), "
            "max(timezone('Europe/Berlin', placed_at)) FROM orders",
            "SELECT min(order_date::TIMESTAMP), max(order_date::TIMESTAMP) FROM {known}",
        ),
    ),
    "bads_ws1718_by_order": (
        Check(
            "orders and their lines",
            "SELECT (SELECT count(*) FROM orders), count(*), count(DISTINCT attribute__size) "
            "FROM order_lines",
            "SELECT count(DISTINCT (user_id, order_date)), count(*), "
            "count(DISTINCT lower(item_size)) FROM {known}",
        ),
        Check(
            "lines that came back",
            "SELECT count(*) FROM outcomes JOIN order_lines USING (order_key, line_id) "
            "WHERE kind = 'return'",
            'SELECT sum("return") FROM {known}',
        ),
    ),
    "dmc2010": (
        Check("orders", "SELECT count(*) FROM orders", "SELECT count(*) FROM {train}"),
        Check(
            "late deliveries",
            "SELECT count(*) FROM shipments WHERE delivered_at > promised_at",
            "SELECT count(*) FROM {train} WHERE deliverydatereal > deliverydatepromised",
        ),
        Check(
            "deliveries that can be judged",
            "SELECT count(*) FROM shipments WHERE delivered_at IS NOT NULL "
            "AND promised_at IS NOT NULL",
            "SELECT count(*) FROM {train} WHERE deliverydatereal <> '0000-00-00' "
            "AND deliverydatepromised < '3000'",
        ),
        Check(
            "cancellations and returns",
            "SELECT count(*) FILTER (kind = 'cancel'), count(*) FILTER (kind = 'return') "
            "FROM outcomes",
            "SELECT count(*) FILTER (cancel > 0), count(*) FILTER (remi > 0) FROM {train}",
        ),
    ),
    "olist_partial": (
        Check(
            "orders and lines of units",
            "SELECT (SELECT count(*) FROM orders), (SELECT sum(quantity) FROM order_lines)",
            "SELECT (SELECT count(*) FROM {orders}), (SELECT count(*) FROM {order_items})",
        ),
        Check(
            "late by date",
            "SELECT count(*) FROM shipments WHERE delivered_at > promised_at",
            "SELECT count(*) FROM {orders} WHERE order_delivered_customer_date::DATE "
            "> order_estimated_delivery_date::DATE",
        ),
        Check(
            "cancelled",
            "SELECT count(*) FROM outcomes WHERE kind = 'cancel'",
            "SELECT count(*) FROM {orders} WHERE order_status IN ('canceled', 'unavailable')",
        ),
        Check(
            "the money of all payments",
            "SELECT sum(total_minor) FROM orders",
            "SELECT sum(round(payment_value * 100)::BIGINT) FROM {order_payments} "
            "WHERE order_id IN (SELECT order_id FROM {orders})",
        ),
        Check(
            "days from purchase to delivery",
            "SELECT round(avg(epoch(delivered_at) - epoch(placed_at)) / 86400, 1) "
            "FROM shipments JOIN orders USING (order_key)",
            "SELECT round(avg(epoch(order_delivered_customer_date) "
            "- epoch(order_purchase_timestamp)) / 86400, 1) FROM {orders}",
        ),
    ),
    "scms_delivery_history": (
        Check("orders", "SELECT count(*) FROM orders", "SELECT count(*) FROM {scms}"),
        Check(
            "late",
            "SELECT count(*) FROM shipments WHERE delivered_at > promised_at",
            "SELECT count(*) FROM {scms} WHERE delivered_date > scheduled_date",
        ),
    ),
    "ucsd_fico_2009": (
        Check(
            "orders by day",
            "SELECT list(n ORDER BY d) FROM (SELECT placed_at AS d, count(*) AS n "
            "FROM orders GROUP BY placed_at)",
            "SELECT list(n ORDER BY d) FROM (SELECT cv_fold AS d, count(*) AS n "
            "FROM {task1_train} GROUP BY cv_fold)",
        ),
        Check(
            "fraud by row number",
            "SELECT sum(split_part(order_key, '/', 4)::BIGINT) FROM outcomes",
            "SELECT sum(file_row_number) FROM read_parquet('{task1_train_path}', "
            "file_row_number = true) WHERE target = 1",
        ),
    ),
    "fraud_ecommerce_partial": (
        Check(
            "fraud",
            "SELECT (SELECT count(*) FROM orders), (SELECT count(*) FROM outcomes)",
            "SELECT count(*), sum(class) FROM {fraud_data_first51k}",
        ),
        Check(
            "countries of addresses",
            "SELECT count(*) FROM orders WHERE entity__ip_country IS NOT NULL",
            "SELECT count(DISTINCT user_id) FROM {fraud_data_first51k} p "
            "JOIN {ip_to_country_partial} r "
            "ON p.ip_address BETWEEN r.lower_bound_ip_address AND r.upper_bound_ip_address",
        ),
        Check(
            "fraud within a minute of signing up",
            "SELECT count(*) FROM orders JOIN outcomes USING (order_key) "
            "WHERE attribute__minutes_since_signup <= 1",
            "SELECT count(*) FROM {fraud_data_first51k} "
            "WHERE class = 1 AND purchase_time <= signup_time + INTERVAL 1 MINUTE",
        ),
    ),
    "cloudwalk_chargebacks": (
        Check(
            "chargebacks",
            "SELECT (SELECT count(*) FROM orders), (SELECT count(*) FROM outcomes)",
            "SELECT count(*), sum(has_cbk::INT) FROM {transactional_sample}",
        ),
        Check(
            "no label is known within the month",
            "SELECT count(*) FROM outcomes WHERE known_at < TIMESTAMPTZ '2020-01-01 00:00:00+00'",
            "SELECT 0",
        ),
    ),
    "tmall_orders_2020": (
        Check(
            "refunds and their money",
            "SELECT count(*), sum(amount_minor) FROM outcomes WHERE kind = 'refund'",
            "SELECT count(*), sum(round(退款金额 * 100)::BIGINT) FROM {tmall_order_report} "
            "WHERE 退款金额 > 0",
        ),
        Check(
            "unpaid",
            "SELECT count(*) FROM orders WHERE payment_status = 'pending'",
            "SELECT count(*) FROM {tmall_order_report} WHERE 订单付款时间 IS NULL",
        ),
    ),
    "walmart_weekly": (
        Check(
            "weekly totals",
            "SELECT count(*), round(sum(quantity), 2), count(DISTINCT series_id) FROM sales",
            "SELECT count(*), round(sum(Weekly_Sales), 2), count(DISTINCT (Store, Dept)) "
            "FROM {train}",
        ),
        Check(
            "holidays",
            "SELECT count(*) FROM calendar",
            "SELECT count(DISTINCT Date) FROM {features} WHERE IsHoliday",
        ),
    ),
    "brunel_supply_chain": (
        Check(
            "orders, parcels, plants and products",
            "SELECT (SELECT count(*) FROM orders), (SELECT count(*) FROM shipments), "
            "(SELECT count(*) FROM warehouses), (SELECT count(*) FROM stock)",
            "SELECT (SELECT count(*) FROM {OrderList}), (SELECT count(*) FROM {OrderList}), "
            "(SELECT count(*) FROM {WhCapacities}), "
            '(SELECT count(DISTINCT ("Plant Code", "Product ID")) FROM {ProductsPerPlant})',
        ),
    ),
    "complete_journey": (
        Check(
            "lines and units",
            "SELECT count(*), sum(quantity), count(DISTINCT series_id) FROM order_lines",
            "SELECT count(*), sum(quantity), count(DISTINCT product_id) FROM {transactions} "
            "WHERE quantity > 0",
        ),
        Check(
            "baskets and their money",
            "SELECT count(*), sum(total_minor) FROM orders",
            "SELECT count(DISTINCT basket_id), sum(round(sales_value * 100)::BIGINT) "
            "FROM {transactions} WHERE quantity > 0",
        ),
    ),
}


def import_set(folder: Path, mapping: str, target: Path) -> History:
    document = read_mapping(MAPPINGS / f"{mapping}.yaml")
    with run_mapping(document, folder, SECRET) as imported:
        write_history(target / "history", imported.tables, imported.profile, source=mapping)
    return History(target / "history")


def answer(sql: str, views: dict[str, str]) -> Any:
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        for name, glob in views.items():
            connection.execute(
                f"CREATE VIEW \"{name}\" AS SELECT * FROM read_parquet('{glob}', "
                "union_by_name = true, hive_partitioning = false)"
            )
        return connection.execute(sql).fetchall()


@pytest.mark.parametrize("name", sorted(CHECKS))
def test_history_agrees_with_plain_sql_over_the_files(
    name: str, real_data: Callable[[str], Path], tmp_path: Path
) -> None:
    folder = real_data(name.partition("_by_")[0])

    history = import_set(folder, name, tmp_path)

    files = {path.stem: f"read_parquet('{path}')" for path in folder.glob("*.parquet")}
    paths = {f"{path.stem}_path": str(path) for path in folder.glob("*.parquet")}
    tables = {table: f"{history.folder / table}/**/*.parquet" for table in history.profile.rows}
    for check in CHECKS[name]:
        found = answer(check.history, tables)
        expected = answer(check.raw.format(**files, **paths), {})
        assert found == expected, f"{name}: {check.what}"


def test_one_series_a_product_and_store(real_data: Callable[[str], Path], tmp_path: Path) -> None:
    folder, part = real_data("complete_journey"), tmp_path / "files"
    part.mkdir()
    (part / "products.parquet").symlink_to(folder / "products.parquet")
    with duckdb.connect() as connection:
        connection.execute(
            f"COPY (FROM '{folder / 'transactions.parquet'}' LIMIT 20000) "
            f"TO '{part / 'transactions.parquet'}' (FORMAT parquet)"
        )

    history = import_set(part, "complete_journey_by_store", tmp_path)

    tables = {"order_lines": f"{history.folder}/order_lines/**/*.parquet"}
    found = answer("SELECT count(DISTINCT series_id) FROM order_lines", tables)
    raw = f"SELECT count(DISTINCT (product_id, store_id)) FROM '{part}/transactions.parquet'"
    assert found == answer(f"{raw} WHERE quantity > 0", {})


def test_folds_that_are_judged_together_share_a_day(
    real_data: Callable[[str], Path], tmp_path: Path
) -> None:
    """The folds here are 1 to 7; moved on by three, the last ones stand for those judged."""
    folder, moved = real_data("ucsd_fico_2009"), tmp_path / "files"
    moved.mkdir()
    with duckdb.connect() as connection:
        connection.execute(
            "COPY (SELECT * REPLACE (cv_fold + 3 AS cv_fold) "
            f"FROM '{folder / 'task1_train.parquet'}') "
            f"TO '{moved / 'task1_train.parquet'}' (FORMAT parquet)"
        )

    history = import_set(moved, "ucsd_fico_2009", tmp_path)

    days = history.frame("orders", columns=("placed_at",))["placed_at"].dt.strftime("%m-%d")
    assert sorted(days.unique()) == ["01-05", "01-06", "01-07", "01-08", "01-09"]
    assert (days == "01-09").sum() == 9_468 * 3


def test_every_mapping_is_checked() -> None:
    names = {path.stem for path in MAPPINGS.glob("*.yaml")}

    assert names == set(CHECKS) | {"complete_journey_by_store"}

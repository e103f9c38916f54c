from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from features.history import History
from features.history_writing import write_history
from features.mapping import read_mapping, run_mapping
from features.order import Terms, microseconds, parse, to_rows
from features.schema import ORDERS
from serving.demo.exports.folder import write_exports
from serving.demo.live import FINAL, live_orders, live_outcomes
from serving.demo.truth import truth
from serving.outcomes.schemas import OutcomesIn
from serving.scoring.places import locate

if TYPE_CHECKING:
    from pathlib import Path

    from serving.demo.shop import Shop

SECRET = b"a secret of the tests"
LAST_KNOWN = frozenset({"status", "payment_status", "revision", "paid_at"})
"""Columns in which a finished order differs from the same order on arrival."""


def imported(mapping: Path, home: Path) -> History:
    document = read_mapping(mapping)
    with run_mapping(document, mapping.parent, SECRET) as found:
        write_history(home / "history", found.tables, found.profile, source=document.name)
        assert [cause.what for cause in found.report.left_out if cause.is_fault] == []
        assert found.report.unknown == []
    return History(home / "history")


@pytest.fixture(scope="module")
def history(exports: Path, tmp_path_factory: pytest.TempPathFactory) -> History:
    return imported(exports / "demo-shop.yaml", tmp_path_factory.mktemp("home"))


def test_every_exported_order_becomes_history(small: Shop, history: History) -> None:
    known = small.orders["received"] < small.cutoff

    assert history.profile.rows["orders"] == int(known.sum())
    assert history.profile.rows["order_lines"] == int(
        small.lines["order"].isin(small.orders.index[known]).sum()
    )


def test_the_history_names_the_orders_as_the_truth_does(small: Shop, history: History) -> None:
    rows = truth(small)

    assert set(history.frame("orders", columns=["order_key"])["order_key"]) <= set(
        rows["order_key"]
    )


def test_instants_are_those_of_the_simulation_whatever_the_channels_clock(
    small: Shop, history: History
) -> None:
    placed = history.frame("orders", columns=["order_key", "placed_at"])
    rows = truth(small).set_index("order_key")["placed_s"]

    seconds = placed.set_index("order_key")["placed_at"].astype("int64") // 1_000_000

    assert (seconds == rows.reindex(seconds.index)).all()


def test_values_are_those_of_the_simulation_in_fen(small: Shop, history: History) -> None:
    value = history.frame("orders", columns=["order_key", "value_minor"])
    keys = truth(small)["order_key"]
    simulated = dict(zip(keys, small.orders["value_minor"], strict=True))

    off = value["value_minor"] - value["order_key"].map(simulated)

    assert off.abs().max() <= 1


def test_each_channel_gives_the_entities_it_should(history: History) -> None:
    orders = history.frame(
        "orders", columns=["channel", "buyer_key", "ip_key", "phone_key", "address_unit_key"]
    )
    given: Any = orders.drop(columns="channel").notna().groupby(orders["channel"]).mean()

    assert given.loc["shopify"].min() > 0.9
    assert given.loc["pinduoduo", "buyer_key"] == 0
    assert given.loc["pinduoduo", "address_unit_key"] == 1
    for masked in ("tmall", "jd", "pinduoduo", "douyin"):
        assert given.loc[masked, ["ip_key", "phone_key"]].tolist() == [0, 0]


def test_people_stand_in_the_history_as_hashes_only(history: History) -> None:
    orders = history.frame("orders", columns=["buyer_key", "ip_key", "email_key", "device_key"])

    for name in orders:
        assert orders[name].dropna().str.fullmatch(r"h1:[0-9a-f]{32}").all()


def test_messy_addresses_find_their_district(small: Shop, history: History) -> None:
    from serving.demo.places import places

    orders = history.frame("orders", columns=["order_key", "channel", "ship_adcode"])
    adcodes = places()["adcode"].to_numpy()[small.orders["place"].to_numpy()]
    real = dict(zip(truth(small)["order_key"], adcodes, strict=True))
    home = orders[orders["channel"] != "shopify"]

    found = home["ship_adcode"] == home["order_key"].map(real)

    assert found.mean() > 0.95


def test_nothing_in_the_history_was_known_after_the_live_days_began(
    small: Shop, history: History
) -> None:
    cutoff = pd.Timestamp(small.cutoff, unit="s", tz="UTC")

    assert history.frame("orders", columns=["received_at"])["received_at"].max() < cutoff
    assert history.frame("outcomes", columns=["known_at"])["known_at"].max() < cutoff
    assert history.frame("shipments", columns=["known_at"])["known_at"].max() < cutoff


def test_what_becomes_of_a_line_names_a_line_that_its_order_has(history: History) -> None:
    named = history.frame("outcomes", columns=["order_key", "line_id"]).dropna()
    lines = history.frame("order_lines", columns=["order_key", "line_id"])

    assert named["order_key"].str.split("/").str[1].nunique() == 5
    assert len(named.merge(lines, on=["order_key", "line_id"])) == len(named)


def test_outcomes_become_known_after_their_order(history: History) -> None:
    orders = history.frame("orders", columns=["order_key", "received_at"])
    outcomes = history.frame("outcomes", columns=["order_key", "occurred_at", "known_at"])
    both = outcomes.merge(orders, on="order_key")

    assert len(both) == len(outcomes)
    assert (both["known_at"] > both["received_at"]).all()
    assert (both["known_at"] >= both["occurred_at"]).all()


def test_importing_twice_changes_nothing(exports: Path, tmp_path: Path) -> None:
    first = imported(exports / "demo-shop.yaml", tmp_path)
    again = imported(exports / "demo-shop.yaml", tmp_path)

    assert first.folder == again.folder


def plain(value: Any) -> Any:
    if value is None or value is pd.NaT or value is pd.NA:
        return None
    if isinstance(value, pd.Timestamp):
        return microseconds(value.to_pydatetime())
    if isinstance(value, float):
        return None if value != value else round(value, 6)
    return value.item() if hasattr(value, "item") else value


def test_a_live_order_becomes_the_row_that_its_export_would_have_become(
    small: Shop, tmp_path: Path
) -> None:
    mapping = write_exports(small, tmp_path / "all", as_of=FINAL)
    history = imported(mapping, tmp_path)
    rows = history.frame("orders").set_index("order_key")
    terms = Terms(SECRET, "CNY", history.profile.attributes, locate)
    compared = [name for name in ORDERS.by_name if name in rows and name not in LAST_KNOWN]
    differ: dict[str, tuple[str, Any, Any]] = {}

    for document in live_orders(small):
        live = to_rows(parse(document), terms, received_at=0).order
        past = rows.loc[live["order_key"]]
        for name in compared:
            if plain(live[name]) != plain(past[name]):
                differ.setdefault(name, (live["order_key"], live[name], past[name]))

    assert "\n".join(map(str, differ.items())) == ""


def test_live_orders_come_in_as_they_were_received(small: Shop) -> None:
    received = [order["ingest"]["received_at"] for order in live_orders(small)]

    assert received == sorted(received)
    assert len(received) == int((small.orders["received"] >= small.cutoff).sum())


def test_live_outcomes_are_in_the_form_that_the_service_reads(small: Shop) -> None:
    told = OutcomesIn.model_validate_json(json.dumps({"outcomes": live_outcomes(small)[:1000]}))

    assert told.outcomes
    assert all(each.known_at is not None for each in told.outcomes)

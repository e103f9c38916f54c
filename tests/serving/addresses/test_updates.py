from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select, text

from models.training.sureness import fit_sureness
from serving.addresses.sureness import keep, learn
from serving.addresses.updates import LEASE, MAX_ASKS
from serving.store.tables import METADATA, PERSONAL
from tests.serving.addresses.conftest import KEY
from tests.serving.addresses.desk import NO_COUNTY, SURE, TIE, opened
from tests.serving.geocoders.replay import AMAP, DOOR, GOOD, TENCENT

if TYPE_CHECKING:
    from pathlib import Path

    from tests.serving.addresses.desk import Desk
    from tests.serving.geocoders.replay import Script

PATIENCE_S = 60.0


def test_a_sure_address_is_asked_of_nobody(asking: Desk, script: Script) -> None:
    key = asking.send("1", SURE)

    asking.work()

    assert (asking.open(), script.asked) == ([], [])
    assert asking.order(key)["address_updates"] == []


def test_the_order_goes_ahead_and_is_updated_when_the_provider_answers(
    asking: Desk, script: Script
) -> None:
    key = asking.send("1", NO_COUNTY)
    decided = asking.order(key)
    assert script.asked == []

    asking.work()

    known = asking.order(key)
    assert decided["address"]["district"] is None
    assert known["address"]["district"] == "西湖区"
    assert known["address"]["standard"] == "浙江省杭州市西湖区文三路398号2号楼301室"
    assert (known["address"]["lat"], known["address"]["lon"]) == pytest.approx(DOOR, abs=1e-5)
    assert known["address_updates"][-1]["by"] == "service"
    assert "amap" in known["address"]["source"]
    assert [event["kind"] for event in known["timeline"]].count("address") == 1
    assert asking.open() == []


def test_reviewers_choices_say_what_is_sure_enough(desk: Desk) -> None:
    folder = desk.runtime.addresses.updates.index.folder
    first = desk.case(desk.send("1", NO_COUNTY))
    sure = first["choices"][0]["confidence"]
    desk.choose(first, 1)
    learned = learn(desk.runtime.addresses.store, folder)

    keep(fit_sureness([(sure, True)] * 300), folder)
    second = desk.send("2", NO_COUNTY.replace("398", "402"))
    desk.work()

    assert learned.n_labels == 1
    assert sure < desk.runtime.addresses.updates.line
    assert desk.case(second, "settled")["settled_by"] == "service"


def test_the_stored_decision_stays_as_it_was(asking: Desk) -> None:
    key = asking.send("1", NO_COUNTY)
    before = asking.order(key)["decisions"]

    asking.work()

    assert asking.order(key)["decisions"] == before


def test_the_risk_review_shows_the_address_as_it_is_known_now(asking: Desk) -> None:
    key = asking.send("1", NO_COUNTY, platform_risk={"flag": "locked"})
    before = asking.call("GET", "/v1/reviews").json()["items"][0]

    asking.work()

    after = asking.call("GET", "/v1/reviews").json()["items"][0]
    assert after["order_key"] == key
    assert "西湖区" not in before["address"]
    assert "西湖区" in after["address"]


def test_one_provider_does_not_settle_a_tie(asking: Desk, script: Script) -> None:
    place = AMAP["geocodes"][0] | {"city": "北京市", "district": "朝阳区", "adcode": "110105"}
    script.answers["amap"] = AMAP | {"geocodes": [place]}
    key = asking.send("1", TIE)

    asking.work()

    case = asking.case(key)
    assert case["choices"][0]["city"] == "北京市"
    assert case["choices"][0]["confidence"] < 0.9
    assert not case["waits_for_providers"]


def test_two_providers_that_mean_one_place_settle_a_tie(
    tmp_path: Path, blank_store: Path, script: Script
) -> None:
    beijing = {"province": "北京市", "city": "北京市", "district": "朝阳区"}
    script.answers["amap"] = AMAP | {"geocodes": [AMAP["geocodes"][0] | {"adcode": "110105"}]}
    result = TENCENT["result"] | {"address_components": beijing, "ad_info": {"adcode": "110105"}}
    script.answers["tencent"] = TENCENT | {"result": result}
    urls = {"amap": script.url, "tencent": script.url}
    with opened(tmp_path, blank_store, amap_key="a", tencent_key="t", geocoder_urls=urls) as desk:
        key = desk.send("1", TIE)

        desk.work()

        assert desk.order(key)["address"]["city"] == "北京市"
        assert desk.open() == []


def test_a_provider_that_contradicts_the_text_leads_nobody(asking: Desk) -> None:
    key = asking.send("1", "鼓楼区中山北路1号")

    asking.work()

    first = asking.case(key)["choices"][0]
    assert first["district"] == "鼓楼区"


def test_providers_hear_no_name_phone_wish_or_room(asking: Desk, script: Script) -> None:
    asking.send("1", "张三 13800138000 杭州文三路398号2号楼301室 放快递柜")
    asking.send("2", "李四，13900139000，朝阳区建国路88号3栋1单元702室")

    asking.work()

    said = " ".join(query["address"] for _, query in script.asked)
    assert len(script.asked) == 2
    for secret in ("张三", "李四", "13800138000", "13900139000", "快递柜", "301", "702"):
        assert secret not in said
    assert "文三路398号" in said
    assert "朝阳区建国路88号" in said


def test_neighbours_are_asked_about_once(asking: Desk, script: Script) -> None:
    for number in range(5):
        asking.send(str(number), f"杭州文三路398号2号楼{number + 1}01室")

    asking.work()

    assert script.calls("amap") == 1
    assert asking.open() == []


FAULTS: list[Any] = [
    500, 503, 429, b"<html>", {}, [],
    {"status": "0", "infocode": "10003", "info": "DAILY_QUERY_OVER_LIMIT"},
    {"status": "0", "infocode": "10001", "info": "INVALID_USER_KEY"},
]  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_leaves_the_offline_answer_and_the_case(
    asking: Desk, script: Script, fault: Any
) -> None:
    script.fail_all(fault)
    key = asking.send("1", NO_COUNTY)
    decided = asking.order(key)["address"]

    asking.work()

    assert asking.order(key)["address"] == decided
    assert asking.case(key)["choices"][0]["city"] == "杭州市"


def test_what_waiting_mends_is_asked_again_but_not_for_ever(asking: Desk, script: Script) -> None:
    script.fail_all(503)
    key = asking.send("1", NO_COUNTY)

    for _ in range(3 * MAX_ASKS):
        asking.work()
        asking.clock.advance(4_000)

    assert script.calls("amap") == MAX_ASKS
    assert not asking.case(key)["waits_for_providers"]


def test_the_answer_to_a_later_try_is_taken(asking: Desk, script: Script) -> None:
    script.fail_all(503)
    key = asking.send("1", NO_COUNTY)
    asking.work()
    assert asking.case(key)["waits_for_providers"]

    script.answers = dict(GOOD)
    asking.clock.advance(60)
    asking.work()

    assert asking.order(key)["address"]["district"] == "西湖区"


def test_a_worker_that_dies_leaves_its_cases_to_the_next(asking: Desk) -> None:
    key = asking.send("1", NO_COUNTY)
    store = asking.runtime.addresses.store
    taken = store.take_due(asking.clock(), lease=LEASE, limit=10)

    again = store.take_due(asking.clock(), lease=LEASE, limit=10)
    asking.clock.at += LEASE
    asking.work()

    assert (len(taken), again) == (1, [])
    assert asking.order(key)["address"]["district"] == "西湖区"


def test_the_queue_outlives_the_process(tmp_path: Path, blank_store: Path, script: Script) -> None:
    settings: dict[str, Any] = {"amap_key": KEY, "geocoder_urls": {"amap": script.url}}
    with opened(tmp_path, blank_store, **settings) as desk:
        key = desk.send("1", NO_COUNTY)
    with opened(tmp_path, blank_store, **settings) as desk:
        desk.work()

        assert desk.order(key)["address"]["district"] == "西湖区"


def test_an_order_that_comes_again_closes_the_old_case(asking: Desk, script: Script) -> None:
    script.fail_all(b"down")
    key = asking.send("1", TIE)
    asking.work()

    asking.clock.advance(60)
    asking.send("1", SURE, revision="2")
    asking.work()

    assert asking.open() == []
    assert asking.order(key)["address"]["district"] == "西湖区"


def test_personal_data_stands_in_its_own_table_only(asking: Desk) -> None:
    key = asking.send("1", NO_COUNTY)
    asking.work()
    asking.choose(asking.case(asking.send("2", TIE)), 1)

    words = ("文三路", "398号", "建国路", "张江")
    with asking.runtime.engine.connect() as connection:
        for table in METADATA.tables.values():
            if table is PERSONAL:
                continue
            rows = connection.execute(select(table)).mappings().all()
            written = json.dumps([dict(row) for row in rows], ensure_ascii=False, default=str)
            assert not [word for word in words if word in written], table.name
    assert asking.order(key)["address"]["street"] == "文三路"


def test_an_erased_address_is_gone_everywhere(asking: Desk) -> None:
    key = asking.send("1", NO_COUNTY)
    waiting = asking.send("2", TIE)
    with asking.runtime.engine.begin() as connection:
        connection.execute(text("DELETE FROM personal"))

    asking.work()

    assert asking.order(key)["address"] is None
    assert asking.case(waiting, "settled")["typed"] == ""


def test_keys_and_addresses_reach_no_log(
    asking: Desk, script: Script, capsys: pytest.CaptureFixture[str]
) -> None:
    script.fail_all({"status": "0", "infocode": "10001", "info": f"{KEY} 文三路"})
    asking.send("1", NO_COUNTY)

    asking.work()

    written = "".join(capsys.readouterr())
    assert "geocoder failed" in written
    assert KEY not in written
    assert "文三路" not in written


def test_an_outage_of_all_providers_leaves_scoring_untouched(
    tmp_path: Path, blank_store: Path, script: Script
) -> None:
    script.may_answer.clear()
    script.fail_all(500)
    names = ("amap", "baidu", "tencent")
    keys = {f"{name}_key": "k" for name in names}
    urls = dict.fromkeys(names, script.url)
    with opened(
        tmp_path, blank_store, has_jobs=True, geocoder_urls=urls, geocoder_timeout=30.0, **keys
    ) as desk:
        sent = [desk.send("0", f"{NO_COUNTY[:-1]}0")]
        until = time.monotonic() + PATIENCE_S
        while not script.asked:
            assert time.monotonic() < until, "nobody asks a provider"
            time.sleep(0.01)
        sent += [desk.send(str(number), f"{NO_COUNTY[:-1]}{number}") for number in range(1, 30)]
        n_asked = len(script.asked)
        script.may_answer.set()

        decisions = [desk.order(key)["decisions"][-1] for key in sent]

    assert n_asked == 1  # it held up whoever asked, and none of the orders
    assert all(decision["address"]["city"] == "杭州市" for decision in decisions)
    assert not [part for decision in decisions for part in decision["degraded"]
                if part["part"] in {"address", "geocoder"}]  # fmt: skip

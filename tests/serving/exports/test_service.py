"""What a service stored is history: each event once, under its own clock, and enough to learn."""

from __future__ import annotations

import math
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from features.catalogue import declare
from features.engines.batch import compute
from features.engines.online import OnlineState
from features.engines.redis.state import RedisState
from features.errors import HistoryError
from features.history import History
from features.merging import digest
from features.order import wire_instant
from serving.exports.service import LEASE, Beginning, export
from serving.exports.stored import SETTLED, Mark, StoredRows
from serving.jobs.repository import LeaseStore
from serving.runtime import open_runtime
from serving.settings import Settings
from tests.serving.conftest import Clock, Service, serving
from tests.serving.orders import order

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MINUTE = 60_000_000
SHOP = Beginning("Asia/Shanghai", {"fraud": 7.0, "return": 14.0})
BUYERS = ("ann", "bob", "eve")


def at(clock: Clock) -> str:
    return wire_instant(clock())


def placed(service: Service, number: int, **changes: Any) -> dict[str, Any]:
    """Place an order now; gives the decision."""
    document = order(f"o{number}", placed_at=at(service.clock), **changes)
    document.pop("paid_at", None)
    document["ingest"] = {"received_at": at(service.clock)}
    document["buyer"] = {"buyer_key": BUYERS[number % 3], "phone": f"1391234567{number % 2}"}
    answer = service.score(document)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    service.clock.at += 7 * MINUTE
    return found


def told(service: Service, key: str, kind: str, name: str, **changes: Any) -> None:
    """Report an outcome now."""
    row = {"outcome_id": name, "order_key": key, "kind": kind, "occurred_at": at(service.clock)}
    answer = service.call("POST", "/v1/outcomes", json={"outcomes": [row | changes]})
    assert answer.status_code < 300, answer.text


def busy(service: Service, n: int = 12, first: int = 0) -> list[str]:
    """Let orders, outcomes, a parcel and a verdict come in."""
    keys = [placed(service, first + number)["order_key"] for number in range(n)]
    told(service, keys[0], "fraud", f"f{first}", source="service")
    told(service, keys[1], "return", f"r{first}", quantity=1)
    parcel = {"shipment_id": f"p{first}", "order_key": keys[2], "carrier": "zto"}
    parcel["shipped_at"] = at(service.clock)
    service.call("POST", "/v1/outcomes", json={"shipments": [parcel]})
    return keys


def run(service: Service, **changes: Any) -> dict[str, Any]:
    runtime = service.runtime
    return export(runtime.settings, runtime.engine, clock=service.clock, **changes)


def history_of(service: Service) -> History:
    return History(service.runtime.settings.history_folder)


def test_everything_stored_is_added_beside_what_was_imported(served: Service) -> None:
    keys = busy(served)

    assert run(served)["state"] == "done"

    history = history_of(served)
    orders, outcomes = history.frame("orders"), history.frame("outcomes")
    assert len(orders) == 62
    assert set(keys) <= set(orders["order_key"])
    assert set(history.frame("order_lines")["order_key"]) == set(keys)
    assert list(history.frame("shipments")["shipment_id"]) == ["p0"]
    ours = outcomes[outcomes["order_key"].isin(keys)]
    assert dict(zip(ours["order_key"], ours["kind"], strict=True)) == {
        keys[0]: "fraud",
        keys[1]: "return",
    }
    assert history.profile.labels["fraud"].maturity_days == 7.0


def test_a_second_export_changes_no_byte(served: Service) -> None:
    busy(served)
    served.clock.at += 2 * SETTLED
    run(served)
    before = history_of(served)

    assert run(served)["state"] == "nothing_new"
    assert history_of(served).folder == before.folder


def test_an_export_adds_only_what_is_new(served: Service) -> None:
    first = busy(served)
    served.clock.at += 2 * SETTLED
    run(served)
    mark = Mark.read(history_of(served).profile.sources["service"])
    assert (mark.orders, mark.outcomes, mark.shipments) == (12, 2, 1)

    second = busy(served, first=100)
    run(served)

    history = history_of(served)
    assert len(history.frame("orders")) == 50 + len(first) + len(second)
    assert sorted(history.frame("shipments")["shipment_id"]) == ["p0", "p100"]


def test_an_order_that_comes_again_keeps_its_outcomes_and_stands_once(served: Service) -> None:
    keys = busy(served)
    served.clock.at += 2 * SETTLED
    run(served)
    # Its outcome was reported by a source that is called like the service itself.
    placed(served, 0, revision="2")
    run(served)

    history = history_of(served)
    orders, outcomes = history.frame("orders"), history.frame("outcomes")
    assert list(orders["order_key"]).count(keys[0]) == 1
    assert list(outcomes[outcomes["order_key"] == keys[0]]["kind"]) == ["fraud"]


def test_a_corrected_outcome_replaces_what_was_exported(served: Service) -> None:
    keys = busy(served)
    served.clock.at += 2 * SETTLED
    run(served)
    served.clock.at += MINUTE
    when = at(served.clock)
    told(served, keys[0], "fraud", "f0", is_bad=False, known_at=when, source="service")
    run(served)

    outcomes = history_of(served).frame("outcomes").set_index("outcome_id")
    assert not outcomes.loc["f0", "is_bad"]


def test_a_verdict_past_its_undo_time_is_exported(served: Service) -> None:
    key = placed(served, 1, platform_risk={"flag": "locked"})["order_key"]
    (case,) = served.call("GET", "/v1/reviews").json()["items"]
    verdict = {"verdict": "cancel", "cause": "fraud"}
    served.call("POST", f"/v1/reviews/{case['review_id']}/decide", json=verdict)
    served.clock.advance(9)
    served.runtime.reviews.settle()

    run(served)

    outcomes = history_of(served).frame("outcomes")
    ours = outcomes[outcomes["order_key"] == key]
    assert list(ours["kind"]) == ["verdict"]
    assert list(ours["source"]) == ["review"]


def test_another_store_is_read_from_its_beginning(served: Service) -> None:
    busy(served)
    served.clock.at += 2 * SETTLED
    run(served)
    runtime = served.runtime
    with runtime.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE order_events SET decision_id = 'dec_' || event_id")

    placed(served, 200)
    run(served)

    assert len(history_of(served).frame("orders")) == 63


def test_features_of_exported_orders_are_those_the_service_saw(served: Service) -> None:
    keys = busy(served)
    run(served)
    history = history_of(served)
    wanted = declare(history.profile, purposes=("risk", "abnormal"))
    batch = compute(history, wanted, jobs=1)
    seen = 0

    for key in keys:
        (decision,) = served.runtime.scorer.store.decisions(key)
        for name, value in decision.features.items():
            assert _same(value, batch.loc[key, name]), (key, name)
            seen += 1

    assert seen > 400


def _same(online: Any, batch: Any) -> bool:
    """Compare to the bit; what is unknown is unknown on both sides."""
    if online is None or (isinstance(online, float) and math.isnan(online)):
        return batch is None or batch != batch
    if isinstance(online, str):
        return bool(online == batch)
    return float(online) == float(batch)


def test_after_a_restart_every_event_counts_once(served: Service) -> None:
    busy(served)
    run(served)
    history, settings = history_of(served), served.runtime.settings
    features = declare(history.profile, purposes=("risk", "abnormal"))
    alone: Any = OnlineState(features, history.profile)
    if settings.state_url:
        alone = RedisState(settings.state_url, features, history.profile, namespace="alone")
    alone.load(history)

    again = open_runtime(settings, clock=served.clock)
    state: Any = again.scorer.state.engine
    try:
        assert state.digest() == alone.digest()
    finally:
        again.close()


def test_no_export_runs_beside_another(served: Service) -> None:
    leases, now = LeaseStore(served.runtime.engine), served.clock()
    assert leases.take(LEASE, "another-machine:1:1", now=now, until=now + MINUTE)

    assert run(served) == {"state": "busy"}


KILLED = """
import os, sys, threading
from features import history_writing
from serving.clock import now
from serving.exports.service import export
from serving.opening import open_store
from serving.settings import load_settings

real = history_writing._write_table
def slowly(*given):
    print("writing", flush=True)
    sys.stdin.readline()
    return real(*given)
history_writing._write_table = slowly
settings = load_settings()
export(settings, open_store(settings, now))
"""


def test_a_killed_export_changes_nothing_and_the_next_one_does_it(served: Service) -> None:
    busy(served)
    settings = served.runtime.settings
    before = history_of(served)
    environment = {
        **os.environ,
        "ORDERINTEL_HOME": str(settings.home),
        "ORDERINTEL_LOG_LEVEL": "ERROR",
    }
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"writing\n"
    process.send_signal(signal.SIGKILL)
    process.communicate()

    assert digest(history_of(served).folder) == digest(before.folder)
    served.clock.at = time.time_ns() // 1000
    assert run(served)["state"] == "done"
    assert len(history_of(served).frame("orders")) == 62


def test_a_reader_keeps_its_generation_until_it_is_done(served: Service) -> None:
    reader = history_of(served)
    for number in range(4):
        placed(served, number)
        run(served)

    assert len(reader.frame("orders")) == 50
    assert len(reader.newest().frame("orders")) == 54


def test_what_a_history_declares_of_lines_is_kept_where_it_fits(served: Service) -> None:
    given = {"size": 41.0, "depth": "deep", "fit": "loose", "undeclared": True}
    placed(served, 0, lines=[order("any")["lines"][0] | {"attributes": given}])
    kinds = {"size": "float", "depth": "float", "fit": "string"}
    declared = {f"attribute__{name}": kind for name, kind in kinds.items()}
    profile = replace(history_of(served).profile, line_attributes=declared)

    found = StoredRows(served.runtime.engine, profile, Mark()).tables()["order_lines"].read_all()

    own = {name: found[name].to_pylist() for name in found.column_names if "attribute" in name}
    assert own == {
        "attribute__size": [41.0], "attribute__depth": [None], "attribute__fit": ["loose"],
    }  # fmt: skip


def test_without_history_and_without_a_beginning_nothing_is_written(tmp_path: Path) -> None:
    clock = Clock()
    runtime = open_runtime(Settings(home=tmp_path, log_level="ERROR"), clock=clock)
    with pytest.raises(HistoryError):
        export(runtime.settings, runtime.engine, clock=clock)
    runtime.close()


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory, monkeypatch_module: Any) -> Settings:
    """Give a home whose history is nothing but what a service stored: dear orders are fraud."""
    home = tmp_path_factory.mktemp("grown")
    settings = Settings(home=home, log_level="ERROR")
    clock = Clock(1_767_225_600_000_000)  # 2026-01-01
    random = np.random.default_rng(5)
    for service in serving(open_runtime(settings, clock=clock), clock):
        due: list[tuple[int, str]] = []
        for number in range(600):
            clock.at += int(random.integers(60, 140)) * MINUTE
            value = int(random.lognormal(9, 1))
            document = order(f"g{number}", placed_at=at(clock))
            document.pop("paid_at", None)
            document["ingest"] = {"received_at": at(clock)}
            document["amounts"] = {"grand_total": {"minor": value, "currency": "CNY"}}
            document["attributes"] = {"giftcard": bool(value % 2), "visits": float(value % 7)}
            answer = service.score(document)
            assert answer.status_code == 200, answer.text
            key = answer.json()["order_key"]
            if random.random() < 1 / (1 + math.exp(-(math.log(value) - 10))):
                due.append((clock.at + 3 * 1440 * MINUTE, key))
            while due and due[0][0] <= clock.at:
                _, bad = due.pop(0)
                told(service, bad, "fraud", f"fraud {bad}")
        assert run(service, beginning=SHOP)["state"] == "done"
    return settings


@pytest.fixture(scope="module")
def monkeypatch_module() -> Iterator[pytest.MonkeyPatch]:
    with pytest.MonkeyPatch.context() as patch:
        for name in ("ORDERINTEL_DATABASE_URL", "ORDERINTEL_STATE_URL"):
            patch.delenv(name, raising=False)
        yield patch


@pytest.mark.embedded
def test_a_history_may_begin_with_what_was_stored(grown: Settings) -> None:
    history = History(grown.history_folder)

    assert history.profile.timezone == "Asia/Shanghai"
    assert history.profile.attributes == {
        "attribute__giftcard": "bool",
        "attribute__visits": "float",
    }
    orders = history.frame("orders")
    assert len(orders) == 600
    assert (orders["received_at"] == orders["placed_at"]).all()
    outcomes = history.frame("outcomes")
    waited = outcomes["known_at"] - outcomes.merge(orders, on="order_key")["placed_at"]
    assert waited.min() >= timedelta(days=3)


@pytest.mark.embedded
def test_a_model_learns_from_nothing_but_what_was_stored(grown: Settings) -> None:
    from models.estimators.fraud import FRAUD
    from models.evaluation.metrics import Scored, measure
    from models.training.material import Material

    small = replace(FRAUD.config.boosting, max_rounds=30)
    fraud = replace(FRAUD, config=replace(FRAUD.config, boosting=small, default_rounds=30))
    history = History(grown.history_folder)
    assert FRAUD.needs(history.profile) is None
    material = Material(history, purposes=frozenset({"risk"}))
    cutoff = datetime(2026, 2, 5, tzinfo=UTC)

    trained = fraud.train(material, cutoff=cutoff)

    later = material.frame[material.frame["placed_at"] >= cutoff]
    bad = set(history.frame("outcomes")["order_key"])
    label = later.index.isin(bad).astype(float)
    score = fraud.predictor(trained.artifact).predict_frame(later)
    assert measure(Scored(label, score, np.zeros(len(later))))["auc"]["value"] > 0.65

"""A backup holds everything, is whole or not there, and makes the same home again."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import tarfile
import threading
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import SecretStr
from sqlalchemy import select

from features.history import History
from features.merging import digest
from serving.backups.archive import BackupError, Manifest, pack, unpack
from serving.backups.service import KEPT, backup, last_backup, restore
from serving.backups.tables import counts
from serving.live import POLICY_NAME
from serving.runtime import open_runtime
from serving.settings import Settings
from serving.store.engine import open_engine
from serving.store.tables import DECISIONS, METADATA
from tests.serving.cli.shops import write_shop
from tests.serving.conftest import Clock, Service, serving
from tests.serving.orders import locked, order
from tests.serving.store import server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# Stores are named here one by one, PostgreSQL among them.
pytestmark = pytest.mark.embedded

MOVING = {"api_keys", "job_leases", "rescorings", "explanations", "address_cases", "address_events"}
"""Tables that a service goes on writing when nobody asks it for anything."""
SECRET = "the secret of this shop, 32 signs"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Give a service with a history, orders, cases, an endpoint and a policy of its own."""
    clock = Clock()
    home = write_shop(tmp_path_factory.mktemp("shop"), n_orders=50, days=20)
    (home / "policy.yaml").write_text("{}\n", "utf-8")
    (home / "models" / ".kept" / "fraud-1").mkdir(parents=True)
    (home / "models" / ".kept" / "fraud-1" / "model.json").write_text("{}", "utf-8")
    (home / "models" / "fraud").symlink_to(".kept/fraud-1")
    settings = Settings(
        home=home, log_level="ERROR", secret_key=SecretStr(SECRET), webhook_hosts=["hooks.shop.com"]
    )
    for service in serving(open_runtime(settings, clock=clock), clock):
        for number in range(5):
            service.score(order(str(number)))
        service.score(locked("locked"))
        endpoint = {"url": "https://hooks.shop.com/x", "events": ["order.decided"]}
        service.call("POST", "/v1/webhooks", json=endpoint)
        yield service


@pytest.fixture(scope="module")
def taken(shop: Service, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a backup of it."""
    target = tmp_path_factory.mktemp("backups") / "shop.backup"
    backup(shop.runtime.settings, target, clock=shop.clock)
    return target


def fresh(tmp_path: Path, **changes: Any) -> Settings:
    """Give a home that does not exist yet."""
    given: dict[str, Any] = {"secret_key": SECRET, "log_level": "ERROR"}
    return Settings(home=tmp_path / "restored", **given | changes)


def rows_of(url: str) -> dict[str, list[Any]]:
    """Give every row of every table."""
    engine = open_engine(url)
    with engine.connect() as connection:
        found = {
            table.name: sorted(map(tuple, connection.execute(select(table)).all()), key=repr)
            for table in METADATA.sorted_tables
        }
    engine.dispose()
    return found


def test_a_restored_home_is_the_home_that_was_backed_up(
    shop: Service, taken: Path, tmp_path: Path
) -> None:
    settings = fresh(tmp_path)

    told = restore(settings, taken)

    before = shop.runtime.settings
    assert told["rows"]["decisions"] == 6
    here, there = rows_of(settings.store_url), rows_of(before.store_url)
    for name in here.keys() - MOVING:
        assert here[name] == there[name], name
    assert len(here["api_keys"]) == 3
    assert digest(settings.history_folder) == digest(before.history_folder.resolve())
    assert History(settings.history_folder).profile == History(before.history_folder).profile
    assert (settings.home / "policy.yaml").read_text() == "{}\n"
    assert (settings.models_folder / "fraud").readlink().as_posix() == ".kept/fraud-1"
    assert (settings.models_folder / "fraud" / "model.json").read_text() == "{}"
    assert not (settings.home / "secret.key").exists()


def test_a_restored_service_knows_its_orders(taken: Path, tmp_path: Path) -> None:
    settings, clock = fresh(tmp_path), Clock()
    restore(settings, taken)

    for service in serving(open_runtime(settings, clock=clock), clock):
        again = service.score(order("1")).json()
        (case,) = service.call("GET", "/v1/reviews").json()["items"]

        stored = service.call("GET", f"/v1/orders/{again['order_key']}").json()
        assert stored["decisions"][0]["decision_id"] == again["decision_id"]
        assert case["order_key"].endswith("locked")
        assert service.score(order("6")).status_code == 200


def test_a_backup_of_sqlite_may_become_a_postgresql_store(taken: Path, tmp_path: Path) -> None:
    settings = fresh(tmp_path, database_url=server.shared().fresh())

    restore(settings, taken)

    engine = open_engine(settings.store_url)
    with engine.connect() as connection:
        assert counts(connection)["decisions"] == 6
    engine.dispose()
    clock = Clock()
    for service in serving(open_runtime(settings, clock=clock), clock):
        assert service.score(order("6")).status_code == 200  # numbers go on behind the restored


def test_a_postgresql_store_is_backed_up_and_becomes_sqlite(tmp_path: Path) -> None:
    clock = Clock()
    own = fresh(tmp_path / "a", database_url=server.shared().fresh())
    for service in serving(open_runtime(own, clock=clock), clock):
        service.score(order("1"))
        backup(own, tmp_path / "a.backup", clock=clock)
    settings = fresh(tmp_path / "b")

    restore(settings, tmp_path / "a.backup")

    here, there = rows_of(settings.store_url), rows_of(own.store_url)
    for name in here.keys() - MOVING:
        assert here[name] == there[name], name


def test_a_backup_under_load_is_of_one_instant(shop: Service, tmp_path: Path) -> None:
    done = threading.Event()
    failed: list[Any] = []

    def load() -> None:
        number = 0
        while not done.is_set():
            number += 1
            answer = shop.score(order(f"load-{number}"))
            if answer.status_code != 200:
                failed.append(answer.text)

    thread = threading.Thread(target=load)
    thread.start()
    settings = []
    for turn in range(3):
        target = tmp_path / f"{turn}.backup"
        backup(shop.runtime.settings, target, clock=shop.clock)
        own = fresh(tmp_path / str(turn))
        restore(own, target)
        settings.append(own)
    done.set()
    thread.join()

    assert failed == []
    sizes = []
    for each in settings:
        rows = rows_of(each.store_url)
        decided = {row[0] for row in rows["decisions"]}
        assert decided == {row[6] for row in rows["order_events"]}  # neither without the other
        sizes.append(len(decided))
    assert sizes == sorted(sizes)


def test_the_secret_stands_in_no_backup(taken: Path, tmp_path: Path) -> None:
    assert SECRET.encode() not in taken.read_bytes()
    settings = fresh(tmp_path, secret_key=None)
    settings.home.mkdir()
    (settings.home / "secret.key").write_text(SECRET)
    restore(settings, taken)

    backup(settings, tmp_path / "b", clock=Clock())

    assert SECRET.encode() not in (tmp_path / "b").read_bytes()
    assert (tmp_path / "b").stat().st_mode & 0o077 == 0


def test_what_was_backed_up_is_noted(shop: Service, taken: Path) -> None:
    told = last_backup(shop.runtime.settings.home)

    assert told is not None
    assert told["made_at"] == "2026-03-01T08:35:05Z"


def damaged(taken: Path, tmp_path: Path, at: float) -> Path:
    """Give a copy of a backup in which one byte is another."""
    content = bytearray(taken.read_bytes())
    place = int(len(content) * at)
    content[place] ^= 0xFF
    path = tmp_path / "damaged"
    path.write_bytes(content)
    return path


def table_byte(taken: Path) -> float:
    """Find the middle of a table's content."""
    with tarfile.open(taken) as tar:
        member = tar.getmember("tables/decisions.parquet")
        return (member.offset_data + member.size // 2) / taken.stat().st_size


def test_a_changed_byte_is_found_and_nothing_is_made(taken: Path, tmp_path: Path) -> None:
    settings = fresh(tmp_path)

    with pytest.raises(BackupError, match="decisions"):
        restore(settings, damaged(taken, tmp_path, table_byte(taken)))

    assert not settings.home.exists()


@pytest.mark.parametrize("share", [0.1, 0.5, 0.95])
def test_a_backup_that_breaks_off_is_refused(taken: Path, tmp_path: Path, share: float) -> None:
    content = taken.read_bytes().rstrip(b"\0")  # an archive ends with blocks that say nothing
    (tmp_path / "short").write_bytes(content[: int(len(content) * share)])

    with pytest.raises(BackupError):
        restore(fresh(tmp_path), tmp_path / "short")

    assert sorted(path.name for path in tmp_path.iterdir()) == ["short"]


def test_something_else_is_no_backup(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("no tar at all")

    with pytest.raises(BackupError, match="no whole backup"):
        restore(fresh(tmp_path), tmp_path / "x")


@pytest.mark.parametrize("name", ["../evil", "/etc/evil", "home/../../evil", "."])
def test_a_member_outside_is_refused(tmp_path: Path, name: str) -> None:
    with tarfile.open(tmp_path / "x", "w") as tar:
        member = tarfile.TarInfo(name)
        member.size = 1
        tar.addfile(member, io.BytesIO(b"x"))

    with pytest.raises(BackupError, match="does not belong"):
        restore(fresh(tmp_path), tmp_path / "x")


@pytest.mark.parametrize("target", ["/etc", "../..", "sub/../.."])
def test_a_link_that_leads_outside_is_refused(tmp_path: Path, target: str) -> None:
    with tarfile.open(tmp_path / "x", "w") as tar:
        tar.addfile(_linked("home", target))

    with pytest.raises(BackupError, match="does not belong"):
        restore(fresh(tmp_path), tmp_path / "x")


def test_nothing_is_written_through_a_link(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "x", "w") as tar:
        tar.addfile(_linked("link", "home"))
        tar.addfile(tarfile.TarInfo("link/evil"))

    with pytest.raises(BackupError, match="stands below a link"):
        restore(fresh(tmp_path), tmp_path / "x")


def test_a_member_that_comes_twice_is_refused(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "x", "w") as tar:
        tar.addfile(tarfile.TarInfo("home"))
        tar.addfile(tarfile.TarInfo("home"))

    with pytest.raises(BackupError, match="no whole backup"):
        restore(fresh(tmp_path), tmp_path / "x")


def test_what_is_restored_is_for_its_owner_alone_to_change(tmp_path: Path) -> None:
    (tmp_path / "made").mkdir()
    (tmp_path / "made" / "open").touch()
    (tmp_path / "made" / "open").chmod(0o677)
    pack(tmp_path / "made", Manifest("", "", "", "", {}), tmp_path / "x")

    unpack(tmp_path / "x", tmp_path / "restored")

    assert (tmp_path / "restored" / "open").stat().st_mode & 0o777 == 0o655


def _linked(name: str, target: str) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = tarfile.SYMTYPE, target
    return member


def test_only_an_empty_home_is_restored_into(taken: Path, tmp_path: Path) -> None:
    settings = fresh(tmp_path)
    settings.home.mkdir()
    (settings.home / "precious").write_text("mine")

    with pytest.raises(BackupError, match="not empty"):
        restore(settings, taken)

    assert [path.name for path in settings.home.iterdir()] == ["precious"]


def test_only_an_empty_store_is_restored_into(taken: Path, tmp_path: Path) -> None:
    settings, clock = fresh(tmp_path, database_url=server.shared().fresh()), Clock()
    for service in serving(open_runtime(settings, clock=clock), clock):
        service.score(order("theirs"))

    elsewhere = settings.model_copy(update={"home": tmp_path / "elsewhere"})
    with pytest.raises(BackupError, match="not empty"):
        restore(elsewhere, taken)

    assert not elsewhere.home.exists()


def test_another_secret_is_refused(taken: Path, tmp_path: Path) -> None:
    with pytest.raises(BackupError, match="not the one"):
        restore(fresh(tmp_path, secret_key="another secret altogether"), taken)


def test_without_a_secret_the_mend_is_told(taken: Path, tmp_path: Path) -> None:
    with pytest.raises(BackupError, match=r"secret\.key"):
        restore(fresh(tmp_path, secret_key=None), taken)


def test_a_secret_that_waits_in_the_home_is_kept(taken: Path, tmp_path: Path) -> None:
    settings = fresh(tmp_path, secret_key=None)
    settings.home.mkdir()
    (settings.home / "secret.key").write_text(SECRET)

    restore(settings, taken)

    assert (settings.home / "secret.key").read_text() == SECRET
    assert (settings.home / "orderintel.db").exists()


def test_the_policy_is_part_of_a_backup() -> None:
    assert POLICY_NAME in KEPT


def test_a_home_without_anything_has_nothing_to_back_up(tmp_path: Path) -> None:
    with pytest.raises(BackupError, match="nothing to back up"):
        backup(fresh(tmp_path), tmp_path / "x", clock=Clock())


KILLED = """
import sys
from pathlib import Path
from serving.backups import {module}
from serving.backups.service import backup, restore
from serving.settings import load_settings

real = {module}.{function}
def stopping(*given, **named):
    print("here", flush=True)
    sys.stdin.readline()
    return real(*given, **named)
{module}.{function} = stopping
{call}
"""


def killed(module: str, function: str, call: str, settings: Settings) -> None:
    """Start a command and kill it where a function begins."""
    environment = {
        **os.environ,
        "ORDERINTEL_HOME": str(settings.home),
        "ORDERINTEL_SECRET_KEY": SECRET,
    }
    if settings.database_url is not None:
        environment["ORDERINTEL_DATABASE_URL"] = settings.database_url
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED.format(module=module, function=function, call=call)],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"here\n"
    process.send_signal(signal.SIGKILL)
    process.communicate()


def test_a_killed_backup_leaves_no_file(shop: Service, tmp_path: Path) -> None:
    target = tmp_path / "x.backup"
    call = f"backup(load_settings(), Path({str(target)!r}), clock=lambda: 1)"

    killed("archive", "digest_of", call, shop.runtime.settings)

    assert not target.exists()
    backup(shop.runtime.settings, target, clock=shop.clock)
    assert target.exists()


@pytest.mark.parametrize("function", ["read_tables", "_put"])
def test_a_killed_restore_leaves_no_home_and_the_next_one_makes_it(
    taken: Path, tmp_path: Path, function: str
) -> None:
    settings = fresh(tmp_path)

    killed("service", function, f"restore(load_settings(), Path({str(taken)!r}))", settings)

    assert not settings.home.exists()
    restore(settings, taken)
    assert (settings.home / "orderintel.db").exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["restored"]


def test_a_restore_killed_behind_the_stores_commit_is_finished(taken: Path, tmp_path: Path) -> None:
    settings = fresh(tmp_path, database_url=server.shared().fresh())

    killed("service", "_put", f"restore(load_settings(), Path({str(taken)!r}))", settings)

    assert not settings.home.exists()
    restore(settings, taken)
    engine = open_engine(settings.store_url)
    with engine.connect() as connection:
        assert len(connection.execute(select(DECISIONS)).all()) == 6
    engine.dispose()

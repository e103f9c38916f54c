from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from serving.jobs.lease import held
from serving.jobs.repository import LeaseStore, is_gone, this_process
from serving.store.engine import open_engine
from serving.store.migrate import migrate
from tests.serving.conftest import Clock

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Engine

ELSEWHERE = "another-machine:17:1"


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    opened = open_engine(f"sqlite:///{tmp_path / 'store.db'}")
    migrate(opened)
    return opened


def test_one_holder_at_a_time(engine: Engine) -> None:
    LeaseStore(engine).take("retrain", ELSEWHERE, now=0, until=100)

    with held(engine, "retrain", lambda: 50) as lease:
        assert lease is None


def test_a_lease_that_ran_out_is_taken_over(engine: Engine) -> None:
    LeaseStore(engine).take("retrain", ELSEWHERE, now=0, until=100)

    with held(engine, "retrain", lambda: 101) as lease:
        assert lease is not None
        assert not lease.is_lost


def test_a_lease_is_given_back(engine: Engine) -> None:
    clock = Clock()
    with held(engine, "retrain", clock):
        pass

    assert LeaseStore(engine).take("retrain", ELSEWHERE, now=clock(), until=clock() + 1)


def test_the_lease_of_a_killed_process_is_taken_over_at_once(engine: Engine) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", "from serving.jobs.repository import *; print(this_process())"],
        capture_output=True,
        text=True,
        check=True,
    )
    holder = ended.stdout.strip()
    LeaseStore(engine).take("retrain", holder, now=0, until=10**18)

    assert is_gone(holder)
    with held(engine, "retrain", lambda: 1) as lease:
        assert lease is not None


def test_leases_of_different_jobs_do_not_mind_each_other(engine: Engine) -> None:
    LeaseStore(engine).take("retrain", ELSEWHERE, now=0, until=100)

    assert LeaseStore(engine).take("other", this_process(), now=0, until=100)

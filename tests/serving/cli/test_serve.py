from __future__ import annotations

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.serving.cli.conftest import Command

RUN = "from serving.cli.main import run; run()"
PATIENCE_S = 120.0


@pytest.fixture(autouse=True)
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the service its secret, without which it does not start."""
    monkeypatch.setenv("ORDERINTEL_SECRET_KEY", "a secret of the tenant")


def status_of(port: int, path: str) -> int:
    """Ask until the service listens; gives the status of its answer."""
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
        try:
            connection.request("GET", path)
            return connection.getresponse().status
        except ConnectionRefusedError:
            time.sleep(0.1)
        finally:
            connection.close()
    raise AssertionError("nothing listens")


def test_a_service_prints_key_and_address_answers_and_ends_on_control_c(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-c", RUN, "serve", "--port", str(port)],
        env={**os.environ, "ORDERINTEL_HOME": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    told = ""
    while "/console" not in told and (line := process.stderr.readline()):
        told += line

    status = status_of(port, "/livez")
    process.send_signal(signal.SIGINT)
    out, rest = process.communicate(timeout=PATIENCE_S)

    assert status == 200
    assert re.search(r"API key .*oi_", told)
    assert re.search(r"console user .*: admin, password \S{20}", told)
    assert "Traceback" not in told + rest
    assert out == ""
    assert process.returncode in {0, 130, -signal.SIGINT}


def test_without_a_secret_nothing_starts(
    orderintel: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("ORDERINTEL_SECRET_KEY")

    code, printed, told = orderintel("serve", home=tmp_path / "new")

    assert (code, printed) == (1, "")
    assert "set ORDERINTEL_SECRET_KEY" in told


@pytest.mark.parametrize("wrong", [("--port", "99999"), ("--port", "x"), ("--workers", "0")])
def test_arguments_out_of_range_are_wrong_usage(
    orderintel: Command, wrong: tuple[str, str]
) -> None:
    code, printed, _ = orderintel("serve", *wrong)

    assert (code, printed) == (2, "")


def test_a_database_that_does_not_answer_is_told_with_the_mend(
    orderintel: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ORDERINTEL_DATABASE_URL", f"sqlite:///{tmp_path}")

    code, printed, told = orderintel("serve")

    assert (code, printed) == (1, "")
    assert "check ORDERINTEL_DATABASE_URL" in told


def test_a_home_that_cannot_be_made_is_named(orderintel: Command, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    code, _, told = orderintel("serve", home=tmp_path / "file" / "home")

    assert code == 1
    assert "error: " in told
    assert str(tmp_path / "file") in told


def test_a_port_in_use_is_told_before_anything_is_loaded(orderintel: Command) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])

        code, printed, told = orderintel("serve", "--port", port)

    assert (code, printed) == (1, "")
    assert f"port {port}" in told
    assert "give another --port" in told
    assert "loading" not in told

"""The log: lines in JSON, and no fault of its own."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from serving.logs import logger

if TYPE_CHECKING:
    import pytest


class Full:
    """A stream on a disk that is full."""

    def write(self, _text: str) -> int:
        raise OSError(28, "No space left on device")

    def flush(self) -> None:
        raise OSError(28, "No space left on device")


def test_a_line_is_one_document(capsys: pytest.CaptureFixture[str]) -> None:
    logger().error("something happened", order_key="demo/shopify/eu/1")

    line = json.loads(capsys.readouterr().err)
    assert (line["event"], line["level"]) == ("something happened", "error")
    assert line["order_key"] == "demo/shopify/eu/1"


def test_a_log_that_finds_no_room_stops_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", Full())

    logger().error("the disk is full")

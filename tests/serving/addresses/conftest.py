"""A desk with addresses to settle, and a server that plays the geocoders."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.serving.addresses.desk import Desk, opened
from tests.serving.geocoders.replay import Script, replaying

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def script() -> Iterator[Script]:
    """Give a server whose answers a test sets."""
    with replaying() as served:
        yield served


@pytest.fixture
def desk(tmp_path: Path, blank_store: Path) -> Iterator[Desk]:
    """Give a service without any geocoder."""
    with opened(tmp_path, blank_store) as found:
        yield found


@pytest.fixture
def asking(tmp_path: Path, blank_store: Path, script: Script) -> Iterator[Desk]:
    """Give a service that asks AMap."""
    with opened(tmp_path, blank_store, amap_key=KEY, geocoder_urls={"amap": script.url}) as found:
        yield found


KEY = "k-3c1f9a7e52"

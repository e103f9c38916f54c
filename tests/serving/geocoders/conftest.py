"""A replaying server for every test that needs one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.serving.geocoders.replay import Script, replaying

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def script() -> Iterator[Script]:
    """Give a server whose answers a test sets."""
    with replaying() as served:
        yield served

"""Fixtures shared by all tests."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

DATA_VARIABLE = "ORDERINTEL_TEST_DATA"

# How long an example takes says how busy the machine is, not whether the code is right.
settings.register_profile("any load", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any load")


@pytest.fixture(scope="session", autouse=True)
def bare_environment() -> Iterator[None]:
    """Forget the settings of whoever runs the tests: what a test needs, it sets itself."""
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith("ORDERINTEL_") and not name.startswith("ORDERINTEL_TEST_"):
                patch.delenv(name)
        yield


@pytest.fixture(scope="session")
def real_data() -> Callable[[str], Path]:
    """Give the folder of a real data set, or skip with the reason where it is not at hand."""

    def folder(name: str) -> Path:
        root = os.environ.get(DATA_VARIABLE)
        if root is None:
            pytest.skip(f"{DATA_VARIABLE} is not set: the development data sets are not at hand")
        path = Path(root) / name
        if not path.is_dir():
            pytest.skip(f"{path} does not exist")
        return path

    return folder

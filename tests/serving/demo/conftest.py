"""One simulated shop for all tests of the demonstration; a smaller one for what needs two."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from serving.demo.exports.folder import write_exports
from serving.demo.parameters import LookAlikes, ShopParameters, Span, Trouble
from serving.demo.shop import Shop, simulate

if TYPE_CHECKING:
    from pathlib import Path

SMALL = ShopParameters(
    span=Span(n_orders=4_000),
    trouble=replace(Trouble(), n_duplicates=40, n_bursts=3, n_rings=3, n_abuses=3, n_stolen=25),
    look_alikes=replace(
        LookAlikes(),
        n_again_next_day=20,
        n_again_same_day=10,
        n_household_pairs=10,
        n_office_runs=4,
        n_card_retries=10,
        n_travellers=10,
    ),
)
"""A shop a fifteenth of the size, with every kind of trouble in it."""


@pytest.fixture(scope="session")
def shop() -> Shop:
    """The shop as `orderintel demo` simulates it."""
    return simulate(ShopParameters())


@pytest.fixture(scope="session")
def small() -> Shop:
    """The small shop."""
    return simulate(SMALL, seed=11)


@pytest.fixture(scope="session")
def exports(small: Shop, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small shop's exports and mapping."""
    folder: Path = tmp_path_factory.mktemp("exports")
    write_exports(small, folder)
    return folder

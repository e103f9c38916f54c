"""Real Chinese addresses with character labels: the parts that our fields and theirs share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from features.address.names import short_name
from features.address.resolve import resolve
from tests.benchmarks.addresses.real import first_parts

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FLOORS = {"city": 0.97, "road": 0.84, "roadno": 0.91}
"""Share of the labelled parts that come out letter by letter.

The labels keep divisions as they were in 2019 and call the number on a lane a building, so that
full agreement is not possible.
"""


def stem(name: str | None) -> str | None:
    return (short_name(name) or name) if name else None


@pytest.mark.real_data
def test_real_addresses_come_apart_as_people_labelled_them(
    real_data: Callable[[str], Path],
) -> None:
    import pandas as pd

    rows = pd.read_parquet(real_data("address_ncap2019") / "dev.parquet")
    right, asked = dict.fromkeys(FLOORS, 0), dict.fromkeys(FLOORS, 0)
    for row in rows.itertuples(index=False):
        parts = first_parts(row.tokens, row.labels)  # type: ignore[arg-type] # columns of the file
        place = resolve(str(row.address))
        found = {"city": stem(place.city), "road": place.street, "roadno": place.house}
        for kind in FLOORS:
            if kind in parts:
                truth = stem(parts[kind]) if kind == "city" else parts[kind]
                asked[kind] += 1
                right[kind] += found[kind] == truth

    shares = {kind: right[kind] / asked[kind] for kind in FLOORS}
    assert all(shares[kind] >= floor for kind, floor in FLOORS.items()), shares

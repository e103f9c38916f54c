"""Where the goods and the bill go."""

from __future__ import annotations

import numpy as np
import pytest

from features.place import is_abroad


@pytest.mark.parametrize(
    ("ship", "bill", "expected"),
    [("CN", "CN", 0.0), ("CN", "US", 1.0), (None, "US", None), ("CN", None, None)],
)
def test_another_billing_country(ship: str, bill: str, expected: float | None) -> None:
    columns = {
        "ship_country": np.array([ship], object),
        "bill_country": np.array([bill], object),
    }

    found = is_abroad(columns)[0]

    assert np.isnan(found) if expected is None else found == expected

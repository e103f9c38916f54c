from __future__ import annotations

import numpy as np
import pandas as pd

from models.evaluation.metrics import Scored
from models.evaluation.slices import measure_slices, slice_rows

ORDERS = pd.DataFrame(
    {
        "channel": ["shop", "shop", "app", None],
        "value_minor": pd.array([100, 200, 300, None], dtype="Int64"),
        "is_known_buyer": pd.array([True, False, None, True], dtype="boolean"),
    }
)


def test_slices_by_channel_buyer_and_amount() -> None:
    masks = {name: mask.tolist() for name, mask in slice_rows(ORDERS).items()}

    assert masks["channel: shop"] == [True, True, False, False]
    assert masks["buyer: seen before"] == [True, False, False, True]
    assert masks["buyer: new"] == [False, True, False, False]
    assert masks["amount: top tenth"] == [False, False, True, False]


def test_an_order_without_an_amount_is_in_no_band() -> None:
    bands = [mask for name, mask in slice_rows(ORDERS).items() if name.startswith("amount")]

    assert not any(mask[3] for mask in bands)


def test_small_slices_are_not_judged() -> None:
    scored = Scored(np.array([0.0, 1.0]), np.array([0.1, 0.9]), np.array([0, 1]))

    assert measure_slices(scored, {"tiny": np.array([True, True])}) == {}

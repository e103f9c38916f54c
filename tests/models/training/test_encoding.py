from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from models.training.encoding import Encoding, fit_encoding

FRAME = pd.DataFrame(
    {
        "order__value_minor": [100.0, np.nan, 300.0],
        "order__channel": ["shop", None, "app"],
    }
)
ENCODING = Encoding(
    ("order__value_minor", "order__channel", "order__absent"), {"order__channel": ("app", "shop")}
)


def test_one_order_is_encoded_as_many_are() -> None:
    many = ENCODING.many(FRAME)
    rows: list[Any] = FRAME.to_dict("records")
    ones = [ENCODING.one(row) for row in rows]

    assert np.array_equal(many, np.array(ones), equal_nan=True)


def test_values_stand_in_the_models_order() -> None:
    row = ENCODING.one({"order__channel": "shop", "order__value_minor": 7.0, "order__other": 1.0})

    assert np.array_equal(row, [7.0, 1.0, np.nan], equal_nan=True)


def test_rare_values_are_unknown() -> None:
    frame = pd.DataFrame({"order__channel": ["app"] * 5 + ["shop"] * 3 + ["fax"]})

    encoding = fit_encoding(frame, ["order__channel"], frozenset({"order__channel"}), min_rows=3)

    assert encoding.vocabularies == {"order__channel": ("app", "shop")}
    assert np.isnan(encoding.one({"order__channel": "fax"})[0])


def test_equally_frequent_values_have_a_fixed_order() -> None:
    frame = pd.DataFrame({"order__channel": ["b", "a", "b", "a"]})

    encoding = fit_encoding(frame, ["order__channel"], frozenset({"order__channel"}), min_rows=1)

    assert encoding.vocabularies["order__channel"] == ("a", "b")


def test_whole_numbers_and_flags_become_floats() -> None:
    frame = pd.DataFrame(
        {
            "order__value_minor": pd.array([1, None], dtype="Int64"),
            "order__absent": pd.array([True, None], dtype="boolean"),
        }
    )

    encoded = ENCODING.many(frame)

    assert encoded[0, 0] == 1.0
    assert encoded[0, 2] == 1.0
    assert np.isnan(encoded[1]).all()


def test_the_input_is_untouched() -> None:
    before = FRAME.copy(deep=True)

    ENCODING.many(FRAME)

    pd.testing.assert_frame_equal(FRAME, before)

"""What the order tells of its buyer."""

from __future__ import annotations

import numpy as np

from features import buyer


def test_an_account_opened_after_the_order_has_a_negative_age() -> None:
    columns = {"placed_at": np.array([1e6]), "account_created_at": np.array([3e6])}

    assert buyer.account_age_s(columns).tolist() == [-2.0]


def test_identifiers_are_counted_where_they_are_given() -> None:
    columns = {
        "placed_at": np.zeros(2),
        "buyer_key": np.array(["h1:a", None], object),
        "phone_key": np.array(["h1:b", None], object),
    }

    assert buyer.n_identifiers(columns).tolist() == [2.0, 0.0]

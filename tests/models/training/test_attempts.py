from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from models.training.attempts import Shrinkage, failed_rate, fit_shrinkage


def outlets(share_7d: list[float], n_7d: list[float], shop: float = 0.1) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "everybody__parcel_count__7d": [10_000.0] * len(n_7d),
            "everybody__attempt_failed__share_7d": [shop] * len(n_7d),
            "outlet__parcel_count__7d": n_7d,
            "outlet__attempt_failed__share_7d": share_7d,
        }
    )


@pytest.mark.parametrize(
    ("n", "share", "expected"),
    [(0.0, 0.0, 0.1), (30.0, 0.5, 0.3), (270.0, 0.5, 0.46)],
    ids=["no parcels: the shop's rate", "as many as the pull: half way", "many: near its own"],
)
def test_an_outlet_is_pulled_towards_the_level_above(
    n: float, share: float, expected: float
) -> None:
    rate = failed_rate(outlets([share], [n]), Shrinkage(outlet=30.0))

    assert rate.failed[0] == pytest.approx(expected, abs=0.001)


def test_more_evidence_narrows_the_interval() -> None:
    rate = failed_rate(outlets([0.2, 0.2], [20.0, 2_000.0]), Shrinkage())

    low, high = rate.interval()

    assert high[1] - low[1] < high[0] - low[0]
    assert (low < rate.failed).all()
    assert (rate.failed < high).all()


def test_outlets_that_differ_for_good_are_believed_sooner_than_equal_ones() -> None:
    random = np.random.default_rng(5)
    n = np.full(4_000, 60.0)
    differing = random.beta(2, 8, len(n))
    seen = random.binomial(60, differing) / 60
    later = (random.random(len(n)) < differing).astype(float)
    same_seen = random.binomial(60, 0.2, len(n)) / 60
    same_later = (random.random(len(n)) < 0.2).astype(float)

    believed = fit_shrinkage(outlets(seen.tolist(), n.tolist(), 0.2), later)
    doubted = fit_shrinkage(outlets(same_seen.tolist(), n.tolist(), 0.2), same_later)

    assert believed.outlet < 60 < doubted.outlet

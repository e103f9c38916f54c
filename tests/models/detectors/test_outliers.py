from __future__ import annotations

import pytest

from models.detectors.outliers import ValueOutlier


def against_shop(z: float, ratio: float, past: float = 5000.0) -> dict[str, float]:
    return {
        "order__value_minor": 500_000.0,
        "shop__order_count__30d": past,
        "shop__value_minor__zscore_30d": z,
        "shop__value_minor__ratio_30d": ratio,
        "shop__value_minor__mean_30d": 20_000.0,
    }


def test_far_above_and_many_times_the_usual_is_an_outlier() -> None:
    finding = ValueOutlier().assess(against_shop(z=15.0, ratio=25.0))

    assert finding.score == 0.8
    assert finding.reasons[0].en == (
        "order value is 25 times what is usual for this shop (5,000 against 200)"
    )


@pytest.mark.parametrize(("z", "ratio"), [(30.0, 2.0), (2.0, 30.0)])
def test_one_of_the_two_is_not_enough(z: float, ratio: float) -> None:
    assert ValueOutlier().assess(against_shop(z, ratio)).score == 0.0


def test_a_short_past_says_nothing() -> None:
    assert ValueOutlier().assess(against_shop(z=15.0, ratio=25.0, past=9.0)).score == 0.0

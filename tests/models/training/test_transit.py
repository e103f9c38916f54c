from __future__ import annotations

import numpy as np
import pytest

from models.errors import NotSupportedError
from models.training.encoding import Encoding
from models.training.splits import Split
from models.training.transit import Transit, lateness
from models.training.transit_fitting import TransitConfig, TransitRows, fit_transit

NAMES = ("lane__transit_log__matured_30d", "lane__distance_km")


def fitted(n: int = 1_500, config: TransitConfig | None = None) -> Transit:
    random = np.random.default_rng(4)
    usual = random.choice([2.0, 6.0], n)
    matrix = np.column_stack([np.log1p(usual) * 1e6, random.uniform(0, 900, n)])
    days = usual * random.lognormal(0, 0.3, n)
    rows = np.arange(n)
    splits = [Split(rows[: n // 2], rows[n // 2 :])]
    parcels = TransitRows(Encoding(NAMES, {}), (1,), matrix)
    return fit_transit(parcels, days, splits, config or TransitConfig()).transit


def test_quantiles_rise_and_their_share_of_parcels_arrives() -> None:
    transit = fitted()
    matrix = np.array([[np.log1p(2.0) * 1e6, 100.0]])

    days = transit.days(matrix, (0.1, 0.5, 0.9))[1][0]

    assert days[0] < days[1] < days[2]
    assert days[1] == pytest.approx(2.0, abs=0.3)
    assert days[2] == pytest.approx(2.0 * np.exp(0.3 * 1.2816), abs=0.5)


def test_a_later_promise_is_missed_by_less() -> None:
    transit = fitted()
    matrix = np.repeat([[np.log1p(2.0) * 1e6, 100.0]], 3, axis=0)

    beyond = lateness(transit.locate(matrix), np.array([1.0, 2.0, 9.0]))

    assert beyond[0] > beyond[1] > beyond[2]


def test_what_only_the_lane_tells_is_not_drawn_towards_the_usual_time() -> None:
    assert fitted().start_share == pytest.approx(1.0, abs=0.05)


def test_what_the_order_tells_weighs_as_much_as_a_noisy_lane() -> None:
    random = np.random.default_rng(4)
    distance = random.uniform(0, 900, 1_500)
    matrix = np.column_stack([random.normal(1.5, 0.5, 1_500) * 1e6, distance])
    days = (1 + distance / 100) * random.lognormal(0, 0.1, 1_500)
    rows = np.arange(1_500)
    parcels = TransitRows(Encoding(NAMES, {}), (1,), matrix)

    transit = fit_transit(parcels, days, [Split(rows[:750], rows[750:])], TransitConfig()).transit

    assert transit.start_share == 0.5
    near, far = transit.days(np.array([[1.5e6, 100.0], [1.5e6, 800.0]]), (0.5,))[1][:, 0]
    assert near == pytest.approx(2.0, abs=0.4)
    assert far == pytest.approx(9.0, abs=1.2)


def test_without_weeks_to_judge_by_no_second_opinion_counts() -> None:
    random = np.random.default_rng(4)
    matrix = np.column_stack([np.full(300, 1e6), random.uniform(0, 900, 300)])
    parcels = TransitRows(Encoding(NAMES, {}), (1,), matrix)

    transit = fit_transit(parcels, matrix[:, 1] / 100, [], TransitConfig()).transit

    assert transit.start_share == 1.0


def test_no_promise_cannot_be_missed() -> None:
    matrix = np.array([[np.nan, np.nan]])

    assert np.isnan(lateness(fitted().locate(matrix), np.array([np.nan]))).all()


def test_an_unknown_lane_starts_from_the_usual_time() -> None:
    days = fitted().days(np.array([[np.nan, np.nan]]), (0.5,))[1][0, 0]

    assert 1.0 < days < 8.0


def test_a_handful_of_parcels_is_refused() -> None:
    parcels = TransitRows(Encoding(NAMES, {}), (1,), np.zeros((5, 2)))

    with pytest.raises(NotSupportedError, match="at least 200 are needed"):
        fit_transit(parcels, np.arange(5.0), [], TransitConfig())

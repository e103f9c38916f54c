from __future__ import annotations

import pandas as pd

from models.evaluation.arrival import arrival_report
from tests.models.deliveries import parcel_frame, parcel_row


def test_errors_and_coverage_of_two_parcels() -> None:
    parcels = parcel_frame(parcel_row(), parcel_row())
    actual = pd.Series([3.0, 8.0], index=parcels.index)
    said = pd.DataFrame(
        {"mean": [3.5, 3.5], "q10": [1.0, 1.0], "q50": [3.0, 3.0], "q90": [6.0, 6.0]},
        index=parcels.index,
    )

    metrics = arrival_report(parcels, actual, said)["metrics"]

    assert metrics["mae_days"]["value"] == 2.5
    assert metrics["mae_of_promise_days"]["value"] == 2.5
    assert metrics["coverage_80"]["value"] == 0.5
    assert metrics["bias_days"]["value"] == -2.0


def test_nothing_delivered_gives_no_figures() -> None:
    parcels = parcel_frame(parcel_row())

    assert arrival_report(parcels, pd.Series(dtype=float), pd.DataFrame()) == {"metrics": {}}

"""The shipped data: fresh, consistent, small."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import features.address
from features.address.confidence import Evidence, calibrated
from features.address.gazetteer import china

DATA = Path(features.address.__file__).parent / "data"
MAX_MONTHS = 12
MAX_MEGABYTES = 60


def test_the_divisions_are_no_older_than_a_year() -> None:
    today = dt.datetime.now(dt.UTC)
    year, month = map(int, china().release.split("-"))
    age = 12 * (today.year - year) + today.month - month

    assert 0 <= age <= MAX_MONTHS, (
        f"the divisions are of {china().release}: build them again with "
        "python -m features.address.build"
    )


def test_the_data_stays_small() -> None:
    assert sum(path.stat().st_size for path in DATA.iterdir()) < MAX_MEGABYTES * 2**20


def test_every_landmark_lies_in_a_division() -> None:
    codes = [code for codes in china().landmarks.values() for code in codes]

    assert len(codes) > 300
    assert all(code in china().index for code in codes)


def test_every_division_is_spelled() -> None:
    assert len(china().spellings) == len(china().nodes)
    assert all(spelled.isascii() and spelled for spelled in china().spellings)


def test_confidence_never_falls_with_the_weight_of_evidence() -> None:
    for kind in ("deep", "repaired", "shallow"):
        steps = [calibrated(Evidence(kind, weight / 100)) for weight in range(101)]

        assert steps == sorted(steps)
        assert 0.0 <= steps[0] <= steps[-1] < 1.0

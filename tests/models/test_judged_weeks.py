"""Which weeks challengers are judged on, and why there may be none yet."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from models.errors import ImmatureError
from models.estimators.fraud import FRAUD
from models.judged_weeks import judged_truth, weeks_to_judge
from tests.models.materials import BEGINS, material

if TYPE_CHECKING:
    from datetime import datetime

    from models.training.material import Material

DAYS = 300
CUT: datetime = (BEGINS + pd.Timedelta(days=DAYS)).to_pydatetime()


@pytest.fixture(scope="module")
def history() -> Material:
    return material(n_orders=15_000, days=DAYS)


def test_a_champion_that_saw_all_matured_orders_leaves_nothing_to_judge(history: Material) -> None:
    newest = FRAUD.train(history, cutoff=CUT).artifact

    with pytest.raises(ImmatureError, match="run again from 2026-11-03"):
        weeks_to_judge(FRAUD, history, CUT, newest.document)


def test_immature_weeks_are_refused(history: Material) -> None:
    with pytest.raises(ImmatureError, match="cannot be judged before 2026-11-01"):
        judged_truth(FRAUD, history, CUT, ends=CUT - timedelta(days=3))


def test_more_weeks_are_judged_where_bad_orders_are_rare() -> None:
    rare = material(n_orders=2_000, days=DAYS, seed=4)

    found = weeks_to_judge(FRAUD, rare, CUT)

    assert found.n_bad >= 40
    assert found.ends - found.begins > timedelta(weeks=4)


def test_what_is_not_judged_is_counted(history: Material) -> None:
    found = weeks_to_judge(FRAUD, history, CUT)

    placed = history.orders["placed_at"]
    immature = (placed >= pd.Timestamp(CUT) - pd.Timedelta(days=7)).sum()
    assert found.excluded == {"label_not_matured": immature}

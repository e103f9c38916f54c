"""What foretells cancellations, refusals, returns and refunds."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, cast

import numpy as np
import pandas as pd
import pytest

from features.history import HistoryProfile, LabelProfile
from models.contracts import BacktestRequest
from models.estimators.cancel import CANCEL
from models.estimators.document import raw_scores
from models.estimators.fraud import FRAUD
from models.estimators.refund import REFUND
from models.estimators.refusal import REFUSAL
from models.estimators.returned import RETURN
from models.training.material import Material
from tests.models.materials import BEGINS, FakeHistory, material

if TYPE_CHECKING:
    from features.history import History

ALL = {"refund": REFUND, "return": RETURN, "cancel": CANCEL, "refusal": REFUSAL}


@pytest.mark.parametrize("name", ALL)
def test_each_needs_its_own_outcome_and_no_other(name: str) -> None:
    others = {kind: LabelProfile(kind, 14.0) for kind in ALL if kind != name}
    own = {name: LabelProfile(name, 14.0)}

    assert ALL[name].needs(HistoryProfile(labels=own)) is None
    assert ALL[name].needs(HistoryProfile(labels=others)) == (
        f"the history has no outcomes of kind {name}"
    )


@pytest.mark.parametrize("name", ALL)
def test_the_reason_that_the_history_gives_is_told(name: str) -> None:
    profile = HistoryProfile(excused={name: "the export ends at the door"})

    assert ALL[name].needs(profile) == "the export ends at the door"


def test_a_quiet_season_does_not_lower_what_the_whole_past_says() -> None:
    cut = (BEGINS + pd.Timedelta(days=110)).to_pydatetime()
    made = material(kinds=("return",))
    outcomes = made.outcomes
    quiet = outcomes["order_key"].map(made.orders["placed_at"]) >= BEGINS + pd.Timedelta(days=75)
    vars(made)["outcomes"] = outcomes[~quiet | (np.arange(len(outcomes)) % 3 == 0)]
    posed = RETURN.pose(made, BacktestRequest(cut))
    of_newest = replace(RETURN, config=replace(RETURN.config, level_of_all=False))

    whole, newest = (
        fitted.knots.probability(raw_scores(fitted, posed.rows.frame)).mean()
        for fitted in (each.fit(made, posed.rows, posed.rule) for each in (RETURN, of_newest))
    )

    assert whole == pytest.approx(posed.rows.label.mean(), abs=1e-6)
    assert newest < 0.8 * whole


def test_how_busy_a_merchants_own_grouping_is_says_nothing_of_a_return() -> None:
    profile = HistoryProfile(
        entities={"buyer_key": 1.0, "entity__size": 1.0},
        labels={"return": LabelProfile("return", 21.0)},
    )
    made = Material(cast("History", FakeHistory(profile)))

    read, by_fraud = (set(each.categories(made)) for each in (RETURN, FRAUD))

    assert {"entity_size__return_rate__matured_365d", "buyer__order_count__7d"} <= read
    assert by_fraud - read == {
        f"entity_size__{what}"
        for what in (
            *(f"order_count__{window}" for window in ("1h", "24h", "7d", "30d")),
            *(f"buyer_distinct__{window}" for window in ("24h", "7d", "30d")),
            "seconds_since__last_30d",
            "seconds_since__first_90d",
        )
    }

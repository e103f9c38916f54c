"""A share found in advance is never told without what it hangs on."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from models.errors import BareClaimError
from models.evaluation.foresight import Foresight, found_in_advance
from models.evaluation.metrics import Scored

WHOLE: dict[str, Any] = {
    "recall": 0.82,
    "flagged_share": 0.25,
    "precision": 0.3,
    "base_rate": 0.1,
    "lead": timedelta(days=9),
    "maturity": timedelta(days=45),
    "n_orders": 1_000,
}

LABEL = np.array([1, 0, 1, 0, 0, 1, 0, 0, 0, 0])
SCORE = np.linspace(0.9, 0.0, 10)
LEAD = np.where(LABEL == 1, [4.0, 0, 20.0, 0, 0, 12.0, 0, 0, 0, 0], np.nan)


def found(**changes: Any) -> Foresight:
    given: dict[str, Any] = {
        "scored": Scored(LABEL, SCORE, np.arange(10)),
        "lead_days": LEAD,
        "watched_days": np.full(10, 60.0),
        "maturity": timedelta(days=45),
        "recall": 0.82,
        **changes,
    }
    return found_in_advance(given.pop("scored"), given.pop("lead_days"),
                            given.pop("watched_days"), **given)  # fmt: skip


@pytest.mark.parametrize(
    ("field", "worthless"),
    [
        ("flagged_share", 0.0),
        ("flagged_share", float("nan")),
        ("flagged_share", 1.2),
        ("lead", timedelta(0)),
        ("maturity", timedelta(0)),
    ],
)
def test_a_bare_claim_is_refused(field: str, worthless: Any) -> None:
    with pytest.raises(BareClaimError, match=field.partition("_")[0]):
        Foresight(**(WHOLE | {field: worthless}))


@pytest.mark.parametrize("field", ["flagged_share", "lead", "maturity"])
def test_a_claim_cannot_be_made_without_what_it_hangs_on(field: str) -> None:
    with pytest.raises(TypeError, match=field):
        Foresight(**{name: value for name, value in WHOLE.items() if name != field})


def test_the_claim_says_all_of_it_in_both_languages() -> None:
    told = Foresight(**WHOLE).text()

    for text in told.values():
        for figure in ("82", "25", "1,000", "9", "45"):
            assert figure in text


def test_as_many_orders_are_flagged_as_the_claim_needs() -> None:
    assert found().flagged_share == 0.6
    assert found().recall == 1.0
    assert found().precision == 0.5
    assert found(recall=0.5).flagged_share == 0.3
    assert found(recall=1 / 3).flagged_share == 0.1


def test_the_lead_is_that_of_the_bad_orders_found() -> None:
    assert found().lead == timedelta(days=12)
    assert found(recall=1 / 3).lead == timedelta(days=4)


def test_orders_judged_too_early_support_no_claim() -> None:
    watched = np.full(10, 60.0)
    watched[3] = 44.0

    with pytest.raises(BareClaimError, match="45 days"):
        found(watched_days=watched)


def test_harm_that_was_known_at_once_was_not_foreseen() -> None:
    with pytest.raises(BareClaimError, match="lead"):
        found(lead_days=np.where(LABEL == 1, 0.0, np.nan))


def test_nothing_bad_is_nothing_found() -> None:
    with pytest.raises(BareClaimError, match="none"):
        found(scored=Scored(np.zeros(10), SCORE, np.arange(10)))

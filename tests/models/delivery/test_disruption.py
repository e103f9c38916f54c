from __future__ import annotations

import numpy as np
import pandas as pd

from models.delivery.alerts import Alert, Effect
from models.delivery.disruption import expected_effects, learn_effects

START = pd.Timestamp("2026-01-01", tz="UTC")
DAY = pd.Timedelta(days=1)
AS_OF = START + 100 * DAY
EXPECTED = Effect(0.5, -0.1, 0.25)


def alert(number: int, day: int, kind: str = "storm", severity: int = 1) -> Alert:
    starts, ends = ((START + at * DAY).value // 1_000 for at in (day, day + 2))
    return Alert(f"W{number}", kind, severity, "CN", "浙江省", None, starts, ends, starts)


def parcels(stormy: tuple[int, ...]) -> pd.DataFrame:
    """Forty parcels a day for eighty days; one in ten is late, under a storm every second one."""
    draw = np.random.default_rng(4)
    rows = []
    for day in range(80):
        bad = any(start - 3 < day < start + 2 for start in stormy)
        for _ in range(40):
            late = draw.random() < (0.5 if bad else 0.1)
            placed = START + day * DAY
            delivered = placed + (3.5 if late else 2.0) * DAY
            rows.append(
                {
                    "placed_at": placed, "promised_at": placed + 3 * DAY, "carrier": "sf",
                    "delivered_at": delivered, "known_at": delivered, "first_attempt_ok": True,
                    "origin_region": "上海市", "origin_city": None, "ship_region": "浙江省",
                    "ship_city": None,
                }
            )  # fmt: skip
    return pd.DataFrame(rows)


def test_the_size_is_learned_from_past_warnings_of_the_kind() -> None:
    storms = (20, 40, 60)

    learned = learn_effects(
        parcels(storms), [alert(n, day) for n, day in enumerate(storms)], as_of=AS_OF,
        expected=EXPECTED,
    )["storm", 1, "to"]  # fmt: skip

    assert learned.late_logit > 1.5
    assert 0.4 < learned.delay_days < 0.8
    assert learned.n_parcels > 100


def test_warnings_that_changed_nothing_are_learned_as_that() -> None:
    learned = learn_effects(
        parcels(()), [alert(n, day) for n, day in enumerate((20, 40, 60))], as_of=AS_OF,
        expected=EXPECTED,
    )  # fmt: skip

    assert abs(learned["storm", 1, "to"].late_logit) < 0.25
    assert learned["storm", 3, "to"].late_logit == 3 * learned["storm", 1, "to"].late_logit


def test_kinds_and_ends_never_met_keep_the_merchants_default() -> None:
    learned = learn_effects(parcels((20,)), [alert(0, 20)], as_of=AS_OF, expected=EXPECTED)

    assert learned["snow", 2, "to"] == expected_effects((), EXPECTED)["snow", 2, "to"]
    assert learned["storm", 1, "from"].n_parcels == 0


def test_parcels_not_due_yet_teach_nothing() -> None:
    learned = learn_effects(
        parcels((20,)), [alert(0, 20)], as_of=START + 10 * DAY, expected=EXPECTED
    )

    assert learned["storm", 1, "to"] == expected_effects((), EXPECTED)["storm", 1, "to"]

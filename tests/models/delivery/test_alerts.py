from __future__ import annotations

import pytest

from models.delivery.alerts import Alert, AlertBook, Effect, Shift

STORM = Alert("W1", "storm", 3, "CN", "浙江省", None, 10, 20, 5)
BOOK = AlertBook((STORM,), {("storm", 3, "to"): Effect(1.0, -0.5, 0.75)})


@pytest.mark.parametrize(
    ("since", "until", "as_of", "is_shifted"),
    [
        (0, 10, 9, False), (0, 11, 9, True), (19, 30, 9, True), (20, 30, 9, False),
        (0, 11, 5, False), (0, 11, 6, True),
    ],
    ids=[
        "arrives when it starts", "one instant inside", "leaves in its last instant",
        "leaves when it ends", "issued just now", "issued before",
    ],
)  # fmt: skip
def test_a_warning_concerns_its_period_once_it_is_known(
    since: int, until: int, as_of: int, is_shifted: bool
) -> None:
    found = BOOK.shift("浙江省", "杭州市", end="to", since=since, until=until, as_of=as_of)

    assert (found is not None) == is_shifted


@pytest.mark.parametrize(("region", "end"), [("上海市", "to"), (None, "to"), ("浙江省", "from")])
def test_elsewhere_nothing_is_shifted(region: str | None, end: str) -> None:
    assert BOOK.shift(region, None, end=end, since=0, until=99, as_of=99) is None  # type: ignore[arg-type]


def test_a_warning_for_a_city_leaves_the_next_one_alone() -> None:
    city = Alert("W2", "storm", 3, "CN", "浙江省", "杭州市", 10, 20, 5)
    book = AlertBook((city,), BOOK.effects)

    def shift(name: str) -> Shift | None:
        return book.shift("浙江省", name, end="to", since=0, until=99, as_of=99)

    assert shift("杭州市") is not None
    assert shift("宁波市") is None


def test_two_warnings_for_one_storm_do_not_add_up() -> None:
    book = AlertBook((STORM, STORM), BOOK.effects)

    found = book.shift("浙江省", None, end="to", since=0, until=99, as_of=99)

    assert found is not None
    assert found.delay_days == 0.75


def test_both_ends_of_a_way_add_up() -> None:
    one = Shift(1.0, -0.5, 0.75, ((STORM, "from"),))
    both = one + Shift(0.5, 0.0, 0.25, ((STORM, "to"),))

    assert (both.late_logit, both.attempt_logit, both.delay_days) == (1.5, -0.5, 1.0)
    assert both.days({"q50": 2.0}) == {"q50": 3.0}
    assert both.reason["alerts"] == ["W1", "W1"]


def test_the_buyer_is_told_of_whole_days_and_of_no_warehouse() -> None:
    notice = Shift(1.0, -0.5, 1.2, ((STORM, "from"),)).notice

    assert "2 days" in notice["en"]
    assert "2 天" in notice["zh"]
    assert "浙江" not in notice["zh"]

"""Instants as whole microseconds since 1970, exactly."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from features.instants import instant, microseconds, wire_instant


@pytest.mark.parametrize("at", [0, 1, -1, 1_772_368_511_000_001, 253_402_300_799_999_999])
def test_microseconds_survive_the_way_there_and_back(at: int) -> None:
    assert microseconds(instant(at)) == at


def test_an_instant_is_the_same_in_every_zone() -> None:
    noon = datetime(2026, 3, 1, 12, tzinfo=UTC)

    assert microseconds(noon.astimezone(timezone(timedelta(hours=8)))) == microseconds(noon)


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(TypeError, match="offset-naive"):
        microseconds(datetime(2026, 3, 1, 12))  # noqa: DTZ001 that is what is refused


def test_both_forms_are_written_alike() -> None:
    assert (
        wire_instant(instant(1_500_000)) == wire_instant(1_500_000) == "1970-01-01T00:00:01.500000Z"
    )

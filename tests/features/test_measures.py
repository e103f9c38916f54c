"""Which windows a history gets."""

from __future__ import annotations

import pytest

from features.history import HistoryProfile, LabelProfile
from features.measures import measures
from models.training.attempts import feature_names
from models.training.transit import BASE_FEATURES


def names(**profile: object) -> set[str]:
    return {measure.name for measure, _ in measures(HistoryProfile(**profile))}  # type: ignore[arg-type]


def labels(*kinds: str) -> dict[str, LabelProfile]:
    return {kind: LabelProfile(kind, 7.0) for kind in kinds}


def test_a_history_of_nothing_knows_only_its_shop() -> None:
    assert {name.partition("__")[0] for name in names()} == {"shop"}


def test_a_pair_needs_both_its_keys() -> None:
    assert "ip_promo__buyer_distinct__7d" not in names(entities={"ip_key": 1.0, "buyer_key": 1.0})
    assert "phone_sku_set__order_key__last_30m" not in names(entities={"phone_key": 1.0})
    assert "phone_sku_set__order_key__last_30m" in names(
        entities={"phone_key": 1.0, "sku_set_key": 1.0}
    )


def test_a_chargeback_is_counted_as_the_fraud_it_reports() -> None:
    buyers = {"buyer_key": 1.0}

    both = names(entities=buyers, labels=labels("fraud", "chargeback"))
    alone = names(entities=buyers, labels=labels("chargeback"))

    assert "buyer__fraud_rate__matured_90d" in both
    assert not any("chargeback" in name for name in both)
    assert "buyer__chargeback_rate__matured_90d" in alone


@pytest.mark.parametrize("kind", ["late", "complaint", "verdict"])
def test_what_no_window_counts(kind: str) -> None:
    assert not any(kind in name for name in names(entities={"buyer_key": 1.0}, labels=labels(kind)))


def test_only_a_history_with_parcels_has_routes() -> None:
    assert not any(name.startswith("carrier__") for name in names())
    assert "carrier__is_late__share_90d" in names(rows={"shipments": 5})


def test_a_place_that_no_channel_gives_has_no_windows() -> None:
    found = names(rows={"shipments": 5}, given={"jd": ("value_minor",)})

    assert not any(name.startswith(("city__", "lane__")) for name in found)


def test_a_sparse_entity_has_one_fading_rate_instead_of_windows() -> None:
    found = names(entities={"device_key": 1.0}, labels=labels("fraud", "return"))

    rates = {name for name in found if name.startswith("device__") and "_rate__" in name}
    assert rates == {"device__fraud_rate__decayed_30d"}


def test_only_places_are_watched_from_their_first_fraud_to_their_last() -> None:
    found = names(
        entities={"buyer_key": 1.0, "entity__room": 1.0}, labels=labels("fraud", "return")
    )

    watched = {name for name in found if "seconds_since__fraud" in name or "since__return" in name}
    assert watched == {
        "entity_room__seconds_since__fraud_first_30d",
        "entity_room__seconds_since__fraud_last_90d",
    }


def test_the_route_windows_of_attempts_stay_what_the_attempt_model_reads() -> None:
    found = names(rows={"shipments": 5})

    assert set(feature_names()) <= found
    assert set(BASE_FEATURES) <= found
    assert "outlet__attempt_failed__share_7d" in found
    assert "lane__attempt_failed__share_7d" not in found


def test_only_what_loads_a_route_is_counted_for_deliveries() -> None:
    profile = HistoryProfile(
        entities={"buyer_key": 1.0, "entity__room": 1.0}, rows={"shipments": 5}
    )

    counted = {
        measure.entity.subject
        for measure, uses in measures(profile)
        if "delivery" in uses and measure.stream == "orders"
    }

    assert counted == {"shop", "entity_room", "warehouse"}


def test_one_basket_bought_by_many_is_counted() -> None:
    assert "sku_set__order_count__1h" in names(entities={"sku_set_key": 1.0})


@pytest.mark.parametrize(
    "subject", ["buyer", "phone", "email", "address_unit", "ip", "device", "payment"]
)
def test_the_age_of_what_may_be_new_is_known(subject: str) -> None:
    found = names(entities={f"{subject}_key": 1.0, "entity__room": 1.0})

    assert f"{subject}__seconds_since__first_180d" in found
    assert "entity_room__seconds_since__first_90d" in found


@pytest.mark.parametrize("subject", ["buyer", "sku", "product", "category", "entity_size"])
def test_what_buyers_rarely_do_is_looked_for_over_a_year(subject: str) -> None:
    found = names(
        entities={"buyer_key": 1.0, "entity__size": 1.0},
        labels=labels("return"),
        rows={"order_lines": 9},
    )

    rates = {name for name in found if name.startswith(f"{subject}__return_rate__")}
    assert rates == {f"{subject}__return_rate__matured_365d"}

"""Identity links as features: which there are, and what they tell of a small ring."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from features.catalogue import declare, definition_hash
from features.history import HistoryProfile, LabelProfile
from features.linked import LINK_FEATURES, features
from features.links import RULE, Link
from tests.features.memory import DAY_US, NOW, bad, in_batch, online, order, plain

if TYPE_CHECKING:
    from features.feature import Feature

KEYS = {"buyer_key": 1.0, "device_key": 0.6, "address_unit_key": 0.9}
FRAUD = {"fraud": LabelProfile("fraud", 7.0)}
SHARED: dict[str, Any] = {"device_key": "tablet", "payment_key": "card"}

RING = {
    "orders": [
        order("a", NOW - 10 * DAY_US, buyer_key="ann", **SHARED),
        order("b", NOW - 3 * DAY_US, buyer_key="ben", phone_key="1", **SHARED),
        order("stranger", NOW - 2 * DAY_US, buyer_key="cas", phone_key="1"),
        order("d", NOW, buyer_key="dee", phone_key="9", email_key="x", **SHARED),
    ],
    "outcomes": [
        bad("x", "a", NOW - DAY_US),
        bad("late", "b", NOW - DAY_US, known=NOW),
    ],
}


def told(wanted: Feature, name: str) -> float | str | None:
    """What both engines tell of an order."""
    theirs = plain(in_batch(RING, [wanted]).loc[name, wanted.name])
    assert online(RING, [wanted])[name][wanted.name] == theirs
    return theirs


@pytest.mark.parametrize(
    ("name", "of_the_last", "of_the_first"),
    [
        ("links__n_buyers", 3.0, 1.0),
        ("links__order_count__90d", 2.0, 0.0),
        ("links__order_count__7d", 1.0, 0.0),
        ("links__fraud_count__known_90d", 1.0, 0.0),
        ("links__fraud_share__known_90d", 0.5, None),
        ("links__strength", 1.2, 0.0),
        ("links__n_shared", 2.0, 0.0),
    ],
)
def test_a_ring_is_told(name: str, of_the_last: float, of_the_first: float | None) -> None:
    wanted = next(f for f in LINK_FEATURES if f.name == name)

    assert told(wanted, "d") == of_the_last
    assert told(wanted, "a") == of_the_first


def test_every_feature_has_its_story() -> None:
    assert len(LINK_FEATURES) == 7


@pytest.mark.parametrize(
    ("keys", "n"),
    [
        (KEYS, 5),
        (KEYS | {"buyer_key": 0.0}, 0),
        (KEYS | {"buyer_key": 0.0, "phone_key": 0.5}, 5),
        (KEYS | {"device_key": 0.009}, 0),
        ({"buyer_key": 1.0}, 0),
    ],
)
def test_links_need_a_buyer_and_two_identifiers(keys: dict[str, float], n: int) -> None:
    assert len(features(HistoryProfile(entities=keys))) == n


def test_known_frauds_need_a_label() -> None:
    profile = HistoryProfile(entities=KEYS, labels=FRAUD)

    names = {f.name for f in declare(profile) if f.subject == "links"}

    assert names == {f.name for f in LINK_FEATURES}


def test_other_weights_are_another_definition() -> None:
    heavier = [
        replace(f, link=replace(f.link, rule=replace(RULE, linked=90))) if f.link else f
        for f in LINK_FEATURES
    ]

    assert definition_hash(heavier) != definition_hash(LINK_FEATURES)


def test_a_quantity_that_nobody_gives_is_refused() -> None:
    with pytest.raises(ValueError, match="wealth"):
        Link("wealth")

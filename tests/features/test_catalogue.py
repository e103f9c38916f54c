"""Every declared feature is named, explained and had; a profile decides which there are."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from features.catalogue import declare, definition_hash
from features.engines.source import PLAN
from features.history import HistoryProfile, LabelProfile
from features.schema import OUTCOME_KINDS, TABLES

if TYPE_CHECKING:
    from features.feature import Feature

KEYS = [c.name for c in TABLES["orders"].columns if c.name.endswith("_key")]
KEYS.remove("order_key")
RICH = HistoryProfile(
    labels={kind: LabelProfile(kind, 14.0) for kind in (*OUTCOME_KINDS, "late")},
    attributes={"attribute__age": "float", "attribute__colour": "string"},
    entities=dict.fromkeys([*KEYS, "entity__terminal"], 0.5),
    given={"jd": tuple(c.name for c in TABLES["orders"].columns)},
    rows=dict.fromkeys(TABLES, 10),
)
FEATURES = declare(RICH)
NO_FEATURE = {"status", "payment_status", "paid_at", "revision", "order_id"}
"""Columns that say what happened after the order came, or nothing at all."""


@pytest.mark.parametrize("feature", FEATURES, ids=lambda f: f.name)
def test_a_feature_is_of_a_known_kind_and_purpose(feature: Feature) -> None:
    assert feature.kind in {"number", "category", "reference"}
    assert set(feature.purposes) <= {"risk", "abnormal", "delivery"}
    assert feature.purposes


def test_names_are_unique_and_begin_with_their_subject() -> None:
    names = [feature.name for feature in FEATURES]

    assert len(names) == len(set(names))
    assert all("__" in name and name == name.lower() for name in names)


def test_no_feature_is_made_from_what_happened_later() -> None:
    used = {name for feature in FEATURES for name in feature.order_columns}

    assert used & NO_FEATURE == set()


def test_risk_features_know_no_route() -> None:
    """The route is chosen after the order was judged."""
    route = {f"orders.{name}" for name in PLAN}
    risk = declare(RICH, purposes=("risk",))

    assert {f.name for f in risk if route & set(f.sources)} == set()


def test_no_window_grows_for_ever() -> None:
    longest = max(f.measure.horizon - f.measure.delay for f in FEATURES if f.measure is not None)

    assert longest.days == 365


def test_times_known_to_the_day_give_no_shorter_window() -> None:
    features = declare(replace(RICH, day_resolution=True))

    assert min(f.measure.window.days for f in features if f.measure is not None) == 1
    assert "timing__hour" not in {f.name for f in features}


@pytest.mark.parametrize(("share", "n"), [(0.01, True), (0.0099, False), (0.0, False)])
def test_an_entity_gets_windows_from_one_order_in_a_hundred(share: float, n: bool) -> None:
    names = {f.subject for f in declare(HistoryProfile(entities={"ip_key": share}))}

    assert ("ip" in names) is n


def test_own_entities_get_windows_under_their_own_name() -> None:
    names = {f.name for f in FEATURES}

    assert "entity_terminal__order_count__24h" in names
    assert "entity_terminal__fraud_rate__matured_7d" in names


def test_attributes_keep_their_name_and_type() -> None:
    kinds = {f.name: f.kind for f in FEATURES}

    assert kinds["attribute__age"] == "number"
    assert kinds["attribute__colour"] == "category"


def test_a_column_that_no_channel_gives_makes_no_feature() -> None:
    poor = replace(RICH, given={"jd": ("value_minor",)}, rows={"orders": 9}, attributes={})

    names = {f.name for f in declare(poor)}

    assert "order__value_minor" in names
    assert "order__n_units" not in names
    assert not any(name.startswith(("basket__", "sku__", "carrier__")) for name in names)


def test_a_label_with_another_maturity_is_another_definition() -> None:
    later = RICH.labels | {"fraud": LabelProfile("fraud", 60.0)}

    assert definition_hash(declare(replace(RICH, labels=later))) != definition_hash(FEATURES)


def test_a_new_wording_is_the_same_definition() -> None:
    reworded = [replace(feature, en="something else") for feature in FEATURES]

    assert definition_hash(reworded) == definition_hash(FEATURES)
    assert definition_hash(reversed(FEATURES)) == definition_hash(FEATURES)


def test_a_new_version_is_a_new_definition() -> None:
    raised = [replace(FEATURES[0], version=2), *FEATURES[1:]]

    assert definition_hash(raised) != definition_hash(FEATURES)


def test_declaring_twice_gives_the_same() -> None:
    assert [f.name for f in declare(RICH)] == [f.name for f in FEATURES]
    assert definition_hash(declare(RICH)) == definition_hash(FEATURES)


def test_an_unknown_purpose_keeps_nothing() -> None:
    assert declare(RICH, purposes=("gardening",)) == ()

"""What every registered detector keeps to, whatever it looks for."""

from __future__ import annotations

import itertools
import math
import random
from typing import TYPE_CHECKING

import pytest

from models.contracts import Detector
from models.detectors import DETECTORS, NEEDED_FEATURES, assess_all
from models.detectors.combine import combine
from models.policy.costs import EVIDENCE, HARMS

if TYPE_CHECKING:
    from models.contracts import FeatureValues

TEXTS = {
    "order__platform_risk": ["none", "review", "locked", "frozen", None, ""],
    "order__status": ["created", "paid", "shipped", "cancelled", None],
    "order__payment_status": ["paid", "pending", "voided", "unknown", None],
    "order__payment_method": ["card", "cod", None],
}
NUMBERS = [0.0, 1.0, 3.0, 9.0, 40.0, 1e6, -5.0, math.nan, None]

every_detector = pytest.mark.parametrize("detector", DETECTORS, ids=lambda d: d.name)


def random_features(seed: int) -> dict[str, float | str | None]:
    draw = random.Random(seed)  # noqa: S311 not for secrets
    features: dict[str, float | str | None] = {}
    for name in sorted(NEEDED_FEATURES):
        if draw.random() < 0.3:
            continue
        if name in TEXTS:
            features[name] = draw.choice(TEXTS[name])
        elif "__order_key__" in name:
            features[name] = draw.choice(["m/c/s/1", "m/c/s/2", None])
        else:
            features[name] = draw.choice(NUMBERS)
    return features


FEATURES = [random_features(seed) for seed in range(2_000)]


@every_detector
def test_fits_the_protocol(detector: Detector) -> None:
    assert isinstance(detector, Detector)
    assert detector.needs


@every_detector
def test_says_nothing_of_an_order_without_features(detector: Detector) -> None:
    assert detector.assess({}).score == 0.0


@every_detector
def test_survives_unknown_values(detector: Detector) -> None:
    unknown: FeatureValues = dict.fromkeys(detector.needs, math.nan)

    assert detector.assess(unknown).score == 0.0
    assert detector.assess(dict.fromkeys(detector.needs)).score == 0.0


@every_detector
def test_a_score_is_a_share_and_a_raised_one_has_reasons(detector: Detector) -> None:
    for features in FEATURES:
        finding = detector.assess(features)

        assert 0.0 <= finding.score <= 1.0
        if finding.score > 0:
            assert finding.reasons
            assert math.isclose(sum(reason.share for reason in finding.reasons), 1.0)
            assert all(reason.zh and reason.en and reason.code for reason in finding.reasons)


@every_detector
def test_leaves_its_input_alone_and_repeats_itself(detector: Detector) -> None:
    for features in FEATURES[:50]:
        before = dict(features)

        first, second = detector.assess(features), detector.assess(features)

        assert first == second
        assert list(map(repr, features.items())) == list(map(repr, before.items()))


@every_detector
def test_reads_only_what_it_declares(detector: Detector) -> None:
    for features in FEATURES[:50]:
        declared = {name: value for name, value in features.items() if name in detector.needs}

        assert detector.assess(declared) == detector.assess(features)


@every_detector
def test_announces_a_harm_that_has_a_cost(detector: Detector) -> None:
    assert EVIDENCE[detector.name].harm in HARMS


def test_names_and_reason_codes_are_unique() -> None:
    names = [detector.name for detector in DETECTORS]
    codes = {
        detector.name: {r.code for f in FEATURES for r in detector.assess(f).reasons}
        for detector in DETECTORS
    }

    assert len(set(names)) == len(names)
    assert all(not codes[a] & codes[b] for a, b in itertools.combinations(names, 2))


def test_the_combined_score_is_at_least_the_strongest_finding() -> None:
    for features in FEATURES:
        found = assess_all(features)
        whole = combine(found)

        assert whole.score >= max((f.score for f in found.values()), default=0.0)
        assert whole.score <= 1.0

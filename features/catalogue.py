"""Every feature by name: which ones a history supports, and what they mean. No calculation."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Final

from features import basket, buyer, given, lane, linked, place, promise, timing
from features.coverage import gives, holds
from features.feature import Feature
from features.measures import measures
from features.wording import describe

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from features.history import HistoryProfile

__all__ = ["Feature", "declare", "definition_hash"]

SUBJECTS: Final = (given, basket, timing, place, promise)
"""Modules of features of the order itself that need every column they name."""


def declare(
    profile: HistoryProfile, *, purposes: Iterable[str] | None = None
) -> tuple[Feature, ...]:
    """Declare the features that a history supports.

    Parameters
    ----------
    profile
        What is true of the history: entities and their coverage, columns that channels give,
        attributes, labels, whether times are only days.
    purposes
        Keep only features meant for one of these: ``risk``, ``abnormal``, ``delivery``.

    Returns
    -------
    tuple of Feature
        Names are unique; the order is the same for the same profile.

    Examples
    --------
    >>> from features.history import HistoryProfile, LabelProfile
    >>> profile = HistoryProfile(
    ...     entities={"buyer_key": 1.0}, labels={"fraud": LabelProfile("fraud", 7.0)}
    ... )
    >>> names = {feature.name for feature in declare(profile)}
    >>> {"buyer__order_count__24h", "buyer__fraud_rate__matured_90d"} <= names
    True
    """
    windowed = (describe(measure, uses) for measure, uses in measures(profile))
    features = [*_of_the_order(profile), *windowed, *linked.features(profile)]
    wanted = None if purposes is None else frozenset(purposes)
    return tuple(f for f in features if wanted is None or wanted & set(f.purposes))


def definition_hash(features: Iterable[Feature]) -> str:
    """Digest of what the features' values hang on, 64 hexadecimal digits.

    Examples
    --------
    >>> definition_hash(()) == definition_hash([])
    True
    """
    documents = sorted((f.definition for f in features), key=lambda d: str(d["name"]))
    text = json.dumps(documents, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _of_the_order(profile: HistoryProfile) -> Iterator[Feature]:
    """Features that need no other order, where the history gives what they are made from."""
    for module in SUBJECTS:
        for feature in module.FEATURES:
            if _supported(profile, feature):
                yield feature
    for feature in buyer.FEATURES:
        if any(gives(profile, column) for column in feature.order_columns):
            yield feature
    if holds(profile, "shipments"):
        yield from given.PLAN_FEATURES
        yield from lane.FEATURES
    for name, type_ in sorted(profile.attributes.items()):
        yield given.attribute(name, type_)


def _supported(profile: HistoryProfile, feature: Feature) -> bool:
    if feature.needs_lines and not holds(profile, "order_lines"):
        return False
    if profile.day_resolution and feature.unit == timing.HOUR:
        return False
    columns = set(feature.order_columns)
    if feature.subject in {"timing", "promise"}:
        columns.discard("utc_offset_min")  # the merchant's zone stands in for it
    return all(gives(profile, column) for column in columns)

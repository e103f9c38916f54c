"""Names of divisions in a Chinese text: evidence, weighed by where it stands and what follows."""

from __future__ import annotations

from features.address.hits.hit import Hit
from features.address.hits.longest import begins_a_longer_name
from features.address.hits.province_signs import without_sign
from features.address.hits.scan import find_hits
from features.address.hits.signs import is_before_a_road

__all__ = ["Hit", "begins_a_longer_name", "find_hits", "is_before_a_road", "without_sign"]

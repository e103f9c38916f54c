"""Entity F1 on labelled real addresses, of the labels that our fields stand for."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Final

from features.address.names import short_name
from features.address.resolve import resolve

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from features.address.result import Resolution

FIELDS: Final = {
    "prov": "province",
    "city": "city",
    "district": "district",
    "town": "township",
    "road": "street",
    "community": "street",
    "roadno": "house",
    "poi": "estate",
    "houseno": "building",
    "cellno": "unit",
    "roomno": "unit",
}
"""Labels of the set with the field of ours that holds the same part.

A village stands in our street where there is no road. Sub-road, development zone, floor and the
like have no field of their own and are left out. Of buildings, units and rooms the numbers are
compared: ours always say their kind. Divisions are compared by their stem and only where the text
names them, since the labels keep the names of 2019 and ours are today's.
"""


_VILLAGES: Final = ("村", "庄", "屯", "寨", "大队", "嘎查")
_NUMBERED: Final = frozenset({"houseno", "cellno", "roomno"})
_KIND: Final = re.compile("号楼|单元|[栋幢座楼室房号户门#]")
_FLOOR: Final = re.compile(r"^[\d一二三四五六七八九十B]+[层楼]")


def entity_scores(path: Path) -> dict[str, tuple[int, float, float, float]]:
    """Score every label: number in the truth, precision, recall, F1; and all of them together."""
    import pandas as pd

    truth, found, right = Counter[str](), Counter[str](), Counter[str]()
    for row in pd.read_parquet(path).itertuples(index=False):
        parts = first_parts(row.tokens, row.labels)  # type: ignore[arg-type] # columns of the file
        place = resolve(str(row.address))
        for label, field in FIELDS.items():
            value = _value(place, label, field)
            truth[label] += label in parts
            found[label] += value is not None
            right[label] += _agree(label, parts.get(label), value)
    scores = {label: _f1(truth[label], found[label], right[label]) for label in FIELDS}
    scores["all mapped labels"] = _f1(truth.total(), found.total(), right.total())
    return scores


def first_parts(tokens: Iterable[str], labels: Iterable[str]) -> dict[str, str]:
    """Join the characters of the first part of every label."""
    parts: dict[str, str] = {}
    open_label = ""
    for token, mark in zip(tokens, labels, strict=True):
        position, _, label = mark.partition("-")
        label = label.lower()
        if position == "B":
            open_label = "" if label in parts else label
            parts.setdefault(label, "")
        if label and label == open_label:
            parts[label] += token
    return parts


def _value(place: Resolution, label: str, field: str) -> str | None:
    """Give our value of a label, or None where the text does not name it."""
    value: str | None = getattr(place, field)
    if field in place.inferred:
        return None
    if field == "city" and value == place.province:
        return None
    if field == "street" and value and value.endswith(_VILLAGES) != (label == "community"):
        return None
    if field == "district":
        # The labels keep the names of 2019.
        return next((old for old, new, _ in place.replaced if new == value), value)
    if label == "cellno":
        return _unit_without_room(place)
    if label == "roomno":
        return _FLOOR.sub("", place.room or "") or None
    return value


def _unit_without_room(place: Resolution) -> str | None:
    return (place.unit or "").removesuffix(place.room or "") or None


def _agree(label: str, truth: str | None, value: str | None) -> bool:
    if truth is None or value is None:
        return False
    if label in _NUMBERED:
        return _KIND.sub("", value) == _KIND.sub("", truth)
    if label in {"prov", "city", "district"}:
        return (short_name(truth) or truth) == (short_name(value) or value)
    return truth == value


def _f1(truth: int, found: int, right: int) -> tuple[int, float, float, float]:
    precision = right / found if found else 0.0
    recall = right / truth if truth else 0.0
    both = precision + recall
    return truth, precision, recall, 2 * precision * recall / both if both else 0.0

"""The ways one order could go as the numbers that boosters read, from columns."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from features.engines.rows import picker
from features.engines.ways import field_value

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from features.engines.ways import WayNames, Ways
    from features.feature import Feature
    from models.training.encoding import Encoding

    Row = Mapping[str, Any]
    Codes = Mapping[str, float]
    Places = NDArray[np.intp]


@dataclass(frozen=True)
class _Layout:
    """Where the columns stand among the features of the ways."""

    names: WayNames
    shared: tuple[Places, Callable[[Sequence[Any]], Sequence[Any]]]
    shared_texts: tuple[tuple[int, int, Codes], ...]
    fields: tuple[tuple[Places, Callable[[Row], list[float]]], ...]
    numbers: tuple[Places, Places]


class WayEncoding:
    """Encodings of several models that lay out all ways of an order at once.

    What several models read alike is laid out once. The columns of one of them hold the bits of its
    `Encoding.one`.

    Parameters
    ----------
    encodings
        Of the models, by name.

    Attributes
    ----------
    columns
        Model to the columns of the matrix that it reads, in the order of its features.

    Examples
    --------
    >>> from features.engines.plans import Ends, Plans, Side
    >>> from features.engines.ways import WayNames, Ways
    >>> from features.given import PLAN_FEATURES
    >>> from models.training.encoding import Encoding
    >>> warehouses, outlets = Ends(), Ends()
    >>> begin = Side(warehouses, warehouses.places(("JX", "JX"), lambda _: {"warehouse": "JX"}))
    >>> rows = [{"carrier": "yd"}, {"carrier": "jd"}]
    >>> plans = Plans((begin, Side(outlets, outlets.places(("a", "b"), rows.__getitem__))))
    >>> carrier = next(f for f in PLAN_FEATURES if f.name == "plan__carrier")
    >>> names = WayNames(fields=((), (carrier,)), numbers=("outlet__rate",))
    >>> ways = Ways(names, plans, numbers=np.array([[0.5], [0.25]]))
    >>> late = Encoding(("outlet__rate", "plan__carrier"), {"plan__carrier": ("sf", "yd")})
    >>> encoding = WayEncoding({"late": late, "attempt": Encoding(("outlet__rate",), {})})
    >>> encoding.many(ways).tolist()
    [[0.5, 1.0], [0.25, nan]]
    >>> encoding.columns["attempt"]
    array([0])
    """

    def __init__(self, encodings: Mapping[str, Encoding]) -> None:
        slots: dict[tuple[str, tuple[str, ...] | None], int] = {}
        self.columns = {
            model: _places(
                slots.setdefault((name, encoding.vocabularies.get(name)), len(slots))
                for name in encoding.names
            )
            for model, encoding in encodings.items()
        }
        self._slots = tuple(
            (name, None if vocabulary is None else _codes(vocabulary)) for name, vocabulary in slots
        )
        self._known: _Layout | None = None

    def many(self, ways: Ways) -> NDArray[np.float64]:
        """Encode ways, shape ``(n_ways, n_columns)``; a feature they lack is unknown."""
        layout = self._layout(ways.names)
        row = np.full(len(self._slots), np.nan)
        places, pick = layout.shared
        row[places] = _numbers(pick(ways.shared))
        for place, i, codes in layout.shared_texts:
            row[place] = _code(codes, ways.shared[i])
        matrix = np.empty((ways.plans.n, len(row)))
        matrix[:] = row
        for side, (into, codes_of) in zip(ways.plans.sides, layout.fields, strict=True):
            matrix[:, into] = side.ends.each(codes_of, side.places)
        into, of = layout.numbers
        matrix[:, into] = ways.numbers.take(of, axis=1)
        return matrix

    def _layout(self, names: WayNames) -> _Layout:
        """Find where everything stands; once for each reader of ways."""
        if self._known is not None and (self._known.names is names or self._known.names == names):
            return self._known
        at = {name: i for i, name in enumerate(names.shared)}
        shared = [
            (slot, at[n])
            for slot, (n, codes) in enumerate(self._slots)
            if n in at and codes is None
        ]
        texts = [
            (slot, at[n], codes)
            for slot, (n, codes) in enumerate(self._slots)
            if n in at and codes is not None
        ]
        of = {name: i for i, name in enumerate(names.numbers)}
        numbers = [(slot, of[n]) for slot, (n, _) in enumerate(self._slots) if n in of]
        self._known = _Layout(
            names,
            (_places(slot for slot, _ in shared), picker([i for _, i in shared])),
            tuple(texts),
            tuple(self._fields(side) for side in names.fields),
            (_places(slot for slot, _ in numbers), _places(i for _, i in numbers)),
        )
        return self._known

    def _fields(self, side: Sequence[Feature]) -> tuple[Places, Callable[[Row], list[float]]]:
        """Give where the fields of one end of the ways stand, and what reads them."""
        by_name = {feature.name: feature for feature in side}
        read = [
            (slot, by_name[n], codes) for slot, (n, codes) in enumerate(self._slots) if n in by_name
        ]
        return _places(slot for slot, *_ in read), partial(_codes_of, [(f, c) for _, f, c in read])


def _codes(vocabulary: tuple[str, ...]) -> Codes:
    return {value: float(code) for code, value in enumerate(vocabulary)}


def _codes_of(read: Sequence[tuple[Feature, Codes | None]], plan: Row) -> list[float]:
    """Encode the fields of one end of a way."""
    values = [(codes, field_value(plan, feature)) for feature, codes in read]
    return [_number(v) if codes is None else _code(codes, v) for codes, v in values]


def _places(found: Any) -> Places:
    return np.array(list(found), np.intp)


def _code(codes: Codes, value: Any) -> float:
    """Give the code of a category; NaN where it is missing, rare or new."""
    return np.nan if value is None else codes.get(str(value), np.nan)


def _numbers(values: Sequence[Any]) -> Any:
    """Read numbers, None as NaN; a text is no number."""
    try:
        return np.array(values, np.float64)
    except (TypeError, ValueError):
        return [_number(value) for value in values]


def _number(value: Any) -> float:
    return np.nan if value is None or isinstance(value, str) else float(value)

"""The ways one order could go as the numbers that boosters read, from columns."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from features.engines.rows import picker
from features.engines.ways import field_value

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from features.engines.plans import Plans
    from features.engines.ways import WayNames, Ways
    from features.feature import Feature
    from models.training.encoding import Encoding

    Row = Mapping[str, Any]
    Codes = Mapping[str, float]
    Column = tuple[str, tuple[str, ...] | None]
    Places = NDArray[np.intp]


class WayEncoding:
    """Encodings of several models that lay out all ways of an order at once.

    What several models read alike is laid out once. The columns of one of them hold the bits of its
    `Encoding.one`.

    Parameters
    ----------
    encodings
        Of the models, by name.
    names
        The features of the ways.

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
    >>> late = Encoding(("plan__carrier", "outlet__rate"), {"plan__carrier": ("sf", "yd")})
    >>> encoding = WayEncoding(
    ...     {"late": late, "attempt": Encoding(("outlet__rate",), {})}, names
    ... )
    >>> encoding.many(ways).tolist()
    [[0.5, 1.0], [0.25, nan]]
    >>> encoding.columns["late"], encoding.columns["attempt"]
    (array([1, 0]), array([0]))
    """

    def __init__(self, encodings: Mapping[str, Encoding], names: WayNames) -> None:
        read = dict.fromkeys(
            (name, encoding.vocabularies.get(name))
            for encoding in encodings.values()
            for name in encoding.names
        )
        of, at = ({n: i for i, n in enumerate(found)} for found in (names.numbers, names.shared))
        # Columns of one kind stand side by side, so that each kind is filled in at once.
        numbers = [column for column in read if column[0] in of]
        shared = [column for column in read if column[0] in at and column[1] is None]
        slots = {c: i for i, c in enumerate(dict.fromkeys((*numbers, *shared, *read)))}
        self.columns = {
            model: _places(slots[name, encoding.vocabularies.get(name)] for name in encoding.names)
            for model, encoding in encodings.items()
        }
        self._n = len(slots)
        self._numbers = _places(of[name] for name, _ in numbers)
        self._end = len(numbers) + len(shared)
        self._pick = picker([at[name] for name, _ in shared])
        self._texts = [
            (slot, at[name], _codes(vocabulary))
            for (name, vocabulary), slot in slots.items()
            if name in at and vocabulary is not None
        ]
        self._fields = [_fields(side, slots) for side in names.fields]

    def many(self, ways: Ways) -> NDArray[np.float64]:
        """Encode ways, shape ``(n_ways, n_columns)``; a feature they lack is unknown."""
        n = len(self._numbers)
        matrix = ways.plans.once(self, self._planned).copy()
        matrix[:, :n] = ways.numbers.take(self._numbers, axis=1)
        matrix[:, n : self._end] = _numbers(self._pick(ways.shared))
        for slot, at, codes in self._texts:
            matrix[:, slot] = _code(codes, ways.shared[at])
        return matrix

    def _planned(self, plans: Plans) -> NDArray[np.float64]:
        """Encode what the plans alone say."""
        matrix = np.full((plans.n, self._n), np.nan)
        for side, (into, codes_of) in zip(plans.sides, self._fields, strict=True):
            matrix[:, into] = side.ends.each(codes_of, side.places)
        return matrix


def _fields(
    side: Sequence[Feature], slots: Mapping[Column, int]
) -> tuple[Places, Callable[[Row], list[float]]]:
    """Give where the fields of one end of the ways stand, and what reads them."""
    by_name = {feature.name: feature for feature in side}
    read = [
        (slot, by_name[name], None if vocabulary is None else _codes(vocabulary))
        for (name, vocabulary), slot in slots.items()
        if name in by_name
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

"""The ways one order could go as the numbers that boosters read, from columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from features.engines.ways import WayNames, Ways
    from models.training.encoding import Encoding

    Codes = Mapping[str, float]
    Places = NDArray[np.intp]


@dataclass(frozen=True)
class _Layout:
    """Where the features of a model stand among those of the ways."""

    names: WayNames
    shared: tuple[Places, tuple[int, ...]]
    shared_texts: tuple[tuple[int, int, Codes], ...]
    planned: tuple[tuple[int, int, Codes | None], ...]
    measured: tuple[Places, Places]


class WayEncoding:
    """An encoding that lays out all ways of an order at once, to the bits of `Encoding.one`.

    Parameters
    ----------
    encoding
        Of a model.

    Examples
    --------
    >>> from features.engines.ways import WayNames, Ways
    >>> from models.training.encoding import Encoding
    >>> encoding = Encoding(("outlet__rate", "plan__carrier"), {"plan__carrier": ("sf", "yd")})
    >>> names = WayNames(planned=("plan__carrier",), measured=("outlet__rate",))
    >>> ways = Ways(2, names, (), [["yd", None]], np.array([[0.5], [0.25]]))
    >>> WayEncoding(encoding).many(ways).tolist()
    [[0.5, 1.0], [0.25, nan]]
    """

    def __init__(self, encoding: Encoding) -> None:
        self._encoding = encoding
        self._codes = {
            name: {value: float(code) for code, value in enumerate(values)}
            for name, values in encoding.vocabularies.items()
        }
        self._known: _Layout | None = None

    def many(self, ways: Ways, only: Sequence[int] | None = None) -> NDArray[np.float64]:
        """Encode ways, shape ``(n_ways, n_features)``; a feature they lack is unknown.

        Parameters
        ----------
        ways
            Feature values.
        only
            Positions of the ways that are wanted; all of them unless given.
        """
        layout = self._layout(ways.names)
        row = np.full(len(self._encoding.names), np.nan)
        places, at = layout.shared
        row[places] = _numbers([ways.shared[i] for i in at])
        for place, i, codes in layout.shared_texts:
            row[place] = _code(codes, ways.shared[i])
        matrix = np.empty((ways.n if only is None else len(only), len(row)))
        matrix[:] = row
        for place, i, known in layout.planned:
            column = ways.planned[i]
            if only is not None:
                column = [column[at] for at in only]
            matrix[:, place] = _numbers(column) if known is None else _coded(known, column)
        into, of = layout.measured
        numbers = ways.numbers if only is None else ways.numbers[list(only)]
        matrix[:, into] = numbers[:, of]
        return matrix

    def _layout(self, names: WayNames) -> _Layout:
        """Find where everything stands; once for each reader of ways."""
        if self._known is not None and (self._known.names is names or self._known.names == names):
            return self._known
        place = {name: at for at, name in enumerate(self._encoding.names)}
        shared = [(place[n], i) for i, n in enumerate(names.shared) if n in place]
        texts = {place[n]: codes for n, codes in self._codes.items() if n in place}
        plain = [(at, i) for at, i in shared if at not in texts]
        measured = [(place[n], i) for i, n in enumerate(names.measured) if n in place]
        self._known = _Layout(
            names,
            (_places(at for at, _ in plain), tuple(i for _, i in plain)),
            tuple((at, i, texts[at]) for at, i in shared if at in texts),
            tuple(
                (place[n], i, texts.get(place[n]))
                for i, n in enumerate(names.planned)
                if n in place
            ),
            (_places(at for at, _ in measured), _places(i for _, i in measured)),
        )
        return self._known


def _places(found: Any) -> Places:
    return np.array(list(found), np.intp)


def _code(codes: Codes, value: Any) -> float:
    """Give the code of a category; NaN where it is missing, rare or new."""
    return np.nan if value is None else codes.get(str(value), np.nan)


def _coded(codes: Codes, values: Sequence[Any]) -> list[float]:
    """Give the codes of a column; most of its values are codes' own keys."""
    found = [codes[value] for value in values if value in codes]
    return found if len(found) == len(values) else [_code(codes, value) for value in values]


def _numbers(values: Sequence[Any]) -> Any:
    """Read numbers, None as NaN; a text is no number."""
    try:
        return np.array(values, np.float64)
    except (TypeError, ValueError):
        return [np.nan if v is None or isinstance(v, str) else float(v) for v in values]

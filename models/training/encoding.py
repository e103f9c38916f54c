"""Feature values to the numbers a booster reads, the same for one order and for a million."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from models.contracts import FeatureValues


@dataclass(frozen=True)
class Encoding:
    """Feature order and the vocabulary of each category.

    A category's value becomes its place in the vocabulary; unknown, rare and missing values become
    NaN. Numbers stay as they are; a feature that is absent is NaN.

    Parameters
    ----------
    names
        Features in the model's order.
    vocabularies
        Category feature to its known values, most frequent first.

    Examples
    --------
    >>> encoding = Encoding(("order__total", "order__channel"), {"order__channel": ("shop", "app")})
    >>> encoding.one({"order__total": 5, "order__channel": "app"}).tolist()
    [5.0, 1.0]
    >>> encoding.one({"order__channel": "fax"}).tolist()
    [nan, nan]
    """

    names: tuple[str, ...]
    vocabularies: Mapping[str, tuple[str, ...]]

    @classmethod
    def of_document(cls, document: Mapping[str, Any]) -> Encoding:
        """Read back the encoding that the document of an artifact tells of.

        Examples
        --------
        >>> document = {"features": [{"name": "order__channel"}]}
        >>> Encoding.of_document(document | {"vocabularies": {"order__channel": ["shop"]}})
        Encoding(names=('order__channel',), vocabularies={'order__channel': ('shop',)})
        """
        names = tuple(entry["name"] for entry in document["features"])
        vocabularies = document["vocabularies"]
        return cls(names, {name: tuple(values) for name, values in vocabularies.items()})

    def one(self, values: FeatureValues) -> np.ndarray:
        """Encode one order, shape ``(n_features,)``."""
        row = np.full(len(self.names), np.nan)
        for place, name in enumerate(self.names):
            value = values.get(name)
            if value is not None and not isinstance(value, str):
                row[place] = float(value)
        for place, name, codes in self._coded:
            value = values.get(name)
            row[place] = math.nan if value is None else codes.get(str(value), math.nan)
        return row

    def many(self, frame: pd.DataFrame) -> np.ndarray:
        """Encode a frame, shape ``(n_orders, n_features)``."""
        matrix = np.full((len(frame), len(self.names)), np.nan)
        for place, name in enumerate(self.names):
            if name not in frame:
                continue
            column = frame[name]
            if name in self.vocabularies:
                matrix[:, place] = self._many_codes(name, column)
            else:
                matrix[:, place] = _numbers(column)
        return matrix

    def _many_codes(self, name: str, column: pd.Series) -> np.ndarray:
        """Codes of one category column, NaN where unknown."""
        import pandas as pd

        known = pd.Index(list(self.vocabularies[name]), dtype=object)
        codes = known.get_indexer(pd.Index(column.astype(object), dtype=object))
        return np.where(codes < 0, np.nan, codes.astype(float))

    @cached_property
    def _coded(self) -> tuple[tuple[int, str, dict[str, float]], ...]:
        """Place, name and code by value of each category."""
        return tuple(
            (place, name, {v: float(code) for code, v in enumerate(self.vocabularies[name])})
            for place, name in enumerate(self.names)
            if name in self.vocabularies
        )

    @property
    def categorical(self) -> list[int]:
        """Places of the categories."""
        return [place for place, name in enumerate(self.names) if name in self.vocabularies]

    def to_json(self) -> dict[str, Any]:
        """Write the vocabularies as lists."""
        return {name: list(values) for name, values in self.vocabularies.items()}


def fit_encoding(
    frame: pd.DataFrame,
    names: Sequence[str],
    categories: frozenset[str],
    *,
    min_rows: int = 20,
    max_values: int = 200,
) -> Encoding:
    """Learn vocabularies from training rows.

    Parameters
    ----------
    frame
        Training rows.
    names
        Features to use, in order.
    categories
        Which of them are categories.
    min_rows
        Values seen in fewer rows count as unknown.
    max_values
        Most values kept of one category.

    Returns
    -------
    Encoding
        Features with vocabularies.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = pd.DataFrame({"channel": ["jd"] * 30 + ["web"] * 5, "value": range(35)})
    >>> encoding = fit_encoding(rows, ("channel", "value"), frozenset({"channel"}))
    >>> encoding.vocabularies  # of five rows nothing is learned
    {'channel': ('jd',)}
    """
    vocabularies = {}
    for name in names:
        if name not in categories:
            continue
        counts = frame[name].value_counts()
        counts = counts[counts >= min_rows]
        ranked = sorted(counts.items(), key=lambda item: (-item[1], str(item[0])))
        vocabularies[name] = tuple(str(value) for value, _ in ranked[:max_values])
    return Encoding(tuple(names), vocabularies)


def _numbers(column: pd.Series) -> np.ndarray:
    """Read a column as floats; what is no number is NaN."""
    import pandas as pd

    if column.dtype == object:
        return pd.to_numeric(column, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    return column.to_numpy(dtype=float, na_value=np.nan)

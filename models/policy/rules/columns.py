"""The same rules over many orders at once: columns of a frame in, who fires on what out.

Every test is made on whole columns, a text once for each different text; what fires is what the
compiled program says order by order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from models.policy.rules.conditions import (
    BETWEEN,
    CONTAINS,
    EQUAL,
    IN,
    MATCHES,
    MISSING,
    STARTS,
    Check,
)
from models.policy.rules.fields import TEXT, text_of, words_of
from models.policy.rules.patterns import matches

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from features.arrays import Flags, Floats
    from models.policy.rules.conditions import Group
    from models.policy.rules.document import Rule

_COMPARE: Final = {
    EQUAL: np.equal,
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
}


class Columns:
    """Orders by column, prepared for tests; each column is read once.

    Parameters
    ----------
    frame
        Values by field, one row an order; a column that is absent is unknown throughout.

    Examples
    --------
    >>> import pandas as pd
    >>> from models.policy.rules.conditions import check
    >>> from models.policy.rules.fields import everywhere
    >>> columns = Columns(pd.DataFrame({"order__value_minor": [600.0, None, 400.0]}))
    >>> columns.holds(check(everywhere()["order__value_minor"], ">=", (500.0,))).tolist()
    [True, False, False]
    """

    def __init__(self, frame: pd.DataFrame | Mapping[str, Any]) -> None:
        self._frame = frame
        self._n = len(frame) if hasattr(frame, "index") else len(next(iter(frame.values()), ()))
        self._numbers: dict[str, Floats] = {}
        self._texts: dict[str, tuple[NDArray[np.intp], list[str], list[str]]] = {}

    def holds(self, condition: Check | Group) -> Flags:
        """Tell for each order whether a condition is true, shape ``(n_orders,)``."""
        if isinstance(condition, Check):
            return self._check(condition)
        found: Flags = np.full(self._n, condition.is_all)
        for part in condition.parts:
            found = found & self.holds(part) if condition.is_all else found | self.holds(part)
            if not found.any() if condition.is_all else found.all():
                break
        return found

    def _check(self, check: Check) -> Flags:
        if check.field.kind == TEXT:
            return self._text_check(check)
        numbers = self._number_column(check.field.name)
        if check.op == MISSING:
            missing = np.isnan(numbers)
            return ~missing if check.is_negated else missing
        if check.op == BETWEEN:
            low, high = map(float, check.values)
            found = (numbers >= low) & (numbers <= high)
        elif check.op == IN:
            found = np.isin(numbers, np.array(check.values, dtype=float))
        else:
            found = _COMPARE[check.op](numbers, check.values[0])
        # Nothing compares with NaN, so a test is false of the unknown; its opposite must be, too.
        return ~(found | np.isnan(numbers)) if check.is_negated else found

    def _text_check(self, check: Check) -> Flags:
        """Test each different text once; the last entry stands for a missing one."""
        codes, texts, words = self._text_column(check.field.name)
        if check.op == MISSING:
            found = np.zeros(len(texts), dtype=bool)
        else:
            found = np.asarray(_search(check, texts, words), dtype=bool)
            found = ~found if check.is_negated else found
        is_missing = check.op == MISSING and not check.is_negated
        if check.op == MISSING and check.is_negated:
            found = ~found
        by_code: Flags = np.append(found, is_missing)
        return by_code[codes]

    def _number_column(self, name: str) -> Floats:
        if name not in self._numbers:
            # A column of a table kept by rows would be walked in strides at every test.
            self._numbers[name] = np.ascontiguousarray(_as_numbers(self._column(name), self._n))
        return self._numbers[name]

    def _text_column(self, name: str) -> tuple[NDArray[np.intp], list[str], list[str]]:
        if name not in self._texts:
            codes, texts = _as_codes(self._column(name), self._n)
            self._texts[name] = codes, texts, [words_of(text) for text in texts]
        return self._texts[name]

    def _column(self, name: str) -> Any:
        return self._frame.get(name, None)


def fires(rules: Sequence[Rule], columns: Columns) -> dict[str, Flags]:
    """Tell which rules fire on which orders.

    Parameters
    ----------
    rules
        Rules; their modes do not matter here.
    columns
        The orders.

    Returns
    -------
    dict
        Rule id to flags of shape ``(n_orders,)``.

    Examples
    --------
    >>> from models.policy.rules.fields import everywhere
    >>> from models.policy.rules.reading import read_rules
    >>> import pandas as pd
    >>> document = read_rules('''
    ... rules:
    ...   - id: dear
    ...     name: {zh: 高额, en: dear}
    ...     when: [{field: order__value_minor, op: ">=", value: 50000}]
    ...     then: {action: review}
    ... ''', everywhere())
    >>> orders = Columns(pd.DataFrame({"order__value_minor": [80_000.0, 100.0, float("nan")]}))
    >>> fires(document.rules, orders)["dear"].tolist()
    [True, False, False]
    """
    return {rule.id: columns.holds(rule.when) for rule in rules}


def _search(check: Check, texts: list[str], words: list[str]) -> Any:
    if check.op == EQUAL:
        return [text == check.values[0] for text in texts]
    if check.op == IN:
        wanted = frozenset(check.values)
        return [text in wanted for text in texts]
    if check.op == CONTAINS:
        terms = [str(value) for value in check.values]
        return [any(term in text for term in terms) for text in words]
    if check.op == STARTS:
        return [text.startswith(str(check.values[0])) for text in words]
    assert check.op == MATCHES  # noqa: S101 the operators of texts end here
    return matches(words, str(check.values[0]))


def _as_numbers(column: Any, n: int) -> Floats:
    """Give a column as floats, NaN for everything that is no number."""
    import pandas as pd

    if column is None:
        return np.full(n, np.nan)
    values = column if isinstance(column, pd.Series) else pd.Series(column)
    if values.dtype == np.float64:
        return values.to_numpy()
    if pd.api.types.is_string_dtype(values.dtype) and values.dtype != object:
        return np.full(n, np.nan)
    if values.dtype == object:
        numeric = [v if isinstance(v, int | float | np.number) else np.nan for v in values]
        return np.array(numeric, dtype=np.float64)
    return values.to_numpy(dtype=np.float64, na_value=np.nan)


def _as_codes(column: Any, n: int) -> tuple[NDArray[np.intp], list[str]]:
    """Give numbers to the different texts of a column; -1 where there is none."""
    import pandas as pd

    if column is None:
        return np.full(n, -1, dtype=np.intp), []
    codes, uniques = pd.factorize(column)
    texts = [text_of(value) for value in uniques.tolist()]
    if None in texts:
        renumbered = np.cumsum([text is not None for text in texts]) - 1
        place = np.where([text is not None for text in texts], renumbered, -1)
        codes = np.append(place, -1)[codes]
    return codes.astype(np.intp, copy=False), [text for text in texts if text is not None]

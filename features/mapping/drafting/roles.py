"""What the columns of a file seem to mean: by their names, where their values agree."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final

from features.mapping.drafting.columns import Column
from features.mapping.drafting.moments import is_moment
from features.mapping.drafting.words import plain, words_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Roles = dict[str, Column]
"""Meaning to the column that has it."""

ENOUGH: Final = 0.9
"""Share of the looked-at values that have to be what a column is taken for."""

LEAST: Final = 2
"""Values of which one may be something else, if there are more."""

MOST_WORDS: Final = 50
"""Different texts beyond which a column is no attribute that a model could learn from."""

_PLAIN: Final = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?")
_BILLING: Final = "billing"
"""What is in the name of a buyer's own address; the parcel goes elsewhere."""

_NUMBER: Final = re.compile(r"\(?-?[^\d\s.,-]{0,5}\s?-?[\d., \u00a0\u202f']*\d\s?[^\d]{0,5}\)?")
_FLAG: Final = frozenset(
    ("0", "1", "0.0", "1.0", "true", "false", "yes", "no", "y", "n", "t", "f", "是", "否")
)


def _is_number(value: str) -> bool:
    narrow = unicodedata.normalize("NFKC", value)
    return bool(_NUMBER.fullmatch(narrow)) or not value.strip("-—/")


def _is_flag(value: str) -> bool:
    return value.lower() in _FLAG


def _test_of(meaning: str) -> Callable[[str], bool] | None:
    """Give the test that the values of a meaning have to pass."""
    if meaning.endswith(("_at", "_by")) or meaning == "known":
        return is_moment
    if meaning.endswith("_minor") or meaning == "quantity":
        return _is_number
    return _is_flag if meaning in {"flag", "is_gift", "is_cod"} else None


def agrees(meaning: str, column: Column) -> bool:
    """Tell whether the values of a column can have a meaning.

    Parameters
    ----------
    meaning
        Such as ``placed_at``.
    column
        The column; one without any value agrees with nothing.
    """
    if not column.n_known:
        return False
    test = _test_of(meaning)
    if test is None:
        return True
    wrong = sum(not test(value) for value in column.values)
    # A row of totals, or one that describes the columns, is one row of any file.
    return wrong <= max((1 - ENOUGH) * len(column.values), len(column.values) > LEAST)


def _names(name: str, *, is_billed: bool) -> tuple[str, ...]:
    """Give what a column may be known by: its whole name, and the end of a nested one."""
    above, _, end = name.rpartition(".")
    found = (plain(name), plain(end)) if above else (plain(name),)
    return tuple(one.replace(_BILLING, "") for one in found) if is_billed else found


def roles(
    columns: Sequence[Column],
    part: str,
    meanings: Sequence[str] | None = None,
    *,
    where: str | None = None,
) -> Roles:
    """Say which columns have the meanings of a part.

    A name that says more goes before one that says less, a name in full before the end of a
    nested one.

    Parameters
    ----------
    columns
        Columns of a file.
    part
        A part of `words.yaml` whose words are names of columns.
    meanings
        Those that are wanted; all of the part unless given.
    where
        The channel, if it is known.

    Returns
    -------
    dict
        Meaning to column, in the order of the words; a column has one meaning within a part.

    Examples
    --------
    >>> columns = [Column("订单编号", 2, 2, ("7", "8")), Column("备注", 1, 1, ("急",))]
    >>> {meaning: column.name for meaning, column in roles(columns, "orders").items()}
    {'order_id': '订单编号'}
    """
    told = words_of(part, where)
    # Where no column tells where the parcel goes, it goes to who pays.
    is_billed = part == "address" and not any(
        name in told["line"] + told["city"]
        for column in columns
        for name in _names(column.name, is_billed=False)
        if column.n_known and _BILLING not in column.name.lower()
    )
    spelled = {m: names for m, names in told.items() if meanings is None or m in meanings}
    ranked = sorted(
        (names.index(name), at_end, place, meaning)
        for place, column in enumerate(columns)
        for at_end, name in enumerate(_names(column.name, is_billed=is_billed))
        if part != "address" or is_billed or _BILLING not in column.name.lower()
        for meaning, names in spelled.items()
        if name in names
    )
    found: Roles = {}
    taken: set[int] = set()
    for _, _, place, meaning in ranked:
        if meaning not in found and place not in taken and agrees(meaning, columns[place]):
            found[meaning] = columns[place]
            taken.add(place)
    return {meaning: found[meaning] for meaning in spelled if meaning in found}


def kind_of(column: Column) -> str | None:
    """Tell what kind of attribute a column could be; None for free text and ids.

    Examples
    --------
    >>> kind_of(Column("gift wrap", 9, 2, ("yes", "no"))), kind_of(Column("V1", 3, 3, ("-1.3",)))
    ('boolean', 'number')
    >>> kind_of(Column("note", 900, 900, ("please ring",)))
    """
    if all(map(_is_flag, column.values)):
        return "boolean" if column.n_distinct > 1 else None
    if all(map(_PLAIN.fullmatch, column.values)):
        return "number"
    return "text" if 1 < column.n_distinct <= MOST_WORDS else None

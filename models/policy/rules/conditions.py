"""Conditions and what they mean. A value that is missing is unknown, and unknown is not false.

Three truth values, after Kleene: a test of an unknown value is unknown; ``not`` leaves unknown as
it is; ``all`` is false as soon as one part is, ``any`` true as soon as one part is; else unknown
wins. A rule fires only on true. ``is missing`` and ``is known`` alone are never unknown.

Pushing every ``not`` down to the tests turns that into plain two-valued logic: each test, negated
or not, is then true only of a value that is known, and nothing else needs to ask.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from models.policy.rules.fields import FLAG, NUMBER, TEXT, words_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from models.policy.rules.fields import Field

Constant = float | str

EQUAL, LESS, AT_MOST, MORE, AT_LEAST = "==", "<", "<=", ">", ">="
IN, BETWEEN, MISSING = "in", "between", "is missing"
CONTAINS, MATCHES, STARTS = "contains any of", "matches", "starts with"

_OPPOSITES: Final = {"!=": EQUAL, "not in": IN, "is known": MISSING}
_OF_NUMBERS: Final = (EQUAL, "!=", LESS, AT_MOST, MORE, AT_LEAST, IN, "not in", BETWEEN)
_OF_TEXTS: Final = (EQUAL, "!=", IN, "not in", CONTAINS, STARTS, MATCHES)
_OF_ALL: Final = (MISSING, "is known")

OPERATORS: Final[dict[str, tuple[str, ...]]] = {
    NUMBER: (*_OF_NUMBERS, *_OF_ALL),
    FLAG: (EQUAL, "!=", *_OF_ALL),
    TEXT: (*_OF_TEXTS, *_OF_ALL),
}
"""Kind of field to the operators that apply to it."""

ALL_OPERATORS: Final = tuple(dict.fromkeys((*_OF_NUMBERS, *_OF_TEXTS, *_OF_ALL)))
SEARCHES: Final = (CONTAINS, STARTS, MATCHES)
"""Tests that read text without regard to case, width and runs of spaces."""


@dataclass(frozen=True, slots=True)
class Check:
    """One test of one field.

    Parameters
    ----------
    field
        What is tested.
    op
        One of the operators that are nobody's opposite.
    values
        Numbers as floats, texts as they are; two bounds for ``between``; none for ``is missing``.
    is_negated
        Whether the opposite is asked. Like the test itself it is true only of a known value.
    """

    field: Field
    op: str
    values: tuple[Constant, ...] = ()
    is_negated: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """Several conditions.

    Parameters
    ----------
    is_all
        Whether all must hold; else one is enough.
    parts
        The conditions; of none, all hold and not one does.
    """

    is_all: bool
    parts: tuple[Check | Group, ...]


def check(field: Field, op: str, values: tuple[Constant, ...] = ()) -> Check:
    """Make a test from any operator, also from those that are another's opposite.

    Examples
    --------
    >>> from models.policy.rules.fields import Field
    >>> made = check(Field("order__is_cod", "货到付款", "paid at the door"), "!=", (1.0,))
    >>> made.op, made.is_negated
    ('==', True)
    """
    is_negated = op in _OPPOSITES
    op = _OPPOSITES.get(op, op)
    if op in {CONTAINS, STARTS}:
        values = tuple(words_of(str(value)) for value in values)
    return Check(field, op, values, is_negated)


def opposite(condition: Check | Group) -> Check | Group:
    """Push a ``not`` down to the tests, which stay unknown where the value is.

    Examples
    --------
    >>> from models.policy.rules.fields import Field
    >>> a = check(Field("a", "甲", "a"), ">", (1.0,))
    >>> opposite(Group(True, (a,))).parts[0].is_negated
    True
    """
    if isinstance(condition, Check):
        return replace(condition, is_negated=not condition.is_negated)
    return Group(not condition.is_all, tuple(opposite(part) for part in condition.parts))


def checks_of(condition: Check | Group) -> Iterator[Check]:
    """Go through the tests of a condition, as they stand.

    Examples
    --------
    >>> from models.policy.rules.fields import Field
    >>> a, b = (check(Field(name, name, name), ">", (1.0,)) for name in ("a", "b"))
    >>> [each.field.name for each in checks_of(Group(True, (a, Group(False, (b,)))))]
    ['a', 'b']
    """
    if isinstance(condition, Check):
        yield condition
        return
    for part in condition.parts:
        yield from checks_of(part)

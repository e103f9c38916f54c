"""Which values conditions leave to a field: enough to see contradictions and what covers what.

A condition is written as alternatives; each alternative leaves one domain to each field it tests.
Every answer is on the safe side: what cannot be shown is not claimed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING, Final

from models.policy.rules.conditions import BETWEEN, EQUAL, IN, MISSING, Check, opposite
from models.policy.rules.fields import FLAG, NUMBER, TEXT
from models.policy.rules.program import satisfies

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models.policy.rules.conditions import Constant, Group

MOST: Final = 256
"""Alternatives beyond which a condition is not looked into."""

_OPPOSITE: Final = {"<": ">=", "<=": ">", ">": "<=", ">=": "<"}


@dataclass(frozen=True, slots=True)
class Domain:
    """The values that several tests of one field leave to it.

    Parameters
    ----------
    kind
        Kind of the field.
    is_known
        Whether the value must be known; False when it must be missing.
    low, high
        Bounds of a number.
    is_low_open, is_high_open
        Whether the bound itself is left out.
    among
        The only values left, or None when they are open.
    without
        Values that are left out.
    searches
        Tests of text whose values cannot be listed.

    Examples
    --------
    >>> above_five = Domain("number", low=5.0, is_low_open=True)
    >>> above_five.admits(5.0), above_five.admits(5.1)
    (False, True)
    >>> Domain("number", low=8.0).within(above_five), above_five.within(Domain("number", low=8.0))
    (True, False)
    >>> Domain("number", low=5.0, high=5.0, is_high_open=True).is_empty
    True
    """

    kind: str
    is_known: bool = True
    low: float = -math.inf
    high: float = math.inf
    is_low_open: bool = False
    is_high_open: bool = False
    among: frozenset[Constant] | None = None
    without: frozenset[Constant] = frozenset()
    searches: frozenset[Check] = frozenset()

    @property
    def is_empty(self) -> bool:
        """Whether no value is left."""
        if not self.is_known:
            return False
        if self.among is not None:
            return not self.among
        if self.kind == TEXT:
            return False
        return self.low > self.high or (
            self.low == self.high and (self.is_low_open or self.is_high_open)
        )

    def admits(self, value: Constant) -> bool:
        """Tell whether a known value is left."""
        if not self.is_known or value in self.without:
            return False
        if self.among is not None and value not in self.among:
            return False
        if isinstance(value, str):
            return all(satisfies(check, value) for check in self.searches)
        above = value > self.low or (value == self.low and not self.is_low_open)
        return above and (value < self.high or (value == self.high and not self.is_high_open))

    def within(self, other: Domain) -> bool:
        """Tell whether every value left here is left there too."""
        if not self.is_known or not other.is_known:
            return self.is_known == other.is_known
        if self.among is not None:
            return all(other.admits(value) for value in self.among)
        if other.among is not None or not other.searches <= self.searches:
            return False
        if any(self.admits(value) for value in other.without):
            return False
        low = self.low > other.low or (
            self.low == other.low and (self.is_low_open or not other.is_low_open)
        )
        high = self.high < other.high or (
            self.high == other.high and (self.is_high_open or not other.is_high_open)
        )
        return low and high


Alternative = dict[str, Domain]
"""Field to what is left to it; a field that is not named is free."""


def alternatives(condition: Check | Group) -> list[Alternative] | None:
    """Write a condition as alternatives that can be met; none when it contradicts itself.

    Returns
    -------
    list or None
        None when there are too many to look into.

    Examples
    --------
    >>> from models.policy.rules.conditions import Group, check
    >>> from models.policy.rules.fields import Field
    >>> value = Field("value", "金额", "value")
    >>> both = Group(True, (check(value, ">", (5.0,)), check(value, "<", (3.0,))))
    >>> alternatives(both)
    []
    """
    chosen = _choices(condition)
    if chosen is None:
        return None
    return [left for checks in chosen if (left := _left(checks)) is not None]


def covers(wide: list[Alternative], narrow: list[Alternative]) -> bool:
    """Tell whether every order that meets one condition surely meets the other.

    Examples
    --------
    >>> from models.policy.rules.conditions import check
    >>> from models.policy.rules.fields import Field
    >>> value = Field("value", "金额", "value")
    >>> above_three, above_five = (alternatives(check(value, ">", (n,))) for n in (3.0, 5.0))
    >>> covers(above_three, above_five), covers(above_five, above_three)
    (True, False)
    """
    return all(any(_implies(one, other) for other in wide) for one in narrow)


def _implies(one: Alternative, other: Alternative) -> bool:
    return all(name in one and one[name].within(domain) for name, domain in other.items())


def _choices(condition: Check | Group) -> list[tuple[Check, ...]] | None:
    if isinstance(condition, Check):
        if condition.op == BETWEEN:
            return _between(condition)
        return [(condition,)]
    parts = [_choices(part) for part in condition.parts]
    if any(part is None for part in parts):
        return None
    known = [part for part in parts if part is not None]
    size = math.prod(map(len, known)) if condition.is_all else sum(map(len, known))
    if size > MOST:
        return None
    if not condition.is_all:
        return [choice for part in known for choice in part]
    return [tuple(c for choice in row for c in choice) for row in product(*known)]


def _between(check: Check) -> list[tuple[Check, ...]]:
    low, high = check.values
    least = Check(check.field, ">=", (low,))
    most = Check(check.field, "<=", (high,))
    if not check.is_negated:
        return [(least, most)]
    return [(_plain(opposite(least)),), (_plain(opposite(most)),)]


def _plain(check: Check | Group) -> Check:
    assert isinstance(check, Check)  # noqa: S101 the opposite of a check is one
    return check


def _left(checks: tuple[Check, ...]) -> Alternative | None:
    """Give what several tests leave together, or None when that is nothing."""
    found: Alternative = {}
    for check in checks:
        name, kind = check.field.name, check.field.kind
        needs_known = check.op != MISSING or check.is_negated
        if name in found and found[name].is_known != needs_known:
            return None
        domain = found.get(name) or _whole(kind, is_known=needs_known)
        found[name] = _narrowed(domain, check)
        if found[name].is_empty:
            return None
    return found


def _whole(kind: str, *, is_known: bool) -> Domain:
    return Domain(kind, is_known, among=frozenset({0.0, 1.0}) if kind == FLAG else None)


def _narrowed(domain: Domain, check: Check) -> Domain:
    if check.op == MISSING:
        return domain
    if check.op in {EQUAL, IN}:
        values = frozenset(check.values)
        if check.is_negated:
            domain = replace(domain, without=domain.without | values)
        else:
            among = values if domain.among is None else domain.among & values
            domain = replace(domain, among=among)
    elif check.op in _OPPOSITE:
        domain = _bounded(domain, check)
    else:
        domain = replace(domain, searches=domain.searches | {check})
    if domain.among is not None:
        left = frozenset(value for value in domain.among if domain.admits(value))
        domain = replace(domain, among=left)
    elif domain.kind == NUMBER and domain.low == domain.high and not domain.is_empty:
        point = frozenset({domain.low})
        domain = replace(domain, among=frozenset(v for v in point if domain.admits(v)))
    return domain


def _bounded(domain: Domain, check: Check) -> Domain:
    op = _OPPOSITE[check.op] if check.is_negated else check.op
    value, is_open = float(check.values[0]), op in {"<", ">"}
    if op in {">", ">="}:
        if value > domain.low or (value == domain.low and is_open):
            return replace(domain, low=value, is_low_open=is_open)
    elif value < domain.high or (value == domain.high and is_open):
        return replace(domain, high=value, is_high_open=is_open)
    return domain


def contradiction(checks: Mapping[str, list[Check]]) -> str | None:
    """Name the first field to which tests that must all hold leave nothing.

    Examples
    --------
    >>> from models.policy.rules.conditions import check
    >>> from models.policy.rules.fields import Field
    >>> value = Field("value", "金额", "value")
    >>> contradiction({"value": [check(value, ">", (5.0,)), check(value, "<", (3.0,))]})
    'value'
    """
    for name, tests in checks.items():
        if _left(tuple(tests)) is None:
            return name
    return None

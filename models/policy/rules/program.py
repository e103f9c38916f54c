"""Rules compiled to one CEL program: one order in, the rules that fire out."""

from __future__ import annotations

import json
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

from models.policy.rules.conditions import (
    BETWEEN,
    CONTAINS,
    EQUAL,
    IN,
    MATCHES,
    MISSING,
    SEARCHES,
    STARTS,
    Check,
    checks_of,
)
from models.policy.rules.fields import TEXT, number_of, text_of, words_of
from models.policy.rules.patterns import is_match

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from models.policy.rules.conditions import Constant, Group
    from models.policy.rules.document import Rule

WORDS: Final = "__words"
"""Ends the variable that holds a text as searches read it."""

_SHORT: Final = 3
"""Constants up to which a list is written out; a longer one would be built anew at every order."""

_NEVER: Final = object()
"""Equal to no value, so that the first one is bound."""

_NEGATED: Final = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", EQUAL: "!="}


class RuleProgram:
    """Rules as one compiled expression.

    Parameters
    ----------
    rules
        Rules in order.

    Examples
    --------
    >>> from models.policy.rules.conditions import check
    >>> from models.policy.rules.document import Outcome, Rule
    >>> from models.policy.rules.fields import everywhere
    >>> dear = check(everywhere()["order__value_minor"], ">=", (500_00.0,))
    >>> program = RuleProgram([Rule("dear", "高额", "high value", dear, Outcome("review"))])
    >>> print(program.source)
    [
    order__value_minor != null && order__value_minor >= 50000.0
    ]
    >>> [rule.id for rule in program.fires({"order__value_minor": 60_000.0})]
    ['dear']
    >>> program.fires({})
    []
    """

    def __init__(self, rules: Sequence[Rule]) -> None:
        self.rules = tuple(rules)
        checks = [check for rule in self.rules for check in checks_of(rule.when)]
        kinds = {check.field.name: check.field.kind for check in checks}
        self.fields = tuple(sorted(kinds))
        """Names of the fields that the rules read."""
        writer = _Writer()
        lines = ",\n".join(writer.condition(rule.when) for rule in self.rules)
        self.source = f"[\n{lines}\n]"
        self._texts = tuple(name for name in self.fields if kinds[name] == TEXT)
        self._numbers = tuple(name for name in self.fields if kinds[name] != TEXT)
        self._searched = frozenset(c.field.name for c in checks if c.op in SEARCHES)
        self._patterns = writer.patterns
        if not self.rules:
            return  # the compiler brings half of a command line with it; nobody needs it here
        import cel

        self._program = cel.compile(self.source)
        self._context = cel.Context()
        self._seen: dict[str, Any] = dict.fromkeys(self.fields, _NEVER)
        self._lock = Lock()
        for name, values in writer.lists.items():
            self._context.add_variable(name, values)
        self._bind_all({})

    def fires(self, values: Mapping[str, Any]) -> list[Rule]:
        """Give the rules that fire on an order, in their order.

        Parameters
        ----------
        values
            Values by field; what is absent is unknown.
        """
        if not self.rules:
            return []
        with self._lock:
            self._bind_all(values)
            hits = self._program.execute(self._context)
        return [rule for rule, hit in zip(self.rules, hits, strict=True) if hit]

    def _bind_all(self, values: Mapping[str, Any]) -> None:
        """Bind what is not what it was at the order before: binding costs more than comparing."""
        get, seen, add = values.get, self._seen, self._context.add_variable
        for name in self._numbers:
            value = get(name)
            if value != seen[name]:
                seen[name] = value
                number = number_of(value)
                # A float costs four times as much to bind as an int, and CEL compares them alike.
                if number is not None and number.is_integer():
                    add(name, int(number))
                else:
                    add(name, number)
        for name in self._texts:
            value = get(name)
            if value != seen[name]:
                seen[name] = value
                text = text_of(value)
                add(name, text)
                if name in self._searched:
                    self._bind_words(name, text)

    def _bind_words(self, name: str, text: str | None) -> None:
        """Bind what the searches of a text need; patterns are searched here, in linear time."""
        words = None if text is None else words_of(text)
        self._context.add_variable(name + WORDS, words)
        for variable, (field, pattern) in self._patterns.items():
            if field == name:
                found = words is not None and is_match(words, pattern)
                self._context.add_variable(variable, found)


class _Writer:
    """Writes conditions as CEL; collects lists and patterns, which are bound beside the values."""

    def __init__(self) -> None:
        self.lists: dict[str, Any] = {}
        self.patterns: dict[str, tuple[str, str]] = {}

    def condition(self, condition: Check | Group) -> str:
        if isinstance(condition, Check):
            return self._check(condition)
        if not condition.parts:
            return "true" if condition.is_all else "false"
        glue = " && " if condition.is_all else " || "
        return glue.join(f"({self.condition(part)})" for part in condition.parts)

    def _check(self, check: Check) -> str:
        name = check.field.name
        if check.op == MISSING:
            return f"{name} {'!=' if check.is_negated else '=='} null"
        if check.op in _NEGATED:
            sign = _NEGATED[check.op] if check.is_negated else check.op
            return f"{name} != null && {name} {sign} {_constant(check.values[0])}"
        if check.op == BETWEEN:
            low, high = (_constant(value) for value in check.values)
            if check.is_negated:
                return f"{name} != null && ({name} < {low} || {name} > {high})"
            return f"{name} != null && {name} >= {low} && {name} <= {high}"
        found = self._found(check)
        return f"{name} != null && {'!' if check.is_negated else ''}({found})"

    def _found(self, check: Check) -> str:
        """Write a test of a value that is known."""
        name = check.field.name
        if check.op == MATCHES:
            variable = f"{name}__match_{len(self.patterns)}"
            self.patterns[variable] = (name, str(check.values[0]))
            return variable
        if check.op == STARTS:
            return f"{name}{WORDS}.startsWith({_constant(check.values[0])})"
        if check.op == CONTAINS:
            if len(check.values) <= _SHORT:
                found = (f"{name}{WORDS}.contains({_constant(v)})" for v in check.values)
                return " || ".join(found)
            return f"{self._list(check)}.exists(t, {name}{WORDS}.contains(t))"
        if len(check.values) <= _SHORT:
            return f"{name} in [{', '.join(map(_constant, check.values))}]"
        return f"{name} in {self._list(check)}"

    def _list(self, check: Check) -> str:
        """Name a list of constants, bound once; a set of texts is a map, which is not walked."""
        variable = f"constants_{len(self.lists)}"
        is_set = check.op == IN and check.field.kind == TEXT
        self.lists[variable] = dict.fromkeys(check.values, True) if is_set else list(check.values)
        return variable


def _constant(value: Constant) -> str:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)


def satisfies(check: Check, text: str) -> bool:
    """Tell whether a known text passes a search, as the program would.

    Examples
    --------
    >>> from models.policy.rules.conditions import check
    >>> from models.policy.rules.fields import everywhere
    >>> note = everywhere()["order__note"]
    >>> satisfies(check(note, "contains any of", ("没发货",)), "怎么还没发货")
    True
    """
    words = words_of(text)
    terms = [str(value) for value in check.values]
    if check.op == CONTAINS:
        found = any(term in words for term in terms)
    elif check.op == STARTS:
        found = words.startswith(terms[0])
    else:
        found = is_match(words, terms[0])
    return found != check.is_negated

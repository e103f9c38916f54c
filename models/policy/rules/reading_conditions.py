"""From what stands under ``when`` to conditions, each value checked against its field."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from models.policy.rules.conditions import (
    ALL_OPERATORS,
    BETWEEN,
    CONTAINS,
    IN,
    MATCHES,
    MISSING,
    OPERATORS,
    Group,
    check,
    opposite,
)
from models.policy.rules.faults import hints
from models.policy.rules.fields import FLAG, KINDS, TEXT
from models.policy.rules.patterns import fault_of_pattern
from models.policy.rules.taking import Keys

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from features.yaml_tree import Path
    from models.policy.rules.conditions import Check, Constant
    from models.policy.rules.fields import Field
    from models.policy.rules.located import Located

GROUPS: Final = ("all", "any", "not")
MANY: Final = (IN, "not in", BETWEEN, CONTAINS)
"""Operators whose value is a list."""

NOT_ASKED: Final = (MISSING, "is known")
MAX_DEPTH: Final = 20


def joined(parts: Sequence[Check | Group]) -> Check | Group:
    """Ask for all of several conditions; one stays itself."""
    return parts[0] if len(parts) == 1 else Group(is_all=True, parts=tuple(parts))


def condition_of(
    located: Located, path: Path, value: Any, fields: Mapping[str, Field]
) -> Check | Group | None:
    """Read a condition; what is wrong is noted in the document.

    Parameters
    ----------
    located
        The document.
    path
        Where the condition stands.
    value
        ``{all: […]}``, ``{any: […]}``, ``{not: …}``, ``{field: …, op: …, value: …}``, or a list,
        of which all must hold.
    fields
        Fields that it may name.

    Returns
    -------
    Check or Group or None
        With every ``not`` at the tests; None when it cannot be read.

    Examples
    --------
    >>> from models.policy.rules.fields import everywhere
    >>> from models.policy.rules.located import locate
    >>> located = locate("{not: {any: [{field: order__is_cod, op: ==, value: true}]}}")
    >>> read = condition_of(located, (), located.value, everywhere())
    >>> read.is_all, [(part.op, part.values, part.is_negated) for part in read.parts]
    (True, [('==', (1.0,), True)])
    """
    if len(path) > 2 * MAX_DEPTH:
        located.fault(path, "too_many", most=MAX_DEPTH)
        return None
    if isinstance(value, list):
        return _group(located, path, value, fields, is_all=True)
    if not isinstance(value, dict) or not (
        {"field", "op"} & set(value) or set(GROUPS) & set(value)
    ):
        located.fault(path, "no_condition")
        return None
    if set(GROUPS) & set(value):
        keys = Keys(located, path, value, GROUPS)
        if len(value) != 1:
            located.fault(path, "no_condition")
            return None
        ((word, inner),) = value.items()
        if word == "not":
            read = condition_of(located, (*path, word), inner, fields)
            return None if read is None else opposite(read)
        return _group(located, (*path, word), keys.take(word), fields, is_all=word == "all")
    return _test(located, path, value, fields)


def _group(
    located: Located, path: Path, value: Any, fields: Mapping[str, Field], *, is_all: bool
) -> Group | None:
    if not isinstance(value, list):
        located.fault(path, "not_list")
        return None
    if not value:
        located.fault(path, "empty")
        return None
    parts = [condition_of(located, (*path, i), item, fields) for i, item in enumerate(value)]
    return Group(is_all=is_all, parts=tuple(part for part in parts if part is not None))


def _test(
    located: Located, path: Path, value: dict[str, Any], fields: Mapping[str, Field]
) -> Check | None:
    keys = Keys(located, path, value, ("field", "op", "value"))
    name = keys.text("field", required=True, most=200)
    op = keys.text("op", required=True)
    field = fields.get(name) if name is not None else None
    if name is not None and field is None:
        keys.fault(("field",), "unknown_field", given=name, **hints(name, fields))
    if op is not None and op not in ALL_OPERATORS:
        known = ", ".join(ALL_OPERATORS)
        keys.fault(("op",), "unknown_op", given=op, known=known, **hints(op, ALL_OPERATORS))
    if field is None or op is None or op not in ALL_OPERATORS:
        return None
    if op not in OPERATORS[field.kind]:
        kind_zh, kind = KINDS[field.kind]
        words = {"zh": field.zh, "en": field.en, "kind_zh": kind_zh, "kind": kind}
        known = ", ".join(OPERATORS[field.kind])
        keys.fault(("op",), "op_unfit", op=op, field=field.name, known=known, **words)
        return None
    before = len(located.faults)
    values = _values(located, (*path, "value"), value, field, op)
    return check(field, op, values) if len(located.faults) == before else None


def _values(
    located: Located, path: Path, value: dict[str, Any], field: Field, op: str
) -> tuple[Constant, ...]:
    given = value.get("value")
    if op in NOT_ASKED:
        if "value" in value:
            located.fault(path, "value_given", op=op)
        return ()
    if given is None:
        located.fault(path[:-1], "missing", key="value")
        return ()
    if op not in MANY:
        return (_constant(located, path, given, field, op),)
    items = given if isinstance(given, list) else [given]
    if op == BETWEEN:
        numbers = [item for item in items if _is_number(item)]
        if len(items) != 2 or len(numbers) != 2 or numbers[0] > numbers[1]:
            located.fault(path, "bounds")
            return ()
    if not items:
        located.fault(path, "no_values")
    at = path if not isinstance(given, list) else None
    return tuple(
        _constant(located, at or (*path, index), item, field, op)
        for index, item in enumerate(items)
    )


def _constant(located: Located, path: Path, given: Any, field: Field, op: str) -> Constant:
    """Read one value as its field wants it."""
    if field.kind == TEXT:
        if not isinstance(given, str) or not given.strip():
            _unfit(located, path, given, field)
            return ""
        if op == MATCHES and (why := fault_of_pattern(given)):
            located.fault(path, "bad_pattern", why=why)
        exact = op not in {MATCHES, CONTAINS, "starts with"}
        if exact and field.values and given not in field.values:
            known = ", ".join(field.values)
            located.fault(path, "never_said", field=field.name, given=given, known=known,
                          **hints(given, field.values))  # fmt: skip
        return given
    if field.kind == FLAG and isinstance(given, bool):
        return float(given)
    if not _is_number(given) or (field.kind == FLAG and given not in {0, 1}):
        _unfit(located, path, given, field)
        return 0.0
    return float(given)


def _is_number(given: Any) -> bool:
    if isinstance(given, bool) or not isinstance(given, int | float):
        return False
    return math.isfinite(given)


def _unfit(located: Located, path: Path, given: Any, field: Field) -> None:
    kind_zh, kind = KINDS[field.kind]
    located.fault(
        path, "value_unfit", field=field.name, zh=field.zh, en=field.en, kind_zh=kind_zh,
        kind=kind, given=repr(given), unit=field.unit or "–",
    )  # fmt: skip

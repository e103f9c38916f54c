"""What is suspicious in rules that can be read: contradictions, overlaps, rules that never fire."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from models.policy.rules.conditions import Check, checks_of
from models.policy.rules.document import LIVE, OFF
from models.policy.rules.domains import alternatives, contradiction, covers
from models.policy.rules.faults import ERROR, WARNING, BrokenRulesError
from models.policy.rules.located import locate
from models.policy.rules.reading import read_rules

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import date

    from models.policy.rules.conditions import Group
    from models.policy.rules.document import Rule, RuleDocument
    from models.policy.rules.domains import Alternative
    from models.policy.rules.faults import Fault
    from models.policy.rules.fields import Field
    from models.policy.rules.located import Located

SILENT_DAYS: Final = 30
"""Days without a hit after which a rule counts as silent."""


def lint(
    document: RuleDocument,
    *,
    given: Collection[str] | None = None,
    today: date | None = None,
    fired: Mapping[str, int] | None = None,
    n_orders: int = 0,
) -> list[Fault]:
    """Look for what a careful colleague would ask about.

    Parameters
    ----------
    document
        Rules that could be read.
    given
        Fields that orders here have; not asked unless given.
    today
        The present day of the merchant; not asked unless given.
    fired
        Hits by rule id over the last thirty days; not asked unless given.
    n_orders
        Orders over those days.

    Returns
    -------
    list[Fault]
        In the order of the document. Errors are rules that can never do anything.

    Examples
    --------
    >>> from models.policy.rules.fields import everywhere
    >>> from models.policy.rules.reading import read_rules
    >>> from datetime import date
    >>> document = read_rules('''
    ... rules:
    ...   - id: sale
    ...     name: {zh: 大促, en: sale}
    ...     when: [{field: order__value_minor, op: ">", value: 90000}]
    ...     period: {from: 2026-11-11, to: 2026-11-12}
    ...     then: {action: review}
    ... ''', everywhere())
    >>> lint(document, today=date(2026, 11, 12))
    []
    >>> [(fault.code, fault.rule) for fault in lint(document, today=date(2026, 11, 13))]
    [('expired', 'sale')]
    """
    located = locate(document.text)
    shapes = _contradictions(located, document)
    _overlaps(located, document, shapes)
    for rule in document.rules:
        if rule.mode == OFF:
            continue
        if today is not None and rule.until is not None and rule.until < today:
            _note(located, rule, "expired", day=rule.until.isoformat())
        elif fired is not None and n_orders and not fired.get(rule.id):
            _note(located, rule, "silent", days=SILENT_DAYS, n=f"{n_orders:,}")
        if given is not None:
            _blind(located, rule, given)
    return sorted(located.faults, key=lambda fault: (fault.line, fault.column))


def check_rules(
    text: str, fields: Mapping[str, Field], **asked: Any
) -> tuple[RuleDocument | None, list[Fault]]:
    """Read and lint a document.

    Parameters
    ----------
    text
        The document.
    fields
        Fields that conditions may name.
    asked
        As for :func:`lint`.

    Returns
    -------
    tuple
        The document, or None when it cannot be used, and everything that was found.

    Examples
    --------
    >>> from models.policy.rules.fields import everywhere
    >>> text = '''
    ... rules:
    ...   - {id: cod, name: {zh: 货到付款, en: COD}, then: {action: review},
    ...      when: {field: order__is_cdo, op: ==, value: true}}
    ... '''
    >>> document, faults = check_rules(text, everywhere())
    >>> document is None, faults[0].line
    (True, 4)
    """
    try:
        document = read_rules(text, fields)
    except BrokenRulesError as error:
        return None, list(error.faults)
    faults = [*document.warnings, *lint(document, **asked)]
    return (None if any(f.severity == ERROR for f in faults) else document), faults


def sound_rules(text: str, fields: Mapping[str, Field]) -> RuleDocument:
    """Read a document that is to be used.

    Raises
    ------
    BrokenRulesError
        When it cannot be read, or lint finds a rule that can never do anything.

    Examples
    --------
    >>> from models.policy.rules.fields import everywhere
    >>> text = '''
    ... rules:
    ...   - {id: cod, name: {zh: 货到付款, en: COD}, then: {action: review},
    ...      when: {field: order__is_cod, op: ==, value: true}}
    ... '''
    >>> [rule.id for rule in sound_rules(text, everywhere()).rules]
    ['cod']
    """
    document, faults = check_rules(text, fields)
    if document is None:
        raise BrokenRulesError([fault for fault in faults if fault.severity == ERROR])
    return document


def _note(located: Located, rule: Rule, code: str, severity: str = WARNING, **words: Any) -> None:
    located.fault(rule.path, code, severity, **words)


def _contradictions(
    located: Located, document: RuleDocument
) -> dict[str, list[Alternative] | None]:
    """Write every rule as alternatives, and note those that leave none."""
    shapes: dict[str, list[Alternative] | None] = {}
    for rule in document.rules:
        if rule.mode == OFF:
            continue
        shapes[rule.id] = found = alternatives(rule.when)
        if found == []:
            located.fault((*rule.path, "when"), "contradiction", why=_why(rule.when))
    return shapes


def _why(condition: Check | Group) -> str:
    """Name the fields that contradict themselves, as far as that is plain."""
    parts: list[Check | Group] = [condition]
    must: dict[str, list[Check]] = {}
    while parts:
        part = parts.pop(0)
        if isinstance(part, Check):
            must.setdefault(part.field.name, []).append(part)
        elif part.is_all:
            parts += part.parts
    return contradiction(must) or ", ".join(sorted({c.field.name for c in checks_of(condition)}))


def _overlaps(
    located: Located, document: RuleDocument, shapes: Mapping[str, list[Alternative] | None]
) -> None:
    """Note rules that are never reached, and those that fire only where another fires."""
    rules = [rule for rule in document.rules if shapes.get(rule.id)]
    for place, rule in enumerate(rules):
        mine = shapes[rule.id]
        for index, other in enumerate(rules):
            theirs = shapes[other.id]
            if other is rule or not mine or not theirs or not covers(theirs, mine):
                continue
            if index < place and other.ends and rule.mode == LIVE:
                _note(located, rule, "unreachable", ERROR, other=other.id)
                break
            if covers(mine, theirs):
                if index < place:
                    _note(located, rule, "same", other=other.id)
                    break
            else:
                _note(located, rule, "within", other=other.id)
                break


def _blind(located: Located, rule: Rule, given: Collection[str]) -> None:
    fields = {check.field.name: check.field for check in checks_of(rule.when)}
    for name, field in fields.items():
        if name not in given:
            _note(located, rule, "not_given", field=name, zh=field.zh, en=field.en)

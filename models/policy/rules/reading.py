"""From the text of a rule document to its rules, or to everything that is wrong with it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from models.policy.rules.document import ENDING, LIVE, MODES, Outcome, Rule, RuleDocument
from models.policy.rules.faults import ERROR, BrokenRulesError, hints
from models.policy.rules.limits import period_of, scope_of
from models.policy.rules.located import Located, locate
from models.policy.rules.reading_conditions import condition_of, joined
from models.policy.rules.taking import Keys
from models.policy.rules.wishes import PARTS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from features.yaml_tree import Path
    from models.policy.rules.conditions import Check, Group
    from models.policy.rules.fields import Field

MAX_RULES: Final = 1000
DEFAULT_ZONE: Final = "Asia/Shanghai"
ID: Final = re.compile(r"^[a-z0-9][a-z0-9-]{0,59}$")
MOST_POINTS: Final = 1000.0
RULE_KEYS: Final = (
    "id", "name", "mode", "owner", "note", "scope", "period", "when", "then",
)  # fmt: skip


def read_rules(text: str, fields: Mapping[str, Field]) -> RuleDocument:
    """Read a rule document.

    Parameters
    ----------
    text
        YAML or JSON.
    fields
        Fields that conditions may name.

    Returns
    -------
    RuleDocument
        Its rules in order.

    Raises
    ------
    BrokenRulesError
        With every fault found, each with its rule, position and mend.

    Examples
    --------
    >>> from models.policy.rules.fields import everywhere
    >>> read_rules("rules: [{id: x, name: {zh: 甲, en: a}, when: {}, then: {tag: a}}]",
    ...            everywhere())
    Traceback (most recent call last):
        ...
    models.policy.rules.faults.BrokenRulesError: line 1, column 39: rule 'x', when: is no \
condition: write {field: …, op: …, value: …}, or all, any, not
    """
    located = locate(text)
    document = _document(located, text, fields) if not located.faults else None
    broken = [fault for fault in located.faults if fault.severity == ERROR]
    if broken or document is None:
        raise BrokenRulesError(sorted(broken, key=lambda fault: (fault.line, fault.column)))
    return document


def _document(located: Located, text: str, fields: Mapping[str, Field]) -> RuleDocument:
    keys = Keys(located, (), located.value, ("name", "note", "timezone", "rules"))
    zone = keys.text("timezone") or DEFAULT_ZONE
    if not _is_zone(zone):
        from zoneinfo import available_timezones

        keys.fault(("timezone",), "bad_zone", given=zone, **hints(zone, available_timezones()))
        zone = DEFAULT_ZONE
    keys.text("note", most=4000)
    if keys.has("name"):
        name = Keys(located, ("name",), keys.take("name"), ("zh", "en"))
        name.text("zh")
        name.text("en")
    rules: list[Rule] = []
    seen: set[str] = set()
    for index, value in enumerate(keys.listed("rules", required=True, most=MAX_RULES)):
        rule = _rule(located, ("rules", index), value, fields, zone)
        if rule.id in seen:
            located.fault(("rules", index, "id"), "id_twice", given=rule.id)
        seen.add(rule.id)
        rules.append(rule)
    return RuleDocument(text, tuple(rules), zone, tuple(located.faults))


def _is_zone(name: str) -> bool:
    from zoneinfo import ZoneInfo

    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True


def _rule(located: Located, path: Path, value: Any, fields: Mapping[str, Field], zone: str) -> Rule:
    keys = Keys(located, path, value, RULE_KEYS)
    rule_id = keys.text("id", required=True, most=60)
    if rule_id is not None and not ID.match(rule_id):
        keys.fault(("id",), "bad_id", given=rule_id)
    name = Keys(located, (*path, "name"), keys.take("name", required=True) or {}, ("zh", "en"))
    zh, en = (name.text(language, required=True, most=200) for language in ("zh", "en"))
    parts: list[Check | Group] = []
    until: date | None = None
    if keys.has("scope"):
        parts += scope_of(located, (*path, "scope"), keys.take("scope"), fields)
    if keys.has("period"):
        within, until = period_of(located, (*path, "period"), keys.take("period"), fields, zone)
        parts += within
    when = keys.take("when", required=True)
    if when is not None and (read := condition_of(located, (*path, "when"), when, fields)):
        parts.append(read)
    return Rule(
        id=rule_id or f"#{path[-1]}",
        zh=zh or "",
        en=en or "",
        when=joined(parts),
        outcome=_outcome(located, (*path, "then"), keys.take("then", required=True)),
        mode=keys.one_of("mode", MODES) or LIVE,
        owner=keys.text("owner"),
        note=keys.text("note", most=4000),
        until=until,
        path=path,
    )


def _outcome(located: Located, path: Path, value: Any) -> Outcome:
    if value is None:
        return Outcome()
    keys = Keys(located, path, value, ("action", "points", "tag", "route"))
    points = keys.number("points")
    if points is not None and (points == 0 or abs(points) > MOST_POINTS):
        keys.fault(("points",), "points_range")
    route: dict[str, dict[str, tuple[str, ...]]] = {"prefer": {}, "avoid": {}}
    if keys.has("route"):
        both = Keys(located, (*path, "route"), keys.take("route"), tuple(route))
        for wish in route:
            if both.has(wish):
                parts = Keys(located, (*path, "route", wish), both.take(wish), PARTS)
                route[wish] = {part: parts.texts(part) for part in PARTS if parts.has(part)}
    outcome = Outcome(
        action=keys.one_of("action", ENDING),
        points=points or 0.0,
        tags=keys.texts("tag", most=20),
        **route,
    )
    if keys.is_keys and not outcome.document() and not any(map(keys.has, ("action", "points"))):
        keys.fault((), "does_nothing")
    return outcome

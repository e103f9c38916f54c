"""The rule document as records. No logic but its digest."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from datetime import date

    from features.yaml_tree import Path
    from models.policy.rules.conditions import Check, Group
    from models.policy.rules.faults import Fault

LIVE, SHADOW, OFF = "live", "shadow", "off"
MODES: Final = {LIVE: ("生效", "live"), SHADOW: ("试运行", "shadow"), OFF: ("停用", "off")}
"""Mode to its name: with effect, evaluated and reported without effect, not evaluated."""

ENDING: Final = ("hold", "review", "release")
"""Actions; the first live rule that takes one ends the list for those after it."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a rule does when it fires.

    Parameters
    ----------
    action
        ``hold``, ``review`` or ``release``, or None.
    points
        Added to the order's points; negative speaks for the order.
    tags
        Words put on the order.
    prefer, avoid
        Part of a route (``warehouse``, ``carrier``, ``outlet``, ``service``) to the wanted, or
        unwanted, names.
    """

    action: str | None = None
    points: float = 0.0
    tags: tuple[str, ...] = ()
    prefer: dict[str, tuple[str, ...]] = field(default_factory=dict)
    avoid: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def speaks_for(self) -> bool:
        """Whether it makes what happens to the order milder.

        Examples
        --------
        >>> [o.speaks_for for o in (Outcome("release"), Outcome(points=-20.0), Outcome("hold"))]
        [True, True, False]
        """
        return self.action == "release" or (self.action is None and self.points < 0)

    def document(self) -> dict[str, Any]:
        """Write what is not empty.

        Examples
        --------
        >>> Outcome("review", points=10.0).document()
        {'action': 'review', 'points': 10.0}
        """
        found: dict[str, Any] = {"action": self.action, "points": self.points}
        found["tags"] = list(self.tags)
        for name in ("prefer", "avoid"):
            found[name] = {part: list(names) for part, names in getattr(self, name).items()}
        return {name: value for name, value in found.items() if value}


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule.

    Parameters
    ----------
    id
        Stable name.
    zh, en
        What it says, shown with each order on which it fires.
    when
        All that must hold, scope and period included, with every ``not`` at the tests.
    outcome
        What it does.
    mode
        ``live``, ``shadow`` or ``off``.
    owner, note
        Who answers for it, and why it is there.
    until
        Last day of its period, if it has one.
    path
        Where it stands in the document.

    Examples
    --------
    >>> from models.policy.rules.fields import everywhere
    >>> from models.policy.rules.reading import read_rules
    >>> rule = read_rules('''
    ... rules:
    ...   - id: small
    ...     name: {zh: 小额, en: small}
    ...     when: [{field: order__value_minor, op: "<", value: 9000}]
    ...     then: {points: 5}
    ... ''', everywhere()).rules[0]
    >>> rule.mode, rule.outcome.points, rule.ends
    ('live', 5.0, False)
    """

    id: str
    zh: str
    en: str
    when: Check | Group
    outcome: Outcome
    mode: str = LIVE
    owner: str | None = None
    note: str | None = None
    until: date | None = None
    path: Path = ()

    @property
    def ends(self) -> bool:
        """Whether it ends the list: live, with an action."""
        return self.mode == LIVE and self.outcome.action is not None


@dataclass(frozen=True, slots=True)
class RuleDocument:
    """An ordered list of rules.

    Parameters
    ----------
    text
        The text it was read from; what is stored, shown and edited.
    rules
        In order.
    timezone
        Zone of the days in periods.
    warnings
        What was noted in reading and does not prevent its use.
    """

    text: str
    rules: tuple[Rule, ...] = ()
    timezone: str = "Asia/Shanghai"
    warnings: tuple[Fault, ...] = ()

    @property
    def version(self) -> str:
        """Digest of the text, shortened.

        Examples
        --------
        >>> len(RuleDocument("rules: []").version)
        12
        """
        return hashlib.sha256(self.text.encode()).hexdigest()[:12]

"""What the rules that fire on one order come to together."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from models.policy.facts import RuleHit
from models.policy.rules.document import LIVE, OFF, RuleDocument
from models.policy.rules.program import RuleProgram

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from models.policy.rules.document import Rule


@dataclass(frozen=True, slots=True)
class RuleVerdict:
    """What the rules say about one order.

    Parameters
    ----------
    action
        Action of the live rule that ended the list, or None.
    points
        Sum over the live rules that were applied.
    hits
        Live rules that were applied, in order.
    shadow_hits
        Shadow rules that fired; they have no effect.
    tags
        Words put on the order, each once.
    prefer, avoid
        Parts of a route to wanted and unwanted names; the first rule to name a part decides.
    """

    action: str | None = None
    points: float = 0.0
    hits: tuple[RuleHit, ...] = ()
    shadow_hits: tuple[RuleHit, ...] = ()
    tags: tuple[str, ...] = ()
    prefer: dict[str, tuple[str, ...]] = field(default_factory=dict)
    avoid: dict[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class RuleSet:
    """A document ready to judge orders.

    Parameters
    ----------
    document
        The rules.

    Examples
    --------
    >>> from models.policy.rules.fields import everywhere
    >>> from models.policy.rules.reading import read_rules
    >>> rules = RuleSet(read_rules('''
    ... rules:
    ...   - id: cod-dear
    ...     name: {zh: 高额货到付款, en: high-value cash on delivery}
    ...     when:
    ...       - {field: order__is_cod, op: ==, value: true}
    ...       - {field: order__value_minor, op: ">=", value: 50000}
    ...     then: {action: review, points: 20}
    ... ''', everywhere()))
    >>> verdict = rules.judge({"order__is_cod": 1.0, "order__value_minor": 80_000.0})
    >>> verdict.action, verdict.points, verdict.hits[0].en
    ('review', 20.0, 'high-value cash on delivery')
    """

    document: RuleDocument = field(default_factory=lambda: RuleDocument(""))

    @property
    def version(self) -> str:
        """Version of the document."""
        return self.document.version

    @cached_property
    def program(self) -> RuleProgram:
        """The compiled rules, live and shadow."""
        return RuleProgram([rule for rule in self.document.rules if rule.mode != OFF])

    @property
    def fields(self) -> tuple[str, ...]:
        """Names of the fields that the rules read."""
        return self.program.fields

    def judge(self, values: Mapping[str, Any]) -> RuleVerdict:
        """Say what the rules come to on an order's values by field."""
        fired = self.program.fires(values)
        return combine(fired, self.version) if fired else RuleVerdict()


def combine(fired: Iterable[Rule], version: str) -> RuleVerdict:
    """Put together what the rules that fire do, in their order.

    The first live rule that takes an action ends the list: what stands below it is not applied.

    Examples
    --------
    >>> from models.policy.rules.fields import everywhere
    >>> from models.policy.rules.reading import read_rules
    >>> document = read_rules('''
    ... rules:
    ...   - id: known-good
    ...     name: {zh: 老客户, en: regular}
    ...     when: [{field: order__value_minor, op: "<", value: 5000}]
    ...     then: {action: release, points: -10}
    ...   - id: small
    ...     name: {zh: 小额, en: small}
    ...     when: [{field: order__value_minor, op: "<", value: 9000}]
    ...     then: {points: 5}
    ... ''', everywhere())
    >>> verdict = combine(document.rules, document.version)
    >>> verdict.action, verdict.points, [hit.en for hit in verdict.hits]
    ('release', -10.0, ['regular'])
    """
    shadow, applied = [], []
    has_ended = False
    for rule in fired:
        if rule.mode != LIVE:
            shadow.append(rule)
        elif not has_ended:
            applied.append(rule)
            has_ended = rule.ends
    wishes: dict[str, dict[str, tuple[str, ...]]] = {"prefer": {}, "avoid": {}}
    for rule in reversed(applied):
        wishes["prefer"] |= rule.outcome.prefer
        wishes["avoid"] |= rule.outcome.avoid
    return RuleVerdict(
        action=applied[-1].outcome.action if applied else None,
        points=sum(rule.outcome.points for rule in applied),
        hits=tuple(_hit(rule, version) for rule in applied),
        shadow_hits=tuple(_hit(rule, version) for rule in shadow),
        tags=tuple(dict.fromkeys(tag for rule in applied for tag in rule.outcome.tags)),
        **wishes,
    )


def _hit(rule: Rule, version: str) -> RuleHit:
    return RuleHit(rule.id, "rule", rule.zh, rule.en, rule.outcome.document(), version)

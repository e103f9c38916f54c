"""How rules are shown: what the routes and the pages answer about them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from features.order import wire_instant
from models.policy.rules.conditions import OPERATORS
from models.policy.rules.faults import BrokenRulesError
from models.policy.rules.reading import read_rules

if TYPE_CHECKING:
    from models.policy.rules.document import RuleDocument
    from models.policy.rules.faults import Fault
    from models.policy.rules.library import Pack
    from serving.rules.repository import Version
    from serving.rules.service import RuleService


def version_view(version: Version) -> dict[str, Any]:
    """Write who saved a version, when and why."""
    return {
        "number": version.number,
        "version": version.version,
        "saved_by": version.actor,
        "saved_at": wire_instant(version.at) if version.number else None,
        "note": version.note,
    }


def rules_view(version: Version, rules: RuleService) -> dict[str, Any]:
    """Write a version with its rules; one that no longer reads is shown as its text alone."""
    activity = rules.activity()
    try:
        found = read_rules(version.text, rules.fields).rules
    except BrokenRulesError:
        found = ()
    listed = [
        {
            "id": rule.id,
            "name": {"zh": rule.zh, "en": rule.en},
            "mode": rule.mode,
            "outcome": rule.outcome.document(),
            "owner": rule.owner,
            "note": rule.note,
            "fired_30d": activity.get(rule.id, {}).get("fired", 0),
        }
        for rule in found
    ]
    return {**version_view(version), "text": version.text, "rules": listed}


def check_view(document: RuleDocument | None, faults: list[Fault]) -> dict[str, Any]:
    """Write what a check found."""
    return {
        "ok": document is not None,
        "n_rules": len(document.rules) if document is not None else 0,
        "version": document.version if document is not None else None,
        "faults": [fault.document() for fault in faults],
    }


def field_views(rules: RuleService) -> list[dict[str, Any]]:
    """Write every field that conditions may name."""
    given = rules.given
    return [
        {
            **field.document(),
            "operators": list(OPERATORS[field.kind]),
            "is_given": given is None or field.name in given,
        }
        for field in rules.fields.values()
    ]


def pack_view(pack: Pack) -> dict[str, Any]:
    """Write a pack."""
    return {
        "name": pack.name,
        "title": {"zh": pack.zh, "en": pack.en},
        "n_rules": pack.n_rules,
        "text": pack.text,
    }

"""What is done with rules: check, try on the past, save, look back, and put into force."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from features.durations import DAY_US, MINUTE_US
from models.policy.rules.document import RuleDocument
from models.policy.rules.faults import ERROR, BrokenRulesError
from models.policy.rules.fields import fields_of, known_fields
from models.policy.rules.lint import SILENT_DAYS, check_rules, sound_rules
from models.policy.rules.verdict import RuleSet
from serving.errors import ConflictError, NotFoundError, PreconditionError, UnsupportedError
from serving.logs import logger
from serving.rules.repository import Version
from serving.scoring.judge import Missing

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from features.history import History
    from models.policy.rules.faults import Fault
    from models.policy.rules.fields import Field
    from models.policy.rules.past import Past
    from serving.access.audit import AuditLog
    from serving.clock import Clock
    from serving.rules.repository import RuleStore
    from serving.scoring.judge import Judge
    from serving.scoring.service import Scorer
    from serving.security import Caller

BROKEN: Final = "gates, models and detectors"
SHOWN_VERSIONS: Final = 200


@dataclass
class RuleService:
    """The merchant's rules in a running service.

    Parameters
    ----------
    store
        Where versions are kept.
    scorer
        Whose judge gets the rules in force.
    history
        The history to try rules on, or None.
    clock
        Gives the present.
    audit
        Where changes are noted.
    """

    store: RuleStore
    scorer: Scorer
    history: History | None
    clock: Clock
    audit: AuditLog
    _number: int = 0
    _past: dict[tuple[int, Path], Past] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)
    _refreshing: Lock = field(default_factory=Lock)
    _counted: tuple[int, dict[str, Any]] = (0, {})

    @cached_property
    def fields(self) -> dict[str, Field]:
        """Fields that rules may name here."""
        return known_fields(self.history.profile if self.history is not None else None)

    @cached_property
    def given(self) -> frozenset[str] | None:
        """Fields that orders here have, or None without a history."""
        return None if self.history is None else frozenset(fields_of(self.history.profile))

    def refresh(self) -> bool:
        """Put the newest stored rules into force if they are not; tells whether they changed."""
        if self.store.newest_number() == self._number:
            return False
        with self._refreshing:
            newest = self.store.newest()
            if newest is None or newest.number == self._number:
                return False
            self.scorer.change_judge(lambda judge: with_rules(judge, newest, self.fields))
            self._number = newest.number
        logger().info("rules in force", number=newest.number, version=newest.version)
        return True

    def newest(self) -> Version:
        """Give the rules in force; number 0 and no rules when none were ever saved."""
        return self.store.newest() or NO_RULES

    def check(self, text: str) -> tuple[RuleDocument | None, list[Fault]]:
        """Say everything that is wrong or suspicious about a document."""
        asked: dict[str, Any] = {"given": self.given, "today": self._today()}
        return check_rules(text, self.fields, **asked, **self._lately())

    def _lately(self) -> dict[str, Any]:
        """Count hits and orders of the last thirty days, anew every minute.

        An editor asks at every pause in typing. A service younger than that cannot call a rule
        silent.
        """
        now = self.clock()
        counted_at, counts = self._counted
        if now - counted_at < MINUTE_US:
            return counts
        since = now - SILENT_DAYS * DAY_US
        first = self.store.first_decision()
        counts = {}
        if first is not None and first <= since:
            hits = self.store.hits_since(since)
            counts["fired"] = {rule: n["fired"] for rule, n in hits.items()}
            counts["n_orders"] = self.store.n_decisions(since)
        self._counted = now, counts
        return counts

    def save(self, text: str, caller: Caller, note: str | None, expected: str | None) -> Version:
        """Save rules and put them into force.

        Parameters
        ----------
        text
            The document.
        caller
            Who saves it.
        note
            Why.
        expected
            ETag of the version that was edited; nothing is compared when it is None.

        Raises
        ------
        BrokenRulesError
            When the rules cannot be used; nothing is saved.
        PreconditionError
            When another version is in force than the one that was edited.
        ConflictError
            When somebody saved at the same moment.
        """
        newest = self.newest()
        if expected is not None and expected not in {newest.etag, "*"}:
            raise PreconditionError(
                f"version {newest.number} by {newest.actor} is in force now: "
                "read it, put your changes into it and save again"
            )
        document = sound_rules(text, self.fields)
        version = Version(
            newest.number + 1, document.version, text, caller.name, self.clock(), note
        )
        if not self.store.add(version):
            raise ConflictError("somebody else has just saved rules: read them and save again")
        self.refresh()
        told = {"version": version.number, "note": note}
        self.audit.add(caller.name, "rules.save", f"rules {document.version}", **told)
        return version

    def restore(self, number: int, caller: Caller, expected: str | None) -> Version:
        """Put an earlier version into force again, as a new one."""
        earlier = self.numbered(number)
        return self.save(earlier.text, caller, f"as version {number}", expected)

    def numbered(self, number: int) -> Version:
        """Give a version.

        Raises
        ------
        NotFoundError
            When there is none of this number.
        """
        found = self.store.numbered(number)
        if found is None:
            raise NotFoundError(f"there is no version {number} of the rules")
        return found

    def versions(self) -> list[Version]:
        """Give the newest saved versions, newest first."""
        return self.store.versions(SHOWN_VERSIONS)

    def activity(self) -> dict[str, dict[str, int]]:
        """Count the hits of each rule over the last thirty days."""
        return self.store.hits_since(self.clock() - SILENT_DAYS * DAY_US)

    def backtest(self, text: str, days: int) -> dict[str, Any]:
        """Say what rules would have done on the last matured days of the history.

        Raises
        ------
        BrokenRulesError
            When the rules cannot be read.
        UnsupportedError
            Without a history.
        """
        from models.policy.rules.backtest import backtest_rules
        from models.policy.rules.reading import read_rules

        document = read_rules(text, self.fields)
        with self._lock:
            history = self._newest_history()
            asked = (days, history.folder)
            if asked not in self._past:
                self._past = {asked: self._look_back(history, days)}
            past = self._past[asked]
        currency = self.scorer.terms.base_currency
        return {**backtest_rules(document, past), "currency": currency}

    def _newest_history(self) -> History:
        if self.history is None:
            raise UnsupportedError("there is no history: import one to try rules on it")
        return self.history.newest()

    def _look_back(self, history: History, days: int) -> Past:
        from models.policy.rules.past import look_back
        from models.training.material import Material

        judge = self.scorer.judge
        predictors = {name: model.predictor for name, model in judge.models.items()}
        return look_back(Material(history), predictors, judge.policy, days=days)

    def _today(self) -> date:
        zone = self.history.profile.timezone if self.history is not None else "UTC"
        return datetime.fromtimestamp(self.clock() / 1e6, UTC).astimezone(ZoneInfo(zone)).date()


NO_RULES: Final = Version(0, RuleDocument("").version, "rules: []\n", "", 0, None)
"""What is in force before anything was saved."""


def with_rules(judge: Judge, version: Version | None, fields: dict[str, Field]) -> Judge:
    """Give a judge with the rules of a version; rules that no longer read are named as missing.

    Parameters
    ----------
    judge
        Models and policy.
    version
        The stored rules, or None for none.
    fields
        Fields that rules may name here.
    """
    missing = tuple(part for part in judge.missing if part.part != "rules")
    if version is None or not version.number:
        return replace(judge, rules=RuleSet(), missing=missing)
    try:
        rules = RuleSet(sound_rules(version.text, fields))
        rules.program  # noqa: B018 compiled here, not at the first order
    except BrokenRulesError as error:
        first = next(fault for fault in error.faults if fault.severity == ERROR)
        why = f"version {version.number} cannot be used here: {first.sentence()}"
        logger().error("rules not in force", why=why)
        return replace(judge, rules=RuleSet(), missing=(*missing, Missing("rules", why, BROKEN)))
    return replace(judge, rules=rules, missing=missing)

"""Versions of the rules and their hits in the store. Queries only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import desc, func, insert, select
from sqlalchemy.exc import IntegrityError

from serving.store.tables import DECISIONS, RULE_HITS, RULE_VERSIONS

if TYPE_CHECKING:
    from sqlalchemy import Engine, Select


@dataclass(frozen=True, slots=True)
class Version:
    """The rules as they were saved once.

    Parameters
    ----------
    number
        Counts from 1; the highest is in force.
    version
        Digest of the text, shortened.
    text
        The document.
    actor
        Who saved it.
    at
        Microseconds UTC.
    note
        Why.
    """

    number: int
    version: str
    text: str
    actor: str
    at: int
    note: str | None

    @property
    def etag(self) -> str:
        """What tells this version from any other, as HTTP writes it.

        Examples
        --------
        >>> Version(3, "0a1b", "rules: []", "li", 0, None).etag
        '"3-0a1b"'
        """
        return f'"{self.number}-{self.version}"'


class RuleStore:
    """Versions of the rules.

    Parameters
    ----------
    engine
        The store.

    Examples
    --------
    >>> from serving.store.engine import open_engine
    >>> from serving.store.migrate import migrate
    >>> engine = open_engine("sqlite://")
    >>> migrate(engine)
    >>> rules = RuleStore(engine)
    >>> rules.add(Version(1, "0a1b", "rules: []", "li", 0, None))
    True
    >>> rules.add(Version(1, "2c3d", "rules: []", "wang", 0, None)), rules.newest().actor
    (False, 'li')
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def newest_number(self) -> int:
        """Give the number in force; 0 when no rules were ever saved."""
        with self._engine.connect() as connection:
            found = connection.execute(select(func.max(RULE_VERSIONS.c.number))).scalar()
        return int(found or 0)

    def newest(self) -> Version | None:
        """Give the rules in force, or None when none were ever saved."""
        return self._first(select(RULE_VERSIONS).order_by(desc(RULE_VERSIONS.c.number)).limit(1))

    def numbered(self, number: int) -> Version | None:
        """Give a version by its number, or None."""
        return self._first(select(RULE_VERSIONS).where(RULE_VERSIONS.c.number == number))

    def versions(self, limit: int) -> list[Version]:
        """Give the newest versions, newest first."""
        wanted = select(RULE_VERSIONS).order_by(desc(RULE_VERSIONS.c.number)).limit(limit)
        with self._engine.connect() as connection:
            return [Version(**row) for row in connection.execute(wanted).mappings()]

    def add(self, version: Version) -> bool:
        """Store a version; False when another took its number first."""
        row = {name: getattr(version, name) for name in Version.__slots__}
        try:
            with self._engine.begin() as connection:
                connection.execute(insert(RULE_VERSIONS), row)
        except IntegrityError:
            return False
        return True

    def hits_since(self, since: int) -> dict[str, dict[str, int]]:
        """Count the hits of each rule since an instant, in all and by what was decided."""
        query = (
            select(RULE_HITS.c.rule_id, RULE_HITS.c.action, func.count())
            .where(RULE_HITS.c.at > since)
            .group_by(RULE_HITS.c.rule_id, RULE_HITS.c.action)
        )
        found: dict[str, dict[str, int]] = {}
        with self._engine.connect() as connection:
            for rule_id, action, count in connection.execute(query):
                counts = found.setdefault(rule_id, {"fired": 0})
                counts["fired"] += count
                counts[action] = counts.get(action, 0) + count
        return found

    def latest_hits(self, rule_id: str, limit: int) -> list[dict[str, Any]]:
        """Give the newest orders on which a rule fired."""
        query = (
            select(RULE_HITS.c.order_key, RULE_HITS.c.action, RULE_HITS.c.at, RULE_HITS.c.is_shadow)
            .where(RULE_HITS.c.rule_id == rule_id)
            .order_by(desc(RULE_HITS.c.at))
            .limit(limit)
        )
        with self._engine.connect() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]

    def n_decisions(self, since: int) -> int:
        """Count the decisions since an instant."""
        query = select(func.count()).select_from(DECISIONS).where(DECISIONS.c.stored_at > since)
        with self._engine.connect() as connection:
            return int(connection.execute(query).scalar_one())

    def first_decision(self) -> int | None:
        """Give when the first decision was stored, microseconds UTC, or None."""
        with self._engine.connect() as connection:
            return connection.execute(select(func.min(DECISIONS.c.stored_at))).scalar()

    def _first(self, query: Select[Any]) -> Version | None:
        with self._engine.connect() as connection:
            row = connection.execute(query).mappings().first()
        return None if row is None else Version(**row)

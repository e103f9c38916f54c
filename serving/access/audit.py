"""The audit log: who did what that may be asked about later. It is only ever added to."""

from __future__ import annotations

import hmac
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from features.order import wire_instant
from serving.store import text
from serving.store.tables import AUDIT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection, Engine, RowMapping

    from serving.clock import Clock

ACTS: Final[dict[str, tuple[str, str]]] = {
    "login": ("登录", "logged in"),
    "login.refuse": ("登录被拒", "log-in refused"),
    "logout": ("退出", "logged out"),
    "key.create": ("创建密钥", "key made"),
    "key.revoke": ("吊销密钥", "key taken back"),
    "user.create": ("创建用户", "user made"),
    "user.change": ("更改用户", "user changed"),
    "rules.save": ("更改规则", "rules changed"),
    "model.promote": ("上线模型", "model promoted"),
    "model.rollback": ("回退模型", "model rolled back"),
    "personal.reveal": ("查看个人信息", "personal data shown"),
    "review.decide": ("审核裁定", "case decided"),
    "review.undo": ("撤销裁定", "verdict undone"),
    "address.choose": ("选定地址", "address settled"),
    "address.undo": ("撤销地址", "address opened again"),
    "webhook.create": ("新增推送地址", "webhook made"),
    "webhook.change": ("更改推送地址", "webhook changed"),
    "webhook.remove": ("删除推送地址", "webhook removed"),
    "webhook.secret": ("更换推送密钥", "webhook secret replaced"),
    "webhook.replay": ("重发事件", "events sent again"),
    "secret.rotate": ("更换数据密钥", "data key changed"),
}
"""Act to its words in Chinese and English."""

START: Final = "0" * 64
TRIES: Final = 20
"""Writers that may get in before one gives up; each try is won by one of them."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the log.

    Parameters
    ----------
    number
        Counted from 1, without gaps.
    at
        Microseconds UTC.
    actor
        Name of who did it; ``command line`` for commands.
    act
        One of ``ACTS``.
    subject
        What it was done to.
    note
        What else is to be known, such as the reason given.
    digest
        Keyed digest of this line and of the digest before it.
    """

    number: int
    at: int
    actor: str
    act: str
    subject: str
    note: dict[str, Any]
    digest: str

    def document(self) -> dict[str, Any]:
        """Write the line as it is answered."""
        return {**asdict(self), "at": wire_instant(self.at)}


class AuditLog:
    """The audit log of a store.

    Parameters
    ----------
    engine
        The store; it refuses to change or delete a line.
    secret
        The tenant's secret. Whoever has the database alone cannot write a line that fits.
    clock
        Gives the present in microseconds UTC.

    Examples
    --------
    >>> from serving.store.engine import open_engine
    >>> from serving.store.migrate import migrate
    >>> engine = open_engine("sqlite://")
    >>> migrate(engine)
    >>> log = AuditLog(engine, b"a secret of the shop", lambda: 0)
    >>> log.add("li", "login", "usr_1", role="reviewer")
    >>> [entry.act for entry in log.page(None, 10)], log.broken_at() is None
    (['login'], True)
    """

    def __init__(self, engine: Engine, secret: bytes, clock: Clock) -> None:
        self._engine = engine
        self._key = hmac.digest(secret, b"orderintel audit log", "sha256")
        self._clock = clock

    def add(self, actor: str, act: str, subject: str, **note: Any) -> None:
        """Add a line.

        Parameters
        ----------
        actor
            Who did it.
        act
            One of ``ACTS``.
        subject
            What it was done to.
        note
            What else is to be known; no personal data.
        """
        if act not in ACTS:
            raise KeyError(act)
        line = {"at": self._clock(), "actor": actor, "act": act, "subject": subject}
        line["note"] = text.write(note)
        for tried in range(TRIES):
            try:
                with self._engine.begin() as connection:
                    connection.execute(insert(AUDIT).values(**self._chained(connection, line)))
            except IntegrityError:
                if tried == TRIES - 1:
                    raise
            else:
                return

    def page(self, before: int | None, limit: int, act: str | None = None) -> list[Entry]:
        """Give lines, newest first.

        Parameters
        ----------
        before
            Number of the line after them; the newest lines unless given.
        limit
            How many at most.
        act
            One of ``ACTS``; all unless given.
        """
        wanted = select(AUDIT).order_by(AUDIT.c.number.desc()).limit(limit)
        if before is not None:
            wanted = wanted.where(AUDIT.c.number < before)
        if act is not None:
            wanted = wanted.where(AUDIT.c.act == act)
        with self._engine.connect() as connection:
            return [_entry(row) for row in connection.execute(wanted).mappings()]

    def broken_at(self) -> int | None:
        """Give the number of the first line that was changed or is missing; None when all stand.

        Lines cut off at the end leave no trace here: keep the newest number and digest elsewhere.
        """
        digest = START
        for number, row in enumerate(self._rows(), 1):
            if row["number"] != number or row["digest"] != self._digest(digest, row):
                return number
            digest = row["digest"]
        return None

    def _rows(self) -> Iterator[dict[str, Any]]:
        with self._engine.connect() as connection:
            wanted = select(AUDIT).order_by(AUDIT.c.number)
            for row in connection.execute(wanted).mappings():
                yield dict(row)

    def _chained(self, connection: Connection, line: dict[str, Any]) -> dict[str, Any]:
        newest = select(AUDIT.c.number, AUDIT.c.digest).order_by(AUDIT.c.number.desc()).limit(1)
        number, digest = connection.execute(newest).first() or (0, START)
        row = {**line, "number": number + 1}
        return {**row, "digest": self._digest(digest, row)}

    def _digest(self, before: str, row: dict[str, Any]) -> str:
        names = ("number", "at", "actor", "act", "subject", "note")
        content = text.write([before, *(row[name] for name in names)])
        return hmac.digest(self._key, content.encode(), "sha256").hex()


def _entry(row: RowMapping) -> Entry:
    return Entry(**{**row, "note": text.read(row["note"])})

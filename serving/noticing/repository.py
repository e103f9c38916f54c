"""Alerts of outlets and reports of deliveries in the store. Queries only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, desc, func, insert, select, update

from serving.store import text
from serving.store.tables import DELIVERY_ALERTS, DELIVERY_REPORTS
from serving.webhooks import outbox
from serving.webhooks.events import delivery_alert

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Engine

    from features.order import Row


class NoticeStore:
    """What was noticed.

    Parameters
    ----------
    engine
        The store.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def alerts(self, *, is_open: bool | None = None, limit: int = 500) -> list[Row]:
        """Give alerts, the newest first; only open or closed ones when asked."""
        wanted = select(DELIVERY_ALERTS).order_by(desc(DELIVERY_ALERTS.c.noticed_at)).limit(limit)
        if is_open is not None:
            closed = DELIVERY_ALERTS.c.closed_at
            wanted = wanted.where(closed.is_(None) if is_open else closed.is_not(None))
        with self._engine.connect() as connection:
            rows = connection.execute(wanted).mappings().all()
        return [text.read(row["document"]) | {"closed_at": row["closed_at"]} for row in rows]

    def settle(self, found: Sequence[Row], *, now: int) -> list[Row]:
        """Open what is new, keep what goes on and close what is over, in one commit.

        Each new alert goes out as an event of the same commit.

        Parameters
        ----------
        found
            Documents of the drops that last, with ``alert_id``, ``kind`` and ``outlet``.
        now
            The present, microseconds UTC.

        Returns
        -------
        list of dict
            The new ones.
        """
        alerts = DELIVERY_ALERTS
        with self._engine.begin() as connection:
            rows = connection.execute(select(alerts).where(alerts.c.closed_at.is_(None)))
            still = {(row.measure, row.outlet): row.alert_id for row in rows}
            known = set(connection.execute(select(alerts.c.alert_id)).scalars())
            fresh = []
            for document in found:
                alert_id = still.pop((document["kind"], document["outlet"]), None)
                if alert_id is None and document["alert_id"] not in known:
                    fresh.append(document)
                    continue
                alert_id = alert_id or document["alert_id"]
                written = text.write(document | {"alert_id": alert_id})
                changed = update(alerts).where(alerts.c.alert_id == alert_id)
                connection.execute(changed.values(document=written, closed_at=None))
            over = list(still.values())
            ended = update(alerts).where(alerts.c.alert_id.in_(over))
            connection.execute(ended.values(closed_at=now))
            if fresh:
                connection.execute(insert(alerts), [_alert_row(each, now) for each in fresh])
            outbox.tell(connection, *(delivery_alert(each, now) for each in fresh))
        return fresh

    def stamp(self) -> tuple[Any, ...]:
        """Give what changes whenever a look stores something."""
        reports, alerts = DELIVERY_REPORTS.c, DELIVERY_ALERTS.c
        looked = select(func.max(reports.at), func.count())
        noticed = select(func.max(alerts.noticed_at), func.max(alerts.closed_at), func.count())
        still = select(func.count()).where(alerts.closed_at.is_(None))
        with self._engine.connect() as connection:
            rows = [connection.execute(wanted).one() for wanted in (looked, noticed, still)]
        return tuple(value for row in rows for value in row)

    def report(self, name: str) -> tuple[int, Any] | None:
        """Give the instant and content of a report, or None."""
        wanted = select(DELIVERY_REPORTS).where(DELIVERY_REPORTS.c.name == name)
        with self._engine.connect() as connection:
            row = connection.execute(wanted).first()
        return None if row is None else (row.at, text.read(row.document))

    def keep(self, name: str, document: Any, *, at: int) -> None:
        """Keep a report in place of the one before."""
        with self._engine.begin() as connection:
            connection.execute(delete(DELIVERY_REPORTS).where(DELIVERY_REPORTS.c.name == name))
            row = {"name": name, "at": at, "document": text.write(document)}
            connection.execute(insert(DELIVERY_REPORTS), row)


def _alert_row(document: Row, now: int) -> Row:
    return {
        "alert_id": document["alert_id"],
        "measure": document["kind"],
        "outlet": document["outlet"],
        "noticed_at": now,
        "closed_at": None,
        "document": text.write(document),
    }

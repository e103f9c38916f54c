"""Adds what the service stored to the history, each event once, as one new generation."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from features.errors import HistoryError
from features.history import History, HistoryProfile, LabelProfile
from features.history_writing import write_history
from features.schema import ATTRIBUTE_PREFIX
from serving.clock import now as present
from serving.exports.stored import Mark, StoredRows, own_columns
from serving.jobs.lease import held

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sqlalchemy import Engine

    from serving.clock import Clock
    from serving.settings import Settings

LEASE: Final = "export"
SOURCE: Final = "service"
"""Name under which the service's own events stand among the sources of a history."""


@dataclass(frozen=True, slots=True)
class Beginning:
    """What is true of a shop and cannot be read off its orders, for a history that begins here.

    Parameters
    ----------
    timezone
        IANA zone of the merchant's days.
    labels
        Outcome kind to the days after which a missing bad outcome counts as a good one.
    """

    timezone: str = "UTC"
    labels: Mapping[str, float] = field(default_factory=dict)

    def profile(self, engine: Engine) -> HistoryProfile:
        """Write the profile of a history that holds nothing but stored orders."""
        columns = own_columns(engine)
        attributes = {n: kind for n, kind in columns.items() if n.startswith(ATTRIBUTE_PREFIX)}
        return HistoryProfile(
            timezone=self.timezone,
            labels={kind: LabelProfile(kind, days) for kind, days in self.labels.items()},
            attributes=attributes,
            entities=dict.fromkeys((name for name in columns if name not in attributes), 1.0),
        )


def export(
    settings: Settings,
    engine: Engine,
    *,
    clock: Clock = present,
    beginning: Beginning | None = None,
    on_step: Callable[[str], None] = lambda _: None,
) -> dict[str, Any]:
    """Add what was stored since the last export to the history.

    Parameters
    ----------
    settings
        The home.
    engine
        The store.
    clock
        Gives the present in microseconds UTC.
    beginning
        What a history begins with that does not exist yet.
    on_step
        Called with a sentence before each longer step.

    Returns
    -------
    dict
        ``state`` is ``done``, ``nothing_new`` or ``busy``; ``rows`` of the history by table.

    Raises
    ------
    HistoryError
        When there is no history and nothing is said to begin one with.

    Notes
    -----
    How far the store was read stands in the same generation as the rows, so that a killed export
    has either happened or not; and a row that is added again replaces itself.
    """
    with held(engine, LEASE, clock) as lease:
        if lease is None:
            return {"state": "busy"}
        try:
            profile = History(settings.history_folder).profile
        except HistoryError:
            if beginning is None:
                raise
            profile = beginning.profile(engine)
        stored = StoredRows(engine, profile, Mark.read(profile.sources.get(SOURCE, "")))
        mark, tables = stored.mark(clock()), stored.tables()
        if not tables:
            return {"state": "nothing_new", "rows": profile.rows}
        result = write_history(
            settings.history_folder,
            tables,
            profile,
            source=SOURCE,
            source_digest=mark.write(),
            is_whole=False,
            on_step=on_step,
        )
        state = "done" if result.changed else "nothing_new"
        return {"state": state, "rows": result.profile.rows}

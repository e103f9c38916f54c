"""Features of the lines of one order as it comes: window state is asked about each line alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from features.engines.online_columns import LineColumns
from features.engines.plan import Plan
from features.engines.rows import key_of
from features.engines.source import LINE_VALUES
from features.line import features, windows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from features.engines.ways import Answers, Row, Value
    from features.history import HistoryProfile
    from features.windows import Entity

_OWN: Final = frozenset({"zscore", "ratio"})
"""Aggregates that set what a line has itself against the past."""


class LineReader:
    """Computes what `features.engines.lines.compute` computes in batch, for the lines of one order.

    Parameters
    ----------
    engine
        Window state of `features.line.windows`; whoever owns it tells it what happens.
    profile
        What is true of the whole history.

    Raises
    ------
    ValueError
        When two kinds of key count the same amount: a line alone has only one.

    Examples
    --------
    >>> from features.engines.online import OnlineState
    >>> from features.history import HistoryProfile
    >>> profile = HistoryProfile(entities={"buyer_key": 1.0}, rows={"order_lines": 1})
    >>> reader = LineReader(OnlineState(windows(profile), profile), profile)
    >>> order = {"order_key": "a", "placed_at": 10, "received_at": 10, "buyer_key": "h1:b"}
    >>> pen, ink = ({"line_id": name, "sku": name, "quantity": 1} for name in ("pen", "ink"))
    >>> reader.engine.add_order(order, [pen])
    >>> later = order | {"order_key": "b", "placed_at": 20, "received_at": 20}
    >>> [line["line_sku__order_count__24h"] for line in reader.read(later, [pen, ink])]
    [1.0, 0.0]
    """

    def __init__(self, engine: Answers, profile: HistoryProfile) -> None:
        found = tuple(features(profile))
        self.engine = engine
        self._columns = LineColumns(found, profile)
        self._windows = tuple((f.name, f.measure.name) for f in found if f.measure is not None)
        self._plan = Plan(windows(profile))
        self._counted: dict[str, Entity] = {}
        for measure in self._plan.measures:
            if measure.aggregate in _OWN and measure.column is not None:
                entity = self._counted.setdefault(measure.column, measure.entity)
                if entity != measure.entity:
                    raise ValueError(f"{measure.name}: {entity.subject} counts it too")

    def read(self, order: Row, lines: Sequence[Row]) -> list[dict[str, Value]]:
        """Compute the features of each line; what is known stays as it is.

        Parameters
        ----------
        order, lines
            The order and its lines; whether it was added before makes no difference.

        Returns
        -------
        list of dict
            Value by feature name, a line each; None is unknown.
        """
        result = self._columns.values(lines)
        for own, line in zip(result, self._together(order, lines), strict=True):
            told = self.engine.values(order, [line])
            own.update((name, told[measure]) for name, measure in self._windows)
        return result

    def _together(self, order: Row, lines: Sequence[Row]) -> Sequence[Row]:
        """Give each line the amounts of all lines of its key, which windows count as one."""
        if len(lines) == 1:
            return lines
        result = [dict(line) for line in self._plan.lines.with_order(order, lines)]
        totals = {
            column: (
                entity,
                LINE_VALUES.index(column),
                self._plan.lines.totals(entity, order, lines),
            )
            for column, entity in self._counted.items()
        }
        for line in result:
            line.update(
                (column, by_key[key][place])
                for column, (entity, place, by_key) in totals.items()
                if (key := key_of(entity, line)) is not None
            )
        return result

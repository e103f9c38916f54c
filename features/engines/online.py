"""The online engine: the same features, order by order, from state kept in this process."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from features.catalogue import definition_hash
from features.engines.links_online import LinkState
from features.engines.online_columns import RowColumns
from features.engines.plan import Plan
from features.engines.rows import instant
from features.engines.state.contents import digest
from features.engines.state.early import Early
from features.engines.state.keeping import Snapshot, named, nested, read
from features.engines.state.layout import (
    CALENDAR,
    IS_CUT,
    LATEST,
    REACH,
    arrays_of,
    build,
    empty_arrays,
)  # fmt: skip
from features.engines.state.layout import MEMORY as KEPT
from features.engines.state.packing import pack_order, pack_outcome, pack_parcel
from features.engines.state.program import Program
from features.engines.state.reporting import add_parcels, add_reports
from features.engines.state.writing import (
    add_orders,
    answer,
    name_of,
)  # fmt: skip
from features.windows import MICROSECOND

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from features.engines.state.packing import Orders
    from features.feature import Feature
    from features.history import History, HistoryProfile

    Row = Mapping[str, Any]

SLACK: Final = timedelta(days=7)
"""How long after it was placed an order may be received and still see its whole windows."""
MEMORY: Final = timedelta(days=400)
"""How long after an order its outcomes may still arrive and count."""


class OnlineState:
    """Window state in this process.

    A row is a mapping with the schema's column names; instants are aware datetimes or whole
    microseconds since 1970, and a column that is missing, None or NaN is unknown. An order row may
    carry the columns of its planned route beside its own.

    An order or outcome is seen by orders received strictly after it was known, whatever the
    sequence of the calls: the state moves to the moment of each question, back too. An order added
    again under its key replaces the earlier one, together with where its outcomes count; an
    outcome added again under its id replaces the earlier one, and an order is bad once however
    often it is reported. An outcome or parcel may come before its order and waits for it.

    Parameters
    ----------
    features
        Features to compute.
    profile
        What is true of the whole history.

    Notes
    -----
    Values equal those of `features.engines.batch.compute` to the bit for orders received within
    `SLACK` of being placed, and placed since `whole_from`; outcomes count until `MEMORY` after
    their order. Not thread-safe.

    Examples
    --------
    >>> from features.catalogue import declare
    >>> from features.history import HistoryProfile
    >>> profile = HistoryProfile(entities={"buyer_key": 1.0})
    >>> wanted = [f for f in declare(profile) if f.name == "buyer__order_count__24h"]
    >>> state = OnlineState(wanted, profile)
    >>> order = {"order_key": "a", "placed_at": 10, "received_at": 10, "buyer_key": "h1:b"}
    >>> state.add_order(order, [])
    >>> state.values(order | {"order_key": "b", "placed_at": 20, "received_at": 20}, [])
    {'buyer__order_count__24h': 1.0}
    """

    def __init__(self, features: Sequence[Feature], profile: HistoryProfile) -> None:
        self._plan = Plan(features)
        self._columns = RowColumns(features, profile)
        self._definition = definition_hash(features)
        self._blank: dict[str, float | str | None] = dict.fromkeys(f.name for f in features)
        self._measured = tuple(m.name for m in self._plan.measures)
        self._found = [i for i, m in enumerate(self._plan.measures) if m.aggregate == "last"]
        self._program = Program(self._plan)
        program = self._program
        empty = empty_arrays(
            len(self._plan.tracks), program.widths, len(program.kept), len(program.sent)
        )
        self._clocks = empty[-1][0]
        horizon = max((t.horizon for t in self._plan.tracks), default=0)
        self._clocks[REACH] = SLACK // MICROSECOND + horizon
        self._clocks[KEPT] = MEMORY // MICROSECOND
        self._state = build(program.arrays, *empty)
        self._early = Early()
        self._linked = [(f.name, f.link) for f in features if f.link is not None]
        self._links = LinkState(self._linked[0][1].rule) if self._linked else None

    def __len__(self) -> int:
        return int(arrays_of(self._state)[0][2][CALENDAR]["count"])

    def load(self, history: History, until: datetime | None = None) -> None:
        """Fill the state from a history.

        Parameters
        ----------
        history
            The history.
        until
            Leave out what was known at or after this instant; everything is read unless given.
        """
        from features.engines.loading import Loader

        loader = Loader(history, self._plan, self._program, instant(until))
        for method, row in loader.fill(self._state, is_empty=len(self) == 0):
            self._early.put(method, row)
        if self._links is not None:
            loader.link(self._links)

    @property
    def is_cut(self) -> bool:
        """Whether anything was dropped because no window reaches it any more."""
        return bool(self._clocks[IS_CUT]) or (self._links is not None and self._links.is_cut)

    @property
    def whole_from(self) -> int:
        """Orders placed before this instant miss part of their windows, which was dropped.

        Microseconds since 1970; 0 while nothing was dropped.

        Examples
        --------
        >>> from features.history import HistoryProfile
        >>> OnlineState([], HistoryProfile()).whole_from
        0
        """
        return int(self._clocks[LATEST]) - SLACK // MICROSECOND if self.is_cut else 0

    @property
    def program(self) -> Program:
        """What compiled code is told about the features."""
        return self._program

    @property
    def arrays(self) -> Any:
        """The state as compiled code takes it."""
        return self._state

    @property
    def measured(self) -> tuple[str, ...]:
        """Windowed features, in the sequence of their numbers."""
        return self._measured

    @property
    def has_numbers_only(self) -> bool:
        """Whether every windowed feature is a number, and none needs links or names an order."""
        return self._links is None and not self._found

    @property
    def reach(self) -> int:
        """How far back an order may lie and still matter, in microseconds."""
        return int(self._clocks[REACH])

    def values(self, order: Row, lines: Sequence[Row]) -> dict[str, float | str | None]:
        """Compute the features of an order; what is known stays as it is.

        Parameters
        ----------
        order, lines
            The order and its lines; whether it was added before makes no difference.

        Returns
        -------
        dict
            Value by feature name; None is unknown.
        """
        return self._values(order, lines, pack_order(self._program, order, lines))

    def row_values(self, order: Row, lines: Sequence[Row]) -> dict[str, float | str | None]:
        """Compute the features that an order and its lines tell by themselves, without state."""
        return self._columns.values(order, lines)

    def observe(self, order: Row, lines: Sequence[Row]) -> dict[str, float | str | None]:
        """Compute the features of an order, then let later orders see it.

        Parameters
        ----------
        order, lines
            The order and its lines.

        Returns
        -------
        dict
            See `values`.
        """
        packed = pack_order(self._program, order, lines)
        result = self._values(order, lines, packed)
        self._add(order, packed)
        return result

    def _values(
        self, order: Row, lines: Sequence[Row], packed: Orders
    ) -> dict[str, float | str | None]:
        numbers = np.empty(len(self._measured))
        answer(
            self._state, packed.texts, packed.amounts, packed.clocks, packed.line_texts,
            packed.line_amounts, packed.lines, numbers,
        )  # fmt: skip
        found: list[Any] = [v if v == v else None for v in numbers.tolist()]
        for at in self._found:
            found[at] = self._name(found[at])
        result = self._blank.copy()
        result.update(zip(self._measured, found, strict=True))
        result.update(self._columns.values(order, lines))
        if self._links is not None:
            told = self._links.values(order)
            result.update((name, told[link.quantity]) for name, link in self._linked)
        return result

    def _name(self, order: float | None) -> str | None:
        """Key of an order by its row; None where there is none."""
        if order is None or order < 0:
            return None
        name: str = name_of(self._state, int(order)).tobytes().decode("utf-8", "surrogatepass")
        return name

    def add_order(self, order: Row, lines: Sequence[Row]) -> None:
        """Let later orders see this one.

        Parameters
        ----------
        order, lines
            The order and its lines.
        """
        self._add(order, pack_order(self._program, order, lines))

    def _add(self, order: Row, packed: Orders) -> None:
        add_orders(self._state, *packed, True)
        if self._links is not None:
            self._links.add_order(order)
        for method, row in self._early.pop(str(order["order_key"])):
            getattr(self, method)(row)
        self._early.forget(int(self._clocks[LATEST] - self._clocks[KEPT]))

    def add_outcome(self, outcome: Row) -> None:
        """Let later orders see an outcome.

        Parameters
        ----------
        outcome
            A row of the outcomes table; under an id that is known it replaces the earlier one.
        """
        if self._links is not None:
            self._links.add_outcome(outcome)
        packed = pack_outcome(self._program, outcome)
        if packed is not None and add_reports(self._state, *packed, True):
            self._early.put("add_outcome", outcome)

    def add_shipment(self, shipment: Row) -> None:
        """Let later orders see a parcel.

        Parameters
        ----------
        shipment
            A row of the shipments table; under an id that is known it replaces the earlier one.
        """
        packed = pack_parcel(self._program, shipment)
        if self._plan.wants_parcels and add_parcels(self._state, *packed, True):
            self._early.put("add_shipment", shipment)

    def digest(self) -> str:
        """Digest of everything that is known, 64 hexadecimal digits.

        It is the same for the same knowledge, whatever came first and whatever was asked.
        """
        parts = [digest(self._state, arrays_of(self._state)), self._early.digest()]
        if self._links is not None:
            parts.append(self._links.digest())
        return hashlib.sha256(" ".join(parts).encode()).hexdigest()

    def copy(self) -> Snapshot:
        """Copy what is known, to be saved while this state goes on."""
        arrays = {f"state-{name}": a.copy() for name, a in named(arrays_of(self._state))}
        if self._links is not None:
            arrays |= {f"links-{name}": a.copy() for name, a in self._links.arrays().items()}
        return Snapshot(self._definition, arrays, self._early.rows())

    def save(self, folder: Path) -> None:
        """Write what is known to disk.

        Parameters
        ----------
        folder
            A folder that does not exist yet.
        """
        self.copy().save(folder)

    @classmethod
    def restore(
        cls, folder: Path, features: Sequence[Feature], profile: HistoryProfile
    ) -> OnlineState:
        """Read back what `save` wrote.

        Parameters
        ----------
        folder
            Where it was saved.
        features, profile
            The same as when it was saved.

        Raises
        ------
        JournalError
            When it is of other features, or a file changed or is missing.
        """
        state = cls(features, profile)
        found = read(folder, state._definition)
        changed = nested(arrays_of(state._state), found.arrays, "state")
        state._state = build(state._program.arrays, *changed)
        state._clocks = changed[-1][0]
        for method, row in found.waiting:
            state._early.put(method, row)
        if state._links is not None:
            links = {
                name.removeprefix("links-"): array
                for name, array in found.arrays.items()
                if name.startswith("links-")
            }
            state._links = LinkState.of_arrays(links, state._linked[0][1].rule)
        return state

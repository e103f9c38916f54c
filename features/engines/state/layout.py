"""The tables that online state consists of, and the one compiled record that holds them.

Every table is a NumPy array of rows. A row's number stands for it everywhere: an event names its
order by number, a slot lists its events by number. Rows that were given back wait in a list that
runs through their ``link``; tables grow by half when they are full. Compiled code gets the whole
state as one argument, which costs a microsecond where thirty arrays would cost twenty; it is made
of small records, so that a function which needs one of them is compiled for that one only.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numba import types
from numba.experimental import structref

from features.engines.state.compiling import compiled

MISSING: Final = np.int64(np.iinfo(np.int64).min)
"""Stands for a whole number or an instant that is not there."""

KEY: Final = np.dtype([("high", "u8"), ("low", "u8"), ("link", "i4")])
"""What a row is found by: a fingerprint, or a slot's track and key. Of keys and slots ``link``
counts what refers to them while they live."""

LIST: Final = np.dtype(
    [("start", "i4"), ("capacity", "i4"), ("first", "i4"), ("count", "i4"), ("cursors", "i4")]
)
"""Row numbers in a block of the arena, sorted by an instant: the events of a slot by when they
happened. ``cursors`` is -1 until the slot is busy."""

EVENT: Final = np.dtype(
    [
        ("happened", "i8"),
        ("known", "i8"),
        ("order", "i4"),
        ("link", "i4"),
        ("slots", "i4"),
        ("n_slots", "i2"),
        ("stream", "i1"),
        ("is_seen", "i1"),
    ]
)
"""Something that happened; ``link`` is the next event of the same order."""

ORDER: Final = np.dtype(
    [
        ("placed", "i8"),
        ("received", "i8"),
        ("deliver_by", "i8"),
        ("events", "i4"),
        ("reports", "i4"),
        ("parcels", "i4"),
        ("lines", "i4"),
        ("n_lines", "i4"),
        ("text", "i4"),
        ("n_text", "i4"),
    ]
)
"""What is kept of an order: its clocks, and where its chains, its lines and its name begin."""

REPORT: Final = np.dtype(
    [
        ("occurred", "i8"),
        ("known", "i8"),
        ("order", "i4"),
        ("next", "i4"),
        ("line", "i4"),
        ("kind", "i1"),
        ("is_bad", "i1"),
    ]
)
"""An outcome as last reported; ``next`` is another one of the same order."""

PARCEL: Final = np.dtype(
    [
        ("delivered", "i8"),
        ("at", "i8"),
        ("known", "i8"),
        ("promised", "i8"),
        ("order", "i4"),
        ("next", "i4"),
        ("ok", "i1"),
    ]
)
"""A parcel as last reported; ``at`` is when it was delivered or first tried, ``ok`` -1 unknown."""

ENTITY: Final = np.dtype(
    [
        ("first", "i8"),
        ("n", "i8"),
        ("line", "i8"),
        ("first_track", "i8"),
        ("n_tracks", "i8"),
        ("first_measure", "i8"),
        ("n_measures", "i8"),
        ("first_cell", "i8"),
        ("n_cells", "i8"),
    ]
)
"""An entity: its columns, whether it is one of lines (0 or -1), its tracks and measures, and for
one of lines the cells of each key."""

COLUMN: Final = np.dtype([("order", "i8"), ("line", "i8"), ("kept", "i8"), ("sent", "i8")])
"""Where a column of an entity stands in the inputs of orders, lines and parcels, and among what is
kept of an order; -1 where it does not."""

TRACK: Final = np.dtype([("entity", "i8"), ("first", "i8"), ("n", "i8"), ("words", "i8")])
"""A track: its entity, its windows, and the words of a set of cursors."""

FRAME: Final = np.dtype(
    [
        ("span", "i8"),
        ("delay", "i8"),
        ("first", "i8"),
        ("n", "i8"),
        ("values", "i8"),
        ("others", "i8"),
        ("extremes", "i8"),
        ("word", "i8"),
    ]
)
"""A window: its cells, and as bits which values and counterparts of an event it looks at."""

CELL: Final = np.dtype([("at", "i8"), ("kind", "i8"), ("word", "i8")])
"""A part: where it goes, its kind, and the word of the window's sums that it is read from."""

STREAM: Final = np.dtype([("source", "i8"), ("kinds", "i8"), ("first", "i8"), ("n", "i8")])
"""A stream: where it comes from, the kinds of outcome it counts as bits, and its tracks."""

MEASURE: Final = np.dtype(
    [
        ("formula", "i8"),
        ("at", "i8"),
        ("own", "i8"),
        ("first", "i8"),
        ("n", "i8"),
        ("smallest", "i8"),
    ]
)
"""A measure: its formula (`LAST` for none), its place among the measures, the place of the order's
own value or -1, its parts, and whether the smallest number of several keys counts."""

LAST: Final = -1
ORDERS, LINES, SHIPMENTS, OUTCOME, COHORT = range(5)
SOURCES: Final = {
    "orders": ORDERS,
    "lines": LINES,
    "shipments": SHIPMENTS,
    "outcome": OUTCOME,
    "cohort": COHORT,
}
KINDS: Final = ("n", "valid", "total", "spread", "low", "high", "distinct", "gap", "age", "last")
PUT, TAKE = np.int64(1), np.int64(-1)
"""Steps of an event: into a window or slot, or out of it. Constants that are passed on are of one
type, so that a function is not compiled anew for each value that it may be given."""
NONE, FIRST_ROW = np.int64(-1), np.int64(0)
TIMELINE, CALENDAR = np.int64(0), np.int64(1)
"""The first two slots: every event by when it became known, every order by when it came."""

AS_OF, SHOWN, LATEST, REACH, MEMORY, IS_CUT = range(6)
"""Places in ``clocks``: the instant that the state shows, how many events of the timeline lie
before it, the latest reception of an order, how long events and orders are kept, and whether
anything was dropped."""
USED, FREE = 0, 1
"""Places in ``counts``: rows or words ever used; the first row that is free."""
PAIRS: Final = 1
"""Place in the sums' ``counts``: pairs in the bag."""

_FEW: Final = 16
"""Rows that a table begins with."""


class _Record(types.StructRef):
    """A compiled record."""

    def preprocess_fields(self, fields: Any) -> Any:
        return tuple((name, types.unliteral(kind)) for name, kind in fields)  # type: ignore[no-untyped-call]


@structref.register
class _TableType(_Record): ...


@structref.register
class _ArenaType(_Record): ...


@structref.register
class _SumsType(_Record): ...


@structref.register
class _ProgramType(_Record): ...


@structref.register
class _StateType(_Record): ...


class Table(structref.StructRefProxy):
    """Rows found by fingerprint."""


class Arena(structref.StructRefProxy):
    """Blocks of words, and the lists that live in them."""


class Sums(structref.StructRefProxy):
    """What the windows of busy slots add up."""


class Instructions(structref.StructRefProxy):
    """What a plan asks for; never changed."""


class State(structref.StructRefProxy):
    """All of one online state."""


TABLE: Final = ("rows", "index", "counts")
ARENA: Final = ("words", "blocks", "lists", "counts")
SUMS: Final = ("words", "bag", "bag_counts", "free", "counts")
PROGRAM: Final = (
    "entities", "columns", "entity_tracks", "tracks", "frames", "cells", "measures", "parts",
    "blank", "line_blank", "streams", "routes", "taken", "counted", "keeps", "line_keeps",
    "widest", "longest",
)  # fmt: skip
NAMED: Final = ("keys", "slots", "orders", "reports", "parcels")
ROWS: Final = (
    "clocks", "event_counts", "events", "values", "others", "of_orders", "kept", "of_reports",
    "of_parcels", "sent",
)  # fmt: skip

structref.define_proxy(Table, _TableType, [*TABLE])  # type: ignore[no-untyped-call]
structref.define_proxy(Arena, _ArenaType, [*ARENA])  # type: ignore[no-untyped-call]
structref.define_proxy(Sums, _SumsType, [*SUMS])  # type: ignore[no-untyped-call]
structref.define_proxy(Instructions, _ProgramType, [*PROGRAM])  # type: ignore[no-untyped-call]
structref.define_proxy(State, _StateType, ["program", "arena", "sums", *NAMED, *ROWS])  # type: ignore[no-untyped-call]


@compiled
def build(program, arena, sums, tables, rows):
    """Bind arrays together, each tuple in the sequence of its names."""
    keys, slots, orders, reports, parcels = tables
    return State(  # type: ignore[no-untyped-call]
        Instructions(*program), Arena(*arena), Sums(*sums),  # type: ignore[no-untyped-call]
        Table(*keys), Table(*slots), Table(*orders), Table(*reports), Table(*parcels), *rows,  # type: ignore[no-untyped-call]
    )  # fmt: skip


@compiled
def _of_table(table):
    return table.rows, table.index, table.counts


@compiled
def arrays_of(s):
    """Give all arrays that change, as `build` takes them."""
    arena, sums = s.arena, s.sums
    return (
        (arena.words, arena.blocks, arena.lists, arena.counts),
        (sums.words, sums.bag, sums.bag_counts, sums.free, sums.counts),
        (
            _of_table(s.keys), _of_table(s.slots), _of_table(s.orders),
            _of_table(s.reports), _of_table(s.parcels),
        ),
        (
            s.clocks, s.event_counts, s.events, s.values, s.others, s.of_orders, s.kept,
            s.of_reports, s.of_parcels, s.sent,
        ),
    )  # fmt: skip


def empty_arrays(
    n_tracks: int, widths: tuple[int, int], n_kept: int, n_sent: int
) -> tuple[Any, ...]:
    """Make the arrays of a state that knows nothing, as `build` takes them after the program.

    Parameters
    ----------
    n_tracks
        How many tracks there are.
    widths
        How many values and counterparts an event carries at most.
    n_kept, n_sent
        How many columns are kept of an order and of a parcel.
    """

    def counts(used: int = 0) -> Any:
        return np.array([used, -1])

    def table(used: int = 0) -> Any:
        return np.zeros(_FEW, KEY), np.full(2 * _FEW, -1, np.int32), counts(used)

    return (
        (np.zeros(_FEW, np.int32), np.full(64, -1), np.zeros(_FEW, LIST), counts()),
        empty_sums(n_tracks),
        (table(), table(int(CALENDAR) + 1), table(), table(), table()),
        (
            np.zeros(6, np.int64),
            counts(),
            np.zeros(_FEW, EVENT),
            np.zeros((_FEW, widths[0]), np.int64),
            np.zeros((_FEW, widths[1]), np.int32),
            np.zeros(_FEW, ORDER),
            np.zeros((_FEW, n_kept), np.int32),
            np.zeros(_FEW, REPORT),
            np.zeros(_FEW, PARCEL),
            np.zeros((_FEW, n_sent), np.int32),
        ),
    )


def empty_sums(n_tracks: int) -> tuple[Any, ...]:
    """Make the sums of a state in which no slot is busy."""
    pairs = np.full(2 * _FEW, -1, np.int64)
    counts = np.zeros(2 * _FEW, np.int32)
    return np.zeros(_FEW, np.int64), pairs, counts, np.full(n_tracks, -1), np.zeros(2, np.int64)

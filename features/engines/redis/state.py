"""The online engine with its state in Redis: the same values, shared by many workers."""

from __future__ import annotations

from contextlib import contextmanager
from itertools import islice
from struct import unpack
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from features.engines.online import MEMORY, SLACK
from features.engines.online_columns import RowColumns
from features.engines.plan import Plan
from features.engines.redis.connection import PATIENCE_S, TIMEOUT_S, Connection
from features.engines.redis.digest import digest
from features.engines.redis.filling import once
from features.engines.redis.layout import Layout
from features.engines.redis.links import Links
from features.engines.redis.packing import (
    News,
    pack_news,
    ref,
    refs,
    short,
    unpack_news,
    unpack_order,
)
from features.engines.redis.writing import Writer, Writing, joined
from features.engines.rows import clocks, instant
from features.errors import StateUnavailableError
from features.windows import MICROSECOND

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime

    from features.engines.answered import Asked
    from features.engines.redis.loading import Arrival
    from features.feature import Feature
    from features.history import History, HistoryProfile
    from features.windows import Entity

    Row = Mapping[str, Any]
    Values = dict[str, float | str | None]

BUSY: Final = 128
"""Events of a key from which its sums are kept; so many are also what Redis keeps compactly."""
_ATTEMPTS: Final = 32
"""How often a step that another worker's got ahead of is laid out anew."""
_BATCH: Final = 16
"""Steps in a round trip while a history is loaded: a question waits until Redis has done them."""
_PAGE: Final = 5000
"""Entries of the log of links that are read at once."""
_ASKED: Final = 32
"""One order in so many is also asked about meanwhile, so that keys get their sums while small."""


class _Question(NamedTuple):
    """What an order asks: cells, slots and where theirs begin, clocks, and what Redis is sent."""

    asked: Asked
    slots: list[tuple[Entity, int]]
    placed: int
    received: int
    refs: bytes
    seen: str


class RedisState:
    """Window state in Redis or Valkey, from version 7 on.

    Does what `features.engines.online.OnlineState` does, with the same values to the bit, for any
    number of processes on any number of machines. Each call is one step that Redis does whole or
    not at all, so that of two workers always one comes first; a step sent again changes nothing.
    A question, an order, or both at once take one round trip; news of an order, and an order that
    comes after its news, take two.

    Parameters
    ----------
    url
        Such as ``redis://localhost:6379/0``, ``rediss://…`` or ``unix:///run/redis.sock``.
    features, profile
        As for `OnlineState`. Another layout of features has a state of its own.
    namespace
        What all keys start with, in braces, so that in a cluster they lie on one node.
    timeout_s
        Longest wait for Redis, in seconds.
    busy
        Events of a key from which its sums are kept rather than added up at each question.

    Notes
    -----
    Every method raises `features.errors.StateUnavailableError` when Redis cannot be reached or does
    not answer in time; the next call tries again.

    A namespace lives on one Redis node (and its replicas): shard by tenant, each with its namespace
    and, if need be, its URL. Redis must not evict keys (``maxmemory-policy noeviction``). Keys and
    counterparts are kept as 80 bits of a hash.
    """

    def __init__(
        self,
        url: str,
        features: Sequence[Feature],
        profile: HistoryProfile,
        *,
        namespace: str = "orderintel",
        timeout_s: float = TIMEOUT_S,
        busy: int = BUSY,
    ) -> None:
        self._plan = Plan(features)
        self._columns = RowColumns(features, profile)
        self._names = tuple(feature.name for feature in features)
        self._slack = SLACK // MICROSECOND
        self.reach = self._slack + max((t.horizon for t in self._plan.tracks), default=0)
        self._memory = MEMORY // MICROSECOND
        self._links = Links(features)
        self._layout = Layout(
            self._plan, reach=self.reach, memory=self._memory, links=self._links.reach, busy=busy
        )
        kinds = self._plan.outcome_kinds | self._links.kinds
        self._writer = Writer(self._plan, self._layout, kinds)
        self._prefix = f"{{{namespace}}}:{self._layout.digest}:"
        self._url = url
        self._connection = self._connect(timeout_s)
        self._is_log_read = not self._links.seen
        self._now: int | None = None
        self._is_cut = False

    def __len__(self) -> int:
        with self._connection.client() as redis:
            return int(redis.hget(f"{self._prefix}m", "n") or 0)

    @property
    def now(self) -> int:
        """When the newest order was received, in microseconds, as this worker last heard."""
        if self._now is None:
            self.is_filled()
        return self._now or 0

    @property
    def whole_from(self) -> int:
        """Orders placed before this instant miss part of their windows, which was dropped.

        Microseconds since 1970, as this worker last heard; 0 while nothing was dropped.
        """
        now = self.now
        self._read_log()
        return now - self._slack if self._is_cut or self._links.is_cut else 0

    def values(self, order: Row, lines: Sequence[Row]) -> Values:
        """Compute the features of an order; the state stays as it is.

        Parameters
        ----------
        order, lines
            The order and its lines; whether it was added before makes no difference.

        Returns
        -------
        dict
            Value by feature name; None is unknown.
        """
        question = self._question(order, lines)
        reply = self._step(str(order["order_key"]), question, Writing())
        return self._answered(order, lines, question, reply)

    def values_of_ways(self, orders: Sequence[Row], lines: Sequence[Row]) -> list[Values]:
        """Compute the features of the ways one order could go, in one step.

        What several ways ask, such as all that only the order decides, is asked once.

        Parameters
        ----------
        orders
            The order, once for each way, with its planned columns.
        lines
            Its lines.
        """
        if not orders:
            return []
        questions = [self._question(order, lines) for order in orders]
        asked: dict[bytes, Entity] = {}
        for each in questions:
            asked.update(zip(refs(each.refs), (entity for entity, _ in each.slots), strict=True))
        whole = questions[0]._replace(refs=b"".join(asked))
        done, state, numbers, lasts, links = self._step(
            str(orders[0]["order_key"]), whole, Writing()
        )
        found = dict(zip(asked, self._layout.apart(asked.values(), numbers, lasts), strict=True))
        values = []
        for order, question in zip(orders, questions, strict=True):
            own = [found[each] for each in refs(question.refs)]
            told = b"".join(part for part, _ in own), [last for _, named in own for last in named]
            values.append(self._answered(order, lines, question, (done, state, *told, links)))
            links = ()  # read by now
        return values

    def row_values(self, order: Row, lines: Sequence[Row]) -> Values:
        """Compute the features that an order and its lines tell by themselves, without Redis."""
        return self._columns.values(order, lines)

    def add_order(self, order: Row, lines: Sequence[Row], *, again: bool = False) -> None:
        """Let later orders see this one.

        Parameters
        ----------
        order, lines
            The order and its lines.
        again
            Whether it may have been added before: then it does not replace a newer revision.
        """
        self._write(order, lines, None, again=again)

    def observe(self, order: Row, lines: Sequence[Row]) -> Values:
        """Compute the features of an order and let later orders see it, in one step."""
        question = self._question(order, lines)
        reply = self._write(order, lines, question)
        return self._answered(order, lines, question, reply)

    def add_outcome(self, outcome: Row, *, again: bool = False) -> None:
        """Let later orders see an outcome.

        Parameters
        ----------
        outcome
            A row of the outcomes table; under an id that is known it replaces the earlier one. One
            of a kind that no feature reads is not kept.
        again
            Whether it may have been added before: then it does not replace a newer report.
        """
        if outcome["kind"] in self._writer.kinds:
            self._tell(str(outcome["order_key"]), self._writer.outcome(outcome), again=again)

    def add_shipment(self, shipment: Row, *, again: bool = False) -> None:
        """Let later orders see a parcel; the parameters are those of `add_outcome`."""
        if self._plan.wants_parcels:
            self._tell(str(shipment["order_key"]), self._writer.parcel(shipment), again=again)

    def load(
        self,
        history: History,
        until: datetime | None = None,
        *,
        alive: Callable[[], None] = lambda: None,
    ) -> None:
        """Fill the state from a history; what the state holds already is not made older.

        Parameters
        ----------
        history
            The history.
        until
            Leave out what was known at or after this instant; everything is read unless given.
        alive
            Called now and then.
        """
        with self._patient():
            self._load(history, instant(until), alive)

    def fill(self, mark: str, work: Callable[[Callable[[], None]], None]) -> bool:
        """Have the state filled once for all workers; whoever comes meanwhile waits until then.

        Parameters
        ----------
        mark
            Names what the state is filled with; under another mark it is filled anew.
        work
            Fills it, here or from another process. Is given a sign of life to call now and then.

        Returns
        -------
        bool
            Whether it was this worker that had it done.
        """
        with self._patient():
            is_ours = once(self._connection, self._prefix, mark, work)
            self.is_filled()  # without knowing how far it has come, nobody notices that it is lost
            self._is_log_read = not self._links.seen
            self._read_log()
        return is_ours

    def is_filled(self) -> bool:
        """Ask whether the state was ever filled; what it is thought to know is found out anew."""
        with self._connection.client() as redis:
            mark, now, cut = redis.hmget(f"{self._prefix}m", "filled", "now", "cut")
        self._now, self._is_cut = int(now or 0), bool(cut)
        return mark is not None

    def digest(self) -> str:
        """Hash all that the state knows: equal for equal knowledge, whatever the way there."""
        with self._connection.client() as redis:
            now = int(redis.hget(f"{self._prefix}m", "now") or 0)
        floor, oldest = now - self.reach, now - self._memory
        self._is_log_read = (
            not self._links.seen
        )  # a step without a question hands out nothing of it
        self._read_log()
        windows = digest(self._connection, self._prefix, floor=floor, oldest=oldest)
        return windows + self._links.digest()

    def close(self) -> None:
        """Let go of the connection."""
        self._connection.close()

    def _connect(self, timeout_s: float) -> Connection:
        layout = self._layout
        return Connection(self._url, layout.name, layout.library, timeout_s=timeout_s)

    @contextmanager
    def _patient(self) -> Iterator[None]:
        """Wait longer for Redis meanwhile."""
        usual, self._connection = self._connection, self._connect(PATIENCE_S)
        try:
            yield
        finally:
            self._connection.close()
            self._connection = usual

    def _question(self, order: Row, lines: Sequence[Row]) -> _Question:
        self._read_log()
        placed, received = clocks(order)
        asked = self._plan.ask(order, lines)
        slots = {(ask.track.entity, ask.key): ask.offset for ask in asked.asks}
        refs = [ref(self._layout.entities[entity], key) for entity, key in slots]
        places = [(entity, offset) for (entity, _), offset in slots.items()]
        return _Question(asked, places, placed, received, b"".join(refs), self._links.seen)

    def _read_log(self) -> None:
        """Read what the log of links holds at a start, so that a step hands out the rest only."""
        while not self._is_log_read:
            with self._connection.client() as redis:
                entries = redis.xrange(f"{self._prefix}x", f"({self._links.seen}", count=_PAGE)
            self._links.read((number, [*fields.values()]) for number, fields in entries)
            self._is_log_read = len(entries) < _PAGE

    def _answered(
        self, order: Row, lines: Sequence[Row], question: _Question, reply: Any
    ) -> Values:
        now, cut, _ = unpack("<ddd", reply[1])
        if now < (self._now or 0):
            raise StateUnavailableError("Redis: it lost what it knew, or is another one")
        self._now, self._is_cut = int(now), bool(cut)
        self._layout.fill(question.asked.cells, question.slots, reply[2], reply[3])
        self._links.read(reply[4])
        result = self._columns.values(order, lines) | self._plan.values(order, question.asked)
        result |= self._links.values(order)
        return {name: result.get(name) for name in self._names}

    def _step(self, order_key: str, question: _Question | None, writing: Writing) -> Any:
        return self._connection.call(self._prefix, *_arguments(order_key, question, writing))

    def _write(
        self,
        order: Row,
        lines: Sequence[Row],
        question: _Question | None,
        *,
        again: bool = False,
    ) -> Any:
        """Write an order; where there is news of it, together with what that makes of it."""
        kept, writing = self._writer.order(order, lines)
        writing = writing._replace(
            expected="older" if again else "any",
            log=self._links.entry(kept.order_key, order, {}),
        )
        for _ in range(_ATTEMPTS):
            reply = self._step(kept.order_key, question, writing)
            if reply[0] in {b"done", b"kept"}:
                return reply
            later = self._writer.later(kept, unpack_news(reply[3]))
            writing = writing._replace(expected=reply[1].decode(), news=reply[3], later=later)
        raise StateUnavailableError("other workers kept changing the order")

    def _tell(self, order_key: str, told: News, *, again: bool = False, links: bool = True) -> None:
        """Add news to what is known of an order, and place all of it anew."""
        record = f"{self._prefix}o".encode() + short(order_key)
        with self._connection.client() as redis:
            version, order, known = redis.hmget(record, "version", "order", "news")
        for _ in range(_ATTEMPTS):
            news = joined(unpack_news(known or b""), told, again=again)
            kept = unpack_order(order) if order else None
            counted = {k: row for k, row in told.outcomes.items() if news.outcomes[k] == row}
            writing = self._writer.told((version or b"0").decode(), kept, news)
            if links:
                writing = writing._replace(log=self._links.entry(order_key, None, counted))
            reply = self._step(order_key, None, writing)
            if reply[0] == b"done":
                return
            version, order, known = reply[1:]
        raise StateUnavailableError("other workers kept changing the order")

    def _load(self, history: History, until: int | None, alive: Callable[[], None]) -> None:
        from features.engines.redis.loading import Arrivals

        arrivals = Arrivals(history, self._plan, self._links, self._writer, until)
        self._writer.floor, self._writer.left_out = arrivals.newest - self.reach, False
        try:
            each = enumerate(arrivals)
            while batch := list(islice(each, _BATCH)):
                self._send(batch, arrivals.newest - self._links.reach)
                alive()
        finally:
            self._writer.floor = None
        if self._writer.left_out:
            with self._connection.client() as redis:
                redis.hset(f"{self._prefix}m", "cut", 1)
        self._forget()

    def _send(self, batch: Sequence[tuple[int, Arrival]], linked_from: int) -> None:
        """Write orders of a history in one round trip; one by one those that are known already."""
        calls = []
        for place, (key, order, lines, news) in batch:
            writing = Writing("older")
            if order is not None:
                kept, writing = self._writer.order(order, lines)
                writing = writing._replace(later=self._writer.later(kept, news))
            if news.outcomes or news.parcels:
                due = writing.due or self._writer.told("", None, news).due
                writing = writing._replace(news=pack_news(news), due=due)
            question = None
            if order is not None and place % _ASKED == 0:
                question = self._question(order, lines)._replace(seen="")
            log = b""
            if order is None or order["received_at"] >= linked_from:
                log = self._links.entry(key, order, news.outcomes)
            elif self._links.reach:
                self._writer.left_out = True
            writing = writing._replace(expected="older", log=log)
            calls.append(_arguments(key, question, writing))
        replies = self._connection.call_many(self._prefix, calls)
        for (_, (key, order, lines, news)), reply in zip(batch, replies, strict=True):
            if reply[0] == b"news" and order is not None:
                self._write(order, lines, None, again=True)
            if reply[0] != b"done" and (news.outcomes or news.parcels):
                is_linked = order is None or order["received_at"] >= linked_from
                self._tell(key, news, again=True, links=is_linked)

    def _forget(self) -> None:
        """Let the state drop all that is out of reach."""
        more = True
        while more:
            more = bool(unpack("<ddd", self._step("", None, Writing())[1])[2])
        self._now = None


def _arguments(order_key: str, question: _Question | None, writing: Writing) -> tuple[Any, ...]:
    asked = ("", "", b"", "") if question is None else question[2:]
    return (short(order_key), *asked, *writing)

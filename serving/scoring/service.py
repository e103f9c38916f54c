"""The hot path: decode → rows → features → judgement → keep → know → answer."""

from __future__ import annotations

import threading
import time
import uuid
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from features.errors import OrderError
from features.keys import keyed_hash
from features.order import OrderRows, to_rows, wire_instant, without_personal
from models.policy.facts import PACKED
from models.policy.rules.fields import fact_values
from serving.exploration.repository import BudgetSpentError
from serving.logs import logger
from serving.scoring import judge as judging
from serving.scoring.entry import Entry
from serving.scoring.judge import Judge, Missing
from serving.scoring.lines import own_values
from serving.scoring.stages import Laps
from serving.store.personal import NOTE, without_note

if TYPE_CHECKING:
    from collections.abc import Callable

    from features.document import OrderDocument
    from features.order import Terms
    from models.contracts import FeatureValues
    from models.policy.rules.verdict import RuleVerdict
    from serving.addresses.outbox import Doubt
    from serving.clock import Clock
    from serving.exploration.moments import Moments
    from serving.metrics import Metrics
    from serving.scoring.judge import Judgement
    from serving.scoring.keeping import Keeping, Kept
    from serving.scoring.repository import DecisionStore, StoredEvent
    from serving.state.windows import WindowState

MAX_AHEAD: Final = 5 * 60 * 1_000_000
"""Microseconds by which a caller's clock may be ahead of ours."""

Enrichment = tuple[dict[str, Any] | None, tuple[Missing, ...]]


@dataclass(frozen=True)
class Helpers:
    """Parts that add to a decision and without which it is made all the same.

    Parameters
    ----------
    address
        From a document and its rows to the corrected address.
    route
        From the rows, what the merchant's rules wish, and the feature values, to the route.
    doubt
        From a document to what is not sure of its address, or None.
    """

    address: Callable[[OrderDocument, OrderRows], Enrichment]
    route: Callable[[OrderRows, RuleVerdict, FeatureValues], Enrichment]
    doubt: Callable[[OrderDocument], Doubt | None]


@dataclass(frozen=True, slots=True)
class Asked:
    """An order event that is to be decided.

    Parameters
    ----------
    rows
        The order as features read it.
    revision
        Which event of the order it is.
    document
        The order without personal data.
    beside
        What else of the order the rules may read.
    address, doubt
        Give the corrected address, and what is not sure of it.
    instead_of
        The decision that is made again, or None.
    """

    rows: OrderRows
    revision: str
    document: dict[str, Any]
    beside: dict[str, float | str | None]
    address: Callable[[], Enrichment]
    doubt: Callable[[], Doubt | None]
    instead_of: str | None = None


@dataclass
class Scorer:
    """Scores orders, once each.

    Parameters
    ----------
    store
        Where decisions are kept.
    state
        What is known of entities up to now.
    judge
        Live models, detectors, rules and policy; replaced as a whole by `change_judge`.
    terms
        Secret, base currency and the like.
    helpers
        Address and route.
    moments
        Price of a review minute, and what may be tried out.
    clock
        Gives the present.
    metrics
        Where decisions are counted.
    versions
        Versions of everything but the models.
    watch
        Told how long the stages of each decision took.
    """

    store: DecisionStore
    state: WindowState
    judge: Judge
    terms: Terms
    helpers: Helpers
    moments: Moments
    clock: Clock
    metrics: Metrics
    versions: dict[str, str] = field(default_factory=dict)
    watch: Callable[[Laps], None] | None = None
    _changing: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def change_judge(self, change: Callable[[Judge], Judge]) -> None:
        """Let the next order be judged by what a change makes of the judge of now.

        Changes come one after the other, so that models and rules that are taken up at one moment
        both stay. An order under way is judged to its end by the judge it began with.
        """
        with self._changing:
            self.judge = change(self.judge)

    def rows(self, document: OrderDocument) -> OrderRows:
        """Flatten a document and refuse what cannot have happened yet.

        Raises
        ------
        OrderError
            When the order came, or was placed, in the future.
        """
        now = self.clock()
        rows = to_rows(document, self.terms, received_at=now)
        latest = now + MAX_AHEAD
        mend = "is in the future: check the clock and the time zone of the sender"
        places = (("received_at", "/ingest/received_at"), ("placed_at", "/placed_at"))
        problems = [(place, mend) for name, place in places if rows.order[name] > latest]
        if problems:
            raise OrderError(problems)
        return rows

    def score(self, document: OrderDocument, rows: OrderRows | None = None) -> str:
        """Give the decision about an order event as JSON text; the stored one if there is one.

        Parameters
        ----------
        document
            A canonical order.
        rows
            Its rows when the caller flattened it already.
        """
        laps = Laps()
        rows = rows or self.rows(document)
        with self.store.keeping() as keeping:
            stored = keeping.find(rows.key, document.revision)
            if stored is not None:
                return stored
            asked = self._asked(document, rows)
            laps.lap("rows")
            entry, kept = self._decide(asked, keeping, laps)
        if not kept.is_new:
            return kept.body
        self.state.add_order(rows.order, rows.lines)
        self.state.settled()
        laps.lap("state")
        self.metrics.observe_stages(laps)
        if self.watch is not None:
            self.watch(laps)
        missing = [part["part"] for part in entry.body["degraded"]]
        self.metrics.observe_decision(entry.body["action"], entry.body["band"], missing)
        return kept.body

    def score_again(self, event: StoredEvent, without: frozenset[str]) -> Entry | None:
        """Decide a stored order event again, as of when it came.

        The new decision is stored as one of the service's own revisions of the order; the state
        knows the order already.

        Parameters
        ----------
        event
            The event.
        without
            What it was decided without.

        Returns
        -------
        Entry or None
            None while all of that is still missing: nothing is stored then.
        """
        rows = OrderRows(event.row, event.lines, {})
        asked = Asked(
            rows=rows,
            revision=f"again-{event.decision_id}",
            document=event.document,
            beside=fact_values(event.row) | event.beside,
            address=lambda: (event.address, ()),
            doubt=lambda: None,
            instead_of=event.decision_id,
        )
        with self.store.keeping() as keeping:
            entry = self._entry(asked, keeping, Laps())
            if not set(entry.listed) < without:
                return None
            try:
                keeping.add(entry)
            except BudgetSpentError:
                entry = self._entry(asked, keeping, Laps(), is_broke=True)
                keeping.add(entry)
        self.moments.learn(entry.decision, entry.as_of)
        return entry

    def _asked(self, document: OrderDocument, rows: OrderRows) -> Asked:
        return Asked(
            rows=rows,
            revision=document.revision,
            document=without_personal(document, rows, self.terms.secret),
            beside=fact_values(rows.order | rows.beside),
            address=lambda: _helped("address", self.helpers.address, document, rows),
            doubt=lambda: _doubt(self.helpers, document),
        )

    def _decide(self, asked: Asked, keeping: Keeping, laps: Laps) -> tuple[Entry, Kept]:
        """Decide, and keep the decision."""
        entry = self._entry(asked, keeping, laps)
        try:
            kept = keeping.add(entry)
        except BudgetSpentError:
            entry = self._entry(asked, keeping, laps, is_broke=True)
            kept = keeping.add(entry)
        laps.lap("store")
        if kept.is_new:
            self.moments.learn(entry.decision, entry.as_of)
        return entry, kept

    def _entry(
        self, asked: Asked, keeping: Keeping, laps: Laps, *, is_broke: bool = False
    ) -> Entry:
        judge, rows = self.judge, asked.rows
        values, unknown = self.state.values(rows.order, rows.lines)
        lines, unlined = own_values(judge, self.state, rows)
        laps.lap("features")
        is_packed = rows.order.get("status") in PACKED
        standing = keeping.standing(rows.key) if is_packed else None
        facts = judging.facts_of(rows.order, rows.lines, standing)
        moment = self.moments.at(rows.key, rows.order["received_at"], is_broke=is_broke)
        judgement = judge.judge(facts, values, asked.beside, moment, lines)
        laps.lap("judge")
        address, no_address = asked.address()
        laps.lap("address")
        route, no_route = _helped("route", self.helpers.route, rows, judgement.rules, values)
        laps.lap("route")
        body = judging.document(judgement, self.terms.base_currency)
        extra = (*unknown, *unlined, *no_address, *no_route)
        body["degraded"] += [part.document() for part in extra]
        body = {
            "decision_id": "dec_" + uuid.uuid4().hex,
            "order_key": rows.key,
            "revision": asked.revision,
            **body,
            "address": address,
            "route": route,
            "versions": self._versions(judge, judgement),
            "as_of": wire_instant(rows.order["received_at"]),
            "latency_ms": round((time.perf_counter() - laps.began) * 1000, 3),
        }
        read = {name: asked.beside[name] for name in judge.rules.fields if name in asked.beside}
        rows, beside = self._apart(rows, read)
        laps.lap("answer")
        return Entry(
            rows=rows,
            document=asked.document,
            body=body,
            features=values,
            basis={
                "models": dict(judgement.versions),
                "policy": judge.policy_version,
                "rules": judge.rules.version,
                "beside": beside,
                "facts": facts,
                "moment": moment,
                **({"lines": lines} if lines else {}),
            },
            decision=judgement.decision,
            cap_minor=self.moments.cap_minor,
            as_of=rows.order["received_at"],
            stored_at=self.clock(),
            address_digest=keyed_hash(self.terms.secret, "address", f"{rows.key} {asked.revision}"),
            doubt=None if address is None else asked.doubt(),
            listed=tuple(part.part for part in (*judgement.missing, *extra) if part.is_passing),
            instead_of=asked.instead_of,
        )

    def _versions(self, judge: Judge, judgement: Judgement) -> dict[str, str]:
        """Give the versions of everything that a judgement was made by."""
        models = {f"model:{name}": version for name, version in judgement.versions.items()}
        ours = {"policy": judge.policy_version, "rules": judge.rules.version}
        return self.versions | ours | models

    def _apart(
        self, rows: OrderRows, read: dict[str, float | str | None]
    ) -> tuple[OrderRows, dict[str, Any]]:
        """Put the buyer's note, where rules read it, with the personal data; its hash stays."""
        note = read.get(NOTE)
        if not isinstance(note, str):
            return rows, without_note(read, "")
        digest = keyed_hash(self.terms.secret, "note", f"{rows.key} {note}")
        rows = replace(rows, personal=rows.personal | {digest: ("note", note)})
        return rows, without_note(read, digest)


def _doubt(helpers: Helpers, document: OrderDocument) -> Doubt | None:
    """Ask what is not sure of the address; an order is never refused because nobody can tell."""
    try:
        return helpers.doubt(document)
    except Exception as error:  # noqa: BLE001 as for every helper
        logger().error("helper failed", part="address doubt", error=type(error).__name__)
        return None


def _helped(part: str, helper: Callable[..., Enrichment], *given: Any) -> Enrichment:
    """Ask a helper; one that fails is named and left out."""
    try:
        return helper(*given)
    except Exception as error:  # noqa: BLE001 an order is never refused because a helper fails
        logger().error("helper failed", part=part, exc_info=error)
        why = f"failed on this order ({type(error).__name__})"
        return None, (Missing(part, why, "what the channel said"),)

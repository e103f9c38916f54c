"""The tables of the store, in words every SQL database understands.

Instants are integer microseconds UTC, documents are JSON text in which a number read back is
the number written, to the last bit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    and_,
)

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

METADATA: Final = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite counts rows by itself only in a column of its own INTEGER type.
_SEQUENCE = BigInteger().with_variant(Integer, "sqlite")

ORDER_EVENTS: Final = Table(
    "order_events",
    METADATA,
    Column("event_id", _SEQUENCE, primary_key=True, autoincrement=True),
    Column("order_key", String(700), nullable=False),
    Column("revision", String(128), nullable=False),
    Column("merchant_id", String(128), nullable=False),
    Column("received_at", BigInteger, nullable=False),
    Column("stored_at", BigInteger, nullable=False),
    Column("decision_id", String(40), nullable=False),
    Column("document", Text, nullable=False),
    Column("row", Text, nullable=False),
    Column("lines", Text, nullable=False),
    UniqueConstraint("order_key", "revision"),
)
"""An order event as received, without personal data: document, flat row, flat lines."""

DECISIONS: Final = Table(
    "decisions",
    METADATA,
    Column("decision_id", String(40), primary_key=True),
    Column("order_key", String(700), nullable=False, index=True),
    Column("revision", String(128), nullable=False),
    Column("as_of", BigInteger, nullable=False, index=True),
    Column("stored_at", BigInteger, nullable=False, index=True),
    Column("action", String(16), nullable=False),
    Column("priority", Float, nullable=False),
    Column("body", Text, nullable=False),
    Column("features", Text, nullable=False),
    Column("basis", Text, nullable=False),
    Column("review_worth", Float),
    Column("review_minutes", Float),
    Column("minute_price", Float),
)
"""A decision: the answer given, the feature vector and everything else it was made from; and what
it asked of the reviewers, unless the parcel had left."""

RESCORINGS: Final = Table(
    "rescorings",
    METADATA,
    Column("decision_id", String(40), primary_key=True),
    Column("order_key", String(700), nullable=False, index=True),
    Column("as_of", BigInteger, nullable=False),
    Column("parts", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("tries", Integer, nullable=False),
    Column("due_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger),
    Column("became", String(40)),
    Index("ix_rescorings_due", "state", "due_at"),
)
"""A decision that was made without some part and is to be made again when that part is back:
``waiting``, then ``done`` (with the decision it ``became``) or ``lapsed``."""

OUTCOMES: Final = Table(
    "outcomes",
    METADATA,
    Column("event_id", _SEQUENCE, primary_key=True, autoincrement=True),
    Column("outcome_id", String(200), nullable=False, unique=True),
    Column("order_key", String(700), nullable=False, index=True),
    Column("kind", String(32), nullable=False),
    Column("known_at", BigInteger, nullable=False),
    Column("stored_at", BigInteger, nullable=False),
    Column("row", Text, nullable=False),
    Column("reported_at", BigInteger),
)
"""An outcome as last reported to the service or decided in it. ``known_at`` is from when it counts,
``reported_at`` from when the reporter says it was known."""

OUTCOME_CORRECTIONS: Final = Table(
    "outcome_corrections",
    METADATA,
    Column("correction_id", _SEQUENCE, primary_key=True, autoincrement=True),
    Column("outcome_id", String(200), nullable=False, index=True),
    Column("reported_at", BigInteger),
    Column("stored_at", BigInteger, nullable=False),
    Column("corrected_at", BigInteger, nullable=False),
    Column("row", Text, nullable=False),
)
"""What an outcome said before it was corrected. Rows are only ever added."""

SHIPMENTS: Final = Table(
    "shipments",
    METADATA,
    Column("event_id", _SEQUENCE, primary_key=True, autoincrement=True),
    Column("shipment_id", String(200), nullable=False),
    Column("order_key", String(700), nullable=False, index=True),
    Column("known_at", BigInteger, nullable=False),
    Column("stored_at", BigInteger, nullable=False),
    Column("row", Text, nullable=False),
    UniqueConstraint("shipment_id", "known_at"),
)
"""A parcel as tracking reported it."""

REVIEWS: Final = Table(
    "reviews",
    METADATA,
    Column("review_id", String(40), primary_key=True),
    Column("order_key", String(700), nullable=False, unique=True),
    Column("decision_id", String(40), nullable=False),
    Column("state", String(16), nullable=False),
    Column("priority", Float, nullable=False),
    Column("opened_at", BigInteger, nullable=False),
    Column("snoozed_until", BigInteger),
    Column("claimed_by", String(200)),
    Column("claimed_until", BigInteger),
    Column("verdict", String(16)),
    Column("reason", String(64)),
    Column("decided_by", String(200)),
    Column("decided_at", BigInteger),
    Column("is_settled", Boolean, nullable=False),
    Column("version", Integer, nullable=False),
    Index("ix_reviews_queue", "state", "priority", "opened_at", "review_id"),
)
"""A case of the review queue; one for each order that was not released."""

REVIEW_EVENTS: Final = Table(
    "review_events",
    METADATA,
    Column("event_id", _SEQUENCE, primary_key=True, autoincrement=True),
    Column("review_id", String(40), nullable=False, index=True),
    Column("at", BigInteger, nullable=False),
    Column("actor", String(200), nullable=False),
    Column("act", String(16), nullable=False),
    Column("note", Text),
    Column("before", Text, nullable=False),
    Column("after", Text, nullable=False),
)
"""What was done to a case: who, when, before and after. Rows are only ever added."""

POLICIES: Final = Table(
    "policies",
    METADATA,
    Column("version", String(40), primary_key=True),
    Column("document", Text, nullable=False),
)
"""Costs and limits that decisions were made under, once a version."""

RULE_VERSIONS: Final = Table(
    "rule_versions",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("version", String(40), nullable=False, index=True),
    Column("text", Text, nullable=False),
    Column("actor", String(200), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("note", Text),
)
"""The merchant's rules as they were saved; the highest number is in force. Rows are only added."""

RULE_HITS: Final = Table(
    "rule_hits",
    METADATA,
    Column("decision_id", String(40), primary_key=True),
    Column("rule_id", String(60), primary_key=True),
    Column("order_key", String(700), nullable=False),
    Column("is_shadow", Boolean, nullable=False),
    Column("action", String(16), nullable=False),
    Column("at", BigInteger, nullable=False),
    Index("ix_rule_hits_rule", "rule_id", "at"),
)
"""A rule that fired on an order, and what was decided about the order in the end."""

TRIALS: Final = Table(
    "trials",
    METADATA,
    Column("order_key", String(700), primary_key=True),
    Column("decision_id", String(40), nullable=False),
    Column("intended", String(16), nullable=False),
    Column("arm", String(16), nullable=False),
    Column("propensity", Float, nullable=False),
    Column("stake_minor", BigInteger, nullable=False),
    Column("day", Integer, nullable=False),
    Column("at", BigInteger, nullable=False, index=True),
)
"""An order that was tried out against its decision, at what stake. Rows are only ever added."""

TRIAL_DAYS: Final = Table(
    "trial_days",
    METADATA,
    Column("day", Integer, primary_key=True, autoincrement=False),
    Column("spent_minor", BigInteger, nullable=False),
)
"""What the trials of a day may cost together; days since 1970, UTC."""

TICKET_CORRECTIONS: Final = Table(
    "ticket_corrections",
    METADATA,
    Column("correction_id", _SEQUENCE, primary_key=True, autoincrement=True),
    Column("text", Text, nullable=False),
    Column("priority", String(16), nullable=False),
    Column("facts", Text, nullable=False),
    Column("actor", String(200), nullable=False),
    Column("at", BigInteger, nullable=False),
)
"""What the priority of a message should have been, without e-mail addresses and long numbers."""

JOB_LEASES: Final = Table(
    "job_leases",
    METADATA,
    Column("name", String(64), primary_key=True),
    Column("holder", String(200), nullable=False),
    Column("expires_at", BigInteger, nullable=False),
)
"""Which process does a job; whoever finds it run out may take it over."""

RETRAININGS: Final = Table(
    "retrainings",
    METADATA,
    Column("period", String(10), primary_key=True),
    Column("state", String(16), nullable=False),
    Column("started_at", BigInteger, nullable=False),
    Column("finished_at", BigInteger),
    Column("steps", Text, nullable=False),
    Column("document", Text),
)
"""A week's run of retraining: what its steps left behind, and the report."""

PERSONAL: Final = Table(
    "personal",
    METADATA,
    Column("merchant_id", String(128), primary_key=True),
    Column("hash", String(80), primary_key=True),
    Column("kind", String(32), nullable=False),
    Column("value", Text, nullable=False),
    Column("stored_at", BigInteger, nullable=False),
    Column("key_id", Integer),
    Index("ix_personal_key", "key_id"),
)
"""Personal data, once, under its keyed hash; nothing else in the store holds any.

``value`` is encrypted under the data key of ``key_id``; clear where an earlier version stored it,
until the next start.
"""

DATA_KEYS: Final = Table(
    "data_keys",
    METADATA,
    Column("key_id", Integer, primary_key=True, autoincrement=False),
    Column("fingerprint", String(64), nullable=False),
    Column("created_at", BigInteger, nullable=False),
)
"""Numbers of the data keys, never the keys; the highest encrypts, the others still read."""

API_KEYS: Final = Table(
    "api_keys",
    METADATA,
    Column("key_id", String(40), primary_key=True),
    Column("prefix", String(16), nullable=False),
    Column("digest", String(64), nullable=False, unique=True),
    Column("name", String(200), nullable=False),
    Column("role", String(16), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger),
    Column("is_revoked", Boolean, nullable=False),
    Column("scopes", Text, nullable=False),
    Column("last_used_at", BigInteger),
)
"""Keys that let callers in; only a digest of the secret is kept."""

USERS: Final = Table(
    "users",
    METADATA,
    Column("user_id", String(40), primary_key=True),
    Column("name", String(200), nullable=False, unique=True),
    Column("role", String(16), nullable=False),
    Column("digest", String(200), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("is_active", Boolean, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("wait_until", BigInteger, nullable=False),
)
"""Who logs in at the console; of the password only its Argon2 digest is kept."""

SESSIONS: Final = Table(
    "sessions",
    METADATA,
    Column("digest", String(64), primary_key=True),
    Column("user_id", String(40), nullable=False, index=True),
    Column("started_at", BigInteger, nullable=False),
    Column("seen_at", BigInteger, nullable=False),
    Column("is_revoked", Boolean, nullable=False),
)
"""Log-ins of the console, of a user or of an API key, under a digest of what the cookie holds."""

AUDIT: Final = Table(
    "audit",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("actor", String(200), nullable=False),
    Column("act", String(40), nullable=False, index=True),
    Column("subject", String(700), nullable=False),
    Column("note", Text, nullable=False),
    Column("digest", String(64), nullable=False),
)
"""Who did what that may be asked about later. The store refuses to change or delete a row, and
each row's keyed digest covers the one before."""

IDEMPOTENCY: Final = Table(
    "idempotency",
    METADATA,
    Column("key_id", String(40), primary_key=True),
    Column("idempotency_key", String(255), primary_key=True),
    Column("request_digest", String(64), nullable=False),
    Column("status", Integer),
    Column("body", Text),
    Column("stored_at", BigInteger, nullable=False),
)
"""Answers kept under a caller's ``Idempotency-Key``; no status while the call is running."""

ADDRESS_CASES: Final = Table(
    "address_cases",
    METADATA,
    Column("case_id", String(40), primary_key=True),
    Column("merchant_id", String(128), nullable=False),
    Column("order_key", String(700), nullable=False, index=True),
    Column("decision_id", String(40), nullable=False),
    Column("key", String(80), nullable=False),
    Column("text", String(80), nullable=False),
    Column("country", String(2)),
    Column("confidence", Float, nullable=False),
    Column("state", String(16), nullable=False),
    Column("opened_at", BigInteger, nullable=False),
    Column("ask_at", BigInteger),
    Column("asks", Integer, nullable=False),
    Column("choices", String(80)),
    Column("answer", String(80)),
    Column("source", String(32)),
    Column("label_id", String(40), index=True),
    Column("settled_by", String(200)),
    Column("settled_at", BigInteger),
    Column("version", Integer, nullable=False),
    Index("ix_address_cases_queue", "state", "opened_at", "case_id"),
    Index("ix_address_cases_equal", "merchant_id", "key", "state"),
    Index("ix_address_cases_ask", "ask_at"),
)
"""An order's address that is not sure: what waits for providers and for a reviewer, and what came
of it. ``key`` is the keyed hash of the normal form; ``text``, ``choices`` and ``answer`` refer to
personal data."""

ADDRESS_EVENTS: Final = Table(
    "address_events",
    METADATA,
    Column("event_id", _SEQUENCE, primary_key=True, autoincrement=True),
    Column("case_id", String(40), nullable=False, index=True),
    Column("at", BigInteger, nullable=False),
    Column("actor", String(200), nullable=False),
    Column("act", String(16), nullable=False),
    Column("note", Text),
    Column("answer", String(80)),
)
"""What was done to an address: who, when, and the address after it. Rows are only ever added."""

ADDRESS_LABELS: Final = Table(
    "address_labels",
    METADATA,
    Column("label_id", String(40), primary_key=True),
    Column("merchant_id", String(128), nullable=False),
    Column("key", String(80), nullable=False),
    Column("text", String(80), nullable=False),
    Column("choices", String(80), nullable=False),
    Column("chosen", Integer, nullable=False),
    Column("confidence", Float, nullable=False),
    Column("actor", String(200), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("withdrawn_at", BigInteger),
    Index("ix_address_labels_key", "merchant_id", "key"),
)
"""What a reviewer chose for an address, 0 for none of the choices; what confidence learns from."""

GEOCODE_CACHE: Final = Table(
    "geocode_cache",
    METADATA,
    Column("merchant_id", String(128), primary_key=True),
    Column("provider", String(32), primary_key=True),
    Column("key", String(80), primary_key=True),
    Column("answer", String(80)),
    Column("stored_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
)
"""What a provider answered to a question, for as long as it permits; no answer is nothing found."""

GEOCODE_LEDGER: Final = Table(
    "geocode_ledger",
    METADATA,
    Column("provider", String(32), primary_key=True),
    Column("day", String(10), primary_key=True),
    Column("calls", Integer, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("is_spent", Boolean, nullable=False),
)
"""Calls to a provider on one of its days, and whether it said that its quota is used up."""

EXPLANATIONS: Final = Table(
    "explanations",
    METADATA,
    Column("decision_id", String(40), primary_key=True),
    Column("document", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
)
"""Exact causes of a decision's predictions, by model; worked out after the decision."""

WEBHOOK_ENDPOINTS: Final = Table(
    "webhook_endpoints",
    METADATA,
    Column("endpoint_id", String(40), primary_key=True),
    Column("merchant_id", String(128)),
    Column("url", Text, nullable=False),
    Column("description", String(200)),
    Column("events", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("why", String(16)),
    Column("generation", Integer, nullable=False),
    Column("previous_until", BigInteger),
    Column("failing_since", BigInteger),
    Column("created_by", String(200), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
)
"""Where events are sent. Its secret is derived from the tenant's and the generation; none is kept.
Without a merchant it gets the events of all."""

WEBHOOK_EVENTS: Final = Table(
    "webhook_events",
    METADATA,
    Column("event_id", _SEQUENCE, primary_key=True, autoincrement=True),
    Column("message_id", String(40), nullable=False, unique=True),
    Column("type", String(40), nullable=False),
    Column("subject", String(700), nullable=False),
    Column("merchant_id", String(128)),
    Column("body", Text, nullable=False),
    Column("at", BigInteger, nullable=False, index=True),
    Column("is_spread", Boolean, nullable=False),
    Index("ix_webhook_events_waiting", "is_spread", "event_id"),
)
"""The outbox: what happened, kept in the commit of what it tells."""

WEBHOOK_DELIVERIES: Final = Table(
    "webhook_deliveries",
    METADATA,
    Column("delivery_id", _SEQUENCE, primary_key=True, autoincrement=True),
    Column("endpoint_id", String(40), nullable=False),
    Column("event_id", BigInteger, nullable=False),
    Column("subject", String(700), nullable=False),
    Column("state", String(16), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due_at", BigInteger, nullable=False),
    Column("attempted_at", BigInteger),
    Column("status", Integer),
    Column("error", String(200)),
    UniqueConstraint("endpoint_id", "event_id"),
    Index("ix_webhook_deliveries_due", "endpoint_id", "state", "due_at"),
    Index("ix_webhook_deliveries_subject", "endpoint_id", "subject", "state"),
)
"""A message for an endpoint: waiting, sent or failed."""

DELIVERY_ALERTS: Final = Table(
    "delivery_alerts",
    METADATA,
    Column("alert_id", String(700), primary_key=True),
    Column("measure", String(16), nullable=False),
    Column("outlet", String(200), nullable=False),
    Column("noticed_at", BigInteger, nullable=False),
    Column("closed_at", BigInteger),
    Column("document", Text, nullable=False),
)
"""Outlets that were noticed to drop; closed when they go as usual again."""

DELIVERY_REPORTS: Final = Table(
    "delivery_reports",
    METADATA,
    Column("name", String(40), primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("document", Text, nullable=False),
)
"""What planners read of deliveries, by name: the newest of each."""


def event_of(decided: Table) -> ColumnElement[bool]:
    """Say which order event a row of decisions, or of cases that show one, belongs to.

    The order's key is named, too: events are found by it, while their decision has no index.

    Examples
    --------
    >>> str(event_of(REVIEWS)).partition(" AND ")[0]
    'order_events.order_key = reviews.order_key'
    """
    return and_(
        ORDER_EVENTS.c.order_key == decided.c.order_key,
        ORDER_EVENTS.c.decision_id == decided.c.decision_id,
    )

"""Addresses that are not sure, what reviewers chose, and what providers answered."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_SEQUENCE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Take the step."""
    op.create_table(
        "address_cases",
        sa.Column("case_id", sa.String(length=40), nullable=False),
        sa.Column("merchant_id", sa.String(length=128), nullable=False),
        sa.Column("order_key", sa.String(length=700), nullable=False),
        sa.Column("decision_id", sa.String(length=40), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("text", sa.String(length=80), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=True),
        sa.Column("confidence", sa.Float(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("ask_at", sa.BigInteger(), nullable=True),
        sa.Column("asks", sa.Integer(), nullable=False),
        sa.Column("choices", sa.String(length=80), nullable=True),
        sa.Column("answer", sa.String(length=80), nullable=True),
        sa.Column("source", sa.String(length=32), nullable=True),
        sa.Column("label_id", sa.String(length=40), nullable=True),
        sa.Column("settled_by", sa.String(length=200), nullable=True),
        sa.Column("settled_at", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_address_cases")),
    )
    op.create_index(op.f("ix_address_cases_order_key"), "address_cases", ["order_key"])
    op.create_index(op.f("ix_address_cases_label_id"), "address_cases", ["label_id"])
    op.create_index("ix_address_cases_queue", "address_cases", ["state", "opened_at", "case_id"])
    op.create_index("ix_address_cases_equal", "address_cases", ["merchant_id", "key", "state"])
    op.create_index("ix_address_cases_ask", "address_cases", ["ask_at"])
    op.create_table(
        "address_events",
        sa.Column("event_id", _SEQUENCE, autoincrement=True, nullable=False),
        sa.Column("case_id", sa.String(length=40), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("act", sa.String(length=16), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("answer", sa.String(length=80), nullable=True),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_address_events")),
    )
    op.create_index(op.f("ix_address_events_case_id"), "address_events", ["case_id"])
    op.create_table(
        "address_labels",
        sa.Column("label_id", sa.String(length=40), nullable=False),
        sa.Column("merchant_id", sa.String(length=128), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("text", sa.String(length=80), nullable=False),
        sa.Column("choices", sa.String(length=80), nullable=False),
        sa.Column("chosen", sa.Integer(), nullable=False),
        sa.Column("confidence", sa.Float(), nullable=False),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("withdrawn_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("label_id", name=op.f("pk_address_labels")),
    )
    op.create_index("ix_address_labels_key", "address_labels", ["merchant_id", "key"])
    op.create_table(
        "geocode_cache",
        sa.Column("merchant_id", sa.String(length=128), nullable=False),
        sa.Column("provider", sa.String(length=32), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("answer", sa.String(length=80), nullable=True),
        sa.Column("stored_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("merchant_id", "provider", "key", name=op.f("pk_geocode_cache")),
    )
    op.create_table(
        "geocode_ledger",
        sa.Column("provider", sa.String(length=32), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("calls", sa.Integer(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("is_spent", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("provider", "day", name=op.f("pk_geocode_ledger")),
    )


def downgrade() -> None:
    """Take the step back."""
    for table in (
        "geocode_ledger",
        "geocode_cache",
        "address_labels",
        "address_events",
        "address_cases",
    ):
        op.drop_table(table)

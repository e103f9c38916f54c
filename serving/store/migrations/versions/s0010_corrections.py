"""Outcomes that were corrected, and decisions to be made again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_SEQUENCE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Take the step."""
    op.add_column("outcomes", sa.Column("reported_at", sa.BigInteger(), nullable=True))
    op.create_index(op.f("ix_decisions_as_of"), "decisions", ["as_of"])
    op.create_table(
        "outcome_corrections",
        sa.Column("correction_id", _SEQUENCE, autoincrement=True, nullable=False),
        sa.Column("outcome_id", sa.String(length=200), nullable=False),
        sa.Column("reported_at", sa.BigInteger(), nullable=True),
        sa.Column("stored_at", sa.BigInteger(), nullable=False),
        sa.Column("corrected_at", sa.BigInteger(), nullable=False),
        sa.Column("row", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("correction_id", name=op.f("pk_outcome_corrections")),
    )
    op.create_index(
        op.f("ix_outcome_corrections_outcome_id"), "outcome_corrections", ["outcome_id"]
    )
    op.create_table(
        "rescorings",
        sa.Column("decision_id", sa.String(length=40), nullable=False),
        sa.Column("order_key", sa.String(length=700), nullable=False),
        sa.Column("as_of", sa.BigInteger(), nullable=False),
        sa.Column("parts", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("became", sa.String(length=40), nullable=True),
        sa.PrimaryKeyConstraint("decision_id", name=op.f("pk_rescorings")),
    )
    op.create_index(op.f("ix_rescorings_order_key"), "rescorings", ["order_key"])
    op.create_index("ix_rescorings_due", "rescorings", ["state", "due_at"])


def downgrade() -> None:
    """Take the step back."""
    op.drop_table("rescorings")
    op.drop_table("outcome_corrections")
    op.drop_index(op.f("ix_decisions_as_of"), table_name="decisions")
    op.drop_column("outcomes", "reported_at")

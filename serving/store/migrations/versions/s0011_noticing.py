"""Outlets that were noticed to drop, and what planners read of deliveries."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Take the step."""
    op.create_table(
        "delivery_alerts",
        sa.Column("alert_id", sa.String(length=700), nullable=False),
        sa.Column("measure", sa.String(length=16), nullable=False),
        sa.Column("outlet", sa.String(length=200), nullable=False),
        sa.Column("noticed_at", sa.BigInteger(), nullable=False),
        sa.Column("closed_at", sa.BigInteger(), nullable=True),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("alert_id", name=op.f("pk_delivery_alerts")),
    )
    op.create_table(
        "delivery_reports",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_delivery_reports")),
    )


def downgrade() -> None:
    """Take the step back."""
    op.drop_table("delivery_reports")
    op.drop_table("delivery_alerts")

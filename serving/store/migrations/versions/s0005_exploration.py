"""What each decision asked of the reviewers, and the orders tried out against their decision."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Take the step."""
    with op.batch_alter_table("decisions") as table:
        table.add_column(sa.Column("review_worth", sa.Float(), nullable=True))
        table.add_column(sa.Column("review_minutes", sa.Float(), nullable=True))
        table.add_column(sa.Column("minute_price", sa.Float(), nullable=True))
    op.create_table(
        "trials",
        sa.Column("order_key", sa.String(length=700), nullable=False),
        sa.Column("decision_id", sa.String(length=40), nullable=False),
        sa.Column("intended", sa.String(length=16), nullable=False),
        sa.Column("arm", sa.String(length=16), nullable=False),
        sa.Column("propensity", sa.Float(), nullable=False),
        sa.Column("stake_minor", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("order_key", name=op.f("pk_trials")),
    )
    op.create_index(op.f("ix_trials_at"), "trials", ["at"], unique=False)
    op.create_table(
        "trial_days",
        sa.Column("day", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("spent_minor", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_trial_days")),
    )


def downgrade() -> None:
    """Take the step back."""
    op.drop_table("trial_days")
    op.drop_index(op.f("ix_trials_at"), table_name="trials")
    op.drop_table("trials")
    with op.batch_alter_table("decisions") as table:
        table.drop_column("minute_price")
        table.drop_column("review_minutes")
        table.drop_column("review_worth")

"""The merchant's rules, version by version, and the orders on which they hit."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Take the step."""
    op.create_table(
        "rule_versions",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("version", sa.String(length=40), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_rule_versions")),
    )
    op.create_index(op.f("ix_rule_versions_version"), "rule_versions", ["version"], unique=False)
    op.create_table(
        "rule_hits",
        sa.Column("decision_id", sa.String(length=40), nullable=False),
        sa.Column("rule_id", sa.String(length=60), nullable=False),
        sa.Column("order_key", sa.String(length=700), nullable=False),
        sa.Column("is_shadow", sa.Boolean(), nullable=False),
        sa.Column("action", sa.String(length=16), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("decision_id", "rule_id", name=op.f("pk_rule_hits")),
    )
    op.create_index("ix_rule_hits_rule", "rule_hits", ["rule_id", "at"], unique=False)
    op.create_index(op.f("ix_decisions_stored_at"), "decisions", ["stored_at"], unique=False)


def downgrade() -> None:
    """Take the step back."""
    op.drop_index(op.f("ix_decisions_stored_at"), table_name="decisions")
    op.drop_index("ix_rule_hits_rule", table_name="rule_hits")
    op.drop_table("rule_hits")
    op.drop_index(op.f("ix_rule_versions_version"), table_name="rule_versions")
    op.drop_table("rule_versions")

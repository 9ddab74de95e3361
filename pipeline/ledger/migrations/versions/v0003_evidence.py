"""Who ran what, the chain of records, later outcomes, and what remains of what was purged."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the columns and the tables."""
    op.add_column("runs", sa.Column("user", sa.Text))
    op.add_column("runs", sa.Column("host", sa.Text))
    op.add_column("runs", sa.Column("origin", sa.String(20)))
    op.add_column("runs", sa.Column("salt", sa.String(64)))
    op.add_column("runs", sa.Column("purged", sa.Float))
    op.add_column("sources", sa.Column("owner", sa.Text))
    op.create_table(
        "records",
        sa.Column("sequence", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("key", sa.String(200), nullable=False, unique=True),
        sa.Column("run", sa.String(40)),
        sa.Column("document", sa.Text, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
    )
    op.create_index("records_by_run", "records", ["run"])
    op.create_table(
        "changes",
        sa.Column("run", sa.String(40), primary_key=True),
        sa.Column("submission", sa.Integer, primary_key=True),
        sa.Column("at", sa.Float, primary_key=True),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("outcome_before", sa.String(20)),
        sa.Column("reason_before", sa.Text),
        sa.Column("proof_before", sa.String(20)),
        sa.Column("outcome", sa.String(20), nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("proof", sa.String(20)),
        sa.Column("record", sa.Integer, nullable=False),
        sa.ForeignKeyConstraint(["run", "submission"], ["submissions.run", "submissions.number"]),
    )
    op.create_table(
        "purged_sessions",
        sa.Column("session", sa.String(64), primary_key=True),
        sa.Column("content", sa.String(64)),
        sa.Column("run", sa.String(40)),
    )
    op.create_table(
        "keys",
        sa.Column("name", sa.String(40), primary_key=True),
        sa.Column("value", sa.String(64), nullable=False),
    )

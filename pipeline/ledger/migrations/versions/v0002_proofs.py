"""What proves an outcome, whose it is, and what a person resolved."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the columns and the table."""
    op.add_column("submissions", sa.Column("proof", sa.String(20)))
    op.add_column("submissions", sa.Column("candidate", sa.Text))
    op.create_index("submissions_by_candidate", "submissions", ["candidate"])
    op.create_table(
        "resolutions",
        sa.Column("surpass", sa.String(255), primary_key=True),
        sa.Column("keycode", sa.String(40), primary_key=True),
        sa.Column("at", sa.Float, primary_key=True),
        sa.Column("run", sa.String(40), nullable=False),
        sa.Column("submission", sa.Integer, nullable=False),
        sa.Column("taken", sa.Boolean, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.ForeignKeyConstraint(["run", "submission"], ["submissions.run", "submissions.number"]),
    )

"""The first schema."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make all tables."""
    op.create_table(
        "runs",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("parent", sa.String(40)),
        sa.Column("started", sa.Float, nullable=False),
        sa.Column("finished", sa.Float),
        sa.Column("surpass", sa.String(255), nullable=False),
        sa.Column("version", sa.String(40), nullable=False),
    )
    op.create_table(
        "sources",
        sa.Column("run", sa.String(40), sa.ForeignKey("runs.id"), primary_key=True),
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("layouts", sa.Text, nullable=False),
        sa.Column("rows_read", sa.Integer, nullable=False),
    )
    op.create_table(
        "submissions",
        sa.Column("run", sa.String(40), sa.ForeignKey("runs.id"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("keycode", sa.Text, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("content", sa.LargeBinary),
        sa.Column("digest", sa.String(64)),
        sa.Column("entries", sa.LargeBinary, nullable=False),
        sa.Column("batch", sa.Integer),
        sa.Column("outcome", sa.String(20)),
        sa.Column("reason", sa.Text),
        sa.Column("posts", sa.Integer, nullable=False),
    )
    op.create_index("submissions_by_keycode", "submissions", ["keycode"])
    op.create_table(
        "attempts",
        sa.Column("run", sa.String(40), primary_key=True),
        sa.Column("submission", sa.Integer, primary_key=True),
        sa.Column("post", sa.Integer, primary_key=True),
        sa.Column("completion_date", sa.String(19), nullable=False),
        sa.Column("began", sa.Float, nullable=False),
        sa.Column("ended", sa.Float),
        sa.Column("came_back", sa.Text),
        sa.ForeignKeyConstraint(["run", "submission"], ["submissions.run", "submissions.number"]),
    )
    op.create_table(
        "sessions",
        sa.Column("surpass", sa.String(255), primary_key=True),
        sa.Column("keycode", sa.String(40), primary_key=True),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("run", sa.String(40)),
        sa.Column("submission", sa.Integer),
        sa.Column("digest", sa.String(64)),
        sa.Column("owner", sa.String(80)),
    )
    op.create_index("sessions_by_state", "sessions", ["state"])
    op.create_table(
        "owners",
        sa.Column("token", sa.String(80), primary_key=True),
        sa.Column("place", sa.Text, nullable=False),
        sa.Column("alive_until", sa.Float, nullable=False),
    )

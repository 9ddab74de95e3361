"""The ledger's tables. Times are seconds since 1970 in UTC: every database keeps them alike.

``sessions`` has one row for each session that was ever claimed: who may act on it now, and what we
last did to it. ``purged_sessions`` keeps of those that were purged what is needed never to send
them again. The other tables are history; ``records`` is the chain that seals it.
"""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)

metadata = MetaData()

runs = Table(
    "runs",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("parent", String(40)),
    Column("started", Float, nullable=False),
    Column("finished", Float),
    Column("surpass", String(255), nullable=False),
    Column("version", String(40), nullable=False),
    Column("user", Text),  # the account that it ran under; null of older versions' runs
    Column("host", Text),
    Column("origin", String(20)),
    Column("salt", String(64)),  # of the hashes over its details; null once these are purged
    Column("purged", Float),  # when its files, submissions and attempts were removed
)

NEWEST_FIRST = (runs.c.started.desc(), runs.c.id.desc())
"""The order of runs. Their ids sort by the second alone, and two may begin within one."""

sources = Table(
    "sources",
    metadata,
    Column("run", String(40), primary_key=True),
    Column("name", Text, primary_key=True),
    Column("sha256", String(64), nullable=False),
    Column("layouts", Text, nullable=False),
    Column("rows_read", Integer, nullable=False),
    Column("owner", Text),  # of the file
    ForeignKeyConstraint(["run"], ["runs.id"]),
)

submissions = Table(
    "submissions",
    metadata,
    Column("run", String(40), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("keycode", Text, nullable=False),
    Column("kind", String(20), nullable=False),
    Column("content", LargeBinary),  # packed, as it would be sent; null where nothing can be
    Column("digest", String(64)),  # of the content
    Column("entries", LargeBinary, nullable=False),  # packed, with their cells: see packing.py
    Column("batch", Integer),
    Column("outcome", String(20)),  # null while it is under way
    Column("reason", Text),
    Column("posts", Integer, nullable=False, default=0),
    Column("proof", String(20)),  # by what reading proved it, if accepted
    Column("candidate", Text),  # the candidate reference that the file names, if any
    ForeignKeyConstraint(["run"], ["runs.id"]),
    Index("submissions_by_keycode", "keycode"),
    Index("submissions_by_candidate", "candidate"),
)

attempts = Table(
    "attempts",
    metadata,
    Column("run", String(40), primary_key=True),
    Column("submission", Integer, primary_key=True),
    Column("post", Integer, primary_key=True),  # from 1
    Column("completion_date", String(19), nullable=False),
    Column("began", Float, nullable=False),
    Column("ended", Float),
    Column("came_back", Text),
    ForeignKeyConstraint(["run", "submission"], ["submissions.run", "submissions.number"]),
)

sessions = Table(
    "sessions",
    metadata,
    Column("surpass", String(255), primary_key=True),  # a keycode says nothing in another Surpass
    Column("keycode", String(40), primary_key=True),
    Column("state", String(20), nullable=False),
    Column("run", String(40)),  # whose submission was last sent, or is about to be,
    Column("submission", Integer),
    Column("digest", String(64)),  # and what it carries
    Column("owner", String(80)),  # the process that may act on it
    Index("sessions_by_state", "state"),
)

resolutions = Table(
    "resolutions",
    metadata,
    Column("surpass", String(255), primary_key=True),
    Column("keycode", String(40), primary_key=True),
    Column("at", Float, primary_key=True),
    Column("run", String(40), nullable=False),
    Column("submission", Integer, nullable=False),
    Column("taken", Boolean, nullable=False),
    Column("reason", Text, nullable=False),
    Column("who", Text, nullable=False),
    ForeignKeyConstraint(["run", "submission"], ["submissions.run", "submissions.number"]),
)

records = Table(
    "records",
    metadata,
    Column("sequence", Integer, primary_key=True, autoincrement=False),  # from 1, without a gap
    Column(
        "key", String(200), nullable=False, unique=True
    ),  # what is recorded: once, if done twice
    Column("run", String(40)),  # whose; of a check there is no row in runs
    Column("document", Text, nullable=False),  # canonical JSON, with the hash of the record before
    Column("sha256", String(64), nullable=False),  # of the document
    Index("records_by_run", "run"),
)

changes = Table(
    "changes",
    metadata,
    Column("run", String(40), primary_key=True),
    Column("submission", Integer, primary_key=True),
    Column("at", Float, primary_key=True),
    Column("by", Text, nullable=False),  # a run, a command or a person
    Column("outcome_before", String(20)),
    Column("reason_before", Text),
    Column("proof_before", String(20)),
    Column("outcome", String(20), nullable=False),
    Column("reason", Text),
    Column("proof", String(20)),
    Column("record", Integer, nullable=False),  # the one that seals it
    ForeignKeyConstraint(["run", "submission"], ["submissions.run", "submissions.number"]),
)

purged_sessions = Table(
    "purged_sessions",
    metadata,
    Column("session", String(64), primary_key=True),  # keyed hash of its Surpass and keycode
    Column("content", String(64)),  # keyed hash of what it was sent
    Column("run", String(40)),
)

keys = Table(
    "keys",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("value", String(64), nullable=False),
)

owners = Table(
    "owners",
    metadata,
    Column("token", String(80), primary_key=True),
    Column("place", Text, nullable=False),  # machine and process, to see at once that it is dead
    Column("alive_until", Float, nullable=False),
)

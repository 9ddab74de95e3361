"""Where a submission ended in its run: the one statement that writes it, and its values."""

from __future__ import annotations

import sqlalchemy as sa

from pipeline.ledger.tables import submissions
from pipeline.model import Ending

_WRITTEN = ("outcome", "reason", "proof", "batch", "posts")


def end_submission() -> sa.Update:
    """The statement; ``ending_row`` has its parameters."""
    return (
        submissions.update()
        .where(
            submissions.c.run == sa.bindparam("_run"),
            submissions.c.number == sa.bindparam("_number"),
        )
        .values({name: sa.bindparam(f"_{name}") for name in _WRITTEN})
    )


def ending_row(run: str, ending: Ending) -> dict[str, object]:
    """The values for one submission."""
    return {
        "_run": run,
        "_number": ending.submission,
        "_outcome": str(ending.outcome),
        "_reason": ending.reason,
        "_proof": ending.proof and str(ending.proof),
        "_batch": ending.batch,
        "_posts": ending.attempts,
    }

"""Outcomes that are settled after their run: what stood there, what stands there now, by whom.

The submission's row shows where it stands; what it was when its run ended is kept beside, and both
are sealed by a record of the chain.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from itertools import groupby

import sqlalchemy as sa

from pipeline.ledger import sealing
from pipeline.ledger.chain import RecordKind, append
from pipeline.ledger.tables import changes, submissions
from pipeline.model import Ending

_UNSEALED = 0  # no record has this place


def settle_later(connection: sa.Connection, run: str, ended: Sequence[Ending], by: str) -> None:
    """Write where these submissions of an earlier run stand now, and who found it out."""
    changed = False
    for ending in ended:
        changed |= _settle(connection, run, ending, by)
    if not changed:
        return
    details = sealing.changed(connection, run, None)
    facts = {"submissions": len(ended), "details": details}
    record = append(connection, RecordKind.CHANGE, run, facts, about=details)
    unsealed = (changes.c.run == run, changes.c.record == _UNSEALED)
    connection.execute(changes.update().where(*unsealed).values(record=record))


def seal_later(connection: sa.Connection, ended: Sequence[tuple[str, Ending]], by: str) -> None:
    """The same, of several runs."""
    for run, of_run in groupby(sorted(ended, key=_by_place), key=lambda pair: pair[0]):
        settle_later(connection, run, [ending for _, ending in of_run], by)


def _by_place(pair: tuple[str, Ending]) -> tuple[str, int]:
    return pair[0], pair[1].submission


def _settle(connection: sa.Connection, run: str, ending: Ending, by: str) -> bool:
    """Whether it stands elsewhere than before."""
    where = (submissions.c.run == run, submissions.c.number == ending.submission)
    columns = (submissions.c.outcome, submissions.c.reason, submissions.c.proof)
    before = connection.execute(sa.select(*columns).where(*where)).one()
    proof = None if ending.proof is None else str(ending.proof)
    now = {"outcome": str(ending.outcome), "reason": ending.reason, "proof": proof}
    if before._mapping == now:
        return False
    sealing.salt(connection, run)
    connection.execute(submissions.update().where(*where).values(now))
    connection.execute(
        changes.insert().values(
            run=run,
            submission=ending.submission,
            at=time.time(),
            by=by,
            outcome_before=before.outcome,
            reason_before=before.reason,
            proof_before=before.proof,
            record=_UNSEALED,
            **now,
        )
    )
    return True

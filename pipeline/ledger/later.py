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
from pipeline.ledger.tables import changes, runs, submissions
from pipeline.model import Ending
from schemas.words import Outcome

_UNSEALED = 0  # no record has this place


def _settle_later(
    connection: sa.Connection,
    ended: Sequence[tuple[str, Ending]],
    by: str,
    at: float | None = None,
) -> None:
    """Write where submissions of earlier runs stand now, who found it out, and when.

    ``ended`` names the run of each. A person's resolution of the same moment is sealed with it.
    """
    now = time.time() if at is None else at
    for run, of_run in groupby(sorted(ended, key=_by_place), key=lambda pair: pair[0]):
        _settle_run(connection, run, [ending for _, ending in of_run], by, now)


def _settle_run(
    connection: sa.Connection, run: str, ended: Sequence[Ending], by: str, now: float
) -> None:
    changed = [ending for ending in ended if _settle(connection, run, ending, (by, now))]
    if not changed:
        return
    details = sealing.changed(connection, run, _UNSEALED)
    facts = {"submissions": len(changed), "details": details}
    record = append(connection, RecordKind.CHANGE, run, facts, about=details)
    unsealed = (changes.c.run == run, changes.c.record == _UNSEALED)
    connection.execute(changes.update().where(*unsealed).values(record=record))


def settle_with_others(
    connection: sa.Connection,
    surpass: str,
    ended: Sequence[tuple[str, Ending]],
    by: str,
    at: float | None = None,
) -> None:
    """The same, and with them what other runs left in doubt because of them."""
    others = [
        other
        for run, ending in ended
        for other in _others_in_doubt(connection, surpass, run, ending)
    ]
    _settle_later(connection, [*ended, *others], by, at)


def _others_in_doubt(
    connection: sa.Connection, surpass: str, run: str, ending: Ending
) -> list[tuple[str, Ending]]:
    """Where that leaves other runs, which sent nothing because this submission was in doubt."""
    columns = (submissions.c.run, submissions.c.number, submissions.c.keycode, submissions.c.digest)
    this = (submissions.c.run == run, submissions.c.number == ending.submission)
    settled = connection.execute(sa.select(*columns).where(*this)).one()
    waiting = (
        sa.select(*columns)
        .join(runs, runs.c.id == submissions.c.run)
        .where(
            runs.c.surpass == surpass,
            submissions.c.keycode == settled.keycode,
            submissions.c.run != run,
            submissions.c.outcome == str(Outcome.IN_DOUBT),
            submissions.c.posts == 0,
        )
    )
    others = connection.execute(waiting).all()
    found = []
    for other in others:
        beside = _beside(run, ending.outcome, other.digest == settled.digest)
        if beside is not None:
            found.append((other.run, Ending(other.number, *beside)))
    return found


def _beside(run: str, outcome: Outcome, same_content: bool) -> tuple[Outcome, str] | None:
    """Where another run's submission of the session stands; None where it stays in doubt."""
    if outcome is Outcome.FAILED:
        return Outcome.FAILED, f"not sent: what run {run} had sent was not taken"
    if outcome is Outcome.UNCONFIRMED:
        why = f"run {run} sent it and could not confirm it: look at it in Surpass"
        return Outcome.UNCONFIRMED, why
    if outcome is not Outcome.ACCEPTED:
        return None
    if same_content:
        return Outcome.UNCHANGED, f"the same content was accepted in run {run}"
    return Outcome.HELD, f"other content was accepted in run {run}"


def _by_place(pair: tuple[str, Ending]) -> tuple[str, int]:
    return pair[0], pair[1].submission


def _settle(connection: sa.Connection, run: str, ending: Ending, by_at: tuple[str, float]) -> bool:
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
            at=by_at[1],
            by=by_at[0],
            outcome_before=before.outcome,
            reason_before=before.reason,
            proof_before=before.proof,
            record=_UNSEALED,
            **now,
        )
    )
    return True

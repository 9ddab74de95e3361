"""What must hold in the end: each session's marks once, and ledger, report and Surpass agree."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from pipeline.ledger import State as Known
from pipeline.ledger.tables import records, runs, sessions, submissions
from pipeline.reconcile import Reconciliation
from schemas.words import Outcome
from tests.crashpoints.engines import looked_into
from tests.crashpoints.runs import Office, State
from tests.crashpoints.surpass_model import Marks


def broken(state: State, account: Reconciliation, office: Office, sent: Mapping[str, Marks]) -> str:
    """What does not hold after the last plain run; nothing where all is well."""
    wrong = [
        *_of_surpass(state, sent),
        *_of_account(account),
        *_of_ledger(office, len(sent)),
    ]
    return "; ".join(wrong)


def _of_surpass(state: State, sent: Mapping[str, Marks]) -> list[str]:
    wrong = [
        f"{keycode} has {session.stored}, not once {sent[keycode]}"
        for keycode, session in state.surpass.sessions.items()
        if session.stored != [sent[keycode]] or session.under_way
    ]
    return wrong + [f"{keycode} was sent blindly" for keycode in state.surpass.blind]


def _of_account(account: Reconciliation) -> list[str]:
    ends = {name: count for name, count in account.totals.by_outcome.items() if count}
    wrong = [] if account.balanced else ["the account does not balance"]
    if ends.keys() - {"accepted", "unchanged"}:
        reasons = sorted({str(why) for why in account.submissions["reason"]})
        wrong.append(f"the last run ended with {ends}: {reasons}")
    return wrong


def _of_ledger(office: Office, count: int) -> list[str]:
    """What the disk holds, read with nothing of the pipeline but its tables."""
    with looked_into(office.disk.url) as connection:
        states = Counter(row.state for row in connection.execute(sa.select(sessions.c.state)))
        ended = sa.select(submissions.c.keycode, submissions.c.outcome, runs.c.finished, runs.c.id)
        chain = connection.execute(sa.select(records).order_by(records.c.sequence)).all()
        joined = connection.execute(ended.join(runs, runs.c.id == submissions.c.run)).all()
    wrong = [] if states == {str(Known.ACCEPTED): count} else [f"the ledger's sessions: {states}"]
    accepted = Counter(row.keycode for row in joined if row.outcome == Outcome.ACCEPTED)
    if set(accepted.values()) != {1} or len(accepted) != count:
        wrong.append(f"accepted in the ledger: {dict(accepted)}")
    for row in joined:
        if row.outcome in (Outcome.IN_DOUBT, Outcome.UNCONFIRMED, Outcome.REFUSED):
            wrong.append(f"{row.keycode} is {row.outcome} in {row.id}")
        if row.outcome is None and row.finished is not None:
            wrong.append(f"{row.keycode} has no outcome in {row.id}, which ended")
    return [*wrong, *_of_chain(chain)]


def _of_chain(chain: Sequence[sa.Row[Any]]) -> list[str]:
    """Each record is bound to the one before, whatever died between them."""
    before = ["0" * 64, *(hashlib.sha256(row.document.encode()).hexdigest() for row in chain)]
    bound = [json.loads(row.document)["previous"] for row in chain]
    whole = bound == before[:-1] and [row.sequence for row in chain] == [*range(1, len(before))]
    return [] if whole else ["the ledger's records are no chain"]

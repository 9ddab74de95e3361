"""What a person found out of a session in Surpass, and wrote down with `papermarks resolve`."""

from __future__ import annotations

from dataclasses import asdict

import sqlalchemy as sa

from pipeline.ledger.claims import are
from pipeline.ledger.later import settle_with_others
from pipeline.ledger.lease import Lease
from pipeline.ledger.model import Resolution, State
from pipeline.ledger.tables import resolutions, sessions
from pipeline.model import Ending
from schemas.words import Outcome, Proof


def resolve(connection: sa.Connection, surpass: str, lease: Lease, resolution: Resolution) -> None:
    """Write it down, and let the claimed session go: accepted, or free to be sent again."""
    connection.execute(resolutions.insert().values(surpass=surpass, **asdict(resolution)))
    state = State.ACCEPTED if resolution.taken else State.OPEN
    connection.execute(
        sessions.update()
        .where(*are(surpass, [resolution.keycode]), sessions.c.owner == lease.token)
        .values(state=state, owner=None)
    )
    ended = [(resolution.run, _ending(resolution))]
    settle_with_others(connection, surpass, ended, resolution.who, resolution.at)


def _ending(resolution: Resolution) -> Ending:
    reason = f"{resolution.who} said so: {resolution.reason}"
    if resolution.taken:
        return Ending(resolution.submission, Outcome.ACCEPTED, reason, proof=Proof.PERSON)
    return Ending(resolution.submission, Outcome.FAILED, reason)

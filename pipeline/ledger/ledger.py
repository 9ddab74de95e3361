"""What can be written in the ledger, and read from it.

One POST of one submission, as delivery writes it down:

    claim(["AAAAAAA2"])              this process alone may act on the session
    intent(run, submission, post 1)  state 'in doubt', and the attempt: now the POST may leave
    settlement(run, accepted, …)     the outcome and its proof; the session is let go

A process that is killed between the last two leaves the session in doubt, with what was sent and
when: the next run reads it in Surpass before anything is sent again.

Every method is one transaction that may be done twice. All of them block, so call them in a thread;
but for `intent` and `settlement`, which are futures of a write in a group of many.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection, Sequence
from contextlib import suppress
from typing import Any

import sqlalchemy as sa

from pipeline.errors import ClaimLost, LedgerError
from pipeline.ledger import chain, claims, packing, resolving
from pipeline.ledger.chain import Head
from pipeline.ledger.group_commit import GroupCommit
from pipeline.ledger.head import HeadFile
from pipeline.ledger.history import History
from pipeline.ledger.lease import Lease
from pipeline.ledger.model import Attempt, Known, Resolution, State
from pipeline.ledger.sending import Intent, Sending, Settlement
from pipeline.ledger.stored_submissions import content
from pipeline.ledger.tables import attempts, submissions
from pipeline.model import Ending, Run, Submission
from pipeline.submissions import digest
from schemas.frames import DataFrame, Entry


class Ledger(History):
    """The durable record; use it as a context manager, which keeps this process's lease alive."""

    def __init__(
        self,
        url: str,
        surpass: str,
        lease: float = 30.0,
        *,
        head: HeadFile | None = None,
        lost: str | None = None,
    ) -> None:
        """Connect, and bring the schema up to date. LedgerError where that cannot be done.

        ``surpass`` is the address of the Surpass of which it is asked: what was sent to a sandbox
        was not sent to the real one. ``head`` is what this machine keeps of the chain's end;
        ``lost`` what to say where no ledger is there yet, though one must be.
        """
        super().__init__(url, surpass, lost)
        self._head = head
        self._lease = Lease(lease, self.transact)
        self._sending = Sending(surpass, self._lease, self._engine.dialect)
        self._writer: GroupCommit[Intent | Settlement] = GroupCommit(self._commit)

    def __enter__(self) -> Ledger:
        """Announce this process, and go on doing so."""
        try:
            self._keep_head(self.transact(self._arrive))
        except BaseException:
            self._engine.dispose()
            raise
        self._lease.start_renewing()
        self._writer.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Let go of all claims; where that fails, they end with the lease."""
        self._writer.close()
        self._lease.stop_renewing()
        with suppress(LedgerError):  # what the run did is told, whatever becomes of its ledger
            self._keep_head(self.transact(self._depart))
        self._engine.dispose()

    # --- what is known of sessions

    def known(self, keycodes: Collection[str]) -> dict[str, Known]:
        """The sessions among these that were ever claimed."""
        return self.transact(
            lambda connection: claims.known_among(connection, self._surpass, keycodes)
        )

    def under_way(self, keycodes: Collection[str]) -> set[str]:
        """Which of these sessions another run of ours has sent, or is sending right now."""
        known = self.known(keycodes)
        return {code for code, session in known.items() if session.state is not State.OPEN}

    def in_flight(self) -> list[Known]:
        """What was sent and is not known to have been taken, by processes that are gone."""
        return self.transact(
            lambda connection: claims.in_flight(connection, self._surpass, self._lease)
        )

    def meant(self, known: Known) -> Submission:
        """The submission that was last sent to a session, as it was meant to be."""
        return content(self._submission(known))

    def last_attempt(self, known: Known) -> Attempt | None:
        """The last POST of the submission that was last sent to a session; None if none left."""
        of_submission = (
            attempts.c.run == known.run,
            attempts.c.submission == known.submission,
        )
        newest = attempts.select().where(*of_submission).order_by(attempts.c.post.desc()).limit(1)
        row = self.transact(lambda connection: connection.execute(newest).first())
        if row is None:
            return None
        return Attempt(row.post, row.completion_date, row.began, row.ended, row.came_back)

    def entries(self, known: Known) -> DataFrame[Entry]:
        """That submission's entries, with their cells; none where they were purged."""
        if known.purged:
            return packing.unpack_entries([])
        return packing.unpack_entries([self._submission(known).entries])

    def _submission(self, known: Known) -> sa.Row[Any]:
        where = (submissions.c.run == known.run, submissions.c.number == known.submission)
        return self.transact(
            lambda connection: connection.execute(submissions.select().where(*where)).one()
        )

    # --- claims, intents and settlements

    def claim(self, keycodes: Collection[str]) -> dict[str, Known]:
        """Claim sessions for this process; those that it got, as they were before.

        A claim ends when it is settled or let go, or when its process is dead or loses its lease.
        A session that was purged was accepted: it is told so, and never claimed.
        """
        if not keycodes:
            return {}
        return self.transact(
            lambda connection: claims.claim(connection, self._surpass, self._lease, keycodes)
        )

    def let_go(self, keycodes: Collection[str]) -> None:
        """Give up claims without a change of state."""
        self.transact(
            lambda connection: claims.let_go(connection, self._surpass, self._lease, keycodes)
        )

    def intent(self, run: Run, submission: Submission, attempt: Attempt) -> asyncio.Future[None]:
        """Put on the disk that this POST is about to leave: it may once this is done.

        ClaimLost where it may not; LedgerError where it could not be written.
        """
        return self._writer.submit_here(_intent(run, submission, attempt))

    def intend(self, run: Run, submission: Submission, attempt: Attempt) -> None:
        """The same, where no event loop runs: wait for it."""
        self._writer.submit(_intent(run, submission, attempt)).result()

    def settlement(
        self,
        run: str,
        ending: Ending,
        keycode: str,
        tried: Sequence[Attempt] = (),
        by: str = "",
    ) -> asyncio.Future[None]:
        """Write down what came of a claimed submission, and let its session go.

        'Failed' frees the session: it means that every POST is known not to have been taken.
        ``by`` is who found it out, where that was after the run.
        """
        return self._writer.submit_here(Settlement(run, ending, keycode, tuple(tried), by))

    def settle(
        self,
        run: str,
        ending: Ending,
        keycode: str,
        tried: Sequence[Attempt] = (),
        by: str = "",
    ) -> None:
        """The same, where no event loop runs: wait for it."""
        self._writer.submit(Settlement(run, ending, keycode, tuple(tried), by)).result()

    def resolve(self, keycode: str, *, taken: bool, reason: str, who: str) -> Resolution:
        """Write down what a person found out of a session whose outcome is not settled.

        LookupError where there is nothing to resolve; ClaimLost while a run has it in hand.
        """
        (known,) = self.claim([keycode]).values() or (None,)
        if known is None:
            raise ClaimLost(f"a run has {keycode} in hand right now")
        if known.state not in (State.IN_DOUBT, State.UNCONFIRMED):
            self.let_go([keycode])
            raise LookupError(keycode)
        resolution = Resolution(
            keycode, str(known.run), known.submission or 0, taken, reason, who, time.time()
        )
        self.transact(
            lambda connection: resolving.resolve(connection, self._surpass, self._lease, resolution)
        )
        return resolution

    def _commit(self, group: Sequence[Intent | Settlement]) -> list[ClaimLost | None]:
        """Write a group in one transaction; for each, None or why it may not be written."""
        held = self.transact(lambda connection: self._sending.write(connection, group))
        return [
            ClaimLost(f"another run took over {write.keycode}")
            if isinstance(write, Intent) and write.keycode not in held
            else None
            for write in group
        ]

    # --- this process

    def _arrive(self, connection: sa.Connection) -> Head:
        """Announce this process; record what the chain once had, where a copy was put back."""
        self._lease.announce(connection)
        known = None if self._head is None else self._head.read()
        if known is not None and not chain.holds(connection, known):
            facts = {"known": {"sequence": known.sequence, "sha256": known.sha256}}
            about = f"{known.sequence} {known.sha256[:16]}"
            chain.append(connection, chain.RecordKind.RESTORED, None, facts, about=about)
        return chain.head(connection)

    def _depart(self, connection: sa.Connection) -> Head:
        self._lease.end(connection)
        return chain.head(connection)

    def _keep_head(self, head: Head) -> None:
        """Keep where the chain ends now; where that cannot be written, the next process does."""
        if self._head is not None:
            with suppress(OSError):
                self._head.write(head)


def _intent(run: Run, submission: Submission, attempt: Attempt) -> Intent:
    return Intent(run.id, submission.number, submission.keycode, digest(submission), attempt)

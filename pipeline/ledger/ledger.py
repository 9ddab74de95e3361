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

import threading
import time
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import pandas as pd
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from pipeline.errors import ClaimLost, LedgerError
from pipeline.ledger import chain, owner, packing
from pipeline.ledger.chain import Head
from pipeline.ledger.group_commit import GroupCommit
from pipeline.ledger.head import HeadFile
from pipeline.ledger.history import History, chunks, content
from pipeline.ledger.later import others_in_doubt, settle_later
from pipeline.ledger.model import STATE_AFTER, Attempt, Known, Resolution, State
from pipeline.ledger.purge import purged_among
from pipeline.ledger.tables import attempts, owners, resolutions, sessions, submissions
from pipeline.model import Ending, Run, Submission
from pipeline.submissions import digest
from schemas.words import Outcome, Proof

_LONGEST_LEASE_S = 3600.0  # seconds that a lease may be thought to last


@dataclass(frozen=True)
class _Intent:
    """A POST that is about to leave."""

    run: str
    submission: int
    keycode: str
    digest: str  # of what it carries
    attempt: Attempt


@dataclass(frozen=True)
class _Settlement:
    """What came of a claimed submission."""

    run: str
    ending: Ending
    keycode: str
    tried: Sequence[Attempt]
    by: str = ""  # who found it out, where that was after the run


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
        self._lease = lease
        self._token = owner.token()
        self._alive_until = 0.0
        self._closing = threading.Event()
        self._heart = threading.Thread(target=self._beat, name="lease", daemon=True)
        self._writer: GroupCommit[_Intent | _Settlement] = GroupCommit(self._commit)

    def __enter__(self) -> Ledger:
        """Announce this process, and go on doing so."""
        try:
            self._keep_head(self._do(self._arrive))
        except BaseException:
            self._engine.dispose()
            raise
        self._heart.start()
        self._writer.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Let go of all claims; where that fails, they end with the lease."""
        self._writer.close()
        self._closing.set()
        self._heart.join()
        with suppress(LedgerError):  # what the run did is told, whatever becomes of its ledger
            self._keep_head(self._do(self._depart))
        self._engine.dispose()

    # --- what is known of sessions

    def known(self, keycodes: Collection[str]) -> dict[str, Known]:
        """The sessions among these that were ever claimed."""

        def read(connection: sa.Connection) -> dict[str, Known]:
            claimed = {
                row.keycode: _known(row)
                for chunk in chunks(keycodes)
                for row in connection.execute(sessions.select().where(*self._are(chunk)))
            }
            return claimed | purged_among(connection, self._surpass, keycodes)

        return self._do(read)

    def under_way(self, keycodes: Collection[str]) -> set[str]:
        """Which of these sessions another run of ours has sent, or is sending right now."""
        known = self.known(keycodes)
        return {code for code, session in known.items() if session.state is not State.OPEN}

    def in_flight(self) -> list[Known]:
        """What was sent and is not known to have been taken, by processes that are gone."""

        def read(connection: sa.Connection) -> list[Known]:
            open_ = sessions.select().where(
                sessions.c.surpass == self._surpass,
                sessions.c.state.in_([State.IN_DOUBT, State.UNCONFIRMED]),
            )
            rows = connection.execute(open_.order_by(sessions.c.keycode)).all()
            living = self._living(connection)
            return [_known(row) for row in rows if row.owner not in living]

        return self._do(read)

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
        row = self._do(lambda connection: connection.execute(newest).first())
        if row is None:
            return None
        return Attempt(row.post, row.completion_date, row.began, row.ended, row.came_back)

    def entries(self, known: Known) -> pd.DataFrame:
        """That submission's entries, with their cells; none where they were purged."""
        if known.purged:
            return packing.unpack_entries([])
        return packing.unpack_entries([self._submission(known).entries])

    def _submission(self, known: Known) -> sa.Row[Any]:
        where = (submissions.c.run == known.run, submissions.c.number == known.submission)
        return self._do(
            lambda connection: connection.execute(submissions.select().where(*where)).one()
        )

    # --- claims and intents

    def claim(self, keycodes: Collection[str]) -> dict[str, Known]:
        """Claim sessions for this process; those that it got, as they were before.

        A claim ends when it is settled or let go, or when its process is dead or loses its lease.
        A session that was purged was accepted: it is told so, and never claimed.
        """

        def take(connection: sa.Connection) -> dict[str, Known]:
            purged = purged_among(connection, self._surpass, keycodes)
            wanted = sorted(set(keycodes) - purged.keys())
            for chunk in chunks(wanted):
                free = {"surpass": self._surpass, "state": str(State.OPEN)}
                new = [{"keycode": code, **free} for code in chunk]
                self._insert_missing(connection, new)
            got: dict[str, Known] = {}
            for chunk in chunks(wanted):
                of_chunk = sessions.select().where(*self._are(chunk)).order_by(sessions.c.keycode)
                rows = connection.execute(of_chunk.with_for_update()).all()
                # Behind the lock: an owner that came while we waited for it must be seen alive.
                living = self._living(connection)
                mine = {row.keycode: _known(row) for row in rows if row.owner not in living}
                connection.execute(
                    sessions.update().where(*self._are(mine)).values(owner=self._token)
                )
                got |= mine
            return got | purged

        return self._do(take) if keycodes else {}

    def intent(self, run: Run, submission: Submission, attempt: Attempt) -> Future[None]:
        """Put on the disk that this POST is about to leave: it may once this is done.

        ClaimLost where it may not; LedgerError where it could not be written.
        """
        return self._writer.submit(
            _Intent(run.id, submission.number, submission.keycode, digest(submission), attempt)
        )

    def intend(self, run: Run, submission: Submission, attempt: Attempt) -> None:
        """The same, and wait for it."""
        self.intent(run, submission, attempt).result()

    def settlement(
        self,
        run: str,
        ending: Ending,
        keycode: str,
        tried: Sequence[Attempt] = (),
        by: str = "",
    ) -> Future[None]:
        """Write down what came of a claimed submission, and let its session go.

        'Failed' frees the session: it means that every POST is known not to have been taken.
        ``by`` is who found it out, where that was after the run.
        """
        return self._writer.submit(_Settlement(run, ending, keycode, tuple(tried), by))

    def settle(self, run: str, ending: Ending, keycode: str, tried: Sequence[Attempt] = ()) -> None:
        """The same, and wait for it."""
        self.settlement(run, ending, keycode, tried).result()

    def _commit(self, group: Sequence[_Intent | _Settlement]) -> list[ClaimLost | None]:
        """Write a group in one transaction; for each, None or why it may not be written."""
        intents = [write for write in group if isinstance(write, _Intent)]
        settlements = [write for write in group if isinstance(write, _Settlement)]

        def write(connection: sa.Connection) -> set[str]:
            self._write_settlements(connection, settlements)
            held = self._write_intents(connection, intents)
            self._write_later(connection, settlements)
            return held

        held = self._do(write)
        return [
            ClaimLost(f"another run took over {write.keycode}")
            if isinstance(write, _Intent) and write.keycode not in held
            else None
            for write in group
        ]

    def _write_intents(self, connection: sa.Connection, intents: Sequence[_Intent]) -> set[str]:
        """Write those whose sessions this process holds; these sessions."""
        if not intents:
            return set()
        if time.time() > self._alive_until:
            self._announce(connection)
        mine = sa.select(sessions.c.keycode).where(
            *self._are([intent.keycode for intent in intents]), sessions.c.owner == self._token
        )
        held = set(connection.execute(mine.with_for_update()).scalars())
        written = [intent for intent in intents if intent.keycode in held]
        if not written:
            return held
        sending = [
            {
                "_keycode": intent.keycode,
                "_run": intent.run,
                "_submission": intent.submission,
                "_digest": intent.digest,
            }
            for intent in written
        ]
        connection.execute(self._sending, sending)
        rows = [_attempt_row(intent.run, intent.submission, intent.attempt) for intent in written]
        self._write_attempts(connection, rows)
        return held

    def _write_settlements(
        self, connection: sa.Connection, settlements: Sequence[_Settlement]
    ) -> None:
        if not settlements:
            return
        self._write_attempts(
            connection,
            [
                _attempt_row(settlement.run, settlement.ending.submission, attempt)
                for settlement in settlements
                for attempt in settlement.tried
            ],
        )
        # One read again after its run has ended keeps its batch and POSTs: see _write_later.
        in_run = [settled for settled in settlements if settled.ending.batch is not None]
        if in_run:
            connection.execute(_ENDED_IN_RUN, [_ending_row(settled) for settled in in_run])
        states = [
            {
                "_keycode": settlement.keycode,
                "_state": STATE_AFTER.get(settlement.ending.outcome, State.OPEN),
            }
            for settlement in settlements
        ]
        connection.execute(self._settled, states)

    def _write_later(self, connection: sa.Connection, settlements: Sequence[_Settlement]) -> None:
        """Those that were found out after their run: the last to be written, as the chain wants."""
        later = [settled for settled in settlements if settled.ending.batch is None]
        for by in sorted({settled.by for settled in later}):
            self._settle_later(
                connection,
                [(settled.run, settled.ending) for settled in later if settled.by == by],
                by,
            )

    def _settle_later(
        self,
        connection: sa.Connection,
        ended: Sequence[tuple[str, Ending]],
        by: str,
        at: float | None = None,
    ) -> None:
        """With them what other runs left in doubt because of them."""
        others = [
            other
            for run, ending in ended
            for other in others_in_doubt(connection, self._surpass, run, ending)
        ]
        settle_later(connection, [*ended, *others], by, at)

    # To make a statement takes longer than to execute it: these are made once.

    @cached_property
    def _sending(self) -> sa.Update:
        return self._held_session.values(
            state=State.IN_DOUBT,
            run=sa.bindparam("_run"),
            submission=sa.bindparam("_submission"),
            digest=sa.bindparam("_digest"),
        )

    @cached_property
    def _settled(self) -> sa.Update:
        return self._held_session.values(state=sa.bindparam("_state"), owner=None)

    @cached_property
    def _held_session(self) -> sa.Update:
        """An update of the session ``_keycode``, if this process holds it."""
        return sessions.update().where(
            sessions.c.surpass == self._surpass,
            sessions.c.keycode == sa.bindparam("_keycode"),
            sessions.c.owner == self._token,
        )

    def let_go(self, keycodes: Collection[str]) -> None:
        """Give up claims without a change of state."""

        def write(connection: sa.Connection) -> None:
            for chunk in chunks(keycodes):
                mine = (*self._are(chunk), sessions.c.owner == self._token)
                connection.execute(sessions.update().where(*mine).values(owner=None))

        self._do(write)

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
        outcome = Outcome.ACCEPTED if taken else Outcome.FAILED
        proof = Proof.PERSON if taken else None
        ending = Ending(resolution.submission, outcome, f"{who} said so: {reason}", proof=proof)

        def write(connection: sa.Connection) -> None:
            connection.execute(
                resolutions.insert().values(surpass=self._surpass, **asdict(resolution))
            )
            connection.execute(
                sessions.update()
                .where(*self._are([keycode]), sessions.c.owner == self._token)
                .values(state=State.ACCEPTED if taken else State.OPEN, owner=None)
            )
            self._settle_later(connection, [(resolution.run, ending)], who, resolution.at)

        self._do(write)
        return resolution

    # --- this process

    def _announce(self, connection: sa.Connection) -> None:
        self._alive_until = time.time() + self._lease
        until = self._now(connection) + self._lease
        renewed = connection.execute(
            owners.update().where(owners.c.token == self._token).values(alive_until=until)
        )
        if renewed.rowcount == 0:
            values = {"token": self._token, "place": owner.place(), "alive_until": until}
            connection.execute(owners.insert().values(values))

    def _arrive(self, connection: sa.Connection) -> Head:
        """Announce this process; record what the chain once had, where a copy was put back."""
        self._announce(connection)
        known = None if self._head is None else self._head.read()
        if known is not None and not chain.holds(connection, known):
            facts = {"known": {"sequence": known.sequence, "sha256": known.sha256}}
            about = f"{known.sequence} {known.sha256[:16]}"
            chain.append(connection, chain.RecordKind.RESTORED, None, facts, about=about)
        return chain.head(connection)

    def _keep_head(self, head: Head) -> None:
        """Keep where the chain ends now; where that cannot be written, the next process does."""
        if self._head is not None:
            with suppress(OSError):
                self._head.write(head)

    def _depart(self, connection: sa.Connection) -> Head:
        mine = sessions.c.owner == self._token
        connection.execute(sessions.update().where(mine).values(owner=None))
        connection.execute(owners.delete().where(owners.c.token == self._token))
        return chain.head(connection)

    def _living(self, connection: sa.Connection) -> set[str]:
        """The other processes that may be alive: their claims stand.

        A lease that ends further away than any lease can is a clock's mistake, and counts as over.
        Another machine's may be longer than ours.
        """
        now = self._now(connection)
        longest = max(2 * self._lease, _LONGEST_LEASE_S)
        return {
            row.token
            for row in connection.execute(owners.select().where(owners.c.token != self._token))
            if now < row.alive_until <= now + longest and not owner.surely_dead(row.place)
        }

    def _now(self, connection: sa.Connection) -> float:
        """The database's own time where machines share it: their clocks may differ by a lease."""
        if self._engine.dialect.name != "postgresql":
            return time.time()
        clock = sa.select(sa.extract("epoch", sa.func.clock_timestamp()))
        return float(connection.execute(clock).scalar_one())

    def _beat(self) -> None:
        while not self._closing.wait(self._lease / 3):
            try:
                self._do(self._announce)
            except LedgerError:
                continue  # the lease runs out, and the next intent says why nothing is sent

    # --- the database

    def _are(self, keycodes: Collection[str]) -> tuple[sa.ColumnElement[bool], ...]:
        return sessions.c.surpass == self._surpass, sessions.c.keycode.in_(list(keycodes))

    def _insert_missing(
        self, connection: sa.Connection, rows: Sequence[Mapping[str, object]]
    ) -> None:
        connection.execute(self._dialect.insert(sessions).on_conflict_do_nothing(), list(rows))

    def _write_attempts(
        self, connection: sa.Connection, rows: Sequence[Mapping[str, object]]
    ) -> None:
        """Write the attempts over what was written of them before they left."""
        if not rows:
            return
        connection.execute(self._upsert_attempts, list(rows))

    @cached_property
    def _upsert_attempts(self) -> Any:  # of either dialect, which have no common type
        insert = self._dialect.insert(attempts)
        return insert.on_conflict_do_update(
            index_elements=[attempts.c.run, attempts.c.submission, attempts.c.post],
            set_={"ended": insert.excluded.ended, "came_back": insert.excluded.came_back},
        )

    @property
    def _dialect(self) -> Any:  # both have an insert with on_conflict, and no common type
        return postgresql if self._engine.dialect.name == "postgresql" else sqlite


def _known(row: sa.Row[Any]) -> Known:
    return Known(row.keycode, State(row.state), row.run, row.submission, row.digest)


_ENDED_IN_RUN = (
    submissions.update()
    .where(
        submissions.c.run == sa.bindparam("_run"),
        submissions.c.number == sa.bindparam("_number"),
    )
    .values(
        {
            name: sa.bindparam(f"_{name}")
            for name in ("outcome", "reason", "proof", "batch", "posts")
        }
    )
)


def _ending_row(settlement: _Settlement) -> dict[str, object]:
    ending = settlement.ending
    return {
        "_run": settlement.run,
        "_number": ending.submission,
        "_outcome": str(ending.outcome),
        "_reason": ending.reason,
        "_proof": ending.proof and str(ending.proof),
        "_batch": ending.batch,
        "_posts": ending.attempts,
    }


def _attempt_row(run: str, number: int, attempt: Attempt) -> dict[str, object]:
    return {
        "run": run,
        "submission": number,
        "post": attempt.post,
        "completion_date": attempt.completion_date,
        "began": attempt.began,
        "ended": attempt.ended,
        "came_back": attempt.came_back,
    }

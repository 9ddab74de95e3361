"""Absent candidates: their sessions are voided in Surpass, one by one, when a person says so.

    async for absence in absences(surpass, ledger, run):
        if absence.obstacle is None and a_person_says_yes(absence):
            await void(surpass, ledger, run, absence, who)

Voiding cannot be reversed. So only a session is offered that still waits for paper responses, has
no mark or answer in Surpass, and to which nothing of ours was sent.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

from pipeline.deliver.readback import read_back
from pipeline.errors import ClaimLost, InputError, NotFound, SurpassError
from pipeline.findings import concat_findings, endings, make_findings
from pipeline.ledger import Known, Ledger, State
from pipeline.model import Validated
from pipeline.surpass import Paper, Result, Session, Surpass
from schemas.states import TestState, VoidReason
from schemas.words import Outcome

VOIDED = "voided"


@dataclass(frozen=True)
class Absence:
    """A candidate whom a run's files say to be absent, and the session as Surpass shows it now."""

    number: int  # of the submission in its run
    keycode: str
    session: Session | None = None  # None where it cannot be read
    obstacle: str | None = None  # why it is not to be voided here; None: it may be
    settled: bool = False  # it is voided already, or over without marks


def held_where_sent(read: Validated, ledger: Ledger) -> Validated:
    """The same, with a finding for who is entered as absent though something was sent for them."""
    absent = {end.submission for end in endings(read.findings) if end.outcome is Outcome.ABSENT}
    if not absent:
        return read
    firsts = read.entries[
        read.entries["submission"].isin(absent) & (read.entries["keycode"] != "")
    ].drop_duplicates("submission")
    known = ledger.known(firsts["keycode"].tolist())
    sent = {code: str(each.run) for code, each in known.items() if each.state is not State.OPEN}
    places = firsts[firsts["keycode"].isin(sent)].assign(question=None)
    found = make_findings(
        "candidate-absent-but-sent", places, run=places["keycode"].map(sent).tolist()
    )
    return replace(read, findings=concat_findings([read.findings, found]))


async def absences(surpass: Surpass, ledger: Ledger, run: str) -> AsyncIterator[Absence]:
    """The run's absent candidates, as they stand now. InputError where there is no such run."""
    try:
        shown = await asyncio.to_thread(ledger.show, run)
    except LookupError as error:
        raise InputError(f"there is no run {run}; papermarks runs lists them") from error
    for row in shown["submissions"]:
        if row["outcome"] == Outcome.ABSENT and row["keycode"]:
            yield await _look(surpass, ledger, Absence(row["number"], row["keycode"]))


async def void(surpass: Surpass, ledger: Ledger, run: str, absence: Absence, who: str) -> str:
    """Void the session, where it still may be; in a sentence what became of it.

    SurpassError where Surpass does not let us, or it is not known whether it was done. What was
    done is written down with ``who``. No run sends to the session meanwhile.
    """
    keycode = absence.keycode
    if not await asyncio.to_thread(ledger.claim, [keycode]):
        raise ClaimLost(f"a run has {keycode} in hand right now")
    try:
        now = await _look(surpass, ledger, absence)
        if now.obstacle is not None:
            return f"not voided: {now.obstacle}"
        await surpass.update_state(keycode, TestState.VOIDED, void_reason=VoidReason.ABSENT)
        after = await _look(surpass, ledger, absence)
        if not after.settled and after.session is not None:
            return f"Surpass said yes, and shows it in {after.session.state_name}: look at it"
        note = f"voided in Surpass (reason: Absent) by {who}"
        await asyncio.to_thread(ledger.note, run, absence.number, note)
    finally:
        await asyncio.to_thread(ledger.let_go, [keycode])
    return VOIDED


async def _look(surpass: Surpass, ledger: Ledger, absence: Absence) -> Absence:
    known = (await asyncio.to_thread(ledger.known, [absence.keycode])).get(absence.keycode)
    try:
        reading = await read_back(surpass, absence.keycode)
    except NotFound:
        return replace(absence, obstacle="Surpass does not know it, or does not show it")
    except SurpassError as error:
        return replace(absence, obstacle=f"it cannot be read: {error}")
    if isinstance(reading, Result):
        marked = _has_marks(reading)
        what = "a result with marks" if marked else "a result without marks now"
        return replace(absence, obstacle=f"it is {what}", settled=not marked)
    voided = reading.state is TestState.VOIDED
    return replace(absence, session=reading, obstacle=_obstacle(reading, known), settled=voided)


def _obstacle(session: Session, known: Known | None) -> str | None:
    if session.state is TestState.VOIDED:
        return "it is voided already"
    if known is not None and known.state is not State.OPEN:
        return f"marks or answers were sent in run {known.run}: find out which is right"
    if not session.is_open:
        state = session.state_name or "a state that is not told"
        return f"it is in {state}; papermarks session update voids it all the same"
    if _has_marks(session):
        return "it has marks or answers in Surpass: find out which is right"
    return None


def _has_marks(paper: Paper) -> bool:
    """What is not marked reads back as 0."""
    return any(any(item.marks) or item.response for item in paper.items.values())

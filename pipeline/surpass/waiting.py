"""List the sessions that still wait for marks, and read each of them from Surpass."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass

from pipeline.concurrently import concurrently
from pipeline.errors import NotFound, NotUnderstood, Refused, SurpassError
from pipeline.progress import QUIET, Progress
from pipeline.surpass import Session, Surpass, filters
from pipeline.surpass.circuit_breaker import CircuitBreaker
from schemas.states import TestState

_OPEN = TestState.PAPER_RESPONSE_UPLOAD


@dataclass(frozen=True)
class WaitingSession:
    """A session that waits for marks; as the list shows it where it could not be read."""

    session: Session
    unread: SurpassError | None = None


async def waiting_sessions(
    surpass: Surpass,
    where: Mapping[str, str],
    breaker: CircuitBreaker,
    progress: Progress = QUIET,
    *,
    questions: bool = False,
) -> list[WaitingSession]:
    """Read every session that waits for marks and meets ``where``, such as a centre's reference.

    Each is read on its own, at the breaker's pace: only that tells its keycode for certain, its
    dates and, if asked for, its questions. Raises what stopped the breaker; a single session that
    Surpass does not show is among the others, with the reason.
    """
    sessions = await list_waiting(surpass, where, progress)
    advance = progress.stage("Read the sessions", len(sessions))

    async def read_one(session: Session) -> WaitingSession | None:
        try:
            async with breaker.slot():
                return await _read_unless_result(surpass, session, questions=questions)
        except SurpassError as error:
            return WaitingSession(session, error)
        finally:
            advance()

    readings = await concurrently(map(read_one, sessions))
    if breaker.stopped_by is not None:
        raise breaker.stopped_by
    pairs = [
        (session, reading)
        for session, reading in zip(sessions, readings, strict=True)
        if reading is not None
    ]
    confirmed = _with_confirmed_keycodes(
        [session for session, _ in pairs], [reading for _, reading in pairs]
    )
    return [reading for reading in confirmed if matches(reading.session, where)]


async def _read_unless_result(
    surpass: Surpass, listed: Session, *, questions: bool
) -> WaitingSession | None:
    """The session; None where it has become a result since the list was made."""
    try:
        return WaitingSession(await _read(surpass, listed, questions=questions))
    except NotFound as gone:
        try:
            await surpass.result(_key(listed))
        except NotFound:
            raise gone from None
        return None


async def list_waiting(
    surpass: Surpass, where: Mapping[str, str], progress: Progress = QUIET
) -> list[Session]:
    """List the sessions that wait, each once: pages may shift while others end.

    What a filter cannot ask for is looked at here.
    """
    advance = progress.stage("List the sessions", None)
    askable = {name: value for name, value in where.items() if filters.can_ask_for(value)}
    by_key: dict[object, Session] = {}
    for session in await _open_sessions(surpass, askable, advance):
        if session.may_be_open and matches(session, where):
            by_key[_key(session)] = session
    return list(by_key.values())


async def _open_sessions(
    surpass: Surpass, where: Mapping[str, str], advance: Callable[[], None]
) -> list[Session]:
    """The sessions that a filter by state finds; all of ``where``, if no such filter is taken.

    Whether Surpass wants the state's name or its number is not known, so an empty list by name is
    asked for by number too.
    """
    obeyed = False
    for state in (_OPEN.wire, int(_OPEN)):
        try:
            sessions = await _collect(surpass.sessions({**where, "state": state}), advance)
        except Refused:
            continue
        if sessions:
            return sessions
        obeyed = True
    return [] if obeyed else await _collect(surpass.sessions(where), advance)


async def _collect(sessions: AsyncIterator[Session], advance: Callable[[], None]) -> list[Session]:
    collected = []
    async for session in sessions:
        collected.append(session)
        advance()
    return collected


_FIELDS: Mapping[str, Callable[[Session], object]] = {
    "candidate/reference": lambda session: session.candidate and session.candidate.reference,
    "centre/reference": lambda session: session.centre and session.centre.reference,
    "test/reference": lambda session: session.test and session.test.reference,
    "testForm/reference": lambda session: session.test_form and session.test_form.reference,
}


def matches(session: Session, where: Mapping[str, str]) -> bool:
    """Whether all that the session tells agrees with ``where``; what it leaves out is no reason."""
    shown = {name: _FIELDS[name](session) for name in where if name in _FIELDS}
    return all(shown[name] in (None, where[name]) for name in shown)


def _key(session: Session) -> str | int:
    """What a session is asked for by: a list surely tells the id; its reference is a guess."""
    key = session.id if session.id is not None else session.keycode
    if key is None:
        raise NotUnderstood("the list has a session with neither id nor reference")
    return key


async def _read(surpass: Surpass, listed: Session, *, questions: bool) -> Session:
    session = await surpass.session(_key(listed), additional=questions)
    if session.keycode is None:
        raise NotUnderstood("the session bears no keycode")
    return session


def _with_confirmed_keycodes(
    listed: Sequence[Session], readings: Sequence[WaitingSession]
) -> list[WaitingSession]:
    """Without those that have moved on, and without keycodes that only the list tells.

    That a list's reference is the keycode is a guess: it is believed where the sessions that could
    be read bear it out.
    """
    pairs = [
        (entry.keycode, reading.session.keycode)
        for entry, reading in zip(listed, readings, strict=True)
        if reading.unread is None
    ]
    keycodes_agree = bool(pairs) and all(entry == read for entry, read in pairs)
    return [
        reading if keycodes_agree or reading.unread is None else _without_keycode(reading)
        for reading in readings
        if reading.unread is not None or reading.session.is_open
    ]


def _without_keycode(waiting: WaitingSession) -> WaitingSession:
    return WaitingSession(waiting.session.model_copy(update={"keycode": None}), waiting.unread)

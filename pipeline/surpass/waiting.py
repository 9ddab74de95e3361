"""Waiting: the sessions still in PaperResponseUpload, each read from Surpass on its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass

from pipeline.errors import NotFound, NotUnderstood, Refused, SurpassError
from pipeline.progress import QUIET, Progress
from pipeline.surpass import Session, Surpass, filters
from pipeline.surpass.circuit_breaker import CircuitBreaker
from schemas.states import TestState

_OPEN = TestState.PAPER_RESPONSE_UPLOAD


@dataclass(frozen=True)
class Waiting:
    """A session that waits for marks; as the list told of it where it could not be read."""

    session: Session
    unread: SurpassError | None = None


async def waiting(
    surpass: Surpass,
    where: Mapping[str, str],
    breaker: CircuitBreaker,
    progress: Progress = QUIET,
    *,
    questions: bool = False,
) -> list[Waiting]:
    """Every session that waits for marks and meets all of ``where``, such as a centre's reference.

    Each is read on its own, at the breaker's pace: only that tells its keycode for certain, its
    dates and, if asked for, its questions. Raises what stopped the breaker; a single session that
    Surpass does not show is among the others, with the reason.
    """
    told = await listed(surpass, where, progress)
    advance = progress.stage("Read the sessions", len(told))

    async def look(one: Session) -> Waiting | None:
        try:
            async with breaker.slot():
                return await _look(surpass, one, questions=questions)
        except SurpassError as error:
            return Waiting(one, error)
        finally:
            advance()

    found = await asyncio.gather(*map(look, told))
    if breaker.stopped_by is not None:
        raise breaker.stopped_by
    pairs = [(one, read) for one, read in zip(told, found, strict=True) if read is not None]
    sure = _with_sure_keycodes([one for one, _ in pairs], [read for _, read in pairs])
    return [one for one in sure if meets(one.session, where)]


async def _look(surpass: Surpass, listed: Session, *, questions: bool) -> Waiting | None:
    """The session; None where it has become a result since the list was made."""
    try:
        return Waiting(await _read(surpass, listed, questions=questions))
    except NotFound as gone:
        try:
            await surpass.result(_key(listed))
        except NotFound:
            raise gone from None
        return None


async def listed(
    surpass: Surpass, where: Mapping[str, str], progress: Progress = QUIET
) -> list[Session]:
    """The list of sessions that wait, each once: it may move from page to page while others end.

    What a filter cannot ask for is looked at here.
    """
    advance = progress.stage("List the sessions", None)
    asked = {name: value for name, value in where.items() if filters.sayable(value)}
    once: dict[object, Session] = {}
    for session in await _open_sessions(surpass, asked, advance):
        if session.may_be_open and meets(session, where):
            once[_key(session)] = session
    return list(once.values())


async def _open_sessions(
    surpass: Surpass, where: Mapping[str, str], advance: Callable[[], None]
) -> list[Session]:
    """The sessions that a filter by state finds; all of ``where``, if no such filter is taken.

    Whether Surpass wants the state's name or its number is not known, so an empty list by name is
    asked for by number too.
    """
    taken = False
    for state in (_OPEN.wire, int(_OPEN)):
        try:
            found = await _counted(surpass.sessions({**where, "state": state}), advance)
        except Refused:
            continue
        if found:
            return found
        taken = True
    return [] if taken else await _counted(surpass.sessions(where), advance)


async def _counted(sessions: AsyncIterator[Session], advance: Callable[[], None]) -> list[Session]:
    found = []
    async for session in sessions:
        found.append(session)
        advance()
    return found


_FIELDS: Mapping[str, Callable[[Session], object]] = {
    "candidate/reference": lambda session: session.candidate and session.candidate.reference,
    "centre/reference": lambda session: session.centre and session.centre.reference,
    "test/reference": lambda session: session.test and session.test.reference,
    "testForm/reference": lambda session: session.test_form and session.test_form.reference,
}


def meets(session: Session, where: Mapping[str, str]) -> bool:
    """Whether all that the session tells agrees with ``where``; what it leaves out is no reason."""
    told = {name: _FIELDS[name](session) for name in where if name in _FIELDS}
    return all(told[name] in (None, where[name]) for name in told)


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


def _with_sure_keycodes(listed: Sequence[Session], found: Sequence[Waiting]) -> list[Waiting]:
    """Without those that have moved on, and without keycodes that only the list tells.

    That a list's reference is the keycode is a guess: it is believed where the sessions that could
    be read bear it out.
    """
    pairs = [
        (told.keycode, one.session.keycode)
        for told, one in zip(listed, found, strict=True)
        if one.unread is None
    ]
    proven = bool(pairs) and all(told == read for told, read in pairs)
    return [
        one if proven or one.unread is None else _nameless(one)
        for one in found
        if one.unread is not None or one.session.is_open
    ]


def _nameless(one: Waiting) -> Waiting:
    return Waiting(one.session.model_copy(update={"keycode": None}), one.unread)

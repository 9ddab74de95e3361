"""Waiting: the sessions still in PaperResponseUpload, each read from Surpass on its own."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipeline.errors import NotUnderstood, SurpassError
from pipeline.progress import QUIET, Progress
from pipeline.surpass import Session, Surpass
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
    line: CircuitBreaker,
    progress: Progress = QUIET,
    *,
    questions: bool = False,
) -> list[Waiting]:
    """Every session that waits for marks and meets all of ``where``, such as a centre's reference.

    Each is read on its own, at the line's pace: only that tells its keycode for certain, its dates
    and, if asked for, its questions. Raises what stopped the line; a single session that Surpass
    does not show is among the others, with the reason.
    """
    told = await listed(surpass, where, progress)
    advance = progress.stage("Read the sessions", len(told))

    async def look(one: Session) -> Waiting:
        try:
            async with line.slot():
                return Waiting(await _read(surpass, one, questions=questions))
        except SurpassError as error:
            return Waiting(one, error)
        finally:
            advance()

    found = await asyncio.gather(*map(look, told))
    if line.stopped_by is not None:
        raise line.stopped_by
    return _with_sure_keycodes(told, found)


async def listed(
    surpass: Surpass, where: Mapping[str, str], progress: Progress = QUIET
) -> list[Session]:
    """The list of sessions that wait, each once: it may move from page to page while others end."""
    advance = progress.stage("List the sessions", None)
    once: dict[object, Session] = {}
    async for session in surpass.sessions({**where, "state": _OPEN.wire}):
        if session.state in (_OPEN, None):  # none: the list does not tell
            once[_key(session)] = session
        advance()
    return list(once.values())


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

"""Sessions and results by candidate reference, also where a list leaves the references out."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence

from pipeline.errors import NotFound, SurpassError
from pipeline.surpass import filters
from pipeline.surpass.circuit_breaker import CircuitBreaker
from pipeline.surpass.client import Surpass
from pipeline.surpass.replies import Reference, Result, Session

_NOBODY = "papermarks-asks-for-nobody"  # no candidate has this reference
_MAX_ASKED = 5_000  # candidates that are asked for one by one


async def with_candidates(
    open_: Sequence[Session],
    candidates: Collection[str],
    surpass: Surpass,
    breaker: CircuitBreaker,
) -> list[Session]:
    """The listed sessions with their candidates' references, where Surpass tells them at all.

    Where the list leaves them out, the smaller number of requests is made: a filter for each of
    ``candidates``, provided that Surpass obeys it, or a reading of each session.
    """
    nameless = [session for session in open_ if not _candidate(session)]
    if not nameless:
        return list(open_)
    named = [session for session in open_ if _candidate(session)]
    few = len(candidates) <= min(len(nameless), _MAX_ASKED)
    if not few or not await _obeyed(surpass, breaker):
        return named + await _by_reading(nameless, surpass, breaker)
    found = await _by_filter(candidates, surpass, breaker)
    if not all(map(filters.sayable, candidates)):
        known = {_key(session) for session in found}
        others = [session for session in nameless if _key(session) not in known]
        found += await _by_reading(others, surpass, breaker)
    return named + found


async def _obeyed(surpass: Surpass, breaker: CircuitBreaker) -> bool:
    """Whether the filter by candidate is obeyed: one that is ignored gives everybody's sessions."""
    try:
        async with breaker.slot():
            async for _ in surpass.sessions({"candidate/reference": _NOBODY}):
                return False
    except SurpassError:
        return False
    return True


async def _by_filter(
    candidates: Iterable[str], surpass: Surpass, breaker: CircuitBreaker
) -> list[Session]:
    """Those of the candidates that wait. Without a condition on the state: one request each."""

    async def ask(candidate: str) -> list[Session]:
        async with breaker.slot():
            found = await _sessions_of(candidate, surpass)
        return [session for session in found if session.may_be_open]

    sayable = [candidate for candidate in candidates if filters.sayable(candidate)]
    parts = await asyncio.gather(*map(ask, sayable))
    return [session for part in parts for session in part]


async def _by_reading(
    sessions: Sequence[Session], surpass: Surpass, breaker: CircuitBreaker
) -> list[Session]:
    async def read(session: Session) -> Session:
        try:
            async with breaker.slot():
                found = await surpass.session(_key(session), additional=False)
        except NotFound:  # it has moved on since the list was made
            return session
        return session.model_copy(update={"candidate": found.candidate})

    return list(await asyncio.gather(*map(read, sessions)))


async def all_sessions_of(
    candidates: Iterable[str], surpass: Surpass, breaker: CircuitBreaker
) -> list[Session]:
    """Every session of these candidates, in whatever state; none where Surpass does not say."""
    asked = [candidate for candidate in candidates if filters.sayable(candidate)][:_MAX_ASKED]
    if not asked or not await _obeyed(surpass, breaker):
        return []

    async def ask(candidate: str) -> list[Session]:
        try:
            async with breaker.slot():
                return await _sessions_of(candidate, surpass)
        except SurpassError:
            return []  # they are unknown then, and it is said without a hint

    parts = await asyncio.gather(*map(ask, asked))
    return [session for part in parts for session in part]


async def _sessions_of(candidate: str, surpass: Surpass) -> list[Session]:
    """What the filter finds. Whether it heeds case is not known; the lookup itself does not."""
    for text in dict.fromkeys((candidate, candidate.upper(), candidate.lower())):
        found = [session async for session in surpass.sessions({"candidate/reference": text})]
        if found:
            return [_named(session, candidate) for session in found]
    return []


async def recorded_sessions(
    keycodes: Mapping[str, Collection[str]], surpass: Surpass, breaker: CircuitBreaker
) -> list[Session]:
    """What has become of the sessions that our records have for each candidate reference.

    A result is not listed, and not every reference can be said in a filter.
    """

    async def read(candidate: str, keycode: str) -> Session | None:
        try:
            async with breaker.slot():
                return await _recorded(keycode, candidate, surpass)
        except SurpassError:
            return None

    found = await asyncio.gather(
        *(read(candidate, keycode) for candidate, own in keycodes.items() for keycode in own)
    )
    return [session for session in found if session is not None]


async def _recorded(keycode: str, candidate: str, surpass: Surpass) -> Session | None:
    """A session that waits no more, or its result in the form of a session."""
    try:
        result = await surpass.result(keycode)
    except NotFound:
        session = await surpass.session(keycode, additional=False)
        moved_on = not session.is_open and _is_of(session, candidate)
        return _named(session, candidate) if moved_on else None
    if not _is_of(result, candidate):
        return None
    return Session(
        keycode=keycode,
        state_name="Result",
        test=result.test,
        test_form=result.test_form,
        centre=result.centre,
        candidate=Reference(reference=candidate),
    )


def _is_of(told: Session | Result, candidate: str) -> bool:
    """Whether it is this candidate's, or does not tell whose it is."""
    reference = told.candidate.reference if told.candidate else None
    return reference is None or reference.casefold() == candidate.casefold()


def _key(session: Session) -> str | int:
    return session.id if session.id is not None else session.keycode or ""


def _candidate(session: Session) -> str:
    return (session.candidate.reference if session.candidate else None) or ""


def _named(session: Session, candidate: str) -> Session:
    """The session with the reference by which it was asked for, where it tells none itself."""
    if _candidate(session):
        return session
    known = session.candidate or Reference()
    return session.model_copy(
        update={"candidate": known.model_copy(update={"reference": candidate})}
    )

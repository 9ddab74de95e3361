"""Find sessions and results by candidate reference, also where a list leaves references out."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from pipeline.concurrently import concurrently
from pipeline.errors import NotFound, SurpassError
from pipeline.surpass import filters
from pipeline.surpass.circuit_breaker import CircuitBreaker
from pipeline.surpass.client import Surpass
from pipeline.surpass.replies import Reference, Result, Session

_NOBODY = "papermarks-asks-for-nobody"  # no candidate has this reference
_MAX_ASKED = 5_000  # candidates that are asked for one by one


async def with_candidates(
    listed: Sequence[Session],
    candidates: Collection[str],
    surpass: Surpass,
    breaker: CircuitBreaker,
) -> list[Session]:
    """Add the candidates' references to the listed sessions, where Surpass gives them at all.

    Where the list leaves them out, the smaller number of requests is made: a filter for each of
    ``candidates``, provided that Surpass obeys it, or a reading of each session.
    """
    without_reference = [session for session in listed if not _candidate(session)]
    if not without_reference:
        return list(listed)
    with_reference = [session for session in listed if _candidate(session)]
    fewer_by_filter = len(candidates) <= min(len(without_reference), _MAX_ASKED)
    if not fewer_by_filter or not await _filter_is_obeyed(surpass, breaker):
        return with_reference + await _by_reading(without_reference, surpass, breaker)
    of_candidates = await _by_filter(candidates, surpass, breaker)
    if not all(map(filters.can_ask_for, candidates)):
        found_keys = {_key(session) for session in of_candidates}
        remaining = [session for session in without_reference if _key(session) not in found_keys]
        of_candidates += await _by_reading(remaining, surpass, breaker)
    return with_reference + of_candidates


async def _filter_is_obeyed(surpass: Surpass, breaker: CircuitBreaker) -> bool:
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
            matching = await _sessions_of(candidate, surpass)
        return [session for session in matching if session.may_be_open]

    askable = [candidate for candidate in candidates if filters.can_ask_for(candidate)]
    parts = await concurrently(map(ask, askable))
    return [session for part in parts for session in part]


async def _by_reading(
    sessions: Sequence[Session], surpass: Surpass, breaker: CircuitBreaker
) -> list[Session]:
    async def read(session: Session) -> Session:
        try:
            async with breaker.slot():
                details = await surpass.session(_key(session), additional=False)
        except NotFound:  # it has moved on since the list was made
            return session
        return session.model_copy(update={"candidate": details.candidate})

    return list(await concurrently(map(read, sessions)))


async def all_sessions_of(
    candidates: Iterable[str], surpass: Surpass, breaker: CircuitBreaker
) -> list[Session]:
    """Find every session of these candidates, in any state; none where Surpass does not say."""
    askable = [candidate for candidate in candidates if filters.can_ask_for(candidate)][:_MAX_ASKED]
    if not askable or not await _filter_is_obeyed(surpass, breaker):
        return []

    async def ask(candidate: str) -> list[Session]:
        try:
            async with breaker.slot():
                return await _sessions_of(candidate, surpass)
        except SurpassError:
            return []  # they are unknown then, and it is said without a hint

    parts = await concurrently(map(ask, askable))
    return [session for part in parts for session in part]


async def _sessions_of(candidate: str, surpass: Surpass) -> list[Session]:
    """What the filter finds. Whether it heeds case is not known; the lookup itself does not."""
    for text in dict.fromkeys((candidate, candidate.upper(), candidate.lower())):
        matching = [session async for session in surpass.sessions({"candidate/reference": text})]
        if matching:
            return [_with_reference(session, candidate) for session in matching]
    return []


async def recorded_sessions(
    keycodes: Mapping[str, Collection[str]], surpass: Surpass, breaker: CircuitBreaker
) -> list[Session]:
    """Read what became of the sessions that the ledger has for each candidate reference.

    A result is not listed, and not every reference can be said in a filter.
    """

    async def read(candidate: str, keycode: str) -> Session | None:
        try:
            async with breaker.slot():
                return await _current_session(keycode, candidate, surpass)
        except SurpassError:
            return None

    sessions = await concurrently(
        (read(candidate, keycode) for candidate, codes in keycodes.items() for keycode in codes)
    )
    return [session for session in sessions if session is not None]


async def _current_session(keycode: str, candidate: str, surpass: Surpass) -> Session | None:
    """A session that waits no more, or its result in the form of a session."""
    try:
        result = await surpass.result(keycode)
    except NotFound:
        session = await surpass.session(keycode, additional=False)
        moved_on = not session.is_open and _is_of(session, candidate)
        return _with_reference(session, candidate) if moved_on else None
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


def _is_of(record: Session | Result, candidate: str) -> bool:
    """Whether it is this candidate's, or does not tell whose it is."""
    reference = record.candidate.reference if record.candidate else None
    return reference is None or reference.casefold() == candidate.casefold()


def _key(session: Session) -> str | int:
    return session.id if session.id is not None else session.keycode or ""


def _candidate(session: Session) -> str:
    return (session.candidate.reference if session.candidate else None) or ""


def _with_reference(session: Session, candidate: str) -> Session:
    """The session with the reference by which it was asked for, where it tells none itself."""
    if _candidate(session):
        return session
    reference = session.candidate or Reference()
    return session.model_copy(
        update={"candidate": reference.model_copy(update={"reference": candidate})}
    )

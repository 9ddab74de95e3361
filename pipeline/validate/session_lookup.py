"""Find: the session of each candidate who is named by a reference, not by a keycode.

The sessions in PaperResponseUpload are listed once a run. None, or several, is a finding that
names them: nothing is guessed.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from pipeline.errors import NotUnderstood, SurpassError
from pipeline.findings import concat_findings, make_findings
from pipeline.model import Interpreted
from pipeline.surpass import Session, Surpass
from pipeline.surpass.circuit_breaker import CircuitBreaker
from pipeline.surpass.waiting import listed
from schemas.frames import at_id
from schemas.layout import fold

_WHOSE = ["candidate", "test", "centre"]
_ASKED_SINGLY = 5_000  # candidates without an open session for whom it is asked what they have


async def find(
    sources: Sequence[Interpreted], surpass: Surpass | None, line: CircuitBreaker
) -> tuple[Interpreted, ...]:
    """The sources with the keycodes of their candidates, or with findings that say why not."""
    sought = _sought(sources)
    if sought.empty:
        return tuple(sources)
    if surpass is None:
        return not_looked_up(sources, "Surpass was not asked")
    try:
        async with line.slot():
            open_ = await listed(surpass, {})
        matched = _Matched.of(sought, open_, open_)
        others = await _others(sought.loc[matched.unknown], surpass, line)
        closed = [one for one in others if not one.is_open]
        moved_on = _Matched.of(sought.loc[matched.unknown], closed, [*open_, *others])
        keycodes = await _proven({**matched.sessions, **moved_on.sessions}, surpass, line)
    except SurpassError as error:
        return not_looked_up(sources, str(error))
    known = sought.assign(keycode=[keycodes.get(row, "") for row in sought.index])
    unknown = sought.loc[[*moved_on.unknown, *moved_on.several]].sort_index()
    told = [_unknown(unknown, open_, others), _several(sought, matched.several)]
    return _with(sources, known, concat_findings(told))


def not_looked_up(sources: Sequence[Interpreted], why: str) -> tuple[Interpreted, ...]:
    """The sources as they are, with what is owed."""
    sought = _sought(sources)
    told = make_findings("candidate-not-looked-up", sought, why=why)
    return _with(sources, sought, told)


def _sought(sources: Sequence[Interpreted]) -> pd.DataFrame:
    """Each candidate to look up, at the first row that names it."""
    entries = pd.concat([source.entries for source in sources], ignore_index=True)
    nameless = entries[(entries["keycode"] == "") & (entries["candidate"] != "")]
    firsts = nameless.drop_duplicates(["file", "sheet", *_WHOSE]).reset_index(drop=True)
    return at_id(firsts)


@dataclass(frozen=True)
class _Matched:
    """Which rows of those sought have one session, none, or several."""

    sessions: Mapping[int, Session]
    unknown: list[int]
    several: Mapping[int, list[Session]]

    @classmethod
    def of(
        cls, sought: pd.DataFrame, sessions_: Sequence[Session], known: Sequence[Session]
    ) -> _Matched:
        """Among these sessions; ``known`` tells which tests and centres there are."""
        by_candidate = defaultdict(list)
        for session in sessions_:
            if _reference(session):
                by_candidate[_reference(session).casefold()].append(session)
        tests = {name for session in known for name in _tests(session)}
        centres = {name for session in known for name in _centres(session)}
        sessions, unknown, several = {}, [], {}
        for row, one in zip(sought.index, sought[_WHOSE].itertuples(index=False), strict=True):
            own: list[Session] = by_candidate.get(str(one.candidate).casefold(), [])
            own = _narrowed(own, fold(str(one.test)), tests, _tests)
            own = _narrowed(own, fold(str(one.centre)), centres, _centres)
            if len(own) == 1:
                sessions[row] = own[0]
            elif own:
                several[row] = own
            else:
                unknown.append(row)
        return cls(sessions, unknown, several)


def _narrowed(
    own: list[Session], told: str, known: set[str], names: Callable[[Session], set[str]]
) -> list[Session]:
    """Only those of the test or centre that the row names, where it is one that Surpass lists.

    A column of that heading may hold anything; what is no test of Surpass's tells nothing.
    """
    return [session for session in own if told in names(session)] if told in known else own


def _tests(session: Session) -> set[str]:
    told = (session.test, session.test_form)
    return {fold(text) for each in told if each for text in (each.reference, each.name) if text}


def _centres(session: Session) -> set[str]:
    told = session.centre
    return {fold(text) for text in (told.reference, told.name) if text} if told else set()


async def _proven(
    sessions: Mapping[int, Session], surpass: Surpass, line: CircuitBreaker
) -> dict[int, str]:
    """The keycodes. That a list's reference is the keycode is a guess, held against one reading.

    Where it does not hold, each session is read by its id.
    """
    if not sessions:
        return {}
    first = next(iter(sessions.values()))
    told = {row: session.keycode for row, session in sessions.items() if session.keycode}
    if await _keycode(first, surpass, line) == first.keycode and len(told) == len(sessions):
        return told
    read = await asyncio.gather(*(_keycode(each, surpass, line) for each in sessions.values()))
    return dict(zip(sessions, read, strict=True))


async def _keycode(session: Session, surpass: Surpass, line: CircuitBreaker) -> str:
    key = session.keycode if session.id is None else session.id
    async with line.slot():
        read = await surpass.session(key or "", additional=False)
    if read.keycode is None:
        raise NotUnderstood("Surpass does not tell the session's keycode")
    return read.keycode


async def _others(unknown: pd.DataFrame, surpass: Surpass, line: CircuitBreaker) -> list[Session]:
    """All sessions of the candidates without an open one.

    Where there is just one, it is theirs: its marks may have been accepted before.
    """

    async def ask(candidate: str) -> list[Session]:
        try:
            async with line.slot():
                return [one async for one in surpass.sessions({"candidate/reference": candidate})]
        except SurpassError:
            return []  # they are unknown then, and it is said without a hint

    asked = unknown["candidate"].drop_duplicates().head(_ASKED_SINGLY)
    return [one for told in await asyncio.gather(*map(ask, asked)) for one in told]


def _unknown(
    rows: pd.DataFrame, open_: Sequence[Session], others: Sequence[Session]
) -> pd.DataFrame:
    tests = {name for session in open_ for name in _tests(session)}
    zeros, has = defaultdict(set), defaultdict(list)
    for session in open_:
        zeros[_reference(session).lstrip("0")].add(_reference(session))
    for session in others:
        has[_reference(session).casefold()].append(session)
    return make_findings(
        "candidate-unknown",
        rows,
        where=[f" and test '{test}'" if fold(test) in tests else "" for test in rows["test"]],
        hint=[_hint(each, zeros, has.get(each.casefold(), [])) for each in rows["candidate"]],
    )


def _several(sought: pd.DataFrame, several: Mapping[int, Sequence[Session]]) -> pd.DataFrame:
    return make_findings(
        "candidate-several",
        sought.loc[[*several]],
        count=[len(sessions) for sessions in several.values()],
        other=[_named(sessions) for sessions in several.values()],
    )


def _reference(session: Session) -> str:
    return (session.candidate.reference if session.candidate else None) or ""


def _hint(candidate: str, zeros: Mapping[str, set[str]], has: Sequence[Session]) -> str:
    alike = sorted(zeros.get(candidate.lstrip("0"), set()) - {candidate})
    if alike:
        return f" It lists '{alike[0]}': leading zeros are missing here, or too many."
    if has:
        return f" It has: {_named(has)}."
    return ""


def _named(sessions: Iterable[Session]) -> str:
    return ", ".join(
        f"{one.keycode} ({one.test.reference or one.test.name if one.test else 'test not told'}, "
        f"{one.state_told or 'state not told'})"
        for one in sessions
    )


def _with(
    sources: Sequence[Interpreted], known: pd.DataFrame, findings: pd.DataFrame
) -> tuple[Interpreted, ...]:
    """The sources with these keycodes in their entries, and with the findings of their rows."""
    keycodes = known[["file", "sheet", *_WHOSE, "keycode"]]
    done = []
    for source in sources:
        entries = source.entries
        told = entries[["file", "sheet", *_WHOSE]].merge(keycodes, how="left")["keycode"]
        own = (entries["keycode"] == "").to_numpy() & told.notna().to_numpy()
        done.append(
            replace(
                source,
                entries=entries.assign(
                    keycode=entries["keycode"].mask(own, told.set_axis(entries.index))
                ),
                findings=concat_findings(
                    [source.findings, findings[findings["file"] == source.source.name]]
                ),
            )
        )
    return tuple(done)

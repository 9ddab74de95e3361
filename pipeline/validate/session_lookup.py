"""Find: the session of each candidate who is named by a reference, not by a keycode.

The sessions in PaperResponseUpload are listed once a run. None, or several, is a finding that
names them: nothing is guessed. Whatever else the row says (test, centre, another reference) must
agree with what Surpass lists.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.concurrently import concurrently
from pipeline.errors import NotUnderstood, SurpassError
from pipeline.findings import concat_findings, make_findings
from pipeline.model import Interpreted
from pipeline.surpass import Session, Surpass
from pipeline.surpass.by_candidate import (
    all_sessions_of,
    recorded_sessions,
    with_candidates,
)
from pipeline.surpass.circuit_breaker import CircuitBreaker
from pipeline.surpass.waiting import list_waiting
from schemas.columns import (
    alike,
    as_objects,
    category,
    first_of,
    groups,
    map_distinct,
    matches,
)
from schemas.entries import KEYCODE
from schemas.frames import BESIDE, Entry, at_id, typed
from schemas.layout import fold

_WHOSE = ["candidate", "test", "centre", "other_reference"]
_MAX_ASKED = 5_000  # references of which it is asked whether they are keycodes


async def find(
    sources: Sequence[Interpreted],
    surpass: Surpass | None,
    breaker: CircuitBreaker,
    sent_for: Callable[[Collection[str]], Mapping[str, Collection[str]]],
) -> tuple[Interpreted, ...]:
    """The sources with the keycodes of their candidates, or with findings that say why not.

    ``sent_for`` gives the keycodes that our records have for candidates: a session that has
    become a result is not listed any more.
    """
    sought = _sought(sources)
    if sought.empty:
        return tuple(sources)
    if surpass is None:
        return not_looked_up(sources, "Surpass was not asked")
    try:
        async with breaker.slot():
            open_ = await list_waiting(surpass, {})
        candidates = sought["candidate"].drop_duplicates()
        open_ = await with_candidates(open_, candidates.tolist(), surpass, breaker)
        matched = _Matched.of(sought, open_)
        missing = candidates[candidates.isin(sought.loc[matched.unknown, "candidate"])]
        others = await all_sessions_of(missing, surpass, breaker)
        closed = [session for session in others if not session.is_open]
        moved_on = _Matched.of(sought.loc[matched.unknown], closed)
        ended_for = sought.loc[moved_on.unknown, "candidate"].drop_duplicates()
        recorded = await asyncio.to_thread(sent_for, ended_for.tolist())
        results = await recorded_sessions(recorded, surpass, breaker)
        ended = _Matched.of(sought.loc[moved_on.unknown], results)
        by_keycode = await _named_by_keycode(sought.loc[ended.unknown], surpass, breaker)
        sessions = {**matched.sessions, **moved_on.sessions}
        keycodes = await _proven(sessions, surpass, breaker) | by_keycode
    except SurpassError as error:
        return not_looked_up(sources, str(error))
    keycodes |= {row: session.keycode or "" for row, session in ended.sessions.items()}
    # A keycode that is no candidate's reference is what it was taken for.
    given = sought["keycode"].to_dict()
    known = sought.assign(
        found=[keycodes.get(row, given[row]) for row in sought.index], was=sought["keycode"]
    )
    unmatched = (*ended.unknown, *moved_on.several, *ended.several)
    nobody = [row for row in unmatched if not known.at[row, "found"]]
    findings = [
        _unknown(sought.loc[sorted(nobody)], open_, others),
        _several(sought, matched.several),
        _other_zeros(sought.loc[sorted(sessions)], open_),
        _two_candidates(sought.loc[sorted(sessions)], sessions, open_),
        _reference_or_keycode(sought, sessions, open_),
    ]
    return _with(sources, known, concat_findings(findings))


def not_looked_up(sources: Sequence[Interpreted], why: str) -> tuple[Interpreted, ...]:
    """The sources as they are, with what is owed."""
    sought = _sought(sources)
    nameless = sought[sought["keycode"] == ""]
    findings = make_findings("candidate-not-looked-up", nameless, why=why)
    return _with(sources, nameless.assign(found="", was=""), findings)


def _sought(sources: Sequence[Interpreted]) -> pd.DataFrame:
    """Each candidate to look up, at the first row that names it.

    Those too whose keycode stands where a reference is expected: it may be one of eight characters.
    """
    firsts = [_named_otherwise(source.entries) for source in sources]
    return at_id(pd.concat(firsts, ignore_index=True))


def _named_otherwise(entries: pd.DataFrame) -> pd.DataFrame:
    """The first entries of those whose session is to be looked up, or may have to be."""
    nameless = ((entries["keycode"] == "") & (entries["candidate"] != "")).to_numpy()
    rows = entries[nameless | _either(entries)]
    whose = ["file", "sheet", "keycode", *_WHOSE]
    firsts = rows.iloc[first_of(groups([rows[name] for name in whose]))]
    return _either_by_reference(as_objects(firsts)).drop_duplicates(whose)


def _either(entries: pd.DataFrame) -> NDArray[np.bool_]:
    """Which keycodes may be candidate references as well."""
    first = map_distinct(entries["other_reference"], lambda text: text.split(BESIDE)[0])
    return (entries["keycode"] != "").to_numpy() & alike(first, entries["keycode"])


def _either_by_reference(entries: pd.DataFrame) -> pd.DataFrame:
    """The entries with what may be a keycode or a reference as a reference."""
    either = _either(entries)
    others = entries["other_reference"]
    without = map_distinct(others, lambda text: text.partition(BESIDE)[2])
    return entries.assign(
        candidate=entries["candidate"].mask(either, entries["keycode"]),
        other_reference=others.mask(either, without),
    )


@dataclass(frozen=True)
class _Matched:
    """Which rows of those sought have one session, none, or several."""

    sessions: Mapping[int, Session]
    unknown: list[int]
    several: Mapping[int, list[Session]]

    @classmethod
    def of(cls, sought: pd.DataFrame, sessions_: Sequence[Session]) -> _Matched:
        """Among these sessions."""
        by_candidate = _by_candidate(sessions_)
        sessions, unknown, several = {}, [], {}
        for row, who in zip(sought.index, sought[_WHOSE].itertuples(index=False), strict=True):
            candidates: list[Session] = by_candidate.get(str(who.candidate).casefold(), [])
            candidates = _that_agree(candidates, str(who.test), _tests)
            candidates = _that_agree(candidates, str(who.centre), _centres)
            if len(candidates) == 1:
                sessions[row] = candidates[0]
            elif candidates:
                several[row] = candidates
            else:
                unknown.append(row)
        return cls(sessions, unknown, several)


def _by_candidate(sessions: Iterable[Session]) -> dict[str, list[Session]]:
    found = defaultdict(list)
    for session in sessions:
        if _reference(session):
            found[_reference(session).casefold()].append(session)
    return found


def _that_agree(
    candidates: list[Session], text: str, names: Callable[[Session], set[str]]
) -> list[Session]:
    """Only those of the test or centre that the row names; all where it names none."""
    folded = fold(text)
    return [session for session in candidates if not folded or folded in names(session)]


def _tests(session: Session) -> set[str]:
    """All by which a session's test or test form is called."""
    parts = (session.test, session.test_form)
    return {fold(text) for part in parts if part for text in (part.reference, part.name) if text}


def _centres(session: Session) -> set[str]:
    centre = session.centre
    return {fold(text) for text in (centre.reference, centre.name) if text} if centre else set()


async def _named_by_keycode(
    unknown: pd.DataFrame, surpass: Surpass, breaker: CircuitBreaker
) -> dict[int, str]:
    """The keycodes among references that Surpass does not know as such."""
    texts = unknown["candidate"].str.upper()
    rows = unknown[matches(texts, KEYCODE) & (unknown["keycode"] == "")].head(_MAX_ASKED)

    async def ask(row: int, text: str) -> tuple[int, str]:
        try:
            async with breaker.slot():
                session = await surpass.session(text, additional=False)
        except SurpassError:
            return row, ""  # it is unknown then, and said to be
        return row, text if session.keycode == text else ""

    asked = zip(rows.index.tolist(), texts[rows.index].tolist(), strict=True)
    replies = await concurrently(ask(row, text) for row, text in asked)
    return {row: keycode for row, keycode in replies if keycode}


async def _proven(
    sessions: Mapping[int, Session], surpass: Surpass, breaker: CircuitBreaker
) -> dict[int, str]:
    """The keycodes. That a list's reference is the keycode is a guess, held against one reading.

    Where it does not hold, each session is read by its id.
    """
    if not sessions:
        return {}
    first = next(iter(sessions.values()))
    stated = {row: session.keycode for row, session in sessions.items() if session.keycode}
    if await _keycode(first, surpass, breaker) == first.keycode and len(stated) == len(sessions):
        return stated
    read = await concurrently(_keycode(session, surpass, breaker) for session in sessions.values())
    return dict(zip(sessions, read, strict=True))


async def _keycode(session: Session, surpass: Surpass, breaker: CircuitBreaker) -> str:
    key = session.keycode if session.id is None else session.id
    async with breaker.slot():
        read = await surpass.session(key or "", additional=False)
    if read.keycode is None:
        raise NotUnderstood("Surpass does not tell the session's keycode")
    return read.keycode


def _unknown(
    rows: pd.DataFrame, open_: Sequence[Session], others: Sequence[Session]
) -> pd.DataFrame:
    """Candidates without a session of the test and centre that their rows name."""
    zeros, has = defaultdict(set), defaultdict(list)
    for session in open_:
        zeros[_reference(session).lstrip("0")].add(_reference(session))
    for session in {id(session): session for session in (*open_, *others)}.values():
        has[_reference(session).casefold()].append(session)
    whose = zip(rows["candidate"], rows["test"], rows["centre"], strict=True)
    hints = []
    for candidate, _, centre in whose:
        once = {session.keycode: session for session in has.get(candidate.casefold(), [])}
        hints.append(_hint(candidate, zeros, [*once.values()], with_centre=bool(centre)))
    where = [
        (f" and test '{test}'" if test else "") + (f" at centre '{centre}'" if centre else "")
        for test, centre in zip(rows["test"], rows["centre"], strict=True)
    ]
    known = {name for session in open_ for name in _centres(session)}
    strange = [
        f" It lists no centre '{centre}'." if centre and fold(centre) not in known else ""
        for centre in rows["centre"]
    ]
    return make_findings(
        "candidate-unknown",
        rows,
        where=where,
        hint=[no_centre + hint for no_centre, hint in zip(strange, hints, strict=True)],
    )


def _several(sought: pd.DataFrame, several: Mapping[int, Sequence[Session]]) -> pd.DataFrame:
    return make_findings(
        "candidate-several",
        sought.loc[[*several]],
        count=[len(sessions) for sessions in several.values()],
        other=[_described(sessions) for sessions in several.values()],
    )


def _other_zeros(found: pd.DataFrame, open_: Sequence[Session]) -> pd.DataFrame:
    """References of which Surpass lists another with more or fewer leading zeros.

    Where a sheet has references with leading zeros, none was lost in it.
    """
    zeros = defaultdict(set)
    for session in open_:
        zeros[_reference(session).lstrip("0")].add(_reference(session))
    kept = (
        found["candidate"].str.startswith("0").groupby([found["file"], found["sheet"]])
    ).transform("any")
    others = [
        sorted(zeros.get(text.lstrip("0"), set()) - {text}) if text.isdecimal() else []
        for text in found["candidate"]
    ]
    doubtful = pd.Series([bool(other) for other in others], found.index, dtype=bool) & ~kept
    other = [each[0] for each, is_so in zip(others, doubtful, strict=True) if is_so]
    return make_findings("candidate-zeros", found[doubtful], other=other)


def _two_candidates(
    found: pd.DataFrame, sessions: Mapping[int, Session], open_: Sequence[Session]
) -> pd.DataFrame:
    """Rows with two references, each of another candidate in Surpass."""
    by_candidate = _by_candidate(open_)
    differing = [
        next(
            (
                other
                for other in text.split(BESIDE)
                if other.casefold() in by_candidate
                and other.casefold() != _reference(sessions[row]).casefold()
            ),
            "",
        )
        for row, text in zip(found.index, found["other_reference"], strict=True)
    ]
    rows = found.assign(other=differing)
    return make_findings("ids-differ", rows[rows["other"] != ""])


def _reference_or_keycode(
    sought: pd.DataFrame, sessions: Mapping[int, Session], open_: Sequence[Session]
) -> pd.DataFrame:
    """Ids that are a candidate's reference and another session's keycode too."""
    keycodes = {session.keycode for session in open_}
    both = [
        row in sessions and bool(code) and code in keycodes and sessions[row].keycode != code
        for row, code in zip(sought.index, sought["keycode"], strict=True)
    ]
    rows = sought[np.array(both, dtype=bool)]
    return make_findings(
        "ids-differ", rows, other=[f"the session {keycode}" for keycode in rows["keycode"]]
    )


def _reference(session: Session) -> str:
    return (session.candidate.reference if session.candidate else None) or ""


def _hint(
    candidate: str, zeros: Mapping[str, set[str]], has: Sequence[Session], *, with_centre: bool
) -> str:
    alike = sorted(zeros.get(candidate.lstrip("0"), set()) - {candidate})
    if has:
        return f" It has: {_described(has, with_centre=with_centre)}."
    if alike:
        return f" It lists '{alike[0]}': leading zeros are missing here, or too many."
    return ""


def _described(sessions: Iterable[Session], *, with_centre: bool = False) -> str:
    return ", ".join(_one_described(session, with_centre=with_centre) for session in sessions)


def _one_described(session: Session, *, with_centre: bool) -> str:
    test, centre = session.test, session.centre
    parts = [
        (test.reference or test.name or "test not told") if test else "test not told",
        *([f"centre {centre.reference or centre.name}"] if with_centre and centre else []),
        session.state_name or "state not told",
    ]
    return f"{session.keycode} ({', '.join(parts)})"


def _with(
    sources: Sequence[Interpreted], known: pd.DataFrame, findings: pd.DataFrame
) -> tuple[Interpreted, ...]:
    """The sources with these keycodes in their entries, and with the findings of their rows."""
    done = []
    for source in sources:
        entries, was = source.entries, source.entries["keycode"]
        numbers = groups([was, *(entries[name] for name in ("file", "sheet", *_WHOSE))])
        firsts = as_objects(entries.iloc[first_of(numbers)])
        keys = _either_by_reference(firsts)[["file", "sheet", *_WHOSE]].assign(
            was=firsts["keycode"]
        )
        keycodes = known[["file", "sheet", "was", *_WHOSE, "found"]]
        found = keys.merge(keycodes, how="left")["found"].set_axis(firsts.index)
        changed = found.notna() & (found != "")
        now = firsts["keycode"].mask(changed, found).tolist()
        done.append(
            replace(
                source,
                entries=typed(entries.assign(keycode=category(numbers, now, entries.index)), Entry),
                findings=concat_findings(
                    [source.findings, findings[findings["file"] == source.source.name]]
                ),
            )
        )
    return tuple(done)

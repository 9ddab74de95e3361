"""Find: the session of each candidate who is named by a reference, not by a keycode.

The sessions in PaperResponseUpload are listed once a run. None, or several, is a finding that
names them: nothing is guessed. Whatever else the row says (test, centre, another reference) must
agree with what Surpass lists.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace

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
from pipeline.validate.lookup_findings import (
    other_zeros,
    reference_or_keycode,
    several_sessions,
    two_candidates,
    unknown,
)
from pipeline.validate.matched_sessions import WHOSE, MatchedSessions
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
        matched = MatchedSessions.of(sought, open_)
        missing = candidates[candidates.isin(sought.loc[matched.unknown, "candidate"])]
        others = await all_sessions_of(missing, surpass, breaker)
        closed = [session for session in others if not session.is_open]
        moved_on = MatchedSessions.of(sought.loc[matched.unknown], closed)
        ended_for = sought.loc[moved_on.unknown, "candidate"].drop_duplicates()
        recorded = await asyncio.to_thread(sent_for, ended_for.tolist())
        results = await recorded_sessions(recorded, surpass, breaker)
        ended = MatchedSessions.of(sought.loc[moved_on.unknown], results)
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
        unknown(sought.loc[sorted(nobody)], open_, others),
        several_sessions(sought, matched.several),
        other_zeros(sought.loc[sorted(sessions)], open_),
        two_candidates(sought.loc[sorted(sessions)], sessions, open_),
        reference_or_keycode(sought, sessions, open_),
    ]
    return _with(sources, known, concat_findings(findings))


def not_looked_up(sources: Sequence[Interpreted], why: str) -> tuple[Interpreted, ...]:
    """The sources as they are, with what is owed."""
    sought = _sought(sources)
    nameless = sought[sought["keycode"] == ""]
    if nameless.empty:
        return tuple(sources)
    findings = make_findings("candidate-not-looked-up", nameless, why=why)
    return _with(sources, nameless.assign(found="", was=""), findings)


def _sought(sources: Sequence[Interpreted]) -> pd.DataFrame:
    """Each candidate to look up, at the first row that names it.

    Those too whose keycode stands where a reference is expected: it may be one of eight characters.
    """
    firsts = [_named_otherwise(source.entries) for source in sources]
    some = [rows for rows in firsts if len(rows)] or firsts[:1]
    return at_id(pd.concat(some, ignore_index=True))


def _named_otherwise(entries: pd.DataFrame) -> pd.DataFrame:
    """The first entries of those whose session is to be looked up, or may have to be."""
    nameless = ((entries["keycode"] == "") & (entries["candidate"] != "")).to_numpy()
    rows = entries[nameless | _either(entries)]
    if rows.empty:
        return rows
    whose = ["file", "sheet", "keycode", *WHOSE]
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


def _with(
    sources: Sequence[Interpreted], known: pd.DataFrame, findings: pd.DataFrame
) -> tuple[Interpreted, ...]:
    """The sources with these keycodes in their entries, and with the findings of their rows."""
    done = []
    for source in sources:
        entries, was = source.entries, source.entries["keycode"]
        numbers = groups([was, *(entries[name] for name in ("file", "sheet", *WHOSE))])
        firsts = as_objects(entries.iloc[first_of(numbers)])
        keys = _either_by_reference(firsts)[["file", "sheet", *WHOSE]].assign(was=firsts["keycode"])
        keycodes = known[["file", "sheet", "was", *WHOSE, "found"]]
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

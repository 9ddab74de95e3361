"""Which of the sessions that Surpass lists agree with what a row says of whose it is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from pipeline.surpass import Session
from schemas.layout import fold

WHOSE = ["candidate", "test", "centre", "other_reference"]


@dataclass(frozen=True)
class MatchedSessions:
    """Which rows of those sought have one session, none, or several."""

    sessions: Mapping[int, Session]
    unknown: list[int]
    several: Mapping[int, list[Session]]

    @classmethod
    def of(cls, sought: pd.DataFrame, sessions_: Sequence[Session]) -> MatchedSessions:
        """Among these sessions."""
        by_candidate = by_reference(sessions_)
        sessions, unknown, several = {}, [], {}
        for row, who in zip(sought.index, sought[WHOSE].itertuples(index=False), strict=True):
            candidates: list[Session] = by_candidate.get(str(who.candidate).casefold(), [])
            candidates = that_agree(candidates, str(who.test), _tests)
            candidates = that_agree(candidates, str(who.centre), centres_of)
            if len(candidates) == 1:
                sessions[row] = candidates[0]
            elif candidates:
                several[row] = candidates
            else:
                unknown.append(row)
        return cls(sessions, unknown, several)


def by_reference(sessions: Iterable[Session]) -> dict[str, list[Session]]:
    """The sessions of each candidate's reference, folded."""
    found = defaultdict(list)
    for session in sessions:
        if reference_of(session):
            found[reference_of(session).casefold()].append(session)
    return found


def that_agree(
    candidates: list[Session], text: str, names: Callable[[Session], set[str]]
) -> list[Session]:
    """Only those of the test or centre that the row names; all where it names none."""
    folded = fold(text)
    return [session for session in candidates if not folded or folded in names(session)]


def _tests(session: Session) -> set[str]:
    """All by which a session's test or test form is called."""
    parts = (session.test, session.test_form)
    return {fold(text) for part in parts if part for text in (part.reference, part.name) if text}


def centres_of(session: Session) -> set[str]:
    """What the session's centre is called: its reference and its name, folded."""
    centre = session.centre
    return {fold(text) for text in (centre.reference, centre.name) if text} if centre else set()


def reference_of(session: Session) -> str:
    """The reference of the session's candidate; "" without one."""
    return (session.candidate.reference if session.candidate else None) or ""

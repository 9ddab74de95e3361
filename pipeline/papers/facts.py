"""What Surpass tells of the sessions of a run and of their papers' maxima, for its account."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pandas as pd

from pipeline.papers.paper import Papers
from pipeline.surpass import Reference, Session
from schemas.frames import DataFrame, SessionReferences, WaitingSession, typed


def session_facts(sessions: Mapping[int, Session]) -> DataFrame[SessionReferences]:
    """By submission: the references of candidate, test, test_form and centre; "" if not told."""
    rows = [
        (
            "" if session.candidate is None else session.candidate.reference or "",  # no name
            *map(_reference, (session.test, session.test_form, session.centre)),
        )
        for session in sessions.values()
    ]
    names = ["candidate", "test", "test_form", "centre"]
    frame = pd.DataFrame(rows, index=[*sessions], columns=names, dtype=object)
    return typed(frame, SessionReferences)


def waiting_facts(sessions: Iterable[Session]) -> DataFrame[WaitingSession]:
    """Of listed sessions: keycode, paper and centre, named as in an account."""
    rows = [
        (
            session.keycode or "",
            _reference(session.test_form) or _reference(session.test),
            _reference(session.centre),
        )
        for session in sessions
    ]
    return typed(
        pd.DataFrame(rows, columns=["keycode", "paper", "centre"], dtype=object), WaitingSession
    )


def maxima_of(sessions: Mapping[int, Session], papers: Papers) -> dict[str, dict[str, float]]:
    """Each paper's maxima by question, as Surpass tells them, or else the paper definition."""
    one_of_each: dict[str, Session] = {}
    for session in sessions.values():
        name = _reference(session.test_form) or _reference(session.test)
        if name and (name not in one_of_each or not one_of_each[name].items):
            one_of_each[name] = session
    return {name: _maxima(session, papers) for name, session in one_of_each.items()}


def _maxima(session: Session, papers: Papers) -> dict[str, float]:
    maxima = {number: item.available_marks for number, item in session.items.items()}
    defined = papers.of(session)
    if defined is not None:
        own = {number: question.maximum for number, question in defined.questions.items()}
        maxima = own | {
            number: maximum for number, maximum in maxima.items() if maximum is not None
        }
    return {number: maximum for number, maximum in maxima.items() if maximum is not None}


def _reference(link: Reference | None) -> str:
    return "" if link is None else link.reference or link.name or ""

"""Canaries: one submission of each paper, sent first and proven before the rest follows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pipeline.model import Submission
from pipeline.surpass import Session


def one_of_each_paper(
    submissions: Sequence[Submission], sessions: Mapping[int, Session]
) -> tuple[Submission, ...]:
    """The first submission of each test form and kind; ``sessions`` are by submission."""
    first: dict[object, Submission] = {}
    for submission in submissions:
        session = sessions.get(submission.number)
        form = session and (session.test_form or session.test)
        first.setdefault((form and (form.reference or form.id), submission.kind), submission)
    return tuple(first.values())

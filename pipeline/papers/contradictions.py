"""Where the office's definition of a paper and Surpass describe it differently."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from pipeline.findings import make_findings
from pipeline.papers.paper import Paper, Papers, Sessions
from pipeline.surpass import Session
from schemas.frames import DataFrame, Finding


def contradicted_definitions(sessions: Sessions, papers: Papers) -> DataFrame[Finding]:
    """Where a definition and Surpass describe one paper differently, at the definition's cell."""
    cells = {
        (paper.file, paper.sheet, row, column, why): None
        for session in sessions.values()
        if (paper := papers.of(session)) is not None
        for row, column, why in _contradictions(session, paper)
    }
    places = pd.DataFrame([*cells], columns=["file", "sheet", "row", "column", "why"])
    return make_findings("paper-differs", places)


def _contradictions(session: Session, paper: Paper) -> Iterator[tuple[int, str, str]]:
    """The rows and columns that Surpass contradicts, and how."""
    items = session.items
    for number, question in paper.questions.items() if items else ():
        item = items.get(number)
        if item is None:
            why = f"that there is a question {number}, Surpass has none"
            yield question.row, paper.columns["question"], why
        elif None not in (question.maximum, item.available_marks) and (
            question.maximum != item.available_marks
        ):
            why = (
                f"that question {number} has {question.maximum:g} marks, Surpass says "
                f"{item.available_marks:g}"
            )
            yield question.row, paper.columns["maximum"], why
    for number in items:
        if number not in paper.questions:
            first = min(question.row for question in paper.questions.values())
            why = f"that there is no question {number}, Surpass has one"
            yield first, paper.columns["question"], why

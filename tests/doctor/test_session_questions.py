"""doctor --session: the questions of a session, their numbers, maxima and marks."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.doctor import Verdict
from tests.doctor.surpass_answers import PAGE, PAPER, Case, check, item, shows

NUMBERS = {
    "unique": Case(
        what="question numbers",
        expected="3 questions in 2 sections, numbered by displayNumber, each once; "
        "left out, as no questions: 1.",
    ),
    "restarting": Case(
        what="question numbers",
        changes=shows([item("1"), item("2")], [item("1")]),
        verdict=Verdict.WARNING,
        expected="restart in each section",
    ),
    "unclear": Case(
        what="question numbers",
        changes=shows([item("1"), item("1")]),
        verdict=Verdict.WARNING,
        expected="twice within a section",
    ),
    "lacking": Case(
        what="question numbers",
        changes=shows([item("1"), item(None)]),
        verdict=Verdict.WARNING,
        expected="not all of them with a displayNumber; an entry has id, displayNumber",
    ),
    "pages-only": Case(
        what="question numbers",
        changes=shows([PAGE]),
        verdict=Verdict.WARNING,
        expected="tells no questions; left out, as no questions: 1.",
    ),
    "not-scored": Case(
        what="question numbers",
        changes=shows([item("1")], [item("1", nonScored=True)]),
        expected="1 question in 2 sections",
    ),
}


@pytest.mark.parametrize("name", NUMBERS)
def test_question_numbers(tmp_path: Path, name: str) -> None:
    check(tmp_path, NUMBERS[name])


MARKS = {
    "maxima": Case(
        what="maxima",
        expected="Of 3 questions, 3 have a maximum before marks are in, and they add up",
    ),
    "another-total": Case(
        what="maxima",
        changes=shows(*PAPER, availableMarks=20),
        verdict=Verdict.WARNING,
        expected="do not add up",
    ),
    "some-maxima": Case(
        what="maxima",
        changes=shows([item("1"), item("2", availableMarks=None)]),
        verdict=Verdict.WARNING,
        expected="Of 2 questions, 1 have a maximum before",
    ),
    "no-sections": Case(
        what="maxima", changes=shows(), verdict=Verdict.WARNING, expected="No question"
    ),
    "zero": Case(what="unmarked questions", expected="shows 0."),
    "null": Case(
        what="unmarked questions",
        changes=shows([item("1", mark=None, awardedMark=None)]),
        expected="shows null.",
    ),
    "begun": Case(
        what="unmarked questions",
        changes=shows([item("1", mark=3.0)]),
        verdict=Verdict.WARNING,
        expected="have a mark already",
    ),
}


@pytest.mark.parametrize("name", MARKS)
def test_maxima_and_marks_that_are_not_there(tmp_path: Path, name: str) -> None:
    check(tmp_path, MARKS[name])

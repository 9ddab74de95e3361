"""doctor --session: the questions of a session, their numbers, maxima and marks."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.doctor import Verdict
from tests.doctor.surpass_answers import PAGE, PAPER, Case, body, check, item, session
from tests.serving import reply


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(
            Case(
                what="question numbers",
                changes={},
                verdict=Verdict.OK,
                expected="3 questions in 2 sections, numbered by displayNumber, each once; "
                "left out, as no questions: 1.",
            ),
            id="unique",
        ),
        pytest.param(
            Case(
                what="question numbers",
                changes={"session": reply(body(session([item("1"), item("2")], [item("1")])))},
                verdict=Verdict.WARNING,
                expected="restart in each section",
            ),
            id="restarting",
        ),
        pytest.param(
            Case(
                what="question numbers",
                changes={"session": reply(body(session([item("1"), item("1")])))},
                verdict=Verdict.WARNING,
                expected="twice within a section",
            ),
            id="unclear",
        ),
        pytest.param(
            Case(
                what="question numbers",
                changes={"session": reply(body(session([item("1"), item(None)])))},
                verdict=Verdict.WARNING,
                expected="not all of them with a displayNumber; an entry has id, displayNumber",
            ),
            id="lacking",
        ),
        pytest.param(
            Case(
                what="question numbers",
                changes={"session": reply(body(session([PAGE])))},
                verdict=Verdict.WARNING,
                expected="tells no questions; left out, as no questions: 1.",
            ),
            id="pages-only",
        ),
        pytest.param(
            Case(
                what="question numbers",
                changes={"session": reply(body(session([item("1")], [item("1", nonScored=True)])))},
                verdict=Verdict.OK,
                expected="1 question in 2 sections",
            ),
            id="not-scored",
        ),
    ],
)
def test_question_numbers(tmp_path: Path, case: Case) -> None:
    check(tmp_path, case)


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(
            Case(
                what="maxima",
                changes={},
                verdict=Verdict.OK,
                expected="Of 3 questions, 3 have a maximum before marks are in, and they add up",
            ),
            id="maxima",
        ),
        pytest.param(
            Case(
                what="maxima",
                changes={"session": reply(body(session(*PAPER, availableMarks=20)))},
                verdict=Verdict.WARNING,
                expected="do not add up",
            ),
            id="another-total",
        ),
        pytest.param(
            Case(
                what="maxima",
                changes={
                    "session": reply(body(session([item("1"), item("2", availableMarks=None)])))
                },
                verdict=Verdict.WARNING,
                expected="Of 2 questions, 1 have a maximum before",
            ),
            id="some-maxima",
        ),
        pytest.param(
            Case(
                what="maxima",
                changes={"session": reply(body(session()))},
                verdict=Verdict.WARNING,
                expected="No question",
            ),
            id="no-sections",
        ),
        pytest.param(
            Case(what="unmarked questions", changes={}, verdict=Verdict.OK, expected="shows 0."),
            id="zero",
        ),
        pytest.param(
            Case(
                what="unmarked questions",
                changes={"session": reply(body(session([item("1", mark=None, awardedMark=None)])))},
                verdict=Verdict.OK,
                expected="shows null.",
            ),
            id="null",
        ),
        pytest.param(
            Case(
                what="unmarked questions",
                changes={"session": reply(body(session([item("1", mark=3.0)])))},
                verdict=Verdict.WARNING,
                expected="have a mark already",
            ),
            id="begun",
        ),
    ],
)
def test_maxima_and_marks_that_are_not_there(tmp_path: Path, case: Case) -> None:
    check(tmp_path, case)

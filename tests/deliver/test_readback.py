"""What is read back after a POST, held against what was sent: a table, question by question."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from pipeline.deliver.readback import Agreement, Comparison, compare, outcome_of
from pipeline.errors import AnswerLost
from pipeline.model import Submission
from pipeline.surpass import Numbering, replies
from schemas.words import Kind, Outcome, Proof
from tests.serving import marks, responses, single

KEYCODE = "TELLSALL"
MARKS = marks(KEYCODE, {"1": 5, "2": 0, "3": None})
ANSWERS = responses(KEYCODE, {"1": "A", "2": "", "3": "C"})
ZEROS = marks(KEYCODE, {"1": 0, "2": None})


def item(number: str, mark: float | None = 0.0, awarded: float | None = 0.0, **more: Any) -> Any:
    item = {"displayNumber": number, "type": "Question", "availableMarks": 5}
    item |= {"mark": mark, "awardedMark": awarded}
    return {name: value for name, value in (item | more).items() if value is not None}


def answered(number: str, answer: object) -> Any:
    return item(number) | ({} if answer is None else {"candidateResponse": answer})


@dataclass(frozen=True, kw_only=True)
class Case:
    """Items as Surpass lists them, and what comes of comparing them with what was sent."""

    sent: Submission = MARKS
    items: list[Any] = field(default_factory=list)
    total: float | None = None
    agreement: Agreement
    difference: str = ""
    shows_storing: bool = False


CASES = {
    "each mark agrees; not attempted reads back as 0": Case(
        items=[item("1", 5, 5), item("2"), item("3")],
        agreement=Agreement.EACH,
        shows_storing=True,
    ),
    "agreement with the awarded mark is agreement": Case(
        items=[item("1", 2.5, 5), item("2"), item("3")],
        agreement=Agreement.EACH,
        shows_storing=True,
    ),
    "agreement with the mark is agreement": Case(
        items=[item("1", 5, 2.5), item("2"), item("3")],
        agreement=Agreement.EACH,
        shows_storing=True,
    ),
    "another mark": Case(
        items=[item("1", 4, 4), item("2"), item("3")],
        agreement=Agreement.DIFFERENT,
        difference="the marks for 1 differ",
    ),
    "a mark where none was attempted": Case(
        items=[item("1", 5, 5), item("2"), item("3", 1, 1)],
        agreement=Agreement.DIFFERENT,
        difference="the marks for 3 differ",
    ),
    "a question that Surpass does not list": Case(
        items=[item("1", 5, 5), item("2")],
        agreement=Agreement.DIFFERENT,
        difference="the marks for 3 differ",
    ),
    "a mark for a question that was not sent": Case(
        items=[item("1", 5, 5), item("2"), item("3"), item("4", 1, 1)],
        agreement=Agreement.DIFFERENT,
        difference="the marks for 4 differ",
    ),
    "a question more, with nothing in it": Case(
        items=[item("1", 5, 5), item("2"), item("3"), item("4")],
        agreement=Agreement.EACH,
        shows_storing=True,
    ),
    "nothing is marked": Case(
        items=[item("1"), item("2"), item("3")],
        agreement=Agreement.EMPTY,
        difference="Surpass lists no marks",
    ),
    "zeros were sent, and zeros show nothing": Case(
        sent=ZEROS, items=[item("1"), item("2")], agreement=Agreement.EACH
    ),
    "marks left out are not told": Case(
        items=[item(n, None, None) for n in "123"], agreement=Agreement.NOT_TOLD
    ),
    "no questions, the total agrees": Case(
        total=5.0, agreement=Agreement.TOTAL, shows_storing=True
    ),
    "no questions, another total": Case(
        total=4.5, agreement=Agreement.DIFFERENT, difference="its mark is 4.5, not 5"
    ),
    "no questions, a total of nothing": Case(
        total=0.0, agreement=Agreement.EMPTY, difference="its mark is 0, not 5"
    ),
    "nothing is told": Case(agreement=Agreement.NOT_TOLD),
    "answers agree": Case(
        sent=ANSWERS,
        items=[answered("1", {"Value": "A"}), answered("2", None), answered("3", {"Value": "C"})],
        agreement=Agreement.EACH,
        shows_storing=True,
    ),
    "answers agree as bare texts": Case(
        sent=ANSWERS,
        items=[answered("1", "A"), answered("2", None), answered("3", "C")],
        agreement=Agreement.EACH,
        shows_storing=True,
    ),
    "answers in a form that is not known never disagree": Case(
        sent=ANSWERS,
        items=[answered("1", {"Value": "opt-1"}), answered("2", None), answered("3", [1])],
        agreement=Agreement.NOT_TOLD,
    ),
    "answers left out are not told": Case(
        sent=ANSWERS, items=[answered(n, None) for n in "123"], agreement=Agreement.NOT_TOLD
    ),
    "some answers agree, so the form is known, and one is lacking": Case(
        sent=ANSWERS,
        items=[answered("1", {"Value": "A"}), answered("2", None), answered("3", None)],
        agreement=Agreement.DIFFERENT,
        difference="the answers to 3 do not agree",
    ),
}


def session(items: list[Any], total: float | None, **more: Any) -> replies.Session:
    totals = {} if total is None else {"mark": total}
    sections = {"sections": [{"items": items}]} if items else {}
    found = replies.session(single(keycode=KEYCODE, **sections, **totals, **more))
    assert found is not None
    return found


@pytest.mark.parametrize("name", CASES)
def test_what_is_listed_is_compared_with_what_was_sent(name: str) -> None:
    case = CASES[name]
    found = compare(case.sent, session(case.items, case.total))
    assert found == Comparison(case.agreement, case.difference, case.shows_storing)


def test_every_agreement_is_in_the_table() -> None:
    assert {case.agreement for case in CASES.values()} == {*Agreement}


LOST = AnswerLost("cut")


@dataclass(frozen=True)
class ResultCase:
    total: float | None
    lost: AnswerLost | None
    outcome: Outcome
    proof: Proof | None


RESULTS = {
    "answered, agrees": ResultCase(
        total=5.0, lost=None, outcome=Outcome.ACCEPTED, proof=Proof.RESULT
    ),
    "lost, agrees": ResultCase(total=5.0, lost=LOST, outcome=Outcome.ACCEPTED, proof=Proof.RESULT),
    "answered, differs": ResultCase(total=4.0, lost=None, outcome=Outcome.UNCONFIRMED, proof=None),
    "answered, not told": ResultCase(
        total=None, lost=None, outcome=Outcome.ACCEPTED, proof=Proof.STATE
    ),
    "lost, not told": ResultCase(total=None, lost=LOST, outcome=Outcome.UNCONFIRMED, proof=None),
}


@pytest.mark.parametrize("name", RESULTS)
def test_a_session_that_is_a_result_now(name: str) -> None:
    case = RESULTS[name]
    verdict = outcome_of(MARKS, replies.Result(mark=case.total), case.lost)
    assert verdict is not None
    assert (verdict.outcome, verdict.proof) == (case.outcome, case.proof)
    assert "now a result" in verdict.reason


# --- how a POST numbers the questions


@dataclass(frozen=True, kw_only=True)
class Numbers:
    """Sections as lists of items, and the numbers under which they are known."""

    sections: list[Any]
    numbering: Numbering
    numbers: tuple[str, ...] = ()
    why: str = ""


PAGE = {"type": "InformationPage", "displayNumber": "1"}
NUMBERS = {
    "unique over the paper": Numbers(
        sections=[{"items": [item("1"), item("2")]}, {"items": [item("3")]}],
        numbering=Numbering.DISPLAY,
        numbers=("1", "2", "3"),
    ),
    "letters and parts": Numbers(
        sections=[{"items": [item("1a"), item("1b")]}, {"items": [item("B2")]}],
        numbering=Numbering.DISPLAY,
        numbers=("1a", "1b", "B2"),
    ),
    "restarting in each section": Numbers(
        sections=[{"items": [item("1"), item("2")]}, {"items": [item("1"), item("2")]}],
        numbering=Numbering.POSITION,
        numbers=("1", "2", "3", "4"),
    ),
    "pages do not count": Numbers(
        sections=[{"items": [PAGE, item("1")]}, {"items": [{"type": "Source"}, item("1")]}],
        numbering=Numbering.POSITION,
        numbers=("1", "2"),
    ),
    "nor what is not scored, surveys, and sections not selected": Numbers(
        sections=[
            {"items": [item("1"), item("2", nonScored=True)]},
            {"items": [item("1")], "isSurveySection": True},
            {"items": [item("1")], "selected": False},
            {"items": [item("2")], "selected": True},
        ],
        numbering=Numbering.DISPLAY,
        numbers=("1", "2"),
    ),
    "twice in one section": Numbers(
        sections=[{"items": [item("1"), item("1")]}],
        numbering=Numbering.UNCLEAR,
        why="a number occurs twice in one section",
    ),
    "one without a number": Numbers(
        sections=[{"items": [item("1"), {"type": "Question"}]}],
        numbering=Numbering.UNCLEAR,
        why="not every question has a number",
    ),
    "a kind that nobody knows": Numbers(
        sections=[{"items": [item("1"), item("2", type="Essay")]}],
        numbering=Numbering.UNCLEAR,
        why="it lists a 'Essay' among the questions",
    ),
    "no sections": Numbers(sections=[], numbering=Numbering.UNTOLD),
    "only pages": Numbers(sections=[{"items": [PAGE]}], numbering=Numbering.UNTOLD),
}


@pytest.mark.parametrize("name", NUMBERS)
def test_questions_are_numbered_as_a_post_wants_them(name: str) -> None:
    case = NUMBERS[name]
    found = replies.session(single(keycode=KEYCODE, sections=case.sections))
    assert found is not None
    assert found.questions.numbering is case.numbering
    assert tuple(found.items) == case.numbers
    assert found.questions.why == case.why


def test_every_numbering_is_in_the_table() -> None:
    assert {case.numbering for case in NUMBERS.values()} == {*Numbering}
    assert Kind.MARKS is MARKS.kind


@pytest.mark.parametrize(
    ("state", "outcome"),
    [
        pytest.param("Marked", Outcome.ACCEPTED, id="a state that a marked session has"),
        pytest.param("\u202e", Outcome.UNCONFIRMED, id="one that nobody has documented"),
    ],
)
def test_a_state_proves_something_only_where_it_is_known(state: str, outcome: Outcome) -> None:
    """Surpass said yes, and tells no marks."""
    reading = replies.Session.model_validate({"keycode": KEYCODE, "testState": state})
    verdict = outcome_of(MARKS, reading, None)
    assert verdict is not None
    assert verdict.outcome is outcome

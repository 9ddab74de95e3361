"""OMRChecker's results: quoted, appended, with bad bubbles and several marks."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.validate.prepared import prepared


def _results(*rows: tuple[str, ...], of: str = "Roll", questions: int = 3) -> str:
    names = ["file_id", "input_path", "output_path", "score", of]
    heading = [*names, *(f"q{number}" for number in range(1, questions + 1))]
    reading = [("1.jpg", "in/1.jpg", "out/1.jpg", "0", *row) for row in rows]
    return "".join(",".join(f'"{cell}"' for cell in row) + "\n" for row in [heading, *reading])


@pytest.mark.parametrize("name", ["Roll", "Keycode", "roll_no", "Anything at all"])
def test_the_id_is_found_under_whatever_name_the_template_gave_it(
    tmp_path: Path, name: str
) -> None:
    came = prepared(tmp_path, _results(("KEYCODE1", "A", "b", "1"), of=name))
    assert (came.errors, came.sent) == ([], {"KEYCODE1": {"1": "A", "2": "B", "3": "1"}})
    (source,) = came.reconciled().sources
    assert source.layout == "omrchecker"


@dataclass(frozen=True)
class AnswerCase:
    cell: str
    rule: str
    outcome: str


NO_ANSWER = {
    "two letters": AnswerCase(cell="BC", rule="answer-multiple", outcome="held"),
    "three letters": AnswerCase(cell="bcd", rule="answer-multiple", outcome="held"),
    "digits": AnswerCase(cell="12", rule="answer-multiple", outcome="held"),
    "question mark": AnswerCase(cell="?", rule="answer-not-understood", outcome="invalid"),
    "a bar": AnswerCase(cell="B|C", rule="answer-not-understood", outcome="invalid"),
    "umlaut": AnswerCase(cell="Ä", rule="answer-not-understood", outcome="invalid"),
    "wide digit": AnswerCase(
        cell="\N{FULLWIDTH DIGIT FOUR}", rule="answer-not-understood", outcome="invalid"
    ),
    "a decimal": AnswerCase(cell="4.0", rule="answer-not-understood", outcome="invalid"),
}


@pytest.mark.parametrize("name", NO_ANSWER)
def test_what_is_no_single_answer_stops_the_session(tmp_path: Path, name: str) -> None:
    case = NO_ANSWER[name]
    came = prepared(
        tmp_path, _results(("KEYCODE1", "A", case.cell, "B"), ("KEYCODE2", "A", "B", "C"))
    )
    assert came.errors == [(case.rule, 2, "G", "KEYCODE1")]
    assert came.becomes == [("KEYCODE1", case.outcome), ("KEYCODE2", "ready")]


@pytest.mark.parametrize("blank", ["", " ", "no", "NO", "-"])
def test_a_blank_answer_is_no_finding_and_is_sent_as_such(tmp_path: Path, blank: str) -> None:
    came = prepared(tmp_path, _results(("KEYCODE1", "A", blank, "C")))
    assert (came.errors, came.sent) == ([], {"KEYCODE1": {"1": "A", "2": "", "3": "C"}})


def test_the_same_sheet_appended_twice_is_held_and_never_the_last_wins(tmp_path: Path) -> None:
    one, other = ("KEYCODE1", "A", "B", "C"), ("KEYCODE1", "A", "B", "D")
    came = prepared(tmp_path, _results(one, ("KEYCODE2", "A", "A", "A"), other))
    assert came.becomes == [("KEYCODE1", "held"), ("KEYCODE2", "ready")]
    (found,) = came.of_rule("question-twice")
    assert found == ("question-twice", 2, "F", "KEYCODE1")


def test_results_appended_with_their_heading_are_read_as_one(tmp_path: Path) -> None:
    one, other = _results(("KEYCODE1", "A", "B", "C")), _results(("KEYCODE2", "D", "E", "F"))
    came = prepared(tmp_path, one + other)
    assert came.errors == []
    assert set(came.sent) == {"KEYCODE1", "KEYCODE2"}
    assert came.set_aside() == [(1, "heading"), (3, "heading")]


def test_results_of_another_template_appended_are_refused(tmp_path: Path) -> None:
    one = _results(("KEYCODE1", "A", "B", "C"))
    other = _results(("KEYCODE2", "D", "E", "F", "A"), questions=4)
    came = prepared(tmp_path, one + other)
    assert came.sent.keys() <= {"KEYCODE1"}
    assert len(came.errors) > 0


@pytest.mark.parametrize("keycode", ["0no22nonono", "KEYCOD1", "no", "", "00 no"])
def test_a_bad_bubble_in_the_id_is_nobody_s_sheet(tmp_path: Path, keycode: str) -> None:
    came = prepared(tmp_path, _results((keycode, "A", "B", "C")))
    (rule,) = [rule for rule, *_ in came.errors]
    # Nothing says that these are keycodes, so they are looked up as references, and not found.
    assert rule in ("candidate-not-looked-up", "keycode-missing")
    assert came.sent == {}


def test_two_columns_before_the_questions_leave_open_which_is_the_id(tmp_path: Path) -> None:
    came = prepared(
        tmp_path, "file_id,input_path,output_path,score,Ward,Shelf,q1\n1,a,b,0,KEYCODE1,B,A\n"
    )
    assert [rule for rule, *_ in came.errors] == ["layout-unknown"]
    assert came.sent == {}


@dataclass(frozen=True)
class IdCase:
    heading: str
    cells: str
    whose: str


IDS = {
    # Columns are sorted, capitals first.
    "capitals first": IdCase(heading="q1,q2,roll", cells="A,B,KEYCODE1", whose="KEYCODE1"),
    "first": IdCase(heading="Medium,Roll,q1,q2", cells="E,KEYCODE1,A,B", whose="KEYCODE1"),
    "in the middle": IdCase(heading="Set,Whose,q1,q2", cells="B,KEYCODE1,A,B", whose="KEYCODE1"),
    # Where the template has no id.
    "the page's name": IdCase(heading="q1,q2", cells="A,B", whose="KEYCODE9"),
}


@pytest.mark.parametrize("name", IDS)
def test_the_id_stands_where_the_template_s_names_put_it(tmp_path: Path, name: str) -> None:
    case = IDS[name]
    head = f"file_id,input_path,output_path,score,{case.heading}"
    came = prepared(tmp_path, f"{head}\nKEYCODE9.jpg,in/9.jpg,out/9.jpg,0,{case.cells}\n")
    assert came.sent == {case.whose: {"1": "A", "2": "B"}}

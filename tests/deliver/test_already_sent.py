"""Recall: the same again is not sent, and other content for a session is for a person."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from pipeline.deliver.already_sent import already_sent
from pipeline.ledger import Known, State
from pipeline.model import Submission
from pipeline.sandbox import Sandbox
from pipeline.submissions import digest
from pipeline.surpass import Access
from schemas.frames import DataFrame, Entry, typed
from schemas.words import Kind, Outcome
from tests.ledger.records import validated
from tests.ledger.running import ingested, outcomes, reason, session, settings, sheet
from tests.serving import served

A = "PAPER001"
MARKS = {"1": 5, "2": 0, "3": None}


def given(marks: Mapping[str, int | None], number: int = 1) -> Submission:
    return Submission(number, A, Kind.MARKS, marks=tuple(marks.items()))


@dataclass(frozen=True)
class Recalled:
    """What recall made of one submission."""

    outcome: Outcome | None
    message: str


def recalled(now: Submission, before: Submission, state: State = State.ACCEPTED) -> Recalled:
    known = {A: Known(A, state, "run-1", before.number, digest(before))}
    sent = validated([before], "first.csv").entries
    result = already_sent(
        [now], validated([now], "second.csv").entries, known, lambda _: typed(sent, Entry)
    )
    assert result.numbers == {ending.submission for ending in result.endings} | set(
        result.findings["submission"].dropna()
    )
    for ending in result.endings:
        return Recalled(ending.outcome, ending.reason)
    for finding in result.findings.to_dict("records"):
        return Recalled(Outcome(finding["outcome"]), str(finding["message"]))
    return Recalled(None, "")


@dataclass(frozen=True, kw_only=True)
class Case:
    state: State  # what we last did
    now: Mapping[str, int | None]  # what is here; MARKS were sent
    outcome: Outcome | None
    why: str = ""


CASES = {
    "nothing was sent": Case(state=State.OPEN, now=MARKS, outcome=None),
    "nothing was sent, and another mark": Case(
        state=State.OPEN, now=MARKS | {"1": 6}, outcome=None
    ),
    "in doubt": Case(state=State.IN_DOUBT, now=MARKS, outcome=None),
    "the same": Case(
        state=State.ACCEPTED,
        now=MARKS,
        outcome=Outcome.UNCHANGED,
        why="the same content was accepted in run run-1",
    ),
    "the same in another order": Case(
        state=State.ACCEPTED,
        now=dict(reversed(MARKS.items())),
        outcome=Outcome.UNCHANGED,
        why="accepted in run run-1",
    ),
    "another mark": Case(
        state=State.ACCEPTED,
        now=MARKS | {"1": 6},
        outcome=Outcome.HELD,
        why="question 1 was '5' (first.csv, B2) and is '6'",
    ),
    "0 for an empty cell": Case(
        state=State.ACCEPTED,
        now=MARKS | {"3": 0},
        outcome=Outcome.HELD,
        why="question 3 was empty (first.csv, B2)",
    ),
    "an empty cell for 0": Case(
        state=State.ACCEPTED, now=MARKS | {"2": None}, outcome=Outcome.HELD, why="and is empty here"
    ),
    "a question more": Case(
        state=State.ACCEPTED,
        now=MARKS | {"4": 1},
        outcome=Outcome.HELD,
        why="question 4 was not given and is '1' here",
    ),
    "a question less": Case(
        state=State.ACCEPTED,
        now={"1": 5, "3": None},
        outcome=Outcome.HELD,
        why="question 2 was '0' (first.csv, B2) and is not given",
    ),
    "unconfirmed": Case(
        state=State.UNCONFIRMED,
        now=MARKS,
        outcome=Outcome.UNCONFIRMED,
        why="run run-1 sent it and could not confirm it",
    ),
    "unconfirmed, and another mark": Case(
        state=State.UNCONFIRMED,
        now=MARKS | {"1": 6},
        outcome=Outcome.UNCONFIRMED,
        why="look at it in Surpass",
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_what_the_ledger_knows_of_it(case: Case) -> None:
    result = recalled(given(case.now), given(MARKS), case.state)
    assert result.outcome is case.outcome
    assert case.why in result.message


def test_a_session_never_heard_of() -> None:
    result = already_sent([given(MARKS)], validated([given(MARKS)]).entries, {}, _nobody_asks)
    assert result.numbers == frozenset()


def _nobody_asks(known: Known) -> DataFrame[Entry]:
    raise AssertionError(known)


def test_many_differences_are_counted() -> None:
    before = {str(number): 1 for number in range(1, 8)}
    now = {str(number): 2 for number in range(1, 8)}
    message = recalled(given(now), given(before)).message
    assert message.count(" was ") == 3 + 1  # and the sentence's own
    assert "; and 4 more" in message


def test_a_question_that_was_not_attempted_is_another_than_one_that_is_not_there() -> None:
    result = recalled(given({"1": 5, "2": None}), given({"1": 5}))
    assert result.outcome is Outcome.HELD
    assert "question 2 was not given and is empty here" in result.message


def test_content_that_differs_by_a_setting_alone_says_so() -> None:
    answers = (("1", "A"), ("2", None))
    now = Submission(1, A, Kind.RESPONSES, answers=answers)
    before = Submission(1, A, Kind.RESPONSES, answers=answers[:1])
    known = {A: Known(A, State.ACCEPTED, "run-1", 1, digest(before))}
    read = validated([given({"1": 5, "2": None})]).entries
    (finding,) = already_sent([now], read, known, lambda _: typed(read, Entry)).findings.to_dict(
        "records"
    )
    assert "how an unanswered question is sent" in finding["message"]


def test_a_mark_written_otherwise_is_no_difference() -> None:
    first = validated([given({"1": 5, "2": 1})], "first.csv").entries
    first["value"] = first["value"].replace("5", "5.0")
    now = given({"1": 5, "2": 2})
    known = {A: Known(A, State.ACCEPTED, "run-1", 1, "another")}
    result = already_sent([now], validated([now]).entries, known, lambda _: typed(first, Entry))
    (finding,) = result.findings.to_dict("records")
    assert "question 1" not in finding["message"]
    assert "question 2 was '1' (first.csv, B2) and is '2' here" in finding["message"]


# --- in whole runs

ONE, TWO = "SAMEAGN1", "SAMEAGN2"


@pytest.fixture(scope="module")
def surpass() -> Iterator[tuple[Sandbox, Access]]:
    with served([session(ONE), session(TWO)]) as there:
        yield there


def test_the_same_again_is_not_sent(sandbox: Sandbox, login: Access, tmp_path: Path) -> None:
    office = settings(tmp_path / "home", login.url)
    file = sheet(tmp_path / "marks.csv", {ONE: (5, 0), TWO: ("NA", 3)})
    first = ingested(office, [file])
    assert outcomes(first) == {ONE: "accepted", TWO: "accepted"}
    other_name = file.rename(tmp_path / "final (2).csv")
    long = tmp_path / "long.csv"
    long.write_text(f"Keycode,Question,Mark\n{ONE},2,0\n{ONE},1,5.0\n{TWO},1,NA\n{TWO},2,3\n")
    for again in (other_name, long):
        report = ingested(office, [again])
        assert outcomes(report) == {ONE: "unchanged", TWO: "unchanged"}
        assert first.reconciliation.run.id in reason(report, ONE)
    assert len(sandbox.journal.posts()) == 2


def test_other_content_is_held_and_both_cells_are_named(
    sandbox: Sandbox, login: Access, tmp_path: Path
) -> None:
    office = settings(tmp_path / "home", login.url)
    first = ingested(office, [sheet(tmp_path / "first.csv", {ONE: (5, 0), TWO: (1, 1)})])
    second = sheet(tmp_path / "second.csv", {TWO: (1, 1), ONE: (5, 10)})
    report = ingested(office, [second])
    assert outcomes(report) == {ONE: "held", TWO: "unchanged"}
    why = reason(report, ONE)
    assert f"accepted in run {first.reconciliation.run.id}" in why
    assert "question 2 was '0' (first.csv, C2) and is '10' here" in why
    (finding,) = report.reconciliation.findings.to_dict("records")
    place = [finding[name] for name in ("file", "row", "column")]
    assert place == ["second.csv", 3, "A"]
    assert len(sandbox.journal.posts()) == 2


def test_two_files_of_one_run_that_disagree_are_held(
    sandbox: Sandbox, login: Access, tmp_path: Path
) -> None:
    files = [
        sheet(tmp_path / "first.csv", {ONE: (5, 0)}),
        sheet(tmp_path / "second.csv", {ONE: (5, 10), TWO: (1, 1)}),
    ]
    report = ingested(settings(tmp_path / "home", login.url), files)
    assert outcomes(report) == {ONE: "held", TWO: "accepted"}
    findings = report.reconciliation.findings
    (message,) = findings.loc[findings["rule"] == "question-twice", "message"]
    assert "first.csv, C2" in message
    assert "second.csv, C2" in message
    assert sandbox.session(ONE).applied == ()


def test_a_session_held_for_its_other_content_can_be_sent_as_it_was(
    sandbox: Sandbox, login: Access, tmp_path: Path
) -> None:
    """Held is not for ever: the content that was accepted is still known."""
    office = settings(tmp_path / "home", login.url)
    first = sheet(tmp_path / "first.csv", {ONE: (5, 0)})
    ingested(office, [first])
    ingested(office, [sheet(tmp_path / "second.csv", {ONE: (6, 0)})])
    assert outcomes(ingested(office, [first])) == {ONE: "unchanged"}
    (application,) = sandbox.session(ONE).applied
    assert application.content == {"1": 5, "2": 0}

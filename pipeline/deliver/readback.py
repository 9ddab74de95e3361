"""Read a session back after a POST, and judge by it what became of the POST.

    sent      Surpass answered   the session now                   verdict
    1:3 2:5   yes                Marked, 1:3 2:5                   accepted (marks)
    1:3 2:5   yes                Marked, no questions listed       accepted (state)
    1:3 2:5   yes                Marked, 1:0 2:0                   unconfirmed
    1:3 2:5   nothing (504)      PaperResponseUpload, 1:3 2:5      accepted (marks)
    1:3 2:5   nothing (504)      PaperResponseUpload, 1:0 2:0      None: wait, and read again
    1:3 2:5   nothing (504)      a result, 1:3 2:5                 accepted (result)

A mark that was not attempted is sent as null and read back as 0. A session in which nothing is
marked lists 0 for every question: only a mark other than 0 shows that something was stored.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from pipeline.errors import DOUBTFUL, NotFound, NotUnderstood, SurpassError, Unreachable
from pipeline.first_few import first_few
from pipeline.model import Submission
from pipeline.surpass import Item, Paper, Result, Session, Surpass
from schemas.states import TestState
from schemas.words import Kind, Outcome, Proof

_MAX_LISTED = 6  # questions named in a reason


@dataclass(frozen=True)
class Verdict:
    """An outcome that reading the session back shows, with its reason."""

    outcome: Outcome
    reason: str
    proof: Proof | None = None


class Agreement(Enum):
    """How the content of a session compares with a submission."""

    EACH = auto()  # each mark or answer agrees
    TOTAL = auto()  # the total agrees; single marks are not told
    EMPTY = auto()  # nothing is marked there, and something was sent
    DIFFERENT = auto()
    NOT_TOLD = auto()


@dataclass(frozen=True)
class Comparison:
    """How the content of a session compares with a submission, and what differs."""

    agreement: Agreement
    difference: str = ""
    shows_storing: bool = False  # it agrees as no session would in which nothing is marked

    @property
    def agrees(self) -> bool:
        """Whether all that is told is what was sent."""
        return self.agreement in (Agreement.EACH, Agreement.TOTAL)


async def read_back(surpass: Surpass, keycode: str) -> Session | Result:
    """The session as it is now, or the result that it has become.

    NotFound where Surpass shows neither, and ``not_taken`` on it where these are its own words;
    else the SurpassError that prevented reading it.
    """
    try:
        return await surpass.session(keycode)
    except NotFound as gone:
        try:
            return await surpass.result(keycode)
        except (*DOUBTFUL, Unreachable):
            raise  # nothing is known: it may be a result
        except SurpassError as error:
            neither = f"{gone}; its result cannot be read either: {error}"
            raise NotFound(neither, not_taken=gone.not_taken and error.not_taken) from error


def outcome_of(
    submission: Submission, reading: Session | Result, lost: SurpassError | None
) -> Verdict | None:
    """What the reading proves; ``lost`` says why the POST's own answer is not known.

    None where it proves nothing yet: the session still waits for paper responses, without these
    marks. It must be read again later.
    """
    found = compare(submission, reading)
    proof = _proof(found, submission.kind)
    if isinstance(reading, Result):
        return _moved_on(found, lost, "now a result", Proof.RESULT)
    if reading.state_name is None:
        return outcome_if_unreadable(lost, NotUnderstood("the reply does not tell its state"))
    if reading.state in _NOT_MARKED and not found.agrees:
        where = f"the session is in {reading.state_name}"
        return Verdict(Outcome.UNCONFIRMED, f"{where}: look at it in Surpass")
    if reading.state is None and found.agreement is Agreement.NOT_TOLD:
        where = f"the session is in {reading.state_name}, which is not documented"
        return Verdict(
            Outcome.UNCONFIRMED, f"{where}, and no marks are told: look at it in Surpass"
        )
    if not reading.is_open:
        return _moved_on(found, lost, f"the session is in {reading.state_name}", proof)
    if found.agrees and found.shows_storing:
        where = f"the marks are there; the session is still in {reading.state_name}"
        return Verdict(Outcome.ACCEPTED, where, proof)
    return None


# No session comes into these by having been marked.
_NOT_MARKED: set[TestState | None] = {TestState.VOIDED, TestState.EXCEPTION}


def _moved_on(found: Comparison, lost: SurpassError | None, where: str, proof: Proof) -> Verdict:
    """Of a session that no longer waits."""
    if found.agrees:
        said = "taken" if lost is None else "the answer was lost, but what was sent is there"
        return Verdict(Outcome.ACCEPTED, f"{said}; {where}", proof)
    if found.agreement is not Agreement.NOT_TOLD:
        return Verdict(Outcome.UNCONFIRMED, f"{where}, but {found.difference}")
    if lost is None:
        return Verdict(Outcome.ACCEPTED, f"taken; {where}, no marks are told", Proof.STATE)
    return Verdict(Outcome.UNCONFIRMED, f"{lost}; {where}, and Surpass does not tell its marks")


def _proof(found: Comparison, kind: Kind) -> Proof:
    if found.agreement is Agreement.TOTAL:
        return Proof.TOTAL
    return Proof.ANSWERS if kind is Kind.RESPONSES else Proof.MARKS


def outcome_if_still_open(
    submission: Submission, reading: Session | Result, lost: SurpassError | None
) -> Verdict | None:
    """The verdict at the end of the quiet period; None where the POST surely was not taken."""
    found = compare(submission, reading)
    if lost is None:
        what = found.difference or "without the marks"
        return Verdict(
            Outcome.UNCONFIRMED,
            f"Surpass said that it took it, but the session still waits: {what}",
        )
    if found.agreement is Agreement.DIFFERENT:
        return Verdict(
            Outcome.UNCONFIRMED, f"{lost}; the session still waits, but {found.difference}"
        )
    return None


def outcome_after_refusal(
    submission: Submission, reading: Session | Result, refusal: str
) -> Verdict | None:
    """The verdict where a 'no' does not mean that nothing is there; None where it stands.

    Something on the way may deliver a POST twice, and show the answer to the second.
    """
    found = compare(submission, reading)
    if isinstance(reading, Session):
        proof = _proof(found, submission.kind)
        moved_on = not reading.is_open and reading.state not in _NOT_MARKED
    else:
        proof, moved_on = Proof.RESULT, True
    if found.agrees and (moved_on or found.shows_storing):
        return Verdict(Outcome.ACCEPTED, f"{refusal}; but what was sent is there", proof)
    if moved_on and found.agreement is Agreement.NOT_TOLD:
        why = "the session no longer waits, and Surpass does not tell its marks"
        return Verdict(Outcome.UNCONFIRMED, f"{refusal}; {why}")
    return None


def outcome_if_unreadable(lost: SurpassError | None, error: SurpassError) -> Verdict:
    """The verdict where the session could not be read back."""
    if lost is None:
        reason = f"Surpass said that it took it, but the session could not be read back: {error}"
        return Verdict(Outcome.UNCONFIRMED, reason)
    return Verdict(Outcome.IN_DOUBT, f"{lost}; and the session could not be read since: {error}")


def compare(submission: Submission, paper: Paper) -> Comparison:
    """Hold what a submission carries against what Surpass lists."""
    if submission.kind is Kind.MARKS:
        return _compare_marks(submission, paper)
    return _compare_answers(submission, paper)


def _compare_marks(submission: Submission, paper: Paper) -> Comparison:
    sent = dict(submission.marks)
    total = sum(mark or 0 for mark in sent.values())
    if any(item.marks for item in paper.items.values()):
        wrong = [
            question for question in sent if not _is(sent[question], paper.items.get(question))
        ]
        wrong += [q for q, item in paper.items.items() if q not in sent and any(item.marks)]
        if not wrong:
            return Comparison(Agreement.EACH, shows_storing=total > 0)
        marked = any(any(item.marks) for item in paper.items.values())
        if not marked:
            return Comparison(Agreement.EMPTY, "Surpass lists no marks")
        return Comparison(
            Agreement.DIFFERENT, f"the marks for {first_few(wrong, _MAX_LISTED)} differ"
        )
    if paper.mark is None:
        return Comparison(Agreement.NOT_TOLD)
    if paper.mark == total:
        return Comparison(Agreement.TOTAL, shows_storing=total > 0)
    difference = f"its mark is {paper.mark:g}, not {total}"
    return Comparison(Agreement.DIFFERENT if paper.mark else Agreement.EMPTY, difference)


def _is(mark: int | None, item: Item | None) -> bool:
    """Whether Surpass lists this mark; one that is not attempted reads back as 0."""
    return item is not None and (mark or 0) in item.marks


def _compare_answers(submission: Submission, paper: Paper) -> Comparison:
    """Answers can only agree: the form in which Surpass gives them back is not known.

    Where some agree, that form is known, and an answer that is not among them was not stored.
    """
    sent = {question: answer for question, answer in submission.answers if answer}
    listed = {question: item.response for question, item in paper.items.items() if item.response}
    agree = [question for question in sent if listed.get(question) == sent[question]]
    if not agree:
        return Comparison(Agreement.NOT_TOLD)
    lacking = [question for question in sent if question not in agree]
    lacking += [question for question in listed if question not in sent]
    if lacking:
        return Comparison(
            Agreement.DIFFERENT, f"the answers to {first_few(lacking, _MAX_LISTED)} do not agree"
        )
    return Comparison(Agreement.EACH, shows_storing=True)

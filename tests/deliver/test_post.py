"""Delivery: each session's marks are taken at most once, and the outcome is what Surpass shows."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.deliver.batches import batches
from pipeline.errors import Interrupted
from pipeline.model import Ending, Submission
from pipeline.sandbox import Application, Entry, Fault, FaultKind, Sandbox, SandboxSession
from pipeline.surpass import Access, Surpass
from pipeline.surpass.circuit_breaker import CircuitBreaker
from schemas.states import TestState
from schemas.words import Kind, Outcome, Proof
from tests.serving import DONE, access, marks, plain_wire, responses, send, served, single

MARKS = {"1": 5, "2": 0, "3": None}
ANSWERS = {"1": "A", "2": "", "3": "C"}
PAPER = {"1": 5, "2": 5, "3": 5}
TOLD, UNTOLD, SHUT, SMALL = "TELLSALL", "TELLSNIL", "ISSHUT01", "TOOSMALL"


def submission(kind: Kind, keycode: str = TOLD) -> Submission:
    return marks(keycode, MARKS) if kind is Kind.MARKS else responses(keycode, ANSWERS)


def delivered(
    login: Access,
    submissions: Sequence[Submission],
    wire: httpx.AsyncBaseTransport | None = None,
    stop_after: int = 1000,
    concurrency: int = 8,
) -> list[Ending]:
    advanced: list[None] = []

    async def sending() -> list[Ending]:
        line = CircuitBreaker(concurrency, stop_after)
        async with line.slot():
            pass  # somebody was answered before: this run has gone through its check
        async with Surpass(login, wire or plain_wire()) as surpass:
            return await send(
                submissions,
                surpass,
                line,
                advance=lambda: advanced.append(None),
                max_posts=login.max_attempts,
            )

    endings = asyncio.run(sending())
    assert len(advanced) == len(submissions)
    assert [ending.submission for ending in endings] == [planned.number for planned in submissions]
    assert {ending.batch for ending in endings} == {1}
    return endings


def read_before_each_repeat(entries: Sequence[Entry]) -> bool:
    """Whether a POST follows another of its session only after an answered GET.

    But for an answer that proves that nothing was taken: 429 says so before anything is done.
    """
    for keycode in {entry.keycode for entry in entries}:
        spans = [
            entry
            for entry in entries
            if entry.keycode == keycode and (entry.method == "POST" or entry.status == 200)
        ]
        for before, after in pairwise(spans):
            if before.method == after.method == "POST" and before.status != 429:
                return False
    return True


def meant(planned: Submission) -> Application:
    """What the sandbox keeps when it takes this submission."""
    done = DONE.replace(tzinfo=None)
    if planned.kind is Kind.MARKS:
        return Application("marks", dict(planned.marks), done)
    return Application("responses", dict(planned.answers), done)


# --- every way in which an answer is lost


@pytest.fixture(scope="module")
def surpass() -> Iterator[tuple[Sandbox, Access]]:
    papers = [
        SandboxSession.paper(TOLD, PAPER),
        SandboxSession.paper(UNTOLD),
        SandboxSession.paper(SHUT, PAPER, TestState.MARKED),
        SandboxSession.paper(SMALL, {"1": 1}),
    ]
    with served(papers) as there:
        yield there


# Those that spoil an answer, and nothing of what a POST leaves behind.
LOST = [
    kind
    for kind in FaultKind
    if kind not in {FaultKind.LATENCY, FaultKind.ERROR_IN_200} and not kind.of_posts
]
# After these it is known at once that nothing was taken.
PROVEN_NOT_TAKEN = {FaultKind.TOO_MANY_REQUESTS}


def patience(kind: FaultKind, login: Access) -> Access:
    hangs = kind in {FaultKind.HANG_BEFORE, FaultKind.HANG_AFTER}
    return access(login.url, timeout=0.4, max_attempts=2) if hangs else login


@pytest.mark.parametrize("what", Kind)
@pytest.mark.parametrize("kind", LOST)
def test_an_answer_lost_once_is_made_good(
    sandbox: Sandbox, login: Access, kind: FaultKind, what: Kind
) -> None:
    planned = submission(what)
    sandbox.faults.set(Fault(kind, method="POST", times=1, seconds=60))
    (ending,) = delivered(patience(kind, login), [planned])
    assert ending.outcome is Outcome.ACCEPTED
    assert ending.attempts == len(sandbox.journal.posts()) == (1 if kind.carried_out else 2)
    assert sandbox.session(TOLD).applied == (meant(planned),)
    assert read_before_each_repeat(sandbox.journal.entries)


@pytest.mark.parametrize("what", Kind)
@pytest.mark.parametrize("kind", LOST)
def test_an_answer_lost_every_time_ends_as_what_reading_back_shows(
    sandbox: Sandbox, login: Access, kind: FaultKind, what: Kind
) -> None:
    planned = submission(what)
    sandbox.faults.set(Fault(kind, method="POST", seconds=60))
    (ending,) = delivered(patience(kind, login), [planned])
    taken = kind.carried_out
    assert ending.outcome is (Outcome.ACCEPTED if taken else Outcome.FAILED)
    assert sandbox.session(TOLD).applied == ((meant(planned),) if taken else ())
    assert ending.attempts == len(sandbox.journal.posts())
    assert read_before_each_repeat(sandbox.journal.entries)


@pytest.mark.parametrize("what", Kind)
@pytest.mark.parametrize("kind", [kind for kind in LOST if kind not in PROVEN_NOT_TAKEN])
def test_an_answer_lost_and_never_read_since_is_in_doubt_and_sent_once(
    sandbox: Sandbox, login: Access, kind: FaultKind, what: Kind
) -> None:
    planned = submission(what)
    sandbox.faults.set(
        Fault(kind, method="POST", seconds=60), Fault(FaultKind.UNAVAILABLE, method="GET")
    )
    (ending,) = delivered(patience(kind, login), [planned])
    assert (ending.outcome, ending.attempts) == (Outcome.IN_DOUBT, 1)
    assert len(sandbox.journal.posts()) == 1
    assert len(sandbox.session(TOLD).applied) == kind.carried_out


@pytest.mark.parametrize("what", Kind)
def test_an_error_in_a_200_is_a_no_and_is_not_sent_again(
    sandbox: Sandbox, login: Access, what: Kind
) -> None:
    sandbox.faults.set(Fault(FaultKind.ERROR_IN_200, method="POST"))
    (ending,) = delivered(login, [submission(what)])
    assert (ending.outcome, ending.attempts) == (Outcome.REFUSED, 1)
    assert "Something is wrong, in a status 200" in ending.reason
    assert sandbox.session(TOLD).applied == ()


class Doubling(httpx.AsyncBaseTransport):
    """Delivers each POST twice, and shows the answer to the second; then it may be in the way."""

    def __init__(self, *, in_the_way: bool) -> None:
        self._wire = plain_wire()
        self._in_the_way = in_the_way
        self._posted = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            await self._wire.handle_async_request(request)
            self._posted = True
        elif self._posted and self._in_the_way:
            return httpx.Response(404, content="<html>", request=request)
        return await self._wire.handle_async_request(request)

    async def aclose(self) -> None:
        await self._wire.aclose()


@dataclass(frozen=True)
class Doubled:
    keycode: str
    outcome: Outcome
    proof: Proof | None = None
    becomes_result: bool = False
    in_the_way: bool = False


DOUBLED = {
    "told": Doubled(TOLD, Outcome.ACCEPTED, Proof.MARKS),
    "a result": Doubled(TOLD, Outcome.ACCEPTED, Proof.RESULT, becomes_result=True),
    "not told": Doubled(UNTOLD, Outcome.UNCONFIRMED),
    "not read since": Doubled(TOLD, Outcome.IN_DOUBT, in_the_way=True),
}


@pytest.mark.parametrize("name", DOUBLED)
def test_a_refusal_of_what_was_delivered_twice_is_none(name: str) -> None:
    case = DOUBLED[name]
    papers = [SandboxSession.paper(TOLD, PAPER), SandboxSession.paper(UNTOLD)]
    with served(papers, becomes_result=case.becomes_result) as (sandbox, login):
        wire = Doubling(in_the_way=case.in_the_way)
        (ending,) = delivered(login, [submission(Kind.MARKS, case.keycode)], wire)
        posts = sandbox.journal.posts()
    assert [post.applied for post in posts] == [True, False]
    assert (ending.outcome, ending.proof) == (case.outcome, case.proof), ending


# --- the outcomes as a table


class Meanwhile(httpx.AsyncBaseTransport):
    """The plain wire; after the first POST somebody else is quicker than whoever reads next."""

    def __init__(self, happens: Callable[[], object]) -> None:
        self._wire = plain_wire()
        self._happens: Callable[[], object] | None = happens

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        try:
            return await self._wire.handle_async_request(request)
        finally:
            if request.method == "POST" and self._happens is not None:
                happens, self._happens = self._happens, None
                happens()

    async def aclose(self) -> None:
        await self._wire.aclose()


def keyed_by_hand(sandbox: Sandbox, given: Mapping[str, int | None]) -> None:
    """Somebody keys these marks in Surpass itself."""
    sandbox.put_in_state(TOLD, TestState.PAPER_RESPONSE_UPLOAD)
    body = [{"questionNumber": name, "mark": mark} for name, mark in given.items()]
    sandbox.take_marks(TOLD, body, DONE.replace(tzinfo=None))


POST_CUT_BEFORE = Fault(FaultKind.CUT_BEFORE, method="POST")
POST_CUT_AFTER = Fault(FaultKind.CUT_AFTER, method="POST")
GET_FAILS = Fault(FaultKind.UNAVAILABLE, method="GET")


@dataclass(frozen=True)
class Case:
    outcome: Outcome
    reason: str
    attempts: int = 1
    applied: int = 0
    submission: Submission = field(default_factory=lambda: submission(Kind.MARKS))
    faults: tuple[Fault, ...] = ()
    meanwhile: Callable[[Sandbox], object] | None = None
    proof: Proof | None = None


def post(kind: FaultKind, **more: Any) -> tuple[Fault, ...]:
    return (Fault(kind, method="POST", **more),)


NOT_TOLD = submission(Kind.MARKS, UNTOLD)
CASES = {
    "answered, left, marks agree": Case(
        Outcome.ACCEPTED, "taken; the session is in Marked", applied=1, proof=Proof.MARKS
    ),
    "answered, left, answers agree": Case(
        Outcome.ACCEPTED,
        "taken; the session is in Marked",
        applied=1,
        submission=submission(Kind.RESPONSES),
        proof=Proof.ANSWERS,
    ),
    "answered, left, marks not told": Case(
        Outcome.ACCEPTED,
        "taken; the session is in Marked, no marks are told",
        applied=1,
        submission=NOT_TOLD,
        proof=Proof.STATE,
    ),
    "answered, stored, state stays": Case(
        Outcome.ACCEPTED,
        "the marks are there; the session is still in PaperResponseUpload",
        applied=1,
        faults=post(FaultKind.STATE_STAYS),
        proof=Proof.MARKS,
    ),
    "answered, stored, state follows later": Case(
        Outcome.ACCEPTED,
        "the marks are there",
        applied=1,
        faults=post(FaultKind.STATE_LATER, seconds=3600),
        proof=Proof.MARKS,
    ),
    "answered, nothing stored, state stays": Case(
        Outcome.UNCONFIRMED,
        "Surpass said that it took it, but the session still waits: Surpass lists no marks",
        faults=post(FaultKind.NOT_STORED),
    ),
    "answered, nothing stored, not told": Case(
        Outcome.UNCONFIRMED,
        "Surpass said that it took it, but the session still waits: without the marks",
        submission=NOT_TOLD,
        faults=post(FaultKind.NOT_STORED),
    ),
    "answered, nothing stored, left": Case(
        Outcome.UNCONFIRMED,
        "the session is in Marked, but Surpass lists no marks",
        faults=post(FaultKind.NOT_STORED_MOVED),
    ),
    "answered, stored in part": Case(
        Outcome.UNCONFIRMED,
        "the session is in Marked, but the marks for 3 differ",
        applied=1,
        submission=marks(TOLD, {"1": 5, "2": 0, "3": 2}),
        faults=post(FaultKind.STORED_IN_PART),
    ),
    "answered, answers stored in part": Case(
        Outcome.UNCONFIRMED,
        "the session is in Marked, but the answers to 3 do not agree",
        applied=1,
        submission=submission(Kind.RESPONSES),
        faults=post(FaultKind.STORED_IN_PART),
    ),
    "answered, left, other marks": Case(
        Outcome.UNCONFIRMED,
        "the session is in Marked, but the marks for 1, 2 differ",
        applied=2,
        meanwhile=lambda sandbox: keyed_by_hand(sandbox, MARKS | {"1": 4, "2": 1}),
    ),
    "answered, voided since, not told": Case(
        Outcome.UNCONFIRMED,
        "the session is in Voided: look at it in Surpass",
        applied=1,
        submission=NOT_TOLD,
        meanwhile=lambda sandbox: sandbox.put_in_state(UNTOLD, TestState.VOIDED),
    ),
    "answered, not read back": Case(
        Outcome.UNCONFIRMED,
        "Surpass said that it took it, but the session could not be read back: "
        "Surpass cannot serve now (HTTP 503)",
        applied=1,
        faults=(GET_FAILS,),
    ),
    "lost, left, marks agree": Case(
        Outcome.ACCEPTED,
        "the answer was lost, but what was sent is there; the session is in Marked",
        applied=1,
        faults=(POST_CUT_AFTER,),
        proof=Proof.MARKS,
    ),
    "lost, left, marks not told": Case(
        Outcome.UNCONFIRMED,
        "; the session is in Marked, and Surpass does not tell its marks",
        applied=1,
        submission=NOT_TOLD,
        faults=(POST_CUT_AFTER,),
    ),
    "lost, left, answers not told": Case(
        Outcome.UNCONFIRMED,
        "; the session is in Marked, and Surpass does not tell its marks",
        applied=1,
        submission=submission(Kind.RESPONSES, UNTOLD),
        faults=(POST_CUT_AFTER,),
    ),
    "lost, left by other marks": Case(
        Outcome.UNCONFIRMED,
        "the session is in Marked, but the marks for 3 differ",
        applied=1,
        faults=(POST_CUT_BEFORE,),
        meanwhile=lambda sandbox: keyed_by_hand(sandbox, MARKS | {"3": 1}),
    ),
    "lost, voided by somebody": Case(
        Outcome.UNCONFIRMED,
        "the session is in Voided: look at it in Surpass",
        faults=(POST_CUT_BEFORE,),
        meanwhile=lambda sandbox: sandbox.put_in_state(TOLD, TestState.VOIDED),
    ),
    "lost, still open after all tries": Case(
        Outcome.FAILED, "not taken: no whole answer came", attempts=3, faults=(POST_CUT_BEFORE,)
    ),
    "lost to a gateway's page": Case(
        Outcome.FAILED,
        "not taken: Surpass cannot serve now (HTTP 502)",
        attempts=3,
        faults=post(FaultKind.GATEWAY_PAGE),
    ),
    "throttled beyond all patience": Case(
        Outcome.FAILED,
        "not sent: Surpass asks for patience (HTTP 429)",
        faults=(Fault(FaultKind.TOO_MANY_REQUESTS, method="POST", retry_after=9999),),
    ),
    "lost, never read since, taken": Case(
        Outcome.IN_DOUBT,
        "and it is not known whether Surpass took it. The next run reads it again",
        applied=1,
        faults=(POST_CUT_AFTER, GET_FAILS),
    ),
    "lost, never read since, not taken": Case(
        Outcome.IN_DOUBT,
        "and it is not known whether Surpass took it. The next run reads it again",
        faults=(POST_CUT_BEFORE, GET_FAILS),
    ),
    "refused for a mark": Case(
        Outcome.REFUSED,
        "Surpass said: [sandbox] Element 2 names question '2', which this session does not have.",
        submission=submission(Kind.MARKS, SMALL),
    ),
    "refused for its state": Case(
        Outcome.REFUSED,
        "Surpass said: [sandbox] Marks and responses are taken in PaperResponseUpload only",
        submission=submission(Kind.MARKS, SHUT),
    ),
    "refused as unknown": Case(
        Outcome.REFUSED,
        "Surpass said: [sandbox] There is no such session.",
        submission=submission(Kind.MARKS, "UNKNOWN1"),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_the_outcome_is_what_surpass_shows(sandbox: Sandbox, login: Access, name: str) -> None:
    case = CASES[name]
    sandbox.faults.set(*case.faults)
    happens = case.meanwhile
    wire = Meanwhile(lambda: happens(sandbox)) if happens else None
    (ending,) = delivered(login, [case.submission], wire)
    assert (ending.outcome, ending.attempts) == (case.outcome, case.attempts), ending
    assert ending.proof == case.proof
    assert case.reason in ending.reason
    assert len(sandbox.journal.posts()) == case.attempts
    assert sum(len(planned.applied) for planned in sandbox.sessions) == case.applied
    assert read_before_each_repeat(sandbox.journal.entries)


def test_every_outcome_of_a_delivery_is_in_the_table() -> None:
    made_elsewhere = {
        Outcome.UNCHANGED,  # by the ledger
        Outcome.INVALID,  # by findings, as the next three
        Outcome.ABSENT,
        Outcome.HELD,
        Outcome.NOT_OPEN,
        Outcome.READY,  # by a run that sends nothing
    }
    assert {case.outcome for case in CASES.values()} == {*Outcome} - made_elsewhere


def test_a_surpass_that_cannot_be_reached_was_sent_nothing() -> None:
    with served([]) as (_, login):
        pass
    (ending,) = delivered(login, [submission(Kind.MARKS)])
    assert (ending.outcome, ending.attempts) == (Outcome.FAILED, 0)
    assert ending.reason.startswith("not sent: no connection to 127.0.0.1")


def test_a_password_that_is_refused_sends_nothing(sandbox: Sandbox, login: Access) -> None:
    (ending,) = delivered(access(login.url, password="guess"), [submission(Kind.MARKS)])
    assert ending.outcome is Outcome.FAILED
    assert "not sent: Surpass refused to sign us in (HTTP 401)" in ending.reason
    assert sandbox.session(TOLD).applied == ()


def test_a_user_without_the_permission_is_refused_in_surpasss_words() -> None:
    strangers = {"forbidden_username": "stranger", "forbidden_password": "open sesame"}
    with served([SandboxSession.paper(TOLD, PAPER)], **strangers) as (_, login):
        stranger = access(login.url, username="stranger", password="open sesame")
        (ending,) = delivered(stranger, [submission(Kind.MARKS)])
    assert ending.outcome is Outcome.REFUSED
    assert "Surpass said: [sandbox] This user lacks the permission." in ending.reason


@pytest.mark.parametrize(
    ("answered", "outcome"), [(True, Outcome.UNCONFIRMED), (False, Outcome.IN_DOUBT)]
)
def test_a_session_that_no_longer_tells_its_state_confirms_nothing(
    answered: bool, outcome: Outcome
) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return httpx.Response(200, json=single(keycode=TOLD))
        return httpx.Response(200, json={"id": 1}) if answered else httpx.Response(500)

    (ending,) = delivered(
        access("http://surpass"), [submission(Kind.MARKS)], httpx.MockTransport(answer)
    )
    assert (ending.outcome, ending.attempts) == (outcome, 1)
    assert "does not tell its state" in ending.reason


def test_an_answer_without_documented_form_is_read_back_and_not_sent_again(
    sandbox: Sandbox,
) -> None:
    posts = []

    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            posts.append(request)
            return httpx.Response(200, json=["taken"])
        items = [{"displayNumber": name, "mark": mark or 0.0} for name, mark in MARKS.items()]
        reply = single(keycode=TOLD, testState="Marked", sections=[{"items": items}])
        return httpx.Response(200, json=reply)

    (ending,) = delivered(
        access("http://surpass"), [submission(Kind.MARKS)], httpx.MockTransport(answer)
    )
    assert (ending.outcome, len(posts)) == (Outcome.ACCEPTED, 1)


# --- what agrees


# --- batches


@dataclass(frozen=True)
class BatchesCase:
    count: int
    size: int
    sizes: list[int]


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(BatchesCase(count=0, size=3, sizes=[]), id="none"),
        pytest.param(BatchesCase(count=1, size=3, sizes=[1]), id="fewer than a batch"),
        pytest.param(BatchesCase(count=3, size=3, sizes=[3]), id="one batch"),
        pytest.param(BatchesCase(count=4, size=3, sizes=[3, 1]), id="one more"),
        pytest.param(BatchesCase(count=5, size=1, sizes=[1] * 5), id="one each"),
        pytest.param(BatchesCase(count=2, size=100, sizes=[2]), id="one large batch"),
    ],
)
def test_batches_are_numbered_from_one_in_the_files_order(case: BatchesCase) -> None:
    submissions = [marks(f"PAPER{number:03d}", MARKS, number) for number in range(case.count)]
    made = batches(submissions, case.size)
    assert [batch.number for batch in made] == [*range(1, len(case.sizes) + 1)]
    assert [len(batch.submissions) for batch in made] == case.sizes
    assert [planned for batch in made for planned in batch.submissions] == submissions


def test_a_run_of_failures_stops_the_sending_and_the_rest_says_so() -> None:
    papers = [SandboxSession.paper(f"PAPER{number:03d}", PAPER) for number in range(30)]
    submissions = [
        marks(paper.keycode, MARKS, number) for number, paper in enumerate(papers, start=1)
    ]
    with served(papers) as (sandbox, login):
        sandbox.faults.set(POST_CUT_BEFORE)
        endings = delivered(login, submissions, stop_after=4, concurrency=1)
        posted = {entry.keycode for entry in sandbox.journal.posts()}
    assert posted == {f"PAPER{number:03d}" for number in range(4)}
    assert [ending.outcome for ending in endings] == [Outcome.IN_DOUBT] * 4 + [Outcome.FAILED] * 26
    assert [ending.attempts for ending in endings] == [1] * 4 + [0] * 26
    assert all(
        planned.reason.startswith("not sent: the run was stopped: ") for planned in endings[4:]
    )


# --- any schedule of faults


def crowd() -> tuple[list[SandboxSession], list[Submission]]:
    """Twenty sessions of all sorts; of each pair one gets marks, the other answers."""
    papers, submissions = [], []
    for number in range(20):
        keycode = f"PAPER{number:03d}"
        questions = {} if number in {4, 5} else {"1": 1} if number in {8, 9} else PAPER
        state = TestState.MARKED if number in {12, 13} else TestState.PAPER_RESPONSE_UPLOAD
        papers.append(SandboxSession.paper(keycode, questions, state))
        if number % 2:
            answers = {"1": "ABCDE"[number % 5], "2": "", "3": "B"}
            submissions.append(responses(keycode, answers, number))
        else:
            submissions.append(marks(keycode, {"1": number % 5, "2": None, "3": 5}, number))
    return papers, submissions


PAPERS, SUBMISSIONS = crowd()


@pytest.fixture(scope="module")
def twenty() -> Iterator[tuple[Sandbox, Access]]:
    with served(PAPERS) as there:
        yield there


# Not those that hang: their timeouts are real time.
SUDDEN = [kind for kind in LOST if not kind.value.startswith("hang")] + [FaultKind.ERROR_IN_200]
SCHEDULES = st.lists(
    st.builds(
        Fault,
        st.sampled_from(SUDDEN),
        method=st.sampled_from(["POST", "GET", None]),
        probability=st.sampled_from([0.05, 0.2, 0.5]),
        times=st.sampled_from([None, 1, 5]),
    ),
    max_size=5,
)


@settings(max_examples=20, deadline=None, derandomize=True)
@given(schedule=SCHEDULES, seed=st.integers(0, 1000), stop_after=st.sampled_from([2, 1000]))
def test_whatever_goes_wrong_nothing_is_taken_twice_and_no_outcome_lies(
    twenty: tuple[Sandbox, Access], schedule: list[Fault], seed: int, stop_after: int
) -> None:
    sandbox, login = twenty
    sandbox.reset()
    sandbox.faults.set(*schedule, seed=seed)
    endings = delivered(login, SUBMISSIONS, stop_after=stop_after)

    assert len(endings) == len(SUBMISSIONS)
    assert read_before_each_repeat(sandbox.journal.entries)
    for planned, ending in zip(SUBMISSIONS, endings, strict=True):
        applied = sandbox.session(planned.keycode).applied
        assert applied in ((), (meant(planned),))
        assert ending.attempts == len(sandbox.journal.posts(planned.keycode))
        if ending.outcome is Outcome.ACCEPTED:
            assert applied
        if ending.outcome in {Outcome.FAILED, Outcome.REFUSED}:
            assert not applied
    bodies = {(entry.keycode, entry.body) for entry in sandbox.journal.posts()}
    assert len(bodies) == len({keycode for keycode, _ in bodies})  # never two contents


@settings(max_examples=3, deadline=None, derandomize=True)
@given(seed=st.integers(0, 1000))
def test_where_surpass_is_fickle_enough_tries_bring_everything_in(
    twenty: tuple[Sandbox, Access], seed: int
) -> None:
    sandbox, login = twenty
    sandbox.reset()
    sandbox.faults.set(
        *(Fault(kind, probability=0.1) for kind in SUDDEN if kind is not FaultKind.ERROR_IN_200),
        seed=seed,
    )
    good = [
        planned for planned in SUBMISSIONS if sandbox.session(planned.keycode).questions == PAPER
    ]
    good = [planned for planned in good if planned.keycode not in {"PAPER012", "PAPER013"}]
    endings = delivered(access(login.url, max_attempts=50, retry_wait=0), good)
    assert {ending.outcome for ending in endings} == {Outcome.ACCEPTED}


def test_what_is_sent_is_byte_for_byte_what_was_meant(sandbox: Sandbox, login: Access) -> None:
    delivered(login, [submission(Kind.MARKS)])
    (post,) = sandbox.journal.posts()
    assert json.loads(post.body) == [
        {"questionNumber": "1", "mark": 5},
        {"questionNumber": "2", "mark": 0},
        {"questionNumber": "3", "mark": None},
    ]
    assert (post.path, post.query) == (
        f"/api/v2/TestSession/{TOLD}/ItemMarks/",
        "completionDate=2025-06-02T09:30:00",
    )


def test_what_waits_for_its_turn_when_the_run_is_stopped_is_not_sent(
    sandbox: Sandbox, login: Access
) -> None:
    breaker = CircuitBreaker(8, stop_after=1000)

    @asynccontextmanager
    async def turn() -> AsyncIterator[None]:
        breaker.stop(Interrupted("it was interrupted"))
        yield

    async def sending() -> list[Ending]:
        async with Surpass(login, plain_wire(), pace=turn) as surpass:
            return await send([submission(Kind.MARKS)], surpass, breaker)

    (ending,) = asyncio.run(sending())
    assert ending.outcome is Outcome.FAILED
    assert ending.reason == "not sent: the run was stopped: it was interrupted"
    assert ending.attempts == 0
    assert not sandbox.journal.posts()

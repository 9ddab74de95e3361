"""Any history: processes that claim, send, lose answers and die at any point, against a model.

Surpass is a dictionary here. The ledger and the settling are the real ones.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from pipeline.deliver.context import RunContext
from pipeline.deliver.readback import outcome_of
from pipeline.deliver.recover import recover
from pipeline.errors import AnswerLost, ClaimLost
from pipeline.ledger import Attempt, Ledger, State
from pipeline.ledger.tables import sessions
from pipeline.model import Ending, Run, Submission
from pipeline.submissions import digest
from pipeline.surpass import Session, Surpass, replies
from pipeline.surpass.circuit_breaker import CircuitBreaker
from pipeline.surpass.clock import SurpassClock
from schemas.words import Outcome
from tests.ledger.records import attempt, begin, behind, die, everything, keycode, opened, paper

_NUMBERS = (1, 2, 3)
_CODES = [keycode(number) for number in _NUMBERS]
_OURS, _THEIRS = (1, 2), 9  # the marks in our files, and the one that a person keys


@dataclass
class Papers:
    """Surpass: what each session holds, and how often we posted to one that we had filled."""

    content: dict[str, Submission] = field(default_factory=dict)
    filled_by_us: set[str] = field(default_factory=set)
    posted_in_vain: int = 0
    clock: SurpassClock = field(default_factory=SurpassClock)
    gives_up_after_s: float = 0.0  # it answers at once

    def post(self, submission: Submission) -> bool:
        """Whether it is taken: only the first is."""
        code = submission.keycode
        self.posted_in_vain += code in self.filled_by_us
        if code in self.content:
            return False
        self.content[code] = submission
        self.filled_by_us.add(code)
        return True

    async def session(self, code: str) -> Session:
        """As the client reads it."""
        filled = self.content.get(code)
        items = filled.marks if filled else (("1", None), ("2", None))
        listed = [{"displayNumber": question, "mark": mark or 0.0} for question, mark in items]
        state = "Marked" if filled else "PaperResponseUpload"
        reply = {"reference": code, "testState": state, "sections": [{"items": listed}]}
        found = replies.session({"response": [reply]})
        assert found is not None
        return found


@dataclass(eq=False)
class Process:
    """One of our runs: its ledger, what it means to send, and what it is in the middle of."""

    ledger: Ledger
    run: Run
    meant: dict[str, Submission]
    sent: dict[str, list[Attempt]] = field(default_factory=dict)  # of the sessions that it holds
    answers: dict[str, str] = field(default_factory=dict)
    alive: bool = True


_MARKS = st.tuples(*[st.sampled_from(_OURS)] * len(_NUMBERS))


class History(RuleBasedStateMachine):
    """The model: who holds what, and what the ledger must say of each session."""

    processes = Bundle("processes")

    def __init__(self) -> None:
        super().__init__()
        self._folder = TemporaryDirectory()
        file = Path(self._folder.name) / "ledger.sqlite"
        file.write_bytes(_blank())
        self.url = f"sqlite:///{file}"
        self.papers = Papers()
        self.started: list[Process] = []
        self.holder: dict[str, Process] = {}
        self.state = dict.fromkeys(_CODES, State.OPEN)

    def teardown(self) -> None:
        for process in self.started:
            if process.alive:
                process.ledger.__exit__()
            process.ledger._engine.dispose()
        self._folder.cleanup()

    # --- what processes do

    @initialize(target=processes, marks=_MARKS)
    def first(self, marks: tuple[int, ...]) -> Process:
        return self._started(marks)

    @precondition(lambda self: sum(process.alive for process in self.started) < 3)
    @rule(target=processes, marks=_MARKS)
    def start(self, marks: tuple[int, ...]) -> Process:
        return self._started(marks)

    def _started(self, marks: tuple[int, ...]) -> Process:
        meant = [paper(number, mark) for number, mark in zip(_NUMBERS, marks, strict=True)]
        ledger = opened(self.url).__enter__()
        run = begin(ledger, meant, number=len(self.started))
        process = Process(ledger, run, {submission.keycode: submission for submission in meant})
        self.started.append(process)
        return process

    @rule(
        process=processes,
        code=st.sampled_from(_CODES),
        steps=st.integers(1, 4),
        fate=st.sampled_from(["answered", "lost before", "lost after"]),
        readable=st.booleans(),
    )
    def go_on(self, process: Process, code: str, steps: int, fate: str, readable: bool) -> None:
        """So many steps on the way of this submission, from wherever it is."""
        for _ in range(steps):
            answer = process.answers.get(code)
            if self.holder.get(code) is not process:
                self._claim(process, code)
                if self.holder.get(code) is not process:
                    return
            elif answer is None:
                self._intend(process, code)
            elif answer == "on its way":
                self._post(process, code, fate)
            elif answer == "lost" and readable and code not in self.papers.content:
                self._intend(process, code)  # read before it is repeated
                self._post(process, code, fate)
            else:
                self._end(process, code, readable)

    def _claim(self, process: Process, code: str) -> None:
        got = process.ledger.claim([code])
        if code in self.holder:
            assert got == {}, "claimed by two that live"
            return
        assert got[code].state is self.state[code]
        if got[code].state is State.OPEN:
            self.holder[code] = process
            process.sent[code] = []
        else:
            process.ledger.let_go([code])  # as delivery does: that is for settling

    def _intend(self, process: Process, code: str) -> None:
        sent = process.sent[code]
        sent.append(attempt(len(sent) + 1))
        process.ledger.intend(process.run, process.meant[code], sent[-1])
        process.answers[code] = "on its way"
        self.state[code] = State.IN_DOUBT

    def _post(self, process: Process, code: str, fate: str) -> None:
        taken = fate != "lost before" and self.papers.post(process.meant[code])
        process.answers[code] = ("taken" if taken else "refused") if fate == "answered" else "lost"

    def _end(self, process: Process, code: str, readable: bool) -> None:
        """As delivery ends a submission: by reading the session, where it can be read."""
        answer = process.answers.pop(code)
        lost = AnswerLost("lost") if answer == "lost" else None
        if answer == "refused":
            outcome = Outcome.REFUSED
        elif readable:
            session = asyncio.run(self.papers.session(code))
            verdict = outcome_of(process.meant[code], session, lost)
            outcome = (
                verdict.outcome if verdict else Outcome.IN_DOUBT if lost else Outcome.UNCONFIRMED
            )
        else:
            outcome = Outcome.IN_DOUBT if lost else Outcome.UNCONFIRMED
        tried = process.sent.pop(code)
        ending = Ending(process.meant[code].number, outcome, answer, 1, len(tried))
        process.ledger.settle(process.run.id, ending, code, tried)
        self.state[code] = _LEAVES[outcome]
        del self.holder[code]

    @rule(process=processes, code=st.sampled_from(_CODES))
    def intend_what_it_does_not_hold(self, process: Process, code: str) -> None:
        if self.holder.get(code) is process:
            return
        before = everything(self.url)
        with pytest.raises(ClaimLost):
            process.ledger.intend(process.run, process.meant[code], attempt())
        assert everything(self.url) == before

    @rule(process=processes)
    def settle_what_is_left(self, process: Process) -> None:
        left = [
            code
            for code in _CODES
            if self.state[code] in (State.IN_DOUBT, State.UNCONFIRMED)
            and self.holder.get(code) in (None, process)
        ]
        if any(self.holder.get(code) is process for code in left):
            return  # a run settles before it sends
        before = dict(self.state)
        papers = cast(Surpass, self.papers)
        context = RunContext(papers, process.ledger, CircuitBreaker(1, 100), quiet_period=0)
        count = len(asyncio.run(recover(context)))
        assert count == sum(
            before[code] is State.IN_DOUBT or self.papers.content.get(code) is not None
            for code in left
        )
        for code in left:
            filled = self.papers.content.get(code)
            if filled is None:
                self.state[code] = (
                    State.OPEN if before[code] is State.IN_DOUBT else State.UNCONFIRMED
                )
            else:
                sent = process.ledger.meant(process.ledger.known([code])[code])
                self.state[code] = State.ACCEPTED if filled == sent else State.UNCONFIRMED

    @rule(process=consumes(processes), killed=st.booleans())
    def go(self, process: Process, killed: bool) -> None:
        process.alive = False
        if killed:
            die(process.ledger, self.url)
        else:
            process.ledger.__exit__()
        self.holder = {
            code: process_of_code
            for code, process_of_code in self.holder.items()
            if process_of_code is not process
        }

    # --- what a person does

    @precondition(lambda self: len(self.papers.content) < len(_CODES))
    @rule(number=st.sampled_from(_NUMBERS))
    def key_in_surpass(self, number: int) -> None:
        self.papers.content.setdefault(keycode(number), paper(number, _THEIRS))

    # --- what must hold at any time

    @invariant()
    def nothing_is_posted_where_ours_is_already(self) -> None:
        assert self.papers.posted_in_vain == 0

    @invariant()
    def the_ledger_says_what_is_so(self) -> None:
        tokens = {code: process.ledger._lease.token for code, process in self.holder.items()}
        gone = {process.ledger._lease.token for process in self.started if not process.alive}
        with behind(self.url) as connection:
            rows = {row.keycode: row for row in connection.execute(sessions.select())}
        for code, row in rows.items():
            assert row.state == self.state[code]
            assert (None if row.owner in gone else row.owner) == tokens.get(code)
            if row.state == State.ACCEPTED:
                assert code in self.papers.filled_by_us
                assert row.digest == digest(self.papers.content[code])
            if row.state == State.OPEN:
                assert code not in self.papers.filled_by_us


_LEAVES = {
    Outcome.ACCEPTED: State.ACCEPTED,
    Outcome.UNCONFIRMED: State.UNCONFIRMED,
    Outcome.IN_DOUBT: State.IN_DOUBT,
    Outcome.FAILED: State.IN_DOUBT,  # it was sent, and may yet be taken
    Outcome.REFUSED: State.OPEN,
}


@cache
def _blank() -> bytes:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "ledger.sqlite"
        with opened(f"sqlite:///{file}"):
            pass
        return file.read_bytes()


_QUICK = settings(
    max_examples=10,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)


def test_any_history() -> None:
    run_state_machine_as_test(History, settings=_QUICK)


@pytest.mark.long
def test_any_long_history() -> None:
    longer = settings(_QUICK, max_examples=500, stateful_step_count=60)
    run_state_machine_as_test(History, settings=longer)

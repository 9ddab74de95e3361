"""The sandbox itself: its sessions, options, faults and journal. No HTTP here."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial

from pipeline.sandbox import rules
from pipeline.sandbox.content import read_marks, read_responses, read_state_change
from pipeline.sandbox.errors import ErrorNumber, Problem, RefusedError
from pipeline.sandbox.faults import Fault, FaultKind, Faults
from pipeline.sandbox.filters import Filter
from pipeline.sandbox.journal import Journal
from pipeline.sandbox.options import SandboxOptions
from pipeline.sandbox.sessions import Application, Linked, SandboxSession, StateChange
from schemas.states import TestState

Steps = tuple[Callable[[SandboxSession], SandboxSession], ...]

_FIRST_ID = 100_001  # ids are told from keycodes by having fewer than eight characters


@dataclass(frozen=True, slots=True)
class Arrival:
    """A request as it came in: its number in the journal, and the fault that it meets."""

    number: int
    fault: Fault | None = None


class Sandbox:
    """Test sessions that change as Surpass's would. One writer at a time, any number of readers."""

    def __init__(
        self, sessions: Iterable[SandboxSession] = (), options: SandboxOptions | None = None
    ) -> None:
        """Hold these sessions, in this order; ValueError when a keycode comes twice."""
        self.options = self._initial_options = options or SandboxOptions()
        self.faults = Faults()
        self.journal = Journal()
        self._lock = threading.RLock()
        self._ids: dict[tuple[str, str], int] = {}
        self._initial = [
            self._numbered(session, number) for number, session in enumerate(sessions, _FIRST_ID)
        ]
        self._place: dict[str, int] = {}  # by keycode and by id
        for index, session in enumerate(self._initial):
            for key in (session.keycode, str(session.id)):
                if self._place.setdefault(key, index) != index:
                    raise ValueError(f"two sessions answer to {key}")
        self._sessions = list(self._initial)
        self._found: dict[Filter, list[SandboxSession]] = {}
        self._late: dict[int, tuple[str, Steps]] = {}  # by the number of the POST

    def __len__(self) -> int:
        """How many sessions there are."""
        return len(self._sessions)

    @property
    def sessions(self) -> Sequence[SandboxSession]:
        """All sessions as they are now, by id."""
        return tuple(self._sessions)

    def session(self, key: str) -> SandboxSession:
        """What there is under this keycode or id, results too; a refusal when there is nothing."""
        index = self._place.get(key)
        if index is None:
            problem = Problem(ErrorNumber.UNKNOWN_SESSION, "There is no such session.")
            raise RefusedError(problem, status=self.options.unknown_status)
        return self._sessions[index]

    def test_session(self, key: str) -> SandboxSession:
        """The same as the API has it: what has become a result is refused."""
        session = self.session(key)
        if session.is_result:
            problem = Problem(ErrorNumber.IS_A_RESULT, "This is a test session no longer.")
            raise RefusedError(problem, status=self.options.result_gone_status)
        return session

    def by_keycode(self, keycode: str) -> SandboxSession:
        """As `test_session`, for the calls that are documented for keycodes only."""
        session = self.test_session(keycode)
        if session.keycode != keycode:
            problem = Problem(ErrorNumber.UNKNOWN_SESSION, "This call needs a keycode.")
            raise RefusedError(problem, status=self.options.unknown_status)
        return session

    def result(self, key: str) -> SandboxSession:
        """What has become a result, by keycode or id; a refusal for everything else."""
        index = self._place.get(key)
        if index is None or not self._sessions[index].is_result:
            problem = Problem(ErrorNumber.UNKNOWN_RESULT, "There is no such result.")
            raise RefusedError(problem, status=self.options.unknown_status)
        return self._sessions[index]

    def with_test_form(self, key: str) -> SandboxSession:
        """The first session with this test form, by its reference or id; it tells what is in it."""
        for session in self._sessions:
            if key in (session.test_form.reference, str(session.test_form.id)):
                return session
        problem = Problem(ErrorNumber.UNKNOWN_TEST_FORM, "There is no such test form.")
        raise RefusedError(problem, status=self.options.unknown_status)

    def keycode(self, key: str) -> str | None:
        """The keycode that belongs to an id or keycode; None when unknown."""
        index = self._place.get(key)
        return None if index is None else self._sessions[index].keycode

    def select(
        self, condition: Filter, skip: int, top: int
    ) -> tuple[Sequence[SandboxSession], int]:
        """One page of the sessions that match, and how many match in all."""
        with self._lock:
            # Walking all pages would otherwise look at every session once for each page.
            if condition not in self._found:
                self._found[condition] = [
                    session
                    for session in self._sessions
                    if not session.is_result and condition.matches(session)
                ]
            matching = self._found[condition]
            return matching[skip : skip + top], len(matching)

    def take_marks(
        self, keycode: str, body: object, completed: datetime, arrival: Arrival | None = None
    ) -> SandboxSession:
        """POST ItemMarks: all marks of the body, or none; a fault may have it otherwise."""
        with self._lock:
            session = self.by_keycode(keycode)
            rules.require_open(session)
            marks = read_marks(self._questions(session), body)
            application = Application("marks", marks, completed)
            return self._take(session, application, self.options.state_after_marks, arrival)

    def take_responses(
        self, keycode: str, body: object, completed: datetime | None, arrival: Arrival | None = None
    ) -> SandboxSession:
        """POST ItemResponses: all responses of the body, or none; a fault may have it otherwise."""
        with self._lock:
            session = self.by_keycode(keycode)
            rules.require_open(session)
            responses = read_responses(self._questions(session), body)
            application = Application("responses", responses, completed)
            return self._take(session, application, self.options.state_after_responses, arrival)

    def settle_late(self, number: int | None = None) -> None:
        """Do now what is still to come of late POSTs: of the one with this number, or of all.

        Nothing is checked again: a session that was posted to once more meanwhile has two
        applications then.
        """
        with self._lock:
            for late in sorted(self._late) if number is None else [number]:
                if late in self._late:  # not so after a `settle_late` or `reset` in between
                    keycode, steps = self._late.pop(late)
                    self._do(self.session(keycode), steps, Arrival(late))

    def change_state(self, key: str, body: object) -> SandboxSession:
        """PUT: change the state as the body asks."""
        with self._lock:
            session = rules.change_state(self.test_session(key), *read_state_change(body))
            if session.state is TestState.VOIDED and self.options.becomes_result:
                session = replace(session, is_result=True)
            return self._keep(session)

    def reset_session(self, keycode: str, current_form: str, updated_form: str) -> SandboxSession:
        """PATCH: back to state 1, on another test form."""
        with self._lock:
            updated = self._linked("testForm", Linked(updated_form))
            return self._keep(rules.reset(self.by_keycode(keycode), current_form, updated))

    def submit_marked_exam(self, key: str) -> SandboxSession:
        """PUT SubmitMarkedExam."""
        with self._lock:
            return self._keep(rules.submit_marked_exam(self.test_session(key)))

    def put_in_state(self, keycode: str, state: TestState) -> SandboxSession:
        """What somebody does in Surpass behind the client's back: no rule applies."""
        with self._lock:
            return self._keep(replace(self.session(keycode), state=state))

    def become_result(self, keycode: str) -> SandboxSession:
        """What Surpass does once somebody has released it: a test session no longer."""
        with self._lock:
            return self._keep(replace(self.session(keycode), is_result=True))

    def switch(self, switches: Mapping[str, object]) -> None:
        """Set some of the options anew, by name. ValueError names what is wrong with them."""
        with self._lock:
            self.options = self.options.switched(switches)

    def reset(self) -> None:
        """Everything as it was at first: sessions, options, an empty journal, no faults."""
        with self._lock:
            self.options = self._initial_options
            self._sessions = list(self._initial)
            self._found.clear()
            self._late.clear()
        self.journal.clear()
        self.faults.clear()

    def _take(
        self,
        session: SandboxSession,
        application: Application,
        state_after: TestState,
        arrival: Arrival | None,
    ) -> SandboxSession:
        """What a POST whose content was found good does, at once and late, as its fault has it."""
        store = partial(rules.store, application=application)
        half = partial(rules.store, application=rules.first_half(application))
        move = partial(
            rules.move_on, state_after=state_after, becomes_result=self.options.becomes_result
        )
        arrival = arrival or Arrival(0)  # a number that no request has
        by_fault: dict[FaultKind, tuple[Steps, Steps]] = {
            FaultKind.STORED_LATE: ((), (store, move)),
            FaultKind.STORED_LATE_CUT: ((), (store, move)),
            FaultKind.STATE_LATER: ((store,), (move,)),
            FaultKind.STATE_STAYS: ((store,), ()),
            FaultKind.NOT_STORED: ((), ()),
            FaultKind.NOT_STORED_MOVED: ((move,), ()),
            FaultKind.STORED_IN_PART: ((half, move), ()),
        }
        now: Steps = (store, move)
        late: Steps = ()
        if arrival.fault:
            now, late = by_fault.get(arrival.fault.kind, (now, late))
        if late:
            self._late[arrival.number] = (session.keycode, late)
        return self._do(session, now, arrival)

    def _do(self, session: SandboxSession, steps: Steps, arrival: Arrival) -> SandboxSession:
        before = len(session.applied)
        for step in steps:
            session = step(session)
        if len(session.applied) > before:
            self.journal.note_applied(arrival.number)
        return self._keep(session)

    def _questions(self, session: SandboxSession) -> dict[str, int]:
        return session.posted_questions(restart=self.options.numbers_restart)

    def _keep(self, session: SandboxSession) -> SandboxSession:
        index = self._place[session.keycode]
        if session.state is not self._sessions[index].state:
            change = StateChange(session.state, datetime.now(UTC).replace(tzinfo=None))
            session = replace(session, changes=(*session.changes, change))
        self._sessions[index] = session
        self._found.clear()
        return session

    def _numbered(self, session: SandboxSession, number: int) -> SandboxSession:
        return replace(
            session,
            id=number,
            candidate=self._linked("candidate", session.candidate),
            centre=self._linked("centre", session.centre),
            test=self._linked("test", session.test),
            test_form=self._linked("testForm", session.test_form),
        )

    def _linked(self, kind: str, linked: Linked) -> Linked:
        number = self._ids.setdefault((kind, linked.reference), len(self._ids) + 1)
        return Linked(linked.reference, number)

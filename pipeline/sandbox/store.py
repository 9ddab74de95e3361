"""The sandbox itself: its sessions, settings, faults and journal. No HTTP here."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from pipeline.sandbox import rules
from pipeline.sandbox.content import read_marks, read_responses, read_state_change
from pipeline.sandbox.errors import ErrorNumber, Problem, RefusedError
from pipeline.sandbox.faults import Faults
from pipeline.sandbox.filters import Filter
from pipeline.sandbox.journal import Journal
from pipeline.sandbox.sessions import Linked, SandboxSession
from schemas.states import TestState

_FIRST_ID = 100_001  # ids are told from keycodes by having fewer than eight characters


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxOptions:
    """What can be set about a sandbox; every guess about Surpass that matters is here."""

    username: str = "sandbox"
    password: str = "sandbox"  # noqa: S105 - it guards made-up data only
    forbidden_username: str | None = None  # signs in, but may do nothing: 403
    forbidden_password: str = ""
    server_time_zone: str = "Europe/London"
    max_top: int = 40
    default_top: int = 40
    state_after_marks: TestState = TestState.MARKED
    state_after_responses: TestState = TestState.MARKED
    errors_in_200: bool = False  # refusals by a rule of the resource come with status 200
    reference_is_keycode: bool = True  # in lists; otherwise `reference` is something else
    admin_from_anywhere: bool = False  # else /sandbox/... and the page answer this machine only


class Sandbox:
    """Test sessions that change as Surpass's would. One writer at a time, any number of readers."""

    def __init__(
        self, sessions: Iterable[SandboxSession] = (), options: SandboxOptions | None = None
    ) -> None:
        """Hold these sessions, in this order; ValueError when a keycode comes twice."""
        self.options = options or SandboxOptions()
        self.faults = Faults()
        self.journal = Journal()
        self._lock = threading.RLock()
        self._ids: dict[tuple[str, str], int] = {}
        self._initial = [
            self._numbered(session, number) for number, session in enumerate(sessions, _FIRST_ID)
        ]
        self._place: dict[str, int] = {}  # by keycode and by id
        for place, session in enumerate(self._initial):
            for key in (session.keycode, str(session.id)):
                if self._place.setdefault(key, place) != place:
                    raise ValueError(f"two sessions answer to {key}")
        self._sessions = list(self._initial)
        self._found: dict[Filter, list[SandboxSession]] = {}

    def __len__(self) -> int:
        """How many sessions there are."""
        return len(self._sessions)

    @property
    def sessions(self) -> Sequence[SandboxSession]:
        """All sessions as they are now, by id."""
        return tuple(self._sessions)

    def session(self, key: str) -> SandboxSession:
        """The session with this keycode or id; a 404 refusal when there is none."""
        place = self._place.get(key)
        if place is None:
            problem = Problem(ErrorNumber.UNKNOWN_SESSION, "There is no such session.")
            raise RefusedError(problem, status=404)
        return self._sessions[place]

    def by_keycode(self, keycode: str) -> SandboxSession:
        """As `session`, for the calls that are documented for keycodes only."""
        session = self.session(keycode)
        if session.keycode != keycode:
            raise RefusedError(
                Problem(ErrorNumber.UNKNOWN_SESSION, "This call needs a keycode."), status=404
            )
        return session

    def keycode(self, key: str) -> str | None:
        """The keycode that belongs to an id or keycode; None when unknown."""
        place = self._place.get(key)
        return None if place is None else self._sessions[place].keycode

    def select(self, wanted: Filter, skip: int, top: int) -> tuple[Sequence[SandboxSession], int]:
        """One page of the sessions that match, and how many match in all."""
        with self._lock:
            found = self._sessions
            if wanted.clauses:
                # Walking all pages would otherwise look at every session once for each page.
                if wanted not in self._found:
                    self._found[wanted] = [one for one in found if wanted.matches(one)]
                found = self._found[wanted]
            return found[skip : skip + top], len(found)

    def take_marks(self, keycode: str, body: object, completed: datetime) -> SandboxSession:
        """POST ItemMarks: all marks of the body, or none."""
        with self._lock:
            session = self.by_keycode(keycode)
            rules.require_open(session)
            marks = read_marks(session, body)
            after = self.options.state_after_marks
            return self._keep(rules.take_marks(session, marks, completed, after))

    def take_responses(
        self, keycode: str, body: object, completed: datetime | None
    ) -> SandboxSession:
        """POST ItemResponses: all responses of the body, or none."""
        with self._lock:
            session = self.by_keycode(keycode)
            rules.require_open(session)
            responses = read_responses(session, body)
            after = self.options.state_after_responses
            return self._keep(rules.take_responses(session, responses, completed, after))

    def change_state(self, key: str, body: object) -> SandboxSession:
        """PUT: change the state as the body asks."""
        with self._lock:
            return self._keep(rules.change_state(self.session(key), *read_state_change(body)))

    def reset_session(self, keycode: str, current_form: str, updated_form: str) -> SandboxSession:
        """PATCH: back to state 1, on another test form."""
        with self._lock:
            updated = self._linked("testForm", Linked(updated_form))
            return self._keep(rules.reset(self.by_keycode(keycode), current_form, updated))

    def submit_marked_exam(self, key: str) -> SandboxSession:
        """PUT SubmitMarkedExam."""
        with self._lock:
            return self._keep(rules.submit_marked_exam(self.session(key)))

    def put_in_state(self, keycode: str, state: TestState) -> SandboxSession:
        """What somebody does in Surpass behind the client's back: no rule applies."""
        with self._lock:
            return self._keep(replace(self.session(keycode), state=state))

    def reset(self) -> None:
        """Everything as it was at first: sessions, an empty journal, no faults."""
        with self._lock:
            self._sessions = list(self._initial)
            self._found.clear()
        self.journal.clear()
        self.faults.clear()

    def _keep(self, session: SandboxSession) -> SandboxSession:
        self._sessions[self._place[session.keycode]] = session
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

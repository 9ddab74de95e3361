"""Surpass, as simple as can be: sessions that wait for marks, and when each mark was stored.

It shares no code with the sandbox or the client. Time is what it is told.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

OPEN = "PaperResponseUpload"
QUESTIONS = {"1": 10, "2": 10}
Marks = dict[str, int | None]
Reply = tuple[int, bytes]


@dataclass
class Session:
    """One session: what is stored in it, and what is still on its way there."""

    keycode: str
    state: str = OPEN
    stored: list[Marks] = field(default_factory=list)
    under_way: list[tuple[float, Marks]] = field(default_factory=list)  # and when it is stored


@dataclass
class SurpassModel:
    """All sessions; ``becomes_result``: once its marks are in, a session is one no more."""

    sessions: dict[str, Session]
    becomes_result: bool = False
    blind: list[str] = field(default_factory=list)  # POSTs that ought never have been sent

    @classmethod
    def waiting(cls, keycodes: Iterable[str], *, becomes_result: bool = False) -> SurpassModel:
        """With sessions that wait for marks."""
        return cls({keycode: Session(keycode) for keycode in keycodes}, becomes_result)

    def at(self, now: float) -> None:
        """Store what is due by now."""
        for session in self.sessions.values():
            for due, marks in sorted(session.under_way, key=lambda one: one[0]):
                if due <= now:
                    session.under_way.remove((due, marks))
                    self._store(session, marks)

    def arrives(self, keycode: str) -> None:
        """A POST of the client comes in: nothing may be there, or on its way."""
        session = self.sessions[keycode]
        if session.stored or session.under_way:
            self.blind.append(keycode)

    def post_later(self, keycode: str, body: bytes, due: float) -> None:
        """Store it at that time, whatever the client is told."""
        self.sessions[keycode].under_way.append((due, _marks(body)))

    def post(self, keycode: str, body: bytes) -> Reply:
        """Store it now, if the session still waits."""
        session, marks = self.sessions[keycode], _marks(body)
        if session.state != OPEN or marks.keys() != QUESTIONS.keys():
            errors = [{"ErrorCode": 61, "Message": "The test session is not in a valid state."}]
            return 400, _body({"id": None, "errors": errors})
        self._store(session, marks)
        return 200, _body({"id": 1, "reference": keycode, "href": "x", "errors": None})

    def read(self, keycode: str, *, result: bool) -> Reply:
        """The session, or the result that it has become."""
        session = self.sessions[keycode]
        is_result = self.becomes_result and session.state != OPEN
        if result != is_result:
            return 404, _body({"errors": [{"ErrorCode": 60, "Message": "There is none."}]})
        last: Mapping[str, int | None] = session.stored[-1] if session.stored else {}
        items = [
            {
                "displayNumber": question,
                "type": "Question",
                "availableMarks": maximum,
                "mark": float(last.get(question) or 0),
                "awardedMark": float(last.get(question) or 0),
            }
            for question, maximum in QUESTIONS.items()
        ]
        element = {"id": 1, "reference": keycode, "sections": [{"name": "A", "items": items}]}
        if not result:
            element |= {"keycode": keycode, "testState": session.state}
        return 200, _body({"response": [element], "errors": None, "serverTimeZone": "UTC"})

    def _store(self, session: Session, marks: Marks) -> None:
        if session.state == OPEN:
            session.stored.append(marks)
            session.state = "Marked"


def called(url: str) -> tuple[str, str]:
    """What an address names: TestSession or Result, and whose."""
    parts = unquote(urlsplit(url).path).split("/")
    at = next(n for n, part in enumerate(parts) if part in ("TestSession", "Result"))
    return parts[at], parts[at + 1]


def _marks(body: bytes) -> Marks:
    return {part["questionNumber"]: part["mark"] for part in json.loads(body)}


def _body(content: object) -> bytes:
    return json.dumps(content).encode()

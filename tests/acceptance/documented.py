"""What each call of Surpass answers, as its contracts describe it.

It shares no line with the sandbox and was written from the description alone, so that a
misunderstanding of ours in both is found out. Standard library only.

Worked example: ``Session("GOOD0001", "00042")`` waits for its marks. ``GET
/api/v2/TestSession/GOOD0001`` answers with the session in an envelope, the first POST to
``/api/v2/TestSession/GOOD0001/ItemMarks/`` stores the marks, and ``service.stored("GOOD0001")`` has
one element then: the marks as they were posted.

What no public source settles is a switch of ``Shape``. The error numbers are made up.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tests.acceptance.answers import API, Documents
from tests.acceptance.model import OPEN, Content, Paper, PostFault, Session, Shape, number_of
from tests.acceptance.request import RefusedError, attributes, check_date, content_of, filters


@dataclass(frozen=True, kw_only=True)
class Post:
    """One POST as it came."""

    keycode: str
    call: str
    query: Mapping[str, str]
    body: object
    at: float  # on the monotonic clock, seconds


@dataclass(frozen=True)
class Reply:
    """A status and a body: JSON where it is no text; ``cut`` closes the connection instead."""

    status: int
    body: object = None
    cut: bool = False


@dataclass(frozen=True)
class _Late:
    due: float  # on the monotonic clock, seconds
    session: Session
    content: Content | None  # None: it is stored, and only the state is late


class Service:
    """Sessions, results, and a record of all that came. Safe for many threads."""

    def __init__(
        self,
        sessions: Iterable[Session],
        shape: Shape | None = None,
        *,
        faults: Mapping[str, PostFault] | None = None,
        late_s: float = 0.3,
        zone: str = "GMT Standard Time",
    ) -> None:
        self.shape = shape or Shape()
        self.faults = dict(faults or {})  # one is used up by the first POST of its keycode
        self.late_s = late_s
        self.zone = zone
        self.url = ""
        self.posts: list[Post] = []
        self.requests: list[tuple[str, str]] = []
        self._lock = threading.RLock()
        self._late: list[_Late] = []
        self._sessions: dict[str, Session] = {}
        for number, session in enumerate(sessions, start=1001):
            session.id = number
            session.candidate = session.candidate or f"CAND-{number}"
            self._sessions[session.keycode] = session

    # What the tests ask.

    def session(self, keycode: str) -> Session:
        """One session, by its keycode."""
        return self._sessions[keycode]

    def stored(self, keycode: str) -> list[Content]:
        """Each storing for that session, with what was stored."""
        with self._lock:
            return list(self._sessions[keycode].stored)

    def posted(self) -> dict[str, list[tuple[str, object]]]:
        """What was posted for each keycode: (last part of the path, body)."""
        contents: dict[str, list[tuple[str, object]]] = {}
        with self._lock:
            for post in self.posts:
                contents.setdefault(post.keycode, []).append((post.call, post.body))
        return contents

    def record(self, method: str, path: str) -> None:
        """Note a request."""
        with self._lock:
            self.requests.append((method, path))

    def wait_for_late_ones(self) -> None:
        """Until nothing more is going to be stored, or to move."""
        while self._late:
            time.sleep(0.01)
            with self._lock:
                self._catch_up()

    # What the calls answer.

    def answer(self, method: str, path: str, query: Mapping[str, str], body: object) -> Reply:
        """The reply to one request of a user who may ask."""
        try:
            with self._lock:
                self._catch_up()
                if method == "POST":
                    self._note(path, query, body)
                return self._answer(method, path, query, body)
        except RefusedError as refused:
            return self._failure(method, refused)

    def _note(self, path: str, query: Mapping[str, str], body: object) -> None:
        keycode, call, *_ = [*path.split("/")[4:], "", ""]
        self.posts.append(
            Post(keycode=keycode, call=call, query=query, body=body, at=time.monotonic())
        )

    @property
    def _documents(self) -> Documents:
        return Documents(shape=self.shape, url=self.url, zone=self.zone)

    def unauthorised(self) -> Reply:
        """The reply to whom it does not know."""
        return self._failure("GET", RefusedError(401, 90401, "Authorisation was refused."), 401)

    def _failure(self, method: str, refused: RefusedError, status: int | None = None) -> Reply:
        status = status or self.shape.errors_status or refused.status
        if method == "GET":
            return Reply(status, self._documents.envelope([], errors=refused.errors))
        return Reply(status, self._documents.written(None, errors=refused.errors))

    def _answer(self, method: str, path: str, query: Mapping[str, str], body: object) -> Reply:
        documents = self._documents
        match method, path.removeprefix(API).split("/")[1:]:
            case "GET", ["TestSession"]:
                return Reply(200, documents.page(self._matching(query), query))
            case "GET", ["TestSession", key]:
                single = documents.single(self._open(key), query)
                return Reply(200, documents.envelope([single]))
            case "GET", ["Result", key]:
                result = documents.result(self._find(key), query)
                return Reply(200, documents.envelope([result]))
            case "GET", ["TestForm", key]:
                form = documents.test_form(self._paper(key), query)
                return Reply(200, documents.envelope([form]))
            case "POST", ["TestSession", key, "ItemMarks", ""]:
                return self._take(self._find(key), "ItemMarks", "mark", query, body)
            case "POST", ["TestSession", key, "ItemResponses"]:
                return self._take(self._find(key), "ItemResponses", "answer", query, body)
        raise RefusedError(404, 90404, "There is no such call.")

    def _find(self, key: str) -> Session:
        for session in self._sessions.values():
            if key in (session.keycode, str(session.id)):
                return session
        raise RefusedError(self.shape.unknown_status, 90001, "The session does not exist.")

    def _paper(self, key: str) -> Paper:
        for session in self._sessions.values():
            if key in (session.paper.form, str(number_of(session.paper.form))):
                return session.paper
        raise RefusedError(404, 90006, "The test form does not exist.")

    def _matching(self, query: Mapping[str, str]) -> list[Session]:
        wanted = filters(query.get("$filter", ""), self.shape.state_filter)
        return [
            session
            for session in self._sessions.values()
            if not session.is_result
            and all(attributes(session)[name] == value for name, value in wanted)
        ]

    def _open(self, key: str) -> Session:
        session = self._find(key)
        if session.is_result:
            raise RefusedError(self.shape.gone_status, 90002, "The session does not exist.")
        return session

    # Taking marks and responses.

    def _take(
        self, session: Session, call: str, key: str, query: Mapping[str, str], body: object
    ) -> Reply:
        if session.is_result:
            raise RefusedError(self.shape.gone_status, 90002, "The session does not exist.")
        if session.state != OPEN:
            raise RefusedError(400, 90010, "The session does not wait for paper responses.")
        check_date(query.get("completionDate"), wanted=call == "ItemMarks")
        content = content_of(body, key, session.paper.wanted(self.shape))
        written = self._documents.written(session)
        if call == "ItemResponses":
            written["message"] = "The responses were stored."
        return self._carry_out(session, content, Reply(200, written))

    def _carry_out(self, session: Session, content: Content, taken: Reply) -> Reply:
        fault = self.faults.pop(session.keycode, None)
        match fault:
            case None:
                self._store(session, content)
                self._move_on(session)
            case PostFault.STORED_LATE | PostFault.CUT_STORED_LATE:
                self._later(session, content)
            case PostFault.STATE_MOVES_LATER:
                self._store(session, content)
                self._later(session)
            case PostFault.STATE_STAYS_OPEN:
                self._store(session, content)
            case PostFault.NOT_STORED_STATE_MOVES:
                self._move_on(session)
            case PostFault.STORED_IN_PART:
                self._store(session, dict(list(content.items())[: len(content) // 2]))
                self._move_on(session)
            case PostFault.NOT_STORED | PostFault.BAD_GATEWAY:
                pass
        match fault:
            case PostFault.STORED_LATE:
                return Reply(504, "<html><body><h1>504 Gateway Time-out</h1></body></html>")
            case PostFault.CUT_STORED_LATE:
                return Reply(0, cut=True)
            case PostFault.BAD_GATEWAY:
                return Reply(502, "<html><body><h1>502 Bad Gateway</h1></body></html>")
        return taken

    def _store(self, session: Session, content: Content) -> None:
        session.stored.append(content)

    def _move_on(self, session: Session) -> None:
        session.state = session.state_after
        session.is_result = self.shape.becomes_result

    def _later(self, session: Session, content: Content | None = None) -> None:
        self._late.append(_Late(time.monotonic() + self.late_s, session, content))

    def _catch_up(self) -> None:
        """Do what is due by now. By the clock, before each answer: a slow machine is not later."""
        now = time.monotonic()
        due = [late for late in self._late if late.due <= now]
        self._late = [late for late in self._late if late.due > now]
        for late in due:
            # Whatever was stored meanwhile: the first request is still on its way.
            if late.content is not None:
                self._store(late.session, late.content)
            self._move_on(late.session)

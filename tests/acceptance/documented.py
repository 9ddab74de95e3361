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

import datetime as dt
import re
import threading
import time
import zlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import quote

from tests.acceptance.model import (
    OPEN,
    STATES,
    Content,
    Paper,
    Place,
    PostFault,
    Session,
    Shape,
    StateFilter,
)

MOST_A_PAGE = 40
_API = "/api/v2"
_DATE = "%Y-%m-%dT%H:%M:%S"


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


class _RefusedError(Exception):
    def __init__(self, status: int, code: int, message: str) -> None:
        self.status = status
        self.errors = [{"ErrorCode": code, "Message": message}]
        super().__init__(message)


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
        except _RefusedError as refused:
            return self._failure(method, refused)

    def _note(self, path: str, query: Mapping[str, str], body: object) -> None:
        keycode, call, *_ = [*path.split("/")[4:], "", ""]
        self.posts.append(
            Post(keycode=keycode, call=call, query=query, body=body, at=time.monotonic())
        )

    def unauthorised(self) -> Reply:
        """The reply to whom it does not know."""
        return self._failure("GET", _RefusedError(401, 90401, "Authorisation was refused."), 401)

    def _failure(self, method: str, refused: _RefusedError, status: int | None = None) -> Reply:
        status = status or self.shape.errors_status or refused.status
        if method == "GET":
            return Reply(status, self._envelope([], errors=refused.errors))
        return Reply(status, self._written(None, errors=refused.errors))

    def _answer(self, method: str, path: str, query: Mapping[str, str], body: object) -> Reply:
        match method, path.removeprefix(_API).split("/")[1:]:
            case "GET", ["TestSession"]:
                return Reply(200, self._list(query))
            case "GET", ["TestSession", key]:
                return Reply(200, self._envelope([self._single(self._open(key), query)]))
            case "GET", ["Result", key]:
                return Reply(200, self._envelope([self._result(self._find(key), query)]))
            case "GET", ["TestForm", key]:
                return Reply(200, self._envelope([self._test_form(key, query)]))
            case "POST", ["TestSession", key, "ItemMarks", ""]:
                return self._take(self._find(key), "ItemMarks", "mark", query, body)
            case "POST", ["TestSession", key, "ItemResponses"]:
                return self._take(self._find(key), "ItemResponses", "answer", query, body)
        raise _RefusedError(404, 90404, "There is no such call.")

    def _find(self, key: str) -> Session:
        for session in self._sessions.values():
            if key in (session.keycode, str(session.id)):
                return session
        raise _RefusedError(self.shape.unknown_status, 90001, "The session does not exist.")

    def _open(self, key: str) -> Session:
        session = self._find(key)
        if session.is_result:
            raise _RefusedError(self.shape.gone_status, 90002, "The session does not exist.")
        return session

    # Envelopes.

    def _envelope(
        self, response: list[dict[str, object]], errors: object = None, **paging: object
    ) -> dict[str, object]:
        names = ("count", "top", "skip", "pageCount", "nextPageLink", "prevPageLink")
        return {
            **dict.fromkeys(names),
            **paging,
            "response": response,
            "errors": errors,
            "serverTimeZone": self.zone,
        }

    def _written(self, session: Session | None, errors: object = None) -> dict[str, object]:
        known = self._reference(session) if session else dict.fromkeys(("id", "reference", "href"))
        return {**known, "errors": errors, "serverTimeZone": self.zone}

    def _href(self, kind: str, key: object) -> str:
        return f"{self.url}{_API}/{kind}/{key}"

    def _reference(self, session: Session, kind: str = "TestSession") -> dict[str, object]:
        return {
            "id": session.id,
            "reference": session.keycode,
            "href": self._href(kind, session.id),
        }

    # Lists.

    def _list(self, query: Mapping[str, str]) -> dict[str, object]:
        top = min(max(1, _whole(query.get("$top", str(MOST_A_PAGE)))), MOST_A_PAGE)
        skip = _whole(query.get("$skip", "0"))
        wanted = self._filter(query.get("$filter", ""))
        matching = [
            session
            for session in self._sessions.values()
            if not session.is_result
            and all(_attributes(session)[name] == value for name, value in wanted)
        ]
        return self._envelope(
            [self._listed(session, query) for session in matching[skip : skip + top]],
            count=len(matching),
            top=top,
            skip=skip,
            pageCount=-(-len(matching) // top),
            nextPageLink=self._page(query, skip + top) if skip + top < len(matching) else None,
            prevPageLink=self._page(query, max(0, skip - top)) if skip else None,
        )

    def _page(self, query: Mapping[str, str], skip: int) -> str:
        pairs = {**query, "$top": query.get("$top", str(MOST_A_PAGE)), "$skip": str(skip)}
        text = "&".join(f"{name}={quote(value, safe='')}" for name, value in pairs.items())
        return f"{self.url}{_API}/TestSession?{text}"

    def _filter(self, text: str) -> list[tuple[str, str]]:
        return [self._clause(clause) for clause in text.split(" and ")] if text else []

    def _clause(self, clause: str) -> tuple[str, str]:
        match = re.fullmatch(r"(\S+) eq (?:'(.*)'|([^\s']+))", clause)
        if not match or match[1] not in _FILTERS:
            raise _RefusedError(400, 90003, "The filter is not understood.")
        name, value = match[1], match[3] if match[2] is None else match[2]
        if name != "state":
            return name, value
        if self.shape.state_filter is StateFilter.NAME and value in STATES.values():
            return name, value
        if self.shape.state_filter is StateFilter.NUMBER and value.isdecimal():
            return name, STATES.get(int(value), "")
        raise _RefusedError(400, 90004, "The value of the filter is not understood.")

    def _listed(self, session: Session, query: Mapping[str, str]) -> dict[str, object]:
        listed = self._reference(session)
        if _flag(query, "includeAdditionalInfo"):
            listed["candidate"] = self._person("Candidate", session.candidate)
            listed["centre"] = self._person("Centre", session.centre)
            listed["currentExamState"] = session.state
        if _flag(query, "showTest"):
            listed["test"] = self._named("Test", _test_of(session.paper))
        if _flag(query, "showTestForm"):
            listed["testForm"] = self._named("TestForm", session.paper.form)
        if _flag(query, "showMarkingProgress"):
            listed["awaitingMarkingSubmission"] = False
            listed["markingProgressPercent"] = 100 if session.stored else 0
        return listed

    def _person(self, kind: str, reference: str) -> dict[str, object]:
        number = _number_of(reference)
        known: dict[str, object] = {"id": number, "href": self._href(kind, number)}
        return known | ({"reference": reference} if self.shape.lists_with_references else {})

    def _named(self, kind: str, reference: str) -> dict[str, object]:
        number = _number_of(reference)
        return {
            "id": number,
            "reference": reference,
            "name": f"The {reference}",
            "href": self._href(kind, number),
        }

    # One session, one result.

    def _single(self, session: Session, query: Mapping[str, str]) -> dict[str, object]:
        single = {
            **self._reference(session),
            "keycode": session.keycode,
            "testState": session.state,
            "test": self._named("Test", _test_of(session.paper)),
            "centre": self._named("Centre", session.centre),
            "candidate": self._named("Candidate", session.candidate),
            "testForm": self._named("TestForm", session.paper.form),
            "startDate": "02/11/2026",
            "endDate": "13/11/2026",
            "startTime": "0900",
            "endTime": "1700",
            "externalReference": "",
            "files": [],
            "voidReason": None,
        }
        if _flag(query, "returnDownloadData"):
            single["downloads"] = []
        marked = bool(session.stored) or session.state != OPEN
        with_sections = self.shape.sections_before_marks or marked
        if _flag(query, "returnAdditionalInformation") and with_sections:
            single |= self._marked(session)
        return single

    def _result(self, session: Session, query: Mapping[str, str]) -> dict[str, object]:
        if not session.is_result:
            raise _RefusedError(self.shape.unknown_status, 90005, "The result does not exist.")
        return {
            **self._reference(session, "Result"),
            "test": self._named("Test", _test_of(session.paper)),
            "centre": self._named("Centre", session.centre),
            "candidate": self._named("Candidate", session.candidate),
            "testForm": self._named("TestForm", session.paper.form),
            **self._marked(session, answers=_flag(query, "showItemResponses")),
        }

    def _marked(self, session: Session, *, answers: bool = True) -> dict[str, object]:
        content = session.stored[-1] if session.stored else {}
        sections = []
        for at, (section, places) in enumerate(session.paper.places(self.shape), start=1):
            listed = [
                _item(f"{at}{nth:02d}", place, content.get(place.question_number or ""))
                for nth, place in enumerate(places, start=1)
            ]
            if not answers:
                for item in listed:
                    item.pop("candidateResponse", None)
            sections.append(
                {
                    "id": at,
                    "name": section.name,
                    "mark": float(sum(_as_float(item["mark"]) for item in listed)),
                    "availableMarks": sum(item.maximum for item in section.items),
                    "items": listed,
                    "selected": section.selected,
                    "isSurveySection": section.survey,
                    "pass": False,
                    "passMark": 0.0,
                }
            )
        fields: dict[str, object] = {
            "availableMarks": sum(session.paper.wanted(self.shape).values()),
            "sections": sections,
        }
        if session.stored:
            fields["mark"] = sum(_as_float(section["mark"]) for section in sections)
        return fields

    def _test_form(self, key: str, query: Mapping[str, str]) -> dict[str, object]:
        papers = {session.paper.form: session.paper for session in self._sessions.values()}
        form = next((form for form in papers if key in (form, str(_number_of(form)))), "")
        if not form:
            raise _RefusedError(404, 90006, "The test form does not exist.")
        fields = {**self._named("TestForm", form), "requiresModeration": False}
        if _flag(query, "includeItems"):
            fields["sections"] = [
                {
                    "id": at,
                    "name": section.name,
                    "items": [
                        {"id": f"{at}{place:02d}", "surpassId": place, "nonScored": item.non_scored}
                        for place, item in enumerate(section.items, start=1)
                    ],
                }
                for at, section in enumerate(papers[form].sections, start=1)
            ]
        return fields

    # Taking marks and responses.

    def _take(
        self, session: Session, call: str, key: str, query: Mapping[str, str], body: object
    ) -> Reply:
        if session.is_result:
            raise _RefusedError(self.shape.gone_status, 90002, "The session does not exist.")
        if session.state != OPEN:
            raise _RefusedError(400, 90010, "The session does not wait for paper responses.")
        _check_date(query.get("completionDate"), wanted=call == "ItemMarks")
        content = _content(body, key, session.paper.wanted(self.shape))
        written = self._written(session)
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


_FILTERS = {
    *(
        f"{kind}/{key}"
        for kind in ("candidate", "centre", "test", "testForm")
        for key in ("id", "reference")
    ),
    "keycode",
    "state",
}


def _attributes(session: Session) -> dict[str, str]:
    """What a filter may ask of a session."""
    references = {
        "candidate": session.candidate,
        "centre": session.centre,
        "test": _test_of(session.paper),
        "testForm": session.paper.form,
    }
    return {
        "keycode": session.keycode,
        "state": session.state,
        **{f"{kind}/reference": reference for kind, reference in references.items()},
        **{f"{kind}/id": str(_number_of(reference)) for kind, reference in references.items()},
    }


def _test_of(paper: Paper) -> str:
    return paper.form.partition("-")[0]


def _number_of(reference: str) -> int:
    """An id that belongs to that reference, the same each time."""
    return zlib.crc32(reference.encode())


def _flag(query: Mapping[str, str], name: str) -> bool:
    return query.get(name, "").lower() == "true"


def _whole(text: str) -> int:
    if not text.isdecimal():
        raise _RefusedError(400, 90007, "The paging is not understood.")
    return int(text)


def _as_float(value: object) -> float:
    assert isinstance(value, int | float)
    return float(value)


def _item(key: str, place: Place, value: object) -> dict[str, object]:
    """An item as a session lists it; both its marks are numbers, whether or not it has one."""
    item = place.item
    mark = float(value) if isinstance(value, int) else 0.0
    marks = {"mark": mark, "awardedMark": mark}
    marks[item.weighted] *= item.weight
    fields = {
        "id": key,
        "name": f"Item {key}",
        "version": 1,
        "displayNumber": place.display_number,
        "availableMarks": item.maximum,
        **marks,
        "type": item.type,
        "nonScored": item.non_scored,
        "surpassReference": f"item-{key}",
        "marker": "",
        "unit": "",
        "learningOutcome": "",
        "markingType": "Human",
        "itemSetId": 0,
        "markBreakdown": [],
    }
    return fields | ({"candidateResponse": {"Value": value}} if isinstance(value, str) else {})


def _check_date(text: str | None, *, wanted: bool) -> None:
    if text is None and not wanted:
        return
    if text is None or not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", text):
        raise _RefusedError(400, 90011, "The completion date is not understood.")
    try:
        dt.datetime.strptime(text, _DATE)
    except ValueError as error:
        raise _RefusedError(400, 90011, "The completion date is not understood.") from error


def _content(body: object, key: str, wanted: Mapping[str, int]) -> Content:
    """The body as question and value, where it has every question once and nothing else."""
    if not isinstance(body, list):
        raise _RefusedError(400, 90012, "The body must be a list.")
    pairs = [_pair(element, key) for element in body]
    counts = Counter(number for number, _ in pairs)
    if counts != Counter(list(wanted)):
        raise _RefusedError(400, 90013, "The questions are not those of the paper.")
    if key == "mark":
        for number, mark in pairs:
            if mark is not None and not 0 <= _as_float(mark) <= wanted[number]:
                raise _RefusedError(400, 90014, "A mark is not within its range.")
    return dict(pairs)


def _pair(element: object, key: str) -> tuple[str, object]:
    match element:
        case {"questionNumber": str(number), **rest} if set(rest) == {key}:
            value = rest[key]
            whole = isinstance(value, int) and not isinstance(value, bool)
            if value is None or (whole if key == "mark" else isinstance(value, str)):
                return number, value
    raise _RefusedError(400, 90015, "An element of the list is not understood.")

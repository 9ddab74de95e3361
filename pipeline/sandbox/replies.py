"""The bodies of replies, field by field as Surpass writes them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NotRequired, TypedDict

from pipeline.sandbox.errors import Problem
from pipeline.sandbox.sessions import Linked, SandboxSession


class ErrorBody(TypedDict):
    """One error; Pascal case inside the camel-case body, as Surpass has it."""

    ErrorCode: int
    Message: str


class LinkBody(TypedDict):
    """A thing that is pointed to; tests and test forms have a name too."""

    id: int
    reference: str
    href: str
    name: NotRequired[str]


class ItemBody(TypedDict):
    """One question. All of these names are our guess: Surpass's item fields are not published."""

    questionNumber: str
    availableMarks: int
    mark: int | None
    response: str | None


class SectionBody(TypedDict):
    """One section of a paper; the sandbox puts all questions into one. ``name`` is a guess."""

    name: str
    items: list[ItemBody]


class SessionBody(TypedDict):
    """One session: the element of a single reply's ``response``."""

    id: int
    href: str
    keycode: str
    testState: str
    test: LinkBody
    centre: LinkBody
    candidate: LinkBody
    testForm: LinkBody
    startDate: str
    endDate: str
    startTime: str
    endTime: str
    externalReference: str | None
    availableMarks: NotRequired[int]
    mark: NotRequired[float | None]
    sections: NotRequired[list[SectionBody]]


class ListedBody(TypedDict):
    """A session in a list; what is not required comes by flag."""

    id: int
    reference: str
    href: str
    candidate: NotRequired[LinkBody]
    centre: NotRequired[LinkBody]
    currentExamState: NotRequired[str]
    test: NotRequired[LinkBody]
    testForm: NotRequired[LinkBody]
    awaitingMarkingSubmission: NotRequired[bool]
    markingProgressPercent: NotRequired[float]


class ReadBody(TypedDict):
    """The answer to a GET, of a list and of one session alike."""

    count: int | None
    top: int | None
    skip: int | None
    pageCount: int | None
    nextPageLink: str | None
    prevPageLink: str | None
    response: Sequence[SessionBody | ListedBody]
    errors: list[ErrorBody]
    serverTimeZone: str


class ChangeBody(TypedDict):
    """The answer to a POST, PUT or PATCH; ``message`` comes with ItemResponses."""

    id: int | None
    reference: str | None
    href: str | None
    errors: list[ErrorBody]
    serverTimeZone: str
    message: NotRequired[str]


def refusal(method: str, problems: Iterable[Problem], zone: str) -> ReadBody | ChangeBody:
    """The body of a call that was refused: as when it works, with errors and nothing else."""
    errors: list[ErrorBody] = [
        {"ErrorCode": int(problem.number), "Message": problem.message} for problem in problems
    ]
    if method in ("GET", "HEAD"):
        return {**one_reply([], zone), "errors": errors}
    return {"id": None, "reference": None, "href": None, "errors": errors, "serverTimeZone": zone}


def one_reply(response: Sequence[SessionBody], zone: str) -> ReadBody:
    """A reply without pages."""
    return {
        "count": None,
        "top": None,
        "skip": None,
        "pageCount": None,
        "nextPageLink": None,
        "prevPageLink": None,
        "response": response,
        "errors": [],
        "serverTimeZone": zone,
    }


def changed(session: SandboxSession, base: str, zone: str) -> ChangeBody:
    """A change was made."""
    return {
        "id": session.id,
        "reference": session.keycode,
        "href": _href(base, "TestSession", session.id),
        "errors": [],
        "serverTimeZone": zone,
    }


def single(session: SandboxSession, base: str, *, additional: bool) -> SessionBody:
    """One session in full; ``additional`` adds its marks, where it has items at all."""
    body: SessionBody = {
        "id": session.id,
        "href": _href(base, "TestSession", session.id),
        "keycode": session.keycode,
        "testState": session.state.wire,
        "test": _link(base, "Test", session.test, named=True),
        "centre": _link(base, "Centre", session.centre),
        "candidate": _link(base, "Candidate", session.candidate),
        "testForm": _link(base, "TestForm", session.test_form, named=True),
        "startDate": session.scheduled.isoformat(),
        "endDate": session.scheduled.isoformat(),
        "startTime": "09:00:00",
        "endTime": "17:00:00",
        "externalReference": None,
    }
    if additional and session.questions:
        body["availableMarks"] = session.available_marks
        body["mark"] = session.mark
        body["sections"] = [{"name": "Section 1", "items": _items(session)}]
    return body


def listed(
    session: SandboxSession,
    base: str,
    *,
    reference_is_keycode: bool,
    additional: bool,
    progress: bool,
    test: bool,
    test_form: bool,
) -> ListedBody:
    """One session as an element of a list."""
    body: ListedBody = {
        "id": session.id,
        "reference": session.keycode if reference_is_keycode else f"TS-{session.id}",
        "href": _href(base, "TestSession", session.id),
    }
    if additional:
        body["candidate"] = _link(base, "Candidate", session.candidate)
        body["centre"] = _link(base, "Centre", session.centre)
        body["currentExamState"] = session.state.wire
    if test:
        body["test"] = _link(base, "Test", session.test, named=True)
    if test_form:
        body["testForm"] = _link(base, "TestForm", session.test_form, named=True)
    if progress:
        body["awaitingMarkingSubmission"] = session.state.wire == "AwaitingMarking"
        body["markingProgressPercent"] = 100.0 if session.applied else 0.0
    return body


def _items(session: SandboxSession) -> list[ItemBody]:
    return [
        {
            "questionNumber": question,
            "availableMarks": available,
            "mark": session.marks.get(question),
            "response": session.responses.get(question),
        }
        for question, available in session.questions.items()
    ]


def _link(base: str, resource: str, linked: Linked, *, named: bool = False) -> LinkBody:
    body: LinkBody = {
        "id": linked.id,
        "reference": linked.reference,
        "href": _href(base, resource, linked.id),
    }
    if named:
        body["name"] = linked.reference
    return body


def _href(base: str, resource: str, number: int) -> str:
    return f"{base}api/v2/{resource}/{number}"

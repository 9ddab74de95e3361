"""Replies as Surpass writes them, made from the sandbox's sessions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pipeline.sandbox.bodies import (
    ChangeBody,
    Element,
    ErrorBody,
    ItemBody,
    LinkBody,
    ListedBody,
    MarkedBody,
    ReadBody,
    ResultBody,
    SectionBody,
    SessionBody,
    StateChangeBody,
    TestFormBody,
)
from pipeline.sandbox.content import void_reason_name
from pipeline.sandbox.errors import Problem
from pipeline.sandbox.options import SandboxOptions
from pipeline.sandbox.sessions import Linked, SandboxSession, StateChange
from schemas.states import TestState


def refusal(method: str, problems: Iterable[Problem], zone: str) -> ReadBody | ChangeBody:
    """The body of a call that was refused: as when it works, with errors and nothing else."""
    errors: list[ErrorBody] = [
        {"ErrorCode": int(problem.number), "Message": problem.message} for problem in problems
    ]
    if method in ("GET", "HEAD"):
        return {**one_reply([], zone), "errors": errors}
    return {"id": None, "reference": None, "href": None, "errors": errors, "serverTimeZone": zone}


def one_reply(response: Sequence[Element], zone: str) -> ReadBody:
    """The body of a reply that has no pages."""
    return {
        "count": None,
        "top": None,
        "skip": None,
        "pageCount": None,
        "nextPageLink": None,
        "prevPageLink": None,
        "response": response,
        "errors": None,
        "serverTimeZone": zone,
    }


def changed(session: SandboxSession, base: str, zone: str) -> ChangeBody:
    """The body of the answer to a change that was made."""
    return {
        "id": session.id,
        "reference": session.keycode,
        "href": _href(base, "TestSession", session.id),
        "errors": None,
        "serverTimeZone": zone,
    }


def single(
    session: SandboxSession,
    base: str,
    options: SandboxOptions,
    *,
    additional: bool,
    downloads: bool,
) -> SessionBody:
    """One session in full; ``additional`` adds its questions and marks, where it has items."""
    day, start, end = session.scheduled.isoformat(), "09:00:00", "17:00:00"
    if options.day_first_dates:
        day, start, end = session.scheduled.strftime("%d/%m/%Y"), "0900", "1700"
    body: SessionBody = {
        "id": session.id,
        "reference": _reference(session, options),
        "href": _href(base, "TestSession", session.id),
        "keycode": session.keycode,
        "testState": session.state.wire,
        "test": _link(base, "Test", session.test, named=True),
        "centre": _link(base, "Centre", session.centre),
        "candidate": _link(base, "Candidate", session.candidate),
        "testForm": _link(base, "TestForm", session.test_form, named=True),
        "startDate": day,
        "endDate": day,
        "startTime": start,
        "endTime": end,
        "externalReference": None,
        "files": [],
        "downloads": [] if downloads else None,
        "voidReason": _void_reason(session),
    }
    waits = session.state is TestState.PAPER_RESPONSE_UPLOAD
    if additional and (options.sections_before_marks or not waits):
        _tell_marks(body, session, options, answers=True)
    return body


def result(
    session: SandboxSession,
    base: str,
    options: SandboxOptions,
    *,
    answers: bool,
    downloads: bool,
) -> ResultBody:
    """What a session has become; ``answers`` adds the candidate's."""
    body: ResultBody = {
        "id": session.id,
        "reference": session.keycode,
        "href": _href(base, "Result", session.id),
        "test": _link(base, "Test", session.test, named=True),
        "centre": _link(base, "Centre", session.centre),
        "candidate": _link(base, "Candidate", session.candidate),
        "testForm": _link(base, "TestForm", session.test_form, named=True),
        "downloads": [] if downloads else None,
        "voidReason": _void_reason(session),
    }
    _tell_marks(body, session, options, answers=answers)
    return body


def state_change(change: StateChange, session: SandboxSession, user: str) -> StateChangeBody:
    """One state that the session came into; what is written under ``type`` is not known."""
    voided = change.state is TestState.VOIDED
    return {
        "newState": change.state.wire,
        "date": change.date.isoformat(timespec="seconds"),
        "type": None,
        "reason": _void_reason(session) if voided else None,
        "user": user,
        "description": session.void_message if voided else None,
    }


def test_form(
    session: SandboxSession, base: str, options: SandboxOptions, *, items: bool
) -> TestFormBody:
    """The test form of a session. That it tells no pages is a guess, as its items have no type."""
    form = session.test_form
    body: TestFormBody = {
        "id": form.id,
        "reference": form.reference,
        "name": form.reference,
        "href": _href(base, "TestForm", form.id),
        "requiresModeration": options.state_after_marks is TestState.AWAITING_VERIFICATION,
    }
    if items:
        body["sections"] = [
            {
                "id": section["id"],
                "name": section["name"],
                "items": [
                    {
                        "id": item["id"],
                        "surpassId": item["surpassReference"],
                        "nonScored": item["nonScored"],
                    }
                    for item in section["items"]
                    if item["type"] == "Question"
                ],
            }
            for section in _sections(session, options, answers=False)
        ]
    return body


def listed(
    session: SandboxSession,
    base: str,
    options: SandboxOptions,
    *,
    additional: bool,
    progress: bool,
    test: bool,
    test_form: bool,
) -> ListedBody:
    """One session as an element of a list."""
    body: ListedBody = {
        "id": session.id,
        "reference": _reference(session, options),
        "href": _href(base, "TestSession", session.id),
    }
    if additional:
        body["candidate"] = _link(base, "Candidate", session.candidate)
        body["centre"] = _link(base, "Centre", session.centre)
        if not options.list_references:
            del body["candidate"]["reference"], body["centre"]["reference"]
        body["currentExamState"] = session.state.wire
    if test:
        body["test"] = _link(base, "Test", session.test, named=True)
    if test_form:
        body["testForm"] = _link(base, "TestForm", session.test_form, named=True)
    if progress:
        body["awaitingMarkingSubmission"] = session.state is TestState.AWAITING_MARKING
        body["markingProgressPercent"] = 100 if session.applied else 0
    return body


def _tell_marks(
    body: MarkedBody, session: SandboxSession, options: SandboxOptions, *, answers: bool
) -> None:
    if session.sections:
        body["availableMarks"] = session.available_marks
        if session.mark is not None:
            body["mark"] = session.mark
        body["sections"] = _sections(session, options, answers=answers)


def _sections(
    session: SandboxSession, options: SandboxOptions, *, answers: bool
) -> list[SectionBody]:
    """The sections, the first led by a page, which is in the list of items but is no question."""
    posted = iter(session.posted_questions(restart=options.numbers_restart))
    number_id = session.test_form.id * 1000  # the same in all sessions of a test form
    sections: list[SectionBody] = []
    for index, section in enumerate(session.sections, start=1):
        items: list[ItemBody] = []
        if index == 1:
            items.append(_item(number_id, "InformationPage", None, 0))
        for in_section, (number, available) in enumerate(section.questions.items(), start=1):
            number_id += 1
            display = str(in_section) if options.numbers_restart else number
            # In a survey too: which of section and item tells that it is one is not known, and
            # here only the section does.
            item = _item(number_id, "Question", display, available)
            item["nonScored"] = number in section.non_scored
            if number in section.scored:
                question = next(posted)
                item["mark"] = item["awardedMark"] = float(session.marks.get(question) or 0)
                answer = session.responses.get(question)
                if answers and answer:
                    item["candidateResponse"] = {"Value": answer}
            items.append(item)
        sections.append(
            {
                "id": session.test_form.id * 100 + index,
                "name": section.name,
                "mark": sum((item["mark"] for item in items), 0.0),
                "availableMarks": sum(section.questions.values()),
                "items": items,
                "selected": section.selected,
                "isSurveySection": section.is_survey,
                "pass": None,
                "passMark": None,
            }
        )
    return sections


def _item(number: int, kind: str, display: str | None, available: int) -> ItemBody:
    return {
        "id": number,
        "displayNumber": display,
        "name": "Information" if display is None else f"Item {number}",
        "type": kind,
        "nonScored": False,
        "availableMarks": available,
        "mark": 0.0,
        "awardedMark": 0.0,
        "surpassReference": f"P{number}",
        "version": 1,
        "marker": None,
        "markingType": None,
        "markBreakdown": [],
        "unit": None,
        "learningOutcome": None,
        "itemSetId": None,
    }


def _reference(session: SandboxSession, options: SandboxOptions) -> str:
    return session.keycode if options.reference_is_keycode else f"TS-{session.id}"


def _void_reason(session: SandboxSession) -> str | None:
    return None if session.void_reason is None else void_reason_name(session.void_reason)


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

"""The bodies of replies as types: which fields each has, as Surpass writes them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NotRequired, TypedDict


class ErrorBody(TypedDict):
    """One error; Pascal case inside the camel-case body, as Surpass has it."""

    ErrorCode: int
    Message: str


class LinkBody(TypedDict):
    """A thing that is pointed to; tests and test forms have a name too, and lists may tell less."""

    id: int
    reference: NotRequired[str]
    href: str
    name: NotRequired[str]


class AnswerBody(TypedDict):
    """A candidate's answer. That it is an object with this one field is a guess."""

    Value: str


class ItemBody(TypedDict):
    """One item of a section: a question, or a page that comes in the same list."""

    id: int
    displayNumber: str | None
    name: str
    type: str
    nonScored: bool
    availableMarks: int
    mark: float
    awardedMark: float
    surpassReference: str
    version: int
    marker: str | None
    markingType: str | None
    markBreakdown: list[object]
    unit: str | None
    learningOutcome: str | None
    itemSetId: int | None
    candidateResponse: NotRequired[AnswerBody]


# "pass" is a word of Python's.
SectionBody = TypedDict(
    "SectionBody",
    {
        "id": int,
        "name": str,
        "mark": float,
        "availableMarks": int,
        "items": list[ItemBody],
        "selected": bool | None,
        "isSurveySection": bool,
        "pass": bool | None,
        "passMark": float | None,
    },
)


class MarkedBody(TypedDict):
    """What a session and a result tell of the paper; left out where it is null."""

    availableMarks: NotRequired[int]
    mark: NotRequired[float]
    sections: NotRequired[list[SectionBody]]


class SessionBody(MarkedBody):
    """One session: the element of a single reply's ``response``."""

    id: int
    reference: str
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
    files: list[object]
    downloads: list[object] | None
    voidReason: str | None


class ResultBody(MarkedBody):
    """One result; ``reference`` is the keycode."""

    id: int
    reference: str
    href: str
    test: LinkBody
    centre: LinkBody
    candidate: LinkBody
    testForm: LinkBody
    downloads: list[object] | None
    voidReason: str | None


class StateChangeBody(TypedDict):
    """A state that a result's session came into."""

    newState: str
    date: str
    type: str | None
    reason: str | None
    user: str
    description: str | None


class FormItemBody(TypedDict):
    """One item of a test form; it tells no maximum."""

    id: int
    surpassId: str
    nonScored: bool


class FormSectionBody(TypedDict):
    """One section of a test form."""

    id: int
    name: str
    items: list[FormItemBody]


class TestFormBody(TypedDict):
    """One test form; its sections come by flag."""

    id: int
    reference: str
    name: str
    href: str
    requiresModeration: bool
    sections: NotRequired[list[FormSectionBody]]


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
    markingProgressPercent: NotRequired[int]


Element = SessionBody | ListedBody | ResultBody | StateChangeBody | TestFormBody


class ReadBody(TypedDict):
    """The answer to a GET, of a list and of one session alike."""

    count: int | None
    top: int | None
    skip: int | None
    pageCount: int | None
    nextPageLink: str | None
    prevPageLink: str | None
    response: Sequence[Element]
    errors: list[ErrorBody] | None
    serverTimeZone: str


class ChangeBody(TypedDict):
    """The answer to a POST, PUT or PATCH; ``message`` comes with ItemResponses."""

    id: int | None
    reference: str | None
    href: str | None
    errors: list[ErrorBody] | None
    serverTimeZone: str
    message: NotRequired[str]

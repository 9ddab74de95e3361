"""Surpass's replies, typed. What a reply leaves out is None: much of it may be missing.

Source: the vendor's public reference, the contracts of the vendor-near SDK, and a published client
that reads live replies. Anything of an unexpected type is taken as not told.

A session's questions, in an example of two sections whose numbers restart:

    sections: [{items: [{displayNumber: "1", …}, {displayNumber: "2", …}]},
               {items: [{type: "InformationPage"}, {displayNumber: "1", …}]}]

    session.questions.numbering   Numbering.POSITION
    session.items                 {"1": …, "2": …, "3": …}    # as a POST numbers them
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Annotated, TypeVar

from pydantic import (
    AliasChoices,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    Strict,
    TypeAdapter,
    ValidationError,
)
from pydantic.alias_generators import to_camel

from pipeline.errors import NotUnderstood, SurpassMessage
from pipeline.foreign_text import in_a_line
from schemas.states import TestState


def _text(value: object) -> object:
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else None


def _nothing(_: object) -> None:
    return None


def _objects(value: object) -> object:
    if not isinstance(value, list | tuple):
        return ()
    return tuple(element if isinstance(element, dict | BaseModel) else {} for element in value)


def _answer(value: object) -> object:
    """An answer read back: most likely an object with a Value, a bare text is possible."""
    if isinstance(value, dict):
        value = value.get("Value", value.get("value"))
    return _text(value)


# What has the type that is documented goes no way over Python: a reply has hundreds of these.
_FIRST = Field(union_mode="left_to_right")
_NOT_TOLD = Annotated[None, BeforeValidator(_nothing)]
Number = Annotated[Annotated[float, Strict()] | _NOT_TOLD, _FIRST]
Text = Annotated[Annotated[str, Strict()] | Annotated[str | None, BeforeValidator(_text)], _FIRST]
Flag = Annotated[Annotated[bool, Strict()] | _NOT_TOLD, _FIRST]


class _Reply(BaseModel):
    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,  # a traceback shows the errors that ours come from
    )


class Reference(_Reply):
    """A thing that a session points to: its test, test form, centre or candidate."""

    id: int | None = None
    reference: Text = None
    name: Text = None


class Item(_Reply):
    """One element of a section: a question, or a page that stands among them.

    ``mark`` and ``awarded_mark`` are 0 where nothing is marked. Which of them is the weighted one
    is not known: agreement with either is agreement.
    """

    display_number: Text = None
    type: Text = None
    available_marks: Number = None
    mark: Number = None
    awarded_mark: Number = None
    non_scored: Flag = None
    response: Annotated[str | None, BeforeValidator(_answer)] = Field(
        None, validation_alias=AliasChoices("candidateResponse", "response")
    )

    @property
    def marks(self) -> tuple[float, ...]:
        """The marks that Surpass lists for it; none where it tells none."""
        return tuple(mark for mark in (self.mark, self.awarded_mark) if mark is not None)


_PAGES = {
    "informationpage",
    "introductionpage",
    "finishpage",
    "rubric",
    "source",
    "tool",
    "markscheme",
    "nonscored",
    "survey",
    "none",
}


class Section(_Reply):
    """One section of a paper."""

    items: Annotated[tuple[Item, ...], BeforeValidator(_objects)] = ()
    selected: Flag = None  # False: an optional section that was not chosen
    is_survey_section: Flag = None

    @property
    def scored(self) -> tuple[Item, ...]:
        """Its questions: no pages, nothing that is not scored, nothing of a survey."""
        if self.is_survey_section or self.selected is False:
            return ()
        return tuple(
            item
            for item in self.items
            if not item.non_scored and (item.type or "").casefold() not in _PAGES
        )


class Numbering(StrEnum):
    """How the question numbers that a POST carries follow from what Surpass lists."""

    DISPLAY = "display"  # the numbers shown are unique over the paper, and are used
    POSITION = "position"  # they restart in each section: the running position over the paper
    UNCLEAR = "unclear"  # neither can be said for certain
    UNTOLD = "untold"  # no question is listed


@dataclass(frozen=True)
class Questions:
    """A paper's questions in order, by the number that a POST carries."""

    numbering: Numbering
    by_number: Mapping[str, Item] = field(default_factory=dict)  # empty where unclear or untold
    why: str = ""  # unclear


class Paper(_Reply):
    """What a session and a result both tell of the paper and its marks."""

    available_marks: Number = None
    mark: Number = None
    sections: Annotated[tuple[Section, ...], BeforeValidator(_objects)] = ()

    @cached_property
    def questions(self) -> Questions:
        """The scored questions, and how they are numbered."""
        return _number_questions([section.scored for section in self.sections])

    @property
    def items(self) -> Mapping[str, Item]:
        """The scored questions by number; empty where they are not told, or not for certain."""
        return self.questions.by_number


def _number_questions(sections: Sequence[Sequence[Item]]) -> Questions:
    items = [item for section in sections for item in section]
    if not items:
        return Questions(Numbering.UNTOLD)
    unknown_types = sorted({item.type for item in items if item.type and item.type != "Question"})
    if unknown_types:
        return Questions(
            Numbering.UNCLEAR, why=f"it lists a '{unknown_types[0]}' among the questions"
        )
    if any(not item.display_number for item in items):
        return Questions(Numbering.UNCLEAR, why="not every question has a number")
    numbers = [item.display_number or "" for item in items]
    if len(set(numbers)) == len(numbers):
        return Questions(Numbering.DISPLAY, dict(zip(numbers, items, strict=True)))
    if any(len({item.display_number for item in section}) < len(section) for section in sections):
        return Questions(Numbering.UNCLEAR, why="a number occurs twice in one section")
    positions = map(str, range(1, len(items) + 1))
    return Questions(Numbering.POSITION, dict(zip(positions, items, strict=True)))


class Session(Paper):
    """A test session, from a list or on its own."""

    id: int | None = None
    keycode: Text = Field(None, validation_alias=AliasChoices("keycode", "reference"))
    state_name: Text = Field(None, validation_alias=AliasChoices("testState", "currentExamState"))
    test: Reference | None = None
    test_form: Reference | None = None
    centre: Reference | None = None
    candidate: Reference | None = None
    start_date: Text = None
    end_date: Text = None
    server_time_zone: Text = None

    @property
    def state(self) -> TestState | None:
        """The state, or None where the reply tells none that we know."""
        return TestState.parse(self.state_name)

    @property
    def is_open(self) -> bool:
        """Whether it takes paper marks and responses now."""
        return self.state is TestState.PAPER_RESPONSE_UPLOAD

    @property
    def may_be_open(self) -> bool:
        """Whether it is open, or tells no state that we know; then only a reading of it decides."""
        return self.state is None or self.is_open


class Result(Paper):
    """What a session becomes once its marks are released, or it was voided."""

    id: int | None = None
    reference: Text = None  # the session's keycode
    test: Reference | None = None
    test_form: Reference | None = None
    centre: Reference | None = None
    candidate: Reference | None = None


class Page(_Reply):
    """One page of a list."""

    count: int | None = None
    next_page_link: str | None = None
    response: tuple[Session, ...]  # never left out: an empty one means that there is none


class _Results(_Reply):
    response: tuple[Result, ...]


class Receipt(_Reply):
    """Surpass's answer to a change that it took."""

    id: int | None = None
    reference: Text = None
    message: Text = None
    server_time_zone: Text = None


class _Error(BaseModel):
    code: int | None = Field(None, validation_alias=AliasChoices("ErrorCode", "errorCode"))
    message: str = Field("", validation_alias=AliasChoices("Message", "message"))


_ERRORS = TypeAdapter(list[_Error])
_MOST_ERRORS, _MOST_OF_AN_ERROR = 20, 500  # of one reply; characters
_Model = TypeVar("_Model", bound=_Reply)


def errors_in(body: object) -> tuple[SurpassMessage, ...]:
    """The errors that a body carries, whatever its status; none where it carries none."""
    errors = body.get("errors") if isinstance(body, dict) else None
    if not errors:
        return ()
    try:
        return tuple(
            SurpassMessage(error.code, in_a_line(error.message, _MOST_OF_AN_ERROR))
            for error in _ERRORS.validate_python(errors)[:_MOST_ERRORS]
        )
    except ValidationError:
        return (SurpassMessage(None, "errors in a form that is not documented"),)


def page(body: object) -> Page:
    """Parse the reply of a list. NotUnderstood where it is none."""
    return _parse(Page, body, "list")


def session(body: object) -> Session | None:
    """Parse a single reply's session; None where it has none. NotUnderstood if it is no reply."""
    sessions = _parse(Page, body, "session").response
    zone = body.get("serverTimeZone") if isinstance(body, dict) else None
    return sessions[0].model_copy(update={"server_time_zone": _text(zone)}) if sessions else None


def result(body: object) -> Result | None:
    """Parse a single reply's result; None where it has none. NotUnderstood where it is no reply."""
    results = _parse(_Results, body, "result").response
    return results[0] if results else None


def receipt(body: object) -> Receipt:
    """Parse the reply to a change. NotUnderstood where it is none."""
    return _parse(Receipt, body, "receipt")


def _parse(model: type[_Model], body: object, what: str) -> _Model:
    try:
        return model.model_validate(body)
    except ValidationError as error:
        # Which fields are not as documented, without their values, which may be personal.
        fields = {".".join(map(str, item["loc"])) or "the body" for item in error.errors()}
        where = ", ".join(sorted(fields))
        raise NotUnderstood(f"the {what} is not in the documented form: {where}") from error

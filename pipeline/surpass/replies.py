"""What Surpass answers, typed. What is not in a reply is None: much of it may be missing.

Source: the vendor's public reference and its published client. The fields of an item within
``sections`` are a guess, so several names are tried and anything unexpected is taken as not told.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import (
    AliasChoices,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
)
from pydantic.alias_generators import to_camel

from pipeline.errors import NotUnderstood, SurpassMessage
from schemas.states import TestState


def _number(told: object) -> object:
    return told if isinstance(told, int | float) and not isinstance(told, bool) else None


def _text(told: object) -> object:
    return str(told) if isinstance(told, str | int) and not isinstance(told, bool) else None


def _objects(told: object) -> object:
    if not isinstance(told, list | tuple):
        return ()
    return tuple(one if isinstance(one, dict | BaseModel) else {} for one in told)


Number = Annotated[float | None, BeforeValidator(_number)]
Text = Annotated[str | None, BeforeValidator(_text)]


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
    """One question of a session, as far as Surpass tells (field names: guess)."""

    question: Text = Field(None, validation_alias=AliasChoices("questionNumber", "number"))
    available_marks: Number = Field(
        None, validation_alias=AliasChoices("availableMarks", "maxMark", "maximumMark")
    )
    mark: Number = Field(None, validation_alias=AliasChoices("mark", "awardedMark"))
    response: Text = Field(None, validation_alias=AliasChoices("response", "answer"))


class _Section(_Reply):
    items: Annotated[tuple[Item, ...], BeforeValidator(_objects)] = ()


class Session(_Reply):
    """A test session, from a list or on its own."""

    id: int | None = None
    keycode: Text = Field(None, validation_alias=AliasChoices("keycode", "reference"))
    state_told: Text = Field(None, validation_alias=AliasChoices("testState", "currentExamState"))
    test: Reference | None = None
    test_form: Reference | None = None
    centre: Reference | None = None
    candidate: Reference | None = None
    start_date: Text = None
    end_date: Text = None
    available_marks: Number = None
    mark: Number = None
    sections: Annotated[tuple[_Section, ...], BeforeValidator(_objects)] = ()
    server_time_zone: Text = None

    @property
    def state(self) -> TestState | None:
        """The state, or None where the reply tells none that we know."""
        return TestState.parse(self.state_told)

    @property
    def is_open(self) -> bool:
        """Whether it takes paper marks and responses now."""
        return self.state is TestState.PAPER_RESPONSE_UPLOAD

    @property
    def items(self) -> dict[str, Item]:
        """Questions by number; empty where Surpass does not tell them, or not all their numbers."""
        items = [item for section in self.sections for item in section.items]
        by_number = {item.question: item for item in items if item.question is not None}
        return by_number if len(by_number) == len(items) else {}


class Page(_Reply):
    """One page of a list."""

    count: int | None = None
    next_page_link: str | None = None
    response: tuple[Session, ...]  # never left out: an empty one means that there is none


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


def errors_in(body: object) -> tuple[SurpassMessage, ...]:
    """The errors that a body carries, whatever its status; none where it carries none."""
    told = body.get("errors") if isinstance(body, dict) else None
    if not told:
        return ()
    try:
        return tuple(
            SurpassMessage(error.code, error.message) for error in _ERRORS.validate_python(told)
        )
    except ValidationError:
        return (SurpassMessage(None, "errors in a form that is not documented"),)


def page(body: object) -> Page:
    """A list reply. NotUnderstood where it is none."""
    try:
        return Page.model_validate(body)
    except ValidationError as error:
        raise NotUnderstood(_odd("list", error)) from error


def session(body: object) -> Session | None:
    """A single reply's session, None where it holds none. NotUnderstood where it is no reply."""
    try:
        found = Page.model_validate(body).response
    except ValidationError as error:
        raise NotUnderstood(_odd("session", error)) from error
    zone = body.get("serverTimeZone") if isinstance(body, dict) else None
    return found[0].model_copy(update={"server_time_zone": _text(zone)}) if found else None


def receipt(body: object) -> Receipt:
    """The reply to a change. NotUnderstood where it is none."""
    try:
        return Receipt.model_validate(body)
    except ValidationError as error:
        raise NotUnderstood(_odd("receipt", error)) from error


def _odd(what: str, error: ValidationError) -> str:
    """Which fields are not as documented, without their values, which may be personal."""
    fields = {".".join(map(str, item["loc"])) or "the body" for item in error.errors()}
    return f"the {what} is not in the documented form: {', '.join(sorted(fields))}"

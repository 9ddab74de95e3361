"""Surpass's replies, typed. What a reply leaves out is None: much of it may be missing.

Source: the vendor's public reference, the contracts of the vendor-near SDK, and a published client
that reads live replies. Anything of an unexpected type is taken as not told.
"""

from __future__ import annotations

from typing import TypeVar

from pydantic import AliasChoices, BaseModel, Field, TypeAdapter, ValidationError

from pipeline.errors import NotUnderstood, SurpassMessage
from pipeline.foreign_text import in_a_line
from pipeline.surpass.fields import Reply, Text, as_text
from pipeline.surpass.paper import Paper
from schemas.states import TestState


class Reference(Reply):
    """A thing that a session points to: its test, test form, centre or candidate."""

    id: int | None = None
    reference: Text = None
    name: Text = None


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


class Page(Reply):
    """One page of a list."""

    count: int | None = None
    next_page_link: str | None = None
    response: tuple[Session, ...]  # never left out: an empty one means that there is none


class _Results(Reply):
    response: tuple[Result, ...]


class Receipt(Reply):
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
_Model = TypeVar("_Model", bound=Reply)


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
    return sessions[0].model_copy(update={"server_time_zone": as_text(zone)}) if sessions else None


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

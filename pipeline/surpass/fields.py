"""The fields of Surpass's replies. Anything of an unexpected type is taken as not told: None."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, Strict
from pydantic.alias_generators import to_camel


def as_text(value: object) -> object:
    """A text, or a whole number as one."""
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else None


def _nothing(_: object) -> None:
    return None


# What has the type that is documented goes no way over Python: a reply has hundreds of these.
_FIRST = Field(union_mode="left_to_right")
_NOT_TOLD = Annotated[None, BeforeValidator(_nothing)]
Number = Annotated[Annotated[float, Strict()] | _NOT_TOLD, _FIRST]
Text = Annotated[Annotated[str, Strict()] | Annotated[str | None, BeforeValidator(as_text)], _FIRST]
Flag = Annotated[Annotated[bool, Strict()] | _NOT_TOLD, _FIRST]


class Reply(BaseModel):
    """A reply, or a part of one: what it leaves out is None."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,  # a traceback shows the errors that ours come from
    )

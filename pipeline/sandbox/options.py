"""What can be set about a sandbox: who may sign in, and a switch for each guess about Surpass."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, ConfigDict, TypeAdapter, ValidationError

from schemas.states import TestState

StateFilter = Literal["name", "number", "refused"]
Status = Literal[400, 404]


def _state(value: object) -> object:
    state = TestState.parse(value)
    return value if state is None else state


State = Annotated[TestState, BeforeValidator(_state)]


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxOptions:
    """What can be set about a sandbox; every guess about Surpass that matters is here."""

    # A misspelt switch must be an error: the sandbox would go on in its ordinary shape.
    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    username: str = "sandbox"
    password: str = "sandbox"  # noqa: S105 - it guards made-up data only
    forbidden_username: str | None = None  # signs in, but may do nothing: 403
    forbidden_password: str = ""
    admin_from_anywhere: bool = False  # else /sandbox/... and the page answer this machine only

    server_time_zone: str = "GMT Standard Time"  # by its Windows name, as Surpass tells it
    max_top: int = 40
    default_top: int = 40
    state_after_marks: State = TestState.MARKED
    state_after_responses: State = TestState.MARKED
    errors_in_200: bool = False  # refusals by a rule of the resource come with status 200
    reference_is_keycode: bool = True  # of a session; otherwise `reference` is something else
    numbers_restart: bool = False  # displayNumber from 1 in each section; POST wants the position
    sections_before_marks: bool = True  # else no questions and maxima in PaperResponseUpload
    becomes_result: bool = False  # after a POST or a voiding it is a result, no test session
    result_gone_status: Status = 404  # of such a session, asked for as a test session
    unknown_status: Status = 404  # of a keycode or id that there is not
    list_references: bool = True  # else candidate and centre in lists are told by id only
    state_filter: StateFilter = "name"  # the form of `state` that $filter takes
    basic_refused: bool = False  # 401 for everybody, as where Basic is switched off
    day_first_dates: bool = False  # 02/06/2025 and 0900 instead of 2025-06-02 and 09:00:00

    def switched(self, switches: Mapping[str, object]) -> SandboxOptions:
        """These options with some switches set anew.

        ValueError names the switches that there are not, or whose value is none of theirs.
        """
        try:
            read = _READER.validate_python(dict(switches))
        except ValidationError as error:
            unknown = sorted({str(error_detail["loc"][0]) for error_detail in error.errors()})
            raise ValueError(
                f"no such switch, or not a value of it: {', '.join(unknown)}"
            ) from None
        if not_switches := sorted(set(switches) - set(SWITCHES)):
            raise ValueError(f"cannot be switched: {', '.join(not_switches)}")
        values: dict[str, Any] = {name: getattr(read, name) for name in switches}
        return replace(self, **values)


_READER = TypeAdapter(SandboxOptions)
_ACCESS = {
    "username",
    "password",
    "forbidden_username",
    "forbidden_password",
    "admin_from_anywhere",
}

# What may be set from outside: on the command line, and over the admin plane.
SWITCHES = tuple(field.name for field in fields(SandboxOptions) if field.name not in _ACCESS)

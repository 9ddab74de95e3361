"""What the sandbox says when it refuses, in the shape that Surpass uses.

The numbers are ours. Surpass's own are not published, so these lie in a range of their own and each
message starts with ``[sandbox]``: nobody should look one up in the vendor's manual.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class ErrorNumber(IntEnum):
    """The sandbox's own error numbers; none of them is Surpass's."""

    UNKNOWN_SESSION = 900001
    UNKNOWN_ADDRESS = 900002
    NOT_SIGNED_IN = 900003
    NOT_PERMITTED = 900004
    RETIRED = 900005
    IS_A_RESULT = 900006
    UNKNOWN_RESULT = 900007
    UNKNOWN_TEST_FORM = 900008
    BAD_QUERY = 900010
    BAD_FILTER = 900011
    BAD_COMPLETION_DATE = 900012
    NOT_JSON = 900020
    BAD_BODY = 900021
    BAD_QUESTION = 900022
    BAD_MARK = 900023
    BAD_ANSWER = 900024
    WRONG_STATE = 900030
    WRONG_TEST_FORM = 900031
    BAD_VOID_REASON = 900032
    FAULT = 900099  # not a refusal: a fault that somebody switched on


@dataclass(frozen=True, slots=True)
class Problem:
    """One element of a reply's ``errors``."""

    number: ErrorNumber
    text: str

    @property
    def message(self) -> str:
        """The text as it goes over the wire."""
        return f"[sandbox] {self.text}"


class RefusedError(Exception):
    """The sandbox will not do what was asked; nothing has changed.

    ``business`` tells a rule of the resource (wrong state, bad mark) from a matter of access or
    address: only the first kind may come with status 200 (SandboxOptions.errors_in_200).
    """

    def __init__(self, *problems: Problem, status: int = 400, business: bool = True) -> None:
        """Refuse for one or more problems; ``status`` is a guess, as Surpass's is not published."""
        super().__init__("; ".join(problem.message for problem in problems))
        self.problems = problems
        self.status = status
        self.business = business


def refused(number: ErrorNumber, text: str) -> RefusedError:
    """The common refusal: one problem, a rule of the resource, status 400."""
    return RefusedError(Problem(number, text))

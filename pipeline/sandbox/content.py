"""Read what a request carries. A POST is all or nothing: one bad element refuses the whole."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime

from pipeline.sandbox.errors import ErrorNumber, Problem, RefusedError, refused
from schemas.states import TestState, VoidReason


def read_json(body: bytes) -> object:
    """The body as plain Python values."""
    try:
        value: object = json.loads(body)
    except (ValueError, RecursionError):
        raise refused(ErrorNumber.NOT_JSON, "The body is not JSON.") from None
    return value


def read_marks(questions: Mapping[str, int], body: object) -> dict[str, int | None]:
    """Question number -> mark, each a whole number within its maximum, or null.

    ``questions`` gives the maxima of the questions that there are; where it is empty, any is taken.
    """
    marks: dict[str, int | None] = {}
    problems = []
    for question, mark in _by_question(questions, body, "mark").items():
        # bool is a subclass of int, and `true` is no mark.
        if mark is None or (
            isinstance(mark, int)
            and not isinstance(mark, bool)
            and 0 <= mark <= questions.get(question, mark)
        ):
            marks[question] = mark
        else:
            problems.append(
                Problem(
                    ErrorNumber.BAD_MARK,
                    f"The mark of question {question!r} is not a whole number in its range.",
                )
            )
    if problems:
        raise RefusedError(*problems)
    return marks


def read_responses(questions: Mapping[str, int], body: object) -> dict[str, str | None]:
    """Question number -> answer, each a string or null."""
    responses: dict[str, str | None] = {}
    problems = []
    for question, answer in _by_question(questions, body, "answer").items():
        if answer is None or isinstance(answer, str):
            responses[question] = answer
        else:
            problems.append(
                Problem(ErrorNumber.BAD_ANSWER, f"The answer of question {question!r} is no text.")
            )
    if problems:
        raise RefusedError(*problems)
    return responses


def read_completion_date(text: str | None) -> datetime | None:
    """A date and time without a zone, exactly as ``yyyy-MM-ddTHH:mm:ss``."""
    if text is None:
        return None
    try:
        completed = datetime.fromisoformat(text)
    except ValueError:
        completed = None
    # fromisoformat takes many spellings; writing it again shows whether this was the one.
    if completed is None or completed.isoformat() != text or "." in text or completed.tzinfo:
        raise refused(
            ErrorNumber.BAD_COMPLETION_DATE, "completionDate is not like 2025-06-02T09:00:00."
        )
    return completed


def read_state_change(body: object) -> tuple[TestState, VoidReason | None, str | None]:
    """What a PUT asks for: the state wanted, and why and with which words it is voided."""
    if not isinstance(body, dict):
        raise refused(ErrorNumber.BAD_BODY, "The body is not an object.")
    fields: Mapping[str, object] = body
    state_name = fields.get("testState")
    state = TestState.parse(state_name)
    if state_name is None or state is None:  # a missing one would be read as the state called None
        raise refused(ErrorNumber.BAD_BODY, "testState is missing or unknown.")
    message = fields.get("voidMessage")
    if message is not None and not isinstance(message, str):
        raise refused(ErrorNumber.BAD_VOID_REASON, "voidMessage is no text.")
    return state, _void_reason(fields.get("voidReason")), message


def void_reason_name(reason: VoidReason) -> str:
    """The reason as it goes over the wire, such as ``NotYetStarted``."""
    return "".join(part.capitalize() for part in reason.name.split("_"))


def _void_reason(value: object) -> VoidReason | None:
    if value is None:
        return None
    for reason in VoidReason:
        if value == void_reason_name(reason) or (
            value == int(reason) and not isinstance(value, bool)
        ):
            return reason
    raise refused(ErrorNumber.BAD_VOID_REASON, "voidReason is unknown.")


def _by_question(questions: Mapping[str, int], body: object, key: str) -> dict[str, object]:
    """The elements by question number; each must be an object with a number of its own."""
    if not isinstance(body, list) or not body:
        raise refused(ErrorNumber.BAD_BODY, "The body is not a list with at least one element.")
    values: dict[str, object] = {}
    problems = []
    for position, element in enumerate(body, start=1):
        question = element.get("questionNumber") if isinstance(element, dict) else None
        if not isinstance(question, str) or not question:
            problem = "has no questionNumber that is a text"
        elif key not in element:
            problem = f"has no {key}"
        elif question in values:
            problem = f"repeats question {question!r}"
        elif questions and question not in questions:
            problem = f"names question {question!r}, which this session does not have"
        else:
            values[question] = element[key]
            continue
        problems.append(Problem(ErrorNumber.BAD_QUESTION, f"Element {position} {problem}."))
    if problems:
        raise RefusedError(*problems)
    return values

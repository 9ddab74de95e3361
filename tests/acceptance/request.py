"""What a request says, and that it is as the description has it; else it is refused."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Mapping

from tests.acceptance.model import STATES, Content, Session, StateFilter, number_of

MOST_A_PAGE = 40
_DATE_FORMAT = "%Y-%m-%dT%H:%M:%S"
_FILTERS = {
    *(
        f"{kind}/{key}"
        for kind in ("candidate", "centre", "test", "testForm")
        for key in ("id", "reference")
    ),
    "keycode",
    "state",
}


class RefusedError(Exception):
    """Surpass does not do it; with the status and the errors of its answer."""

    def __init__(self, status: int, code: int, message: str) -> None:
        self.status = status
        self.errors = [{"ErrorCode": code, "Message": message}]
        super().__init__(message)


def flag(query: Mapping[str, str], name: str) -> bool:
    """Whether the query asks for that."""
    return query.get(name, "").lower() == "true"


def paging(query: Mapping[str, str]) -> tuple[int, int]:
    """How many sessions a page has at most, and how many stand before it."""
    top = min(max(1, _whole(query.get("$top", str(MOST_A_PAGE)))), MOST_A_PAGE)
    return top, _whole(query.get("$skip", "0"))


def _whole(text: str) -> int:
    if not text.isdecimal():
        raise RefusedError(400, 90007, "The paging is not understood.")
    return int(text)


def filters(text: str, states: StateFilter) -> list[tuple[str, str]]:
    """Attributes, and the values that a listed session must have there."""
    return [_clause(clause, states) for clause in text.split(" and ")] if text else []


def _clause(clause: str, states: StateFilter) -> tuple[str, str]:
    match = re.fullmatch(r"(\S+) eq (?:'(.*)'|([^\s']+))", clause)
    if not match or match[1] not in _FILTERS:
        raise RefusedError(400, 90003, "The filter is not understood.")
    name, value = match[1], match[3] if match[2] is None else match[2]
    if name != "state":
        return name, value
    if states is StateFilter.NAME and value in STATES.values():
        return name, value
    if states is StateFilter.NUMBER and value.isdecimal():
        return name, STATES.get(int(value), "")
    raise RefusedError(400, 90004, "The value of the filter is not understood.")


def attributes(session: Session) -> dict[str, str]:
    """What a filter may ask of a session."""
    references = {
        "candidate": session.candidate,
        "centre": session.centre,
        "test": session.paper.test,
        "testForm": session.paper.form,
    }
    return {
        "keycode": session.keycode,
        "state": session.state,
        **{f"{kind}/reference": reference for kind, reference in references.items()},
        **{f"{kind}/id": str(number_of(reference)) for kind, reference in references.items()},
    }


def check_date(text: str | None, *, wanted: bool) -> None:
    """The completion date of a POST, which marks must have."""
    if text is None and not wanted:
        return
    if text is None or not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", text):
        raise RefusedError(400, 90011, "The completion date is not understood.")
    try:
        dt.datetime.strptime(text, _DATE_FORMAT)
    except ValueError as error:
        raise RefusedError(400, 90011, "The completion date is not understood.") from error


def content_of(body: object, key: str, wanted: Mapping[str, int]) -> Content:
    """The body as question and value, where it has every question once and nothing else."""
    if not isinstance(body, list):
        raise RefusedError(400, 90012, "The body must be a list.")
    pairs = [_pair(element, key) for element in body]
    counts = Counter(number for number, _ in pairs)
    if counts != Counter(list(wanted)):
        raise RefusedError(400, 90013, "The questions are not those of the paper.")
    if key == "mark":
        for number, mark in pairs:
            if mark is not None and not 0 <= as_float(mark) <= wanted[number]:
                raise RefusedError(400, 90014, "A mark is not within its range.")
    return dict(pairs)


def _pair(element: object, key: str) -> tuple[str, object]:
    match element:
        case {"questionNumber": str(number), **rest} if set(rest) == {key}:
            value = rest[key]
            whole = isinstance(value, int) and not isinstance(value, bool)
            if value is None or (whole if key == "mark" else isinstance(value, str)):
                return number, value
    raise RefusedError(400, 90015, "An element of the list is not understood.")


def as_float(value: object) -> float:
    """A number out of a document."""
    assert isinstance(value, int | float)
    return float(value)

"""``$filter`` of the session list: the fields that Surpass clients use, joined with ``and``."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time

from pipeline.sandbox.errors import ErrorNumber, RefusedError, refused
from pipeline.sandbox.options import StateFilter
from pipeline.sandbox.sessions import SandboxSession
from schemas.states import TestState

Value = int | str | datetime

# A value is a plain token, or stands in single quotes with each of its own doubled.
_CLAUSE = re.compile(r"([A-Za-z]+(?:/[a-z]+)?) ([a-z]{2}) ([^\s']+|'(?:[^']|'')*')")

_READ: dict[str, Callable[[SandboxSession], Value]] = {
    "candidate/id": lambda session: session.candidate.id,
    "candidate/reference": lambda session: session.candidate.reference,
    "centre/id": lambda session: session.centre.id,
    "centre/reference": lambda session: session.centre.reference,
    "test/id": lambda session: session.test.id,
    "test/reference": lambda session: session.test.reference,
    "testForm/id": lambda session: session.test_form.id,
    "testForm/reference": lambda session: session.test_form.reference,
    "keycode": lambda session: session.keycode,
    "scheduledFrom": lambda session: datetime.combine(session.scheduled, time.min),
    "scheduledTo": lambda session: datetime.combine(session.scheduled, time.min),
    "state": lambda session: int(session.state),
}

_EQUAL: dict[str, Callable[[Value, Value], bool]] = {"eq": operator.eq}
_ORDER: dict[str, Callable[[Value, Value], bool]] = {
    **_EQUAL,
    "ge": operator.ge,
    "gt": operator.gt,
    "lt": operator.lt,
    "le": operator.lt,  # not a slip: Surpass's `le` leaves the day itself out
}


@dataclass(frozen=True, slots=True)
class Clause:
    """One comparison, such as ``centre/reference eq C1``, with its value already read."""

    field: str
    comparison: str
    value: Value


@dataclass(frozen=True, slots=True)
class Filter:
    """All clauses must hold; no clause lets everything through. Hashable, so it can be a key."""

    clauses: tuple[Clause, ...] = ()

    def matches(self, session: SandboxSession) -> bool:
        """Whether the session is one of those asked for."""
        return all(
            _ORDER[clause.comparison](_READ[clause.field](session), clause.value)
            for clause in self.clauses
        )


def parse_filter(text: str | None, state_filter: StateFilter = "name") -> Filter:
    """Read ``$filter``; anything that is not known to work at Surpass is refused.

    ``state_filter`` tells in which form a state is taken, if at all.
    """
    text = (text or "").strip()
    if not text:
        return Filter()
    # Surpass looks for the word first and for quotes after, so a value that holds it is torn.
    clauses = [_CLAUSE.fullmatch(part.strip()) for part in text.split(" and ")]
    return Filter(tuple(_clause(match, state_filter) for match in clauses))


def _clause(match: re.Match[str] | None, state_filter: StateFilter) -> Clause:
    if match is None:
        raise refused(ErrorNumber.BAD_FILTER, "$filter is not like 'field eq value and ...'.")
    field, comparison, text = match.groups()
    if field not in _READ:
        raise refused(ErrorNumber.BAD_FILTER, f"$filter does not know the field {field!r}.")
    if comparison not in (_ORDER if field.startswith("scheduled") else _EQUAL):
        raise refused(ErrorNumber.BAD_FILTER, f"$filter cannot compare {field} by {comparison!r}.")
    if text.startswith("'"):
        text = text[1:-1].replace("''", "'")
    return Clause(field, comparison, _value(field, text, state_filter))


def _value(field: str, text: str, state_filter: StateFilter) -> Value:
    if field == "keycode" or field.endswith("/reference"):
        return text
    if field == "state":
        state = TestState.parse(text)
        form = "number" if text.isdecimal() else "name"
        if state is None or form != state_filter:
            raise _bad_value(field)
        return int(state)
    try:
        value = int(text) if field.endswith("/id") else datetime.fromisoformat(text)
    except ValueError:
        raise _bad_value(field) from None
    if isinstance(value, datetime) and value.tzinfo is not None:
        raise _bad_value(field)  # Surpass's dates have no zone
    return value


def _bad_value(field: str) -> RefusedError:
    return refused(ErrorNumber.BAD_FILTER, f"$filter has a value for {field} that it cannot read.")

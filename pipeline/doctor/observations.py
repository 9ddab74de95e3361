"""What one session shows of how this Surpass behaves, where no public source says it.

Names of fields, counts, forms and statuses: nothing personal, no mark, no date.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from pipeline.surpass.dates import DateForm
from schemas.states import TestState

OPEN = TestState.PAPER_RESPONSE_UPLOAD


class Numbers(StrEnum):
    """How the questions of a paper are numbered."""

    UNIQUE = "unique"
    RESTARTING = "restarting in each section"
    UNCLEAR = "the same number twice in a section"
    LACKING = "not there for each question"
    NO_QUESTIONS = "no questions told"


class Filtering(StrEnum):
    """What a filter does to the list of sessions."""

    WORKS = "works"
    REFUSED = "is refused"
    IGNORED = "is ignored"
    FINDS_NOTHING = "finds nothing"
    CANNOT_TELL = "cannot be told"  # all sessions there are would be found by it


class Results(StrEnum):
    """What asking for the session's result comes to."""

    READABLE = "readable"
    NONE_YET = "none yet"  # the call is there
    FORBIDDEN = "forbidden"
    NO_CALL = "no such call"


@dataclass(frozen=True)
class Questions:
    """The questions that a session lists, counted and without their content."""

    count: int
    sections: int
    not_scored: int  # entries that bear no mark: pages, surveys, what is not scored
    types: tuple[str, ...]
    fields: tuple[str, ...]
    numbers: Numbers
    with_maximum: int
    maxima_add_up: bool | None  # to the session's own; None where that is not told
    unmarked: tuple[str, ...]  # how a mark that is not there is shown: 0, null, nothing, a mark


@dataclass(frozen=True)
class Listed:
    """How the list shows the session."""

    reference_is_keycode: bool
    candidate_reference: bool
    candidate_id: bool
    state: bool


@dataclass(frozen=True)
class Observations:
    """All that was observed of this Surpass."""

    state: TestState | None
    fields: tuple[str, ...]
    candidate_reference: bool
    questions: Questions
    dates: Mapping[str, DateForm | None]  # by field, of those that are told
    zone: str | None
    results: Results
    results_status: int
    filters: Mapping[str, Filtering]  # by what was asked: state by name, state by number, keycode
    listed: Listed | None  # None: it stands in no list that was asked for
    next_page: str | None  # where the list's next page lies: here, here by http, elsewhere
    unknown_status: int  # of the answer about a keycode that nobody has
    unknown_has_errors: bool

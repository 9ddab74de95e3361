"""Observe, from one session, what no public source says of how this Surpass behaves.

    seen = observe(access, "H76RBD8P")    # some GETs; nothing is changed

Observed are names of fields, counts, forms and statuses: nothing personal, no mark, no date.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

import httpx

from pipeline.surpass import Access
from pipeline.surpass.dates import DateForm, date_form
from schemas.states import TestState

OPEN = TestState.PAPER_RESPONSE_UPLOAD
_DATES = ("startDate", "endDate")
_LIST_SIZE = 40  # sessions of a list
_NO_SUCH_KEYCODE = "ZZZZ0000"
_Body = Mapping[str, Any]


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


@dataclass(frozen=True)
class Answer:
    """One HTTP answer as it came."""

    status: int
    body: _Body | None  # None where it is no JSON object

    @property
    def sessions(self) -> tuple[_Body, ...]:
        """The sessions in the answer, from its field ``response``."""
        response = (self.body or {}).get("response")
        return tuple(element for element in _as_list(response) if isinstance(element, Mapping))

    @property
    def has_errors(self) -> bool:
        """Whether the answer carries errors of Surpass's own."""
        return bool((self.body or {}).get("errors"))

    @property
    def is_good(self) -> bool:
        """Whether the answer brings what was asked for."""
        return self.status == HTTPStatus.OK and self.body is not None and not self.has_errors


def observe(access: Access, key: str) -> Observations | Answer:
    """Ask about the session with this keycode or id; the answer itself where it is not shown.

    httpx.HTTPError where Surpass does not answer.
    """
    with _client(access) as http:
        reading = _get(http, _path("TestSession", key), "returnAdditionalInformation=true")
        if not reading.is_good or not reading.sessions:
            return reading
        session = reading.sessions[0]
        keycode = str(session.get("keycode") or session.get("reference") or key)
        unfiltered = _list(http, top=1)
        lists = {
            "state by name": _list(http, f"state eq {OPEN.wire}"),
            "state by number": _list(http, f"state eq {int(OPEN)}"),
            "keycode": _list(http, f"keycode eq {keycode}"),
        }
        result = _get(http, _path("Result", keycode))
        unknown = _get(http, _path("TestSession", _NO_SUCH_KEYCODE))
        state = TestState.parse(session.get("testState"))
        is_open = state is OPEN
        zone = (reading.body or {}).get("serverTimeZone")
        return Observations(
            state=state,
            fields=_names([session]),
            candidate_reference=bool(_object(session, "candidate").get("reference")),
            questions=_questions(session),
            dates={name: date_form(str(session[name])) for name in _DATES if session.get(name)},
            zone=str(zone) if zone else None,
            results=_results(result),
            results_status=result.status,
            filters={
                "state by name": _by_state(lists["state by name"], unfiltered, is_open=is_open),
                "state by number": _by_state(lists["state by number"], unfiltered, is_open=is_open),
                "keycode": _by_keycode(lists["keycode"], session),
            },
            listed=_as_listed([*lists.values(), unfiltered], session, keycode),
            next_page=_next_page(unfiltered, str(http.base_url)),
            unknown_status=unknown.status,
            unknown_has_errors=unknown.has_errors,
        )


# --- asking


def _client(access: Access) -> httpx.Client:
    return httpx.Client(
        base_url=access.url.rstrip("/").removesuffix("/api/v2") + "/api/v2/",
        auth=httpx.BasicAuth(access.username, access.password),
        headers={"accept": "application/json", "accept-language": "en-GB"},
        timeout=access.timeout,
    )


def _path(resource: str, key: str) -> str:
    return f"{resource}/{quote(key, safe='')}"


def _list(http: httpx.Client, where: str | None = None, top: int = _LIST_SIZE) -> Answer:
    # Written by hand: the clients that are known send a blank as %20, never as +.
    narrowed = f"&$filter={quote(where, safe='/')}" if where else ""
    return _get(http, "TestSession", f"$top={top}&includeAdditionalInfo=true{narrowed}")


def _get(http: httpx.Client, path: str, query: str = "") -> Answer:
    answer = http.get(f"{path}?{query}" if query else path)
    try:
        body = answer.json()
    except (ValueError, RecursionError):
        body = None
    return Answer(answer.status_code, body if isinstance(body, dict) else None)


# --- what the answers show


def _as_list(value: object) -> Sequence[object]:
    return value if isinstance(value, list) else ()


def _object(body: _Body, name: str) -> _Body:
    value = body.get(name)
    return value if isinstance(value, Mapping) else {}


def _names(bodies: Sequence[_Body]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for body in bodies for name in body))


def _questions(session: _Body) -> Questions:
    listed = _as_list(session.get("sections"))
    sections = [section for section in listed if isinstance(section, Mapping)]
    in_sections = [
        [item for item in _as_list(section.get("items")) if isinstance(item, Mapping)]
        for section in sections
    ]
    scored_items = [
        [item for item in items if _is_scored(item)] if _counts(section) else []
        for section, items in zip(sections, in_sections, strict=True)
    ]
    all_items = [item for items in in_sections for item in items]
    questions = [item for items in scored_items for item in items]
    maxima = [item["availableMarks"] for item in questions if _is_number(item, "availableMarks")]
    total = session.get("availableMarks")
    return Questions(
        count=len(questions),
        sections=len(sections),
        not_scored=len(all_items) - len(questions),
        types=tuple(dict.fromkeys(str(item["type"]) for item in all_items if item.get("type"))),
        fields=_names(all_items),
        numbers=_numbers(scored_items),
        with_maximum=len(maxima),
        maxima_add_up=sum(maxima) == total if isinstance(total, int | float) else None,
        unmarked=tuple(dict.fromkeys(_unmarked_shown_as(item) for item in questions)),
    )


def _counts(section: _Body) -> bool:
    """Whether a section's questions are the candidate's to answer, and for marks."""
    return section.get("selected") is not False and not section.get("isSurveySection")


def _is_scored(item: _Body) -> bool:
    return item.get("type") in (None, "Question") and not item.get("nonScored")


def _is_number(item: _Body, name: str) -> bool:
    return isinstance(item.get(name), int | float) and not isinstance(item[name], bool)


def _numbers(scored: Sequence[Sequence[_Body]]) -> Numbers:
    by_section = [
        [str(item.get("displayNumber") or "").strip() for item in items] for items in scored
    ]
    numbers = [number for section in by_section for number in section]
    if not numbers:
        return Numbers.NO_QUESTIONS
    if not all(numbers):
        return Numbers.LACKING
    if max(Counter(numbers).values()) == 1:
        return Numbers.UNIQUE
    if all(len(set(section)) == len(section) for section in by_section):
        return Numbers.RESTARTING
    return Numbers.UNCLEAR


def _unmarked_shown_as(item: _Body) -> str:
    fields = [name for name in ("mark", "awardedMark") if name in item]
    if not fields:
        return "nothing"
    values = {item[name] for name in fields if not isinstance(item[name], list | dict)}
    if values == {None}:
        return "null"
    return "0" if values <= {0, None} else "a mark"


def _results(answer: Answer) -> Results:
    if answer.is_good and answer.sessions:
        return Results.READABLE
    if answer.status == HTTPStatus.FORBIDDEN:
        return Results.FORBIDDEN
    # Only Surpass's own words prove that the call is there, and that it was no gateway that spoke.
    return Results.NONE_YET if answer.has_errors or answer.is_good else Results.NO_CALL


def _by_state(answer: Answer, unfiltered: Answer, *, is_open: bool) -> Filtering:
    if not answer.is_good:
        return Filtering.REFUSED
    if not answer.sessions:
        return Filtering.FINDS_NOTHING if is_open else Filtering.CANNOT_TELL
    states = [session.get("currentExamState") for session in answer.sessions]
    if any(state is not None and TestState.parse(state) is not OPEN for state in states):
        return Filtering.IGNORED
    count, total = (_count(listing) for listing in (answer, unfiltered))
    if count is not None and total is not None and count < total:
        return Filtering.WORKS
    return Filtering.CANNOT_TELL


def _by_keycode(answer: Answer, session: _Body) -> Filtering:
    if not answer.is_good:
        return Filtering.REFUSED
    if not answer.sessions:
        return Filtering.FINDS_NOTHING
    return Filtering.WORKS if _same(answer.sessions, session) else Filtering.IGNORED


def _same(listed: Sequence[_Body], session: _Body) -> bool:
    return len(listed) == 1 and listed[0].get("id") == session.get("id")


def _count(answer: Answer) -> int | None:
    count = (answer.body or {}).get("count")
    return count if isinstance(count, int) else None


def _as_listed(lists: Sequence[Answer], session: _Body, keycode: str) -> Listed | None:
    entries = [listed for answer in lists if answer.is_good for listed in answer.sessions]
    for entry in entries:
        if entry.get("id") is not None and entry.get("id") == session.get("id"):
            candidate = _object(entry, "candidate")
            return Listed(
                reference_is_keycode=entry.get("reference") == keycode,
                candidate_reference=bool(candidate.get("reference")),
                candidate_id=candidate.get("id") is not None,
                state=TestState.parse(entry.get("currentExamState")) is not None,
            )
    return None


def _next_page(answer: Answer, base: str) -> str | None:
    link = (answer.body or {}).get("nextPageLink")
    if not link:
        return None
    own_address, next_address = urlsplit(base), urlsplit(urljoin(base, str(link)))
    if own_address.hostname != next_address.hostname:
        return "elsewhere"
    return (
        "here"
        if (own_address.scheme, own_address.port) == (next_address.scheme, next_address.port)
        else "here, by another way"
    )

"""Observe, from one session, what no public source says of how this Surpass behaves.

seen = observe(access, "H76RBD8P")    # some GETs; nothing is changed
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from urllib.parse import urljoin, urlsplit

from pipeline.doctor.asking import Answer, Body, as_list, client, get, get_list, path
from pipeline.doctor.observations import (
    OPEN,
    Filtering,
    Listed,
    Numbers,
    Observations,
    Questions,
    Results,
)
from pipeline.surpass import Access
from pipeline.surpass.dates import date_form
from schemas.states import TestState

_DATES = ("startDate", "endDate")
_NO_SUCH_KEYCODE = "ZZZZ0000"


def observe(access: Access, key: str) -> Observations | Answer:
    """Ask about the session with this keycode or id; the answer itself where it is not shown.

    httpx.HTTPError where Surpass does not answer.
    """
    with client(access) as http:
        reading = get(http, path("TestSession", key), "returnAdditionalInformation=true")
        if not reading.is_good or not reading.sessions:
            return reading
        session = reading.sessions[0]
        keycode = str(session.get("keycode") or session.get("reference") or key)
        unfiltered = get_list(http, top=1)
        lists = {
            "state by name": get_list(http, f"state eq {OPEN.wire}"),
            "state by number": get_list(http, f"state eq {int(OPEN)}"),
            "keycode": get_list(http, f"keycode eq {keycode}"),
        }
        result = get(http, path("Result", keycode))
        unknown = get(http, path("TestSession", _NO_SUCH_KEYCODE))
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


# --- what the answers show


def _object(body: Body, name: str) -> Body:
    value = body.get(name)
    return value if isinstance(value, Mapping) else {}


def _names(bodies: Sequence[Body]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for body in bodies for name in body))


def _questions(session: Body) -> Questions:
    listed = as_list(session.get("sections"))
    sections = [section for section in listed if isinstance(section, Mapping)]
    in_sections = [
        [item for item in as_list(section.get("items")) if isinstance(item, Mapping)]
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


def _counts(section: Body) -> bool:
    """Whether a section's questions are the candidate's to answer, and for marks."""
    return section.get("selected") is not False and not section.get("isSurveySection")


def _is_scored(item: Body) -> bool:
    return item.get("type") in (None, "Question") and not item.get("nonScored")


def _is_number(item: Body, name: str) -> bool:
    return isinstance(item.get(name), int | float) and not isinstance(item[name], bool)


def _numbers(scored: Sequence[Sequence[Body]]) -> Numbers:
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


def _unmarked_shown_as(item: Body) -> str:
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


def _by_keycode(answer: Answer, session: Body) -> Filtering:
    if not answer.is_good:
        return Filtering.REFUSED
    if not answer.sessions:
        return Filtering.FINDS_NOTHING
    return Filtering.WORKS if _same(answer.sessions, session) else Filtering.IGNORED


def _same(listed: Sequence[Body], session: Body) -> bool:
    return len(listed) == 1 and listed[0].get("id") == session.get("id")


def _count(answer: Answer) -> int | None:
    count = (answer.body or {}).get("count")
    return count if isinstance(count, int) else None


def _as_listed(lists: Sequence[Answer], session: Body, keycode: str) -> Listed | None:
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

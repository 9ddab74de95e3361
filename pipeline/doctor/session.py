"""One session's observations in sentences, and the settings that follow from them.

Each line's name stands in the table 'What is proven and what is a guess' in pipeline/README.md, so
that an office can tick off there what its own Surpass has shown.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus

import httpx

from pipeline.doctor.diagnosis import Diagnosis, ill, odd, well
from pipeline.doctor.observations import (
    OPEN,
    Answer,
    Filtering,
    Numbers,
    Observations,
    Questions,
    Results,
    observe,
)
from pipeline.doctor.surpass import PATIENCE, knock, time_zone, unauthorised
from pipeline.errors import SettingsError
from pipeline.settings import Settings, load
from pipeline.surpass import access_of
from pipeline.time_zones import known_zone

_NEEDED = ("keycode", "testState", "testForm", "candidate")
_USEFUL = ("test", "centre", "startDate", "endDate", "availableMarks", "mark", "sections")


@dataclass(frozen=True)
class SessionReport:
    """What one session shows, in sentences."""

    lines: tuple[Diagnosis, ...]
    settings: str = ""  # ready to paste into papermarks.toml; "" where it could not be read


def examine_session(environment: Mapping[str, str], key: str) -> SessionReport:
    """Read the session with this keycode or id, and say what this Surpass tells. Never raises."""
    try:
        return _examined(load(environment), key.strip())
    except SettingsError as error:
        told, *rest = str(error).splitlines()
        to_do = " ".join(line.strip() for line in rest) or "Correct it, then look again."
        return SessionReport((ill("settings", told, to_do),))
    except Exception as error:  # its words may hold a secret or a name; its kind does not
        told = f"This check itself went wrong ({type(error).__name__})."
        return SessionReport((ill("session", told, "Please report it."),))


def _examined(ours: Settings, key: str) -> SessionReport:
    access = replace(access_of(ours), timeout=min(ours.timeout, PATIENCE))
    answer = knock(access)
    if isinstance(answer, Diagnosis):
        return SessionReport((answer,))
    try:
        seen = observe(access, key)
    except httpx.HTTPError as error:
        told = f"Surpass answered at first, and then no more ({type(error).__name__})."
        return SessionReport((ill("session", told, "Try again in a while."),))
    if isinstance(seen, Answer):
        offered = answer.headers.get("www-authenticate", "")
        return SessionReport((_not_shown(seen, offered),))
    return SessionReport(tuple(_lines(seen, ours)), settings_that_follow(seen, ours))


def _not_shown(answer: Answer, offered: str) -> Diagnosis:
    how = f"HTTP {answer.status}" + (", with errors of Surpass's own" if answer.has_errors else "")
    if answer.status == HTTPStatus.UNAUTHORIZED:
        return unauthorised(offered)
    if answer.status == HTTPStatus.FORBIDDEN:
        to_do = (
            "Ask for the permission to read and mark test sessions of your subjects and centres."
        )
        return ill("session", f"The user may not read this session ({how}).", to_do)
    if answer.body is None:
        told = f"Surpass answers, but not as its API does ({how}, and no JSON)."
        return ill("session", told, "Is surpass_url right? It ends with the host.")
    return ill(
        "session",
        f"This session is unknown, or not visible to this user ({how}).",
        "Give the keycode of a session that waits for paper marks: papermarks session list "
        f"--state {OPEN.wire}",
    )


def _lines(seen: Observations, ours: Settings) -> Iterator[Diagnosis]:
    yield _state(seen)
    yield _fields(seen)
    yield _numbers(seen.questions)
    yield _maxima(seen.questions, is_open=seen.state is OPEN)
    yield _marks(seen.questions, is_open=seen.state is OPEN)
    yield _dates(seen)
    yield time_zone(ours.time_zone, seen.zone, dt.datetime.now(dt.UTC))
    yield _results(seen)
    yield _state_filter(seen)
    yield _list(seen)
    yield _unknown(seen)


def _state(seen: Observations) -> Diagnosis:
    if seen.state is OPEN:
        return well("session", f"It was read; it waits for marks, in {OPEN.wire}.")
    name = "a state that is not known" if seen.state is None else seen.state.wire
    told = f"It was read, but is in {name}: what comes before marks are in, it cannot show."
    return odd("session", told, f"Look at one that is in {OPEN.wire}.")


def _fields(seen: Observations) -> Diagnosis:
    lacking = [name for name in _NEEDED if name not in seen.fields]
    if "candidate" not in lacking and not seen.candidate_reference:
        lacking.append("candidate.reference")
    rest = [name for name in _USEFUL if name not in seen.fields]
    told = f"A session has {_few(seen.fields)}" + (f"; not {', '.join(rest)}" if rest else "")
    if lacking:
        to_do = "Please report this line: papermarks relies on those fields."
        return odd("fields", f"{told}. Lacking: {', '.join(lacking)}.", to_do)
    return well("fields", f"{told}.")


def _numbers(questions: Questions) -> Diagnosis:
    where = f"{_counted(questions.count, 'question')} in {_counted(questions.sections, 'section')}"
    others = f"; left out, as no questions: {questions.others}" if questions.others else ""
    told = {
        Numbers.UNIQUE: f"{where}, numbered by displayNumber, each once{others}.",
        Numbers.RESTARTING: f"{where}: the numbers restart in each section, so the running "
        f"position over the paper is used{others}.",
        Numbers.UNCLEAR: f"{where}: a number comes twice within a section{others}.",
        Numbers.LACKING: f"{where}, not all of them with a displayNumber; an entry has "
        f"{_few(questions.fields)}.",
        Numbers.NO_QUESTIONS: "A session that waits tells no questions" + f"{others}.",
    }[questions.numbers]
    to_do = {
        Numbers.RESTARTING: "Number the questions in your files from the first to the last of the "
        "paper; send one session and compare it in Surpass before you send more.",
        Numbers.UNCLEAR: "Please report this line; questions of such papers cannot be checked.",
        Numbers.LACKING: "Please report this line; questions of such papers cannot be checked.",
        Numbers.NO_QUESTIONS: "Write a paper definition for each paper, so that questions and "
        "maxima are checked.",
    }.get(questions.numbers)
    return well("question numbers", told) if to_do is None else odd("question numbers", told, to_do)


def _maxima(questions: Questions, *, is_open: bool) -> Diagnosis:
    when = "before marks are in" if is_open else "in this state"
    if not questions.with_maximum:
        to_do = "Write a paper definition for each paper: else a mark over its maximum is sent."
        return odd("maxima", f"No question has a maximum {when}.", to_do)
    told = f"Of {_counted(questions.count, 'question')}, {questions.with_maximum} have a maximum"
    told = f"{told} {when}"
    if questions.maxima_add_up is False:
        to_do = "Look at the paper: is a section optional, or one of its questions not scored?"
        return odd("maxima", f"{told}, but they do not add up to the paper's own.", to_do)
    if questions.with_maximum < questions.count:
        to_do = "Write a paper definition for those papers."
        return odd("maxima", f"{told}.", to_do)
    added = "" if questions.maxima_add_up is None else ", and they add up to the paper's own"
    return well("maxima", f"{told}{added}.")


def _marks(questions: Questions, *, is_open: bool) -> Diagnosis:
    if not questions.unmarked:
        return well("unmarked questions", "None is told, so how they are shown cannot be seen.")
    told = " or ".join(questions.unmarked)
    if not is_open:
        return well("unmarked questions", f"In this state a question shows {told} as its mark.")
    if "a mark" in questions.unmarked:
        to_do = "Look at the session in Surpass: has somebody begun to mark it?"
        return odd("unmarked questions", "Some of them have a mark already.", to_do)
    return well("unmarked questions", f"A question without a mark shows {told}.")


def _dates(seen: Observations) -> Diagnosis:
    if not seen.dates:
        to_do = "papermarks outstanding will know no ages. Please report this line."
        return odd("dates", "Neither startDate nor endDate is told.", to_do)
    unread = [name for name, form in seen.dates.items() if form is None]
    if unread:
        to_do = "Please report the form, such as dd MMM yyyy; until then such dates have no age."
        return odd("dates", f"{', '.join(unread)} cannot be read.", to_do)
    forms = {form for form in seen.dates.values() if form is not None}
    patterns = ", ".join(sorted({form.pattern for form in forms}))
    if any(form.certain for form in forms):
        return well("dates", f"They are written {patterns}.")
    return well(
        "dates", f"They are written {patterns}, read with the day first; this one fits both."
    )


def _results(seen: Observations) -> Diagnosis:
    how = f"HTTP {seen.results_status}"
    if seen.results is Results.READABLE:
        return well("results", f"This session has a result already, and it can be read ({how}).")
    if seen.results is Results.NONE_YET:
        told = f"The call is there; this session has no result yet ({how})."
        return well("results", f"{told} Whether the user may read one, the first will show.")
    if seen.results is Results.FORBIDDEN:
        to_do = "Ask for it: else sessions that have become results end as unconfirmed."
        return odd("results", f"The user has no permission to read results ({how}).", to_do)
    to_do = "Sessions that have become results will end as unconfirmed. Please report this line."
    return odd("results", f"The answer is not one of the API's ({how}).", to_do)


def _state_filter(seen: Observations) -> Diagnosis:
    by_name, by_number = (seen.filters[f"state by {what}"] for what in ("name", "number"))
    told = f"By name it {by_name}, by number it {by_number}."
    if Filtering.WORKS in (by_name, by_number):
        return well("state filter", told)
    if Filtering.CANNOT_TELL in (by_name, by_number):
        told = f"{told} All sessions that are listed would be found by it."
        return odd("state filter", told, "Look again once sessions in other states are there.")
    to_do = "Name a centre or a test where you can: the list is filtered here, which takes longer."
    return odd("state filter", told, to_do)


def _list(seen: Observations) -> Diagnosis:
    keycode = f"A filter by keycode {seen.filters['keycode']}"
    pages = {
        None: "",
        "here": "; the next page is at the same address",
        "elsewhere": "; the next page is on another host",
    }.get(seen.next_page, "; the next page is at the same host by another address")
    if seen.listed is None:
        to_do = "Does the user see this session in the list? papermarks session list shows."
        return odd("list", f"{keycode}{pages}; the session stands in no list asked for.", to_do)
    listed = seen.listed
    facts = [
        "its reference is the keycode"
        if listed.reference_is_keycode
        else "its reference is NOT the keycode, so each session is read by its id",
        "it bears candidate.reference"
        if listed.candidate_reference
        else "it bears no candidate.reference, so candidates are found by reading the sessions",
        "and its state" if listed.state else "and no state",
    ]
    told = f"{keycode}; an entry: {', '.join(facts)}{pages}."
    if seen.next_page == "elsewhere":
        return odd("list", told, "The password is never sent there: only the first page is read.")
    return well("list", told)


def _unknown(seen: Observations) -> Diagnosis:
    errors = "with" if seen.unknown_has_errors else "without"
    told = f"Asked for a keycode that nobody has, it answers HTTP {seen.unknown_status}"
    if seen.unknown_status in (HTTPStatus.NOT_FOUND, HTTPStatus.BAD_REQUEST, HTTPStatus.OK):
        return well("unknown keycodes", f"{told}, {errors} errors of its own.")
    to_do = "Please report this line: such sessions may be told as a failure."
    return odd("unknown keycodes", f"{told}, {errors} errors of its own.", to_do)


def _counted(number: int, word: str) -> str:
    return f"{number} {word}{'s' * (number != 1)}"


def _few(names: Sequence[str], most: int = 24) -> str:
    """Names of fields; a field that is no plain word could be anything, and is only counted."""
    plain = [name for name in names if name.isascii() and name.isidentifier() and len(name) <= 40]
    shown = ", ".join(plain[:most]) or "nothing that is known"
    more = len(names) - len(plain[:most])
    return f"{shown} and {more} more" if more else shown


# --- the settings that follow


def settings_that_follow(seen: Observations, ours: Settings) -> str:
    """Lines for papermarks.toml, the profile's table where there is one."""
    lines = [f"# As papermarks doctor --session found it on {dt.datetime.now(dt.UTC):%Y-%m-%d}"]
    if ours.profile is not None:
        lines.append(f"[profile.{ours.profile}]")
    zone = known_zone(seen.zone)
    if zone is not None:
        lines.append(f'time_zone = "{zone.key}"')
    else:
        lines.append('# time_zone = "…"   # write Surpass\'s own, such as Europe/London')
    if seen.state is OPEN and not seen.questions.with_maximum:
        lines.append("# No maxima before marks are in: write paper definitions, in papers/")
    lines += [f"# {line}" for line in _NOT_TO_BE_READ]
    return "\n".join(lines) + "\n"


_NOT_TO_BE_READ = (
    "What reading cannot tell: send one session of marks and one of responses, and look at them",
    'in Surpass. Where unanswered questions are wrong there: blank_answer = "null" or "omit".',
)

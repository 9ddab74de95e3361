"""Say in sentences what one session shows of this Surpass.

Each line's name stands in the table 'What is proven and what is a guess' in pipeline/README.md, so
that an office can tick off there what its own Surpass has shown.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from http import HTTPStatus

from pipeline.doctor.diagnosis import Diagnosis, ok, warning
from pipeline.doctor.observations import (
    OPEN,
    Filtering,
    Numbers,
    Observations,
    Questions,
    Results,
)
from pipeline.doctor.surpass import check_time_zone
from pipeline.settings import Settings
from pipeline.with_noun import with_noun

_NEEDED = ("keycode", "testState", "testForm", "candidate")
_USEFUL = ("test", "centre", "startDate", "endDate", "availableMarks", "mark", "sections")


def lines_of(observed: Observations, settings: Settings) -> Iterator[Diagnosis]:
    """What was observed, a line for each thing."""
    yield _state(observed)
    yield _fields(observed)
    yield _numbers(observed.questions)
    yield _maxima(observed.questions, is_open=observed.state is OPEN)
    yield _marks(observed.questions, is_open=observed.state is OPEN)
    yield _dates(observed)
    yield check_time_zone(settings.time_zone, observed.zone, dt.datetime.now(dt.UTC))
    yield _results(observed)
    yield _state_filter(observed)
    yield _list(observed)
    yield _unknown(observed)


def _state(observed: Observations) -> Diagnosis:
    if observed.state is OPEN:
        return ok("session", f"It was read; it waits for marks, in {OPEN.wire}.")
    name = "a state that is not known" if observed.state is None else observed.state.wire
    sentence = f"It was read, but is in {name}: what comes before marks are in, it cannot show."
    return warning("session", sentence, f"Look at one that is in {OPEN.wire}.")


def _fields(observed: Observations) -> Diagnosis:
    lacking = [name for name in _NEEDED if name not in observed.fields]
    if "candidate" not in lacking and not observed.candidate_reference:
        lacking.append("candidate.reference")
    lacking_useful = [name for name in _USEFUL if name not in observed.fields]
    sentence = f"A session has {_list_field_names(observed.fields)}" + (
        f"; not {', '.join(lacking_useful)}" if lacking_useful else ""
    )
    if lacking:
        to_do = "Please report this line: papermarks relies on those fields."
        return warning("fields", f"{sentence}. Lacking: {', '.join(lacking)}.", to_do)
    return ok("fields", f"{sentence}.")


def _numbers(questions: Questions) -> Diagnosis:
    counts = (
        f"{with_noun(questions.count, 'question')} in {with_noun(questions.sections, 'section')}"
    )
    left_out = (
        f"; left out, as no questions: {questions.not_scored}" if questions.not_scored else ""
    )
    sentence = {
        Numbers.UNIQUE: f"{counts}, numbered by displayNumber, each once{left_out}.",
        Numbers.RESTARTING: f"{counts}: the numbers restart in each section, so the running "
        f"position over the paper is used{left_out}.",
        Numbers.UNCLEAR: f"{counts}: a number comes twice within a section{left_out}.",
        Numbers.LACKING: f"{counts}, not all of them with a displayNumber; an entry has "
        f"{_list_field_names(questions.fields)}.",
        Numbers.NO_QUESTIONS: "A session that waits tells no questions" + f"{left_out}.",
    }[questions.numbers]
    to_do = {
        Numbers.RESTARTING: "Number the questions in your files from the first to the last of the "
        "paper; send one session and compare it in Surpass before you send more.",
        Numbers.UNCLEAR: "Please report this line; questions of such papers cannot be checked.",
        Numbers.LACKING: "Please report this line; questions of such papers cannot be checked.",
        Numbers.NO_QUESTIONS: "Write a paper definition for each paper, so that questions and "
        "maxima are checked.",
    }.get(questions.numbers)
    return (
        ok("question numbers", sentence)
        if to_do is None
        else warning("question numbers", sentence, to_do)
    )


def _maxima(questions: Questions, *, is_open: bool) -> Diagnosis:
    when = "before marks are in" if is_open else "in this state"
    if not questions.with_maximum:
        to_do = "Write a paper definition for each paper: else a mark over its maximum is sent."
        return warning("maxima", f"No question has a maximum {when}.", to_do)
    sentence = (
        f"Of {with_noun(questions.count, 'question')}, {questions.with_maximum} have a maximum"
    )
    sentence = f"{sentence} {when}"
    if questions.maxima_add_up is False:
        to_do = "Look at the paper: is a section optional, or one of its questions not scored?"
        return warning("maxima", f"{sentence}, but they do not add up to the paper's own.", to_do)
    if questions.with_maximum < questions.count:
        to_do = "Write a paper definition for those papers."
        return warning("maxima", f"{sentence}.", to_do)
    added = "" if questions.maxima_add_up is None else ", and they add up to the paper's own"
    return ok("maxima", f"{sentence}{added}.")


def _marks(questions: Questions, *, is_open: bool) -> Diagnosis:
    if not questions.unmarked:
        return ok("unmarked questions", "None is told, so how they are shown cannot be seen.")
    shown_as = " or ".join(questions.unmarked)
    if not is_open:
        return ok("unmarked questions", f"In this state a question shows {shown_as} as its mark.")
    if "a mark" in questions.unmarked:
        to_do = "Look at the session in Surpass: has somebody begun to mark it?"
        return warning("unmarked questions", "Some of them have a mark already.", to_do)
    return ok("unmarked questions", f"A question without a mark shows {shown_as}.")


def _dates(observed: Observations) -> Diagnosis:
    if not observed.dates:
        to_do = "papermarks outstanding will know no ages. Please report this line."
        return warning("dates", "Neither startDate nor endDate is told.", to_do)
    unread = [name for name, form in observed.dates.items() if form is None]
    if unread:
        to_do = "Please report the form, such as dd MMM yyyy; until then such dates have no age."
        return warning("dates", f"{', '.join(unread)} cannot be read.", to_do)
    forms = {form for form in observed.dates.values() if form is not None}
    patterns = ", ".join(sorted({form.pattern for form in forms}))
    if any(form.certain for form in forms):
        return ok("dates", f"They are written {patterns}.")
    return ok("dates", f"They are written {patterns}, read with the day first; this one fits both.")


def _results(observed: Observations) -> Diagnosis:
    how = f"HTTP {observed.results_status}"
    if observed.results is Results.READABLE:
        return ok("results", f"This session has a result already, and it can be read ({how}).")
    if observed.results is Results.NONE_YET:
        sentence = f"The call is there; this session has no result yet ({how})."
        return ok("results", f"{sentence} Whether the user may read one, the first will show.")
    if observed.results is Results.FORBIDDEN:
        to_do = "Ask for it: else sessions that have become results end as unconfirmed."
        return warning("results", f"The user has no permission to read results ({how}).", to_do)
    to_do = "Sessions that have become results will end as unconfirmed. Please report this line."
    return warning("results", f"The answer is not one of the API's ({how}).", to_do)


def _state_filter(observed: Observations) -> Diagnosis:
    by_name, by_number = (observed.filters[f"state by {what}"] for what in ("name", "number"))
    sentence = f"By name it {by_name}, by number it {by_number}."
    if Filtering.WORKS in (by_name, by_number):
        return ok("state filter", sentence)
    if Filtering.CANNOT_TELL in (by_name, by_number):
        sentence = f"{sentence} All sessions that are listed would be found by it."
        return warning(
            "state filter", sentence, "Look again once sessions in other states are there."
        )
    to_do = "Name a centre or a test where you can: the list is filtered here, which takes longer."
    return warning("state filter", sentence, to_do)


def _list(observed: Observations) -> Diagnosis:
    keycode = f"A filter by keycode {observed.filters['keycode']}"
    pages = {
        None: "",
        "here": "; the next page is at the same address",
        "elsewhere": "; the next page is on another host",
    }.get(observed.next_page, "; the next page is at the same host by another address")
    if observed.listed is None:
        to_do = "Does the user see this session in the list? papermarks session list shows."
        return warning("list", f"{keycode}{pages}; the session stands in no list asked for.", to_do)
    listed = observed.listed
    facts = [
        "its reference is the keycode"
        if listed.reference_is_keycode
        else "its reference is NOT the keycode, so each session is read by its id",
        "it bears candidate.reference"
        if listed.candidate_reference
        else "it bears no candidate.reference, so candidates are found by reading the sessions",
        "and its state" if listed.state else "and no state",
    ]
    sentence = f"{keycode}; an entry: {', '.join(facts)}{pages}."
    if observed.next_page == "elsewhere":
        return warning(
            "list", sentence, "The password is never sent there: only the first page is read."
        )
    return ok("list", sentence)


def _unknown(observed: Observations) -> Diagnosis:
    errors = "with" if observed.unknown_has_errors else "without"
    sentence = f"Asked for a keycode that nobody has, it answers HTTP {observed.unknown_status}"
    if observed.unknown_status in (HTTPStatus.NOT_FOUND, HTTPStatus.BAD_REQUEST, HTTPStatus.OK):
        return ok("unknown keycodes", f"{sentence}, {errors} errors of its own.")
    to_do = "Please report this line: such sessions may be told as a failure."
    return warning("unknown keycodes", f"{sentence}, {errors} errors of its own.", to_do)


def _list_field_names(names: Sequence[str], max_listed: int = 24) -> str:
    """Names of fields; a field that is no plain word could be anything, and is only counted."""
    plain = [name for name in names if name.isascii() and name.isidentifier() and len(name) <= 40]
    shown = ", ".join(plain[:max_listed]) or "nothing that is known"
    more = len(names) - len(plain[:max_listed])
    return f"{shown} and {more} more" if more else shown

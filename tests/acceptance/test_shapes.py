"""One story in each shape that the description of Surpass leaves open.

An office hands in two files. `keycodes.csv` names sessions by keycode: twelve good ones, one with a
mark over its maximum in each section, one that nobody knows. `candidates.csv` names five good ones
by candidate reference alone. Sixty other sessions wait for marks, so that lists have pages; one
candidate has an older session, which is marked.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.acceptance.command import Ran, papermarks
from tests.acceptance.documented import Service
from tests.acceptance.model import (
    Session,
    Shape,
    StateFilter,
    keycodes,
)
from tests.acceptance.server import serving
from tests.acceptance.sheets import FORM, Marks, content, marks_at, maxima_from, write_sheet

_MAXIMA = (5, 10, 4, 3, 6)  # of the questions over the paper: three in section A, two in section B
_DEFINITION = "Question,Maximum\n" + "".join(f"{q},{most}\n" for q, most in enumerate(_MAXIMA, 1))


@dataclass(frozen=True, kw_only=True)
class _Case:
    """A shape, what the office says itself, and what proves there that marks were taken."""

    id: str
    shape: Shape
    proof: str = "marks"
    definition: str = ""


_CASES = (
    _Case(id="1 as documented", shape=Shape()),
    _Case(id="2 numbers restart in each section", shape=Shape(numbers_restart=True)),
    # Surpass tells no maxima before marks are in: the office's paper definition has them.
    _Case(
        id="3 sections only with marks",
        shape=Shape(sections_before_marks=False),
        definition=_DEFINITION,
    ),
    _Case(
        id="4 sessions become results, then 404",
        shape=Shape(becomes_result=True),
        proof="result",
    ),
    _Case(
        id="5 sessions become results, then 400",
        shape=Shape(becomes_result=True, gone_status=400),
        proof="result",
    ),
    _Case(id="6 unknown by 400", shape=Shape(unknown_status=400)),
    _Case(id="7 lists without references", shape=Shape(lists_with_references=False)),
    _Case(id="8 state by number", shape=Shape(state_filter=StateFilter.NUMBER)),
    _Case(id="8 state refused", shape=Shape(state_filter=StateFilter.REFUSED)),
    _Case(id="9 errors with status 200", shape=Shape(errors_status=200)),
    # Several at once, as a customer may have them.
    _Case(
        id="results, restarting, 200, no references, no state filter",
        shape=Shape(
            numbers_restart=True,
            becomes_result=True,
            lists_with_references=False,
            state_filter=StateFilter.REFUSED,
            errors_status=200,
        ),
        proof="result",
    ),
)

_GOOD = tuple(keycodes("GOOD", 12))
# Sessions whose keycodes the office does not know, and what it calls the candidates: a value with a
# blank wants quotes in a filter, one with ' and ' or with a quote has no sure form there.
_NAMED = {
    "NAMED001": "00017",
    "NAMED002": "AB 12/7",
    "NAMED003": "Dee and Dum",
    "NAMED004": "O'Neill",
    "NAMED005": "A&B+C=100%",
}
_OVER_IN_A, _OVER_IN_B = "OVERMAX1", "OVERMAX2"
_UNKNOWN = "NOSUCH01"
_NOT_GOOD: dict[str, Marks] = {
    _OVER_IN_A: (5, 0, 5, 3, 6),  # question 3 has 4 marks at most
    _OVER_IN_B: (5, 0, 4, 4, 6),  # question 4 has 3: section B's first; section A's first has 5
    _UNKNOWN: (1, 1, 1, 1, 1),
}
_SENT = {keycode: marks_at(at) for at, keycode in enumerate((*_GOOD, *_NAMED))}
_SENT[_GOOD[-1]] = (None,) * 5  # came, and attempted nothing: that reads back as zeros


def _sessions() -> list[Session]:
    others = (Session(keycode) for keycode in keycodes("OTHER", 60))
    named = (Session(keycode, candidate) for keycode, candidate in _NAMED.items())
    older = Session("OLDER001", _NAMED["NAMED001"], state="Marked")
    known = (Session(keycode) for keycode in (*_GOOD, _OVER_IN_A, _OVER_IN_B))
    return [older, *known, *others, *named]


def _files(folder: Path) -> list[str]:
    by_keycode = {keycode: _SENT[keycode] for keycode in _GOOD} | _NOT_GOOD
    by_candidate = {candidate: _SENT[keycode] for keycode, candidate in _NAMED.items()}
    return [
        str(write_sheet(folder / "keycodes.csv", by_keycode)),
        str(write_sheet(folder / "candidates.csv", by_candidate, key="Candidate Reference")),
    ]


def _define(home: Path, definition: str) -> None:
    papers = home / "papermarks" / "papers"
    papers.mkdir(parents=True)
    (papers / f"{FORM}.csv").write_text(definition)


@dataclass(frozen=True)
class _Story:
    case: _Case
    service: Service
    ran: Ran


@pytest.fixture(scope="module", params=_CASES, ids=lambda case: case.id)
def story(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> _Story:
    """The story in one shape, told once for all tests that look at it."""
    case: _Case = request.param
    home = tmp_path_factory.mktemp("home")
    if case.definition:
        _define(home, case.definition)
    service = Service(_sessions(), case.shape)
    with serving(service) as url:
        ran = papermarks(home, url, "ingest", *_files(home))
    return _Story(case, service, ran)


def test_it_ends_as_needing_a_person_and_adds_up(story: _Story) -> None:
    assert story.ran.code == 1, story.ran.err
    assert story.ran.report["balanced"] is True
    assert "Traceback" not in story.ran.err


def test_each_good_session_is_posted_once_and_stored_as_sent(story: _Story) -> None:
    assert sorted(post.keycode for post in story.service.posts) == sorted(_SENT)
    assert {keycode: story.service.stored(keycode) for keycode in _SENT} == {
        keycode: [content(marks)] for keycode, marks in _SENT.items()
    }


def test_each_good_session_is_accepted_with_its_proof(story: _Story) -> None:
    good = {keycode: story.ran.submissions[keycode] for keycode in _GOOD}
    assert {
        keycode: (submission["outcome"], submission.get("proof"))
        for keycode, submission in good.items()
    } == dict.fromkeys(_GOOD, ("accepted", story.case.proof))


def test_that_a_session_is_now_a_result_is_said(story: _Story) -> None:
    reasons = [story.ran.submissions[keycode]["reason"] or "" for keycode in _GOOD]
    assert {"result" in reason for reason in reasons} == {story.case.shape.becomes_result}


def test_a_mark_over_its_maximum_is_invalid_at_its_cell(story: _Story) -> None:
    over = {keycode: story.ran.outcomes[keycode] for keycode in (_OVER_IN_A, _OVER_IN_B)}
    assert set(over.values()) == {"invalid"}, over
    assert story.ran.cells("mark-over-maximum") == [
        ("keycodes.csv", 14, "D"),
        ("keycodes.csv", 15, "E"),
    ]


def test_the_report_says_where_the_maxima_came_from(story: _Story) -> None:
    told_by = f"papers/{FORM}.csv" if story.case.definition else "Surpass"
    assert maxima_from(story.ran) == {FORM: told_by}


def test_an_unknown_session_is_not_open_and_called_unknown(story: _Story) -> None:
    assert story.ran.outcomes[_UNKNOWN] == "not_open"
    assert story.ran.cells("session-unknown") == [("keycodes.csv", 16, "A")]


def test_a_session_named_by_its_candidate_is_found_and_accepted(story: _Story) -> None:
    assert {keycode: story.ran.outcomes.get(keycode) for keycode in _NAMED} == dict.fromkeys(
        _NAMED, "accepted"
    )
    assert story.ran.cells("candidate-unknown") == []


def test_nobody_else_is_touched(story: _Story) -> None:
    untouched = {"OLDER001", *keycodes("OTHER", 60), _OVER_IN_A, _OVER_IN_B}
    assert not any(story.service.stored(keycode) for keycode in untouched)
    assert set(story.ran.outcomes) == {*_SENT, *_NOT_GOOD}


def _switches() -> Iterator[str]:
    plain = Shape()
    for case in _CASES:
        for name in vars(plain):
            if getattr(case.shape, name) != getattr(plain, name):
                yield name


def test_each_switch_of_a_shape_is_met_by_a_story() -> None:
    assert {*_switches(), "basic_refused"} == set(vars(Shape()))

"""One story in each shape that the description of Surpass leaves open.

An office hands in two files. `keycodes.csv` names sessions by keycode: twelve good ones, one with a
mark over its maximum in each section, one that nobody knows. `candidates.csv` names five good ones
by candidate reference alone. Sixty other sessions wait for marks, so that lists have pages; one
candidate has an older session, which is marked.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.acceptance.command import Ran, papermarks
from tests.acceptance.documented import Service
from tests.acceptance.model import (
    Content,
    Item,
    Paper,
    Section,
    Session,
    Shape,
    StateFilter,
    keycodes,
)
from tests.acceptance.server import PASSWORD, serving

_FORM = "BIO-P1"
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
_NOT_GOOD: dict[str, tuple[int | None, ...]] = {
    _OVER_IN_A: (5, 0, 5, 3, 6),  # question 3 has 4 marks at most
    _OVER_IN_B: (5, 0, 4, 4, 6),  # question 4 has 3: section B's first; section A's first has 5
    _UNKNOWN: (1, 1, 1, 1, 1),
}


def _marks(at: int) -> tuple[int | None, ...]:
    """Marks that no other session has; one in three did not attempt question 3."""
    return (at % 6, 10 - at % 7, None if at % 3 == 0 else at % 5, at % 4, at % 7)


_SENT = {keycode: _marks(at) for at, keycode in enumerate((*_GOOD, *_NAMED))}
_SENT[_GOOD[-1]] = (None,) * 5  # came, and attempted nothing: that reads back as zeros


def _content(marks: tuple[int | None, ...]) -> Content:
    return {str(question): mark for question, mark in enumerate(marks, start=1)}


def _cells(marks: tuple[int | None, ...]) -> str:
    return ",".join("NA" if mark is None else str(mark) for mark in marks)


def _sessions() -> list[Session]:
    others = (Session(keycode) for keycode in keycodes("OTHER", 60))
    named = (Session(keycode, candidate) for keycode, candidate in _NAMED.items())
    older = Session("OLDER001", _NAMED["NAMED001"], state="Marked")
    known = (Session(keycode) for keycode in (*_GOOD, _OVER_IN_A, _OVER_IN_B))
    return [older, *known, *others, *named]


def _files(folder: Path) -> list[str]:
    rows = {keycode: _SENT[keycode] for keycode in _GOOD} | _NOT_GOOD
    by_keycode = [f"{keycode},{_cells(marks)}" for keycode, marks in rows.items()]
    by_candidate = [f"{name},{_cells(_SENT[keycode])}" for keycode, name in _NAMED.items()]
    questions = ",".join(f"Q{question}" for question in range(1, 6))
    for name, heading, lines in (
        ("keycodes.csv", "Keycode", by_keycode),
        ("candidates.csv", "Candidate Reference", by_candidate),
    ):
        (folder / name).write_text("\n".join([f"{heading},{questions}", *lines]) + "\n")
    return [str(folder / "keycodes.csv"), str(folder / "candidates.csv")]


def _maxima_from(ran: Ran) -> dict[str, str]:
    return {paper["test_form"]: paper["maxima_from"] for paper in ran.report["papers"]}


def _define(home: Path, definition: str) -> None:
    papers = home / "papermarks" / "papers"
    papers.mkdir(parents=True)
    (papers / f"{_FORM}.csv").write_text(definition)


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
        keycode: [_content(marks)] for keycode, marks in _SENT.items()
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
    told_by = f"papers/{_FORM}.csv" if story.case.definition else "Surpass"
    assert _maxima_from(story.ran) == {_FORM: told_by}


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


# What is said where something is taken for granted.


def _one_sheet(home: Path, rows: dict[str, tuple[int | None, ...]]) -> str:
    questions = ",".join(f"Q{at}" for at in range(1, 1 + max(map(len, rows.values()))))
    lines = [f"{keycode},{_cells(marks)}" for keycode, marks in rows.items()]
    path = home / "sheet.csv"
    path.write_text("\n".join([f"Keycode,{questions}", *lines]) + "\n")
    return str(path)


_THREE = {keycode: _SENT[keycode] for keycode in _GOOD[:3]}


def _three(shape: Shape, home: Path, *, zone: str = "GMT Standard Time") -> tuple[Service, Ran]:
    """Three good sessions, handed in by keycode."""
    service = Service(map(Session, _THREE), shape, zone=zone)
    with serving(service) as url:
        return service, papermarks(home, url, "ingest", _one_sheet(home, _THREE))


def test_numbers_that_restart_are_taken_by_position_and_that_is_said(tmp_path: Path) -> None:
    _, ran = _three(Shape(numbers_restart=True), tmp_path)
    assert ran.code == 0, ran.err
    assert any("section" in finding["message"].lower() for finding in ran.report["findings"])


def test_numbers_that_do_not_restart_need_no_word(tmp_path: Path) -> None:
    _, ran = _three(Shape(), tmp_path)
    assert ran.code == 0, ran.err
    assert ran.report["findings"] == []


@pytest.mark.parametrize(
    "errors_status", [pytest.param(None, id="400"), pytest.param(200, id="errors with 200")]
)
def test_maxima_that_nobody_tells_are_said_to_be_missing(
    tmp_path: Path, errors_status: int | None
) -> None:
    """Then Surpass itself must refuse a mark over the maximum; nothing of it is stored."""
    shape = Shape(sections_before_marks=False, errors_status=errors_status)
    service = Service(map(Session, (*_THREE, _OVER_IN_A)), shape)
    sheet = _one_sheet(tmp_path, {**_THREE, _OVER_IN_A: _NOT_GOOD[_OVER_IN_A]})
    with serving(service) as url:
        ran = papermarks(tmp_path, url, "ingest", sheet)
    assert ran.code == 1, ran.err
    assert ran.outcomes == {**dict.fromkeys(_THREE, "accepted"), _OVER_IN_A: "refused"}
    assert service.stored(_OVER_IN_A) == []
    assert len(service.posted()[_OVER_IN_A]) == 1
    assert _maxima_from(ran) == {_FORM: "nowhere"}


# Papers.


@dataclass(frozen=True, kw_only=True)
class _PaperCase:
    """A paper, the sheet's columns, the marks of one candidate, and those that are one too high."""

    id: str
    sections: tuple[Section, ...]
    columns: tuple[str, ...]
    marks: tuple[int, ...]
    too_high: tuple[int, ...]
    column: str


_PAPERS = (
    _PaperCase(
        id="an optional section that was not taken",
        sections=(
            Section(name="A", items=(Item(maximum=5), Item(maximum=4))),
            Section(name="B", items=(Item(maximum=9),), selected=False),
            Section(name="C", items=(Item(maximum=3),), selected=True),
        ),
        columns=("1", "2", "4"),
        marks=(5, 4, 3),
        too_high=(0, 0, 4),
        column="D",
    ),
    _PaperCase(
        id="a survey at the end",
        sections=(
            Section(name="A", items=(Item(maximum=5), Item(maximum=4))),
            Section(name="How was it?", items=(Item(type="Survey", number="1"),), survey=True),
        ),
        columns=("1", "2"),
        marks=(5, 4),
        too_high=(0, 5),
        column="C",
    ),
    _PaperCase(
        id="a question that does not score",
        sections=(
            Section(
                name="A",
                items=(
                    Item(maximum=5),
                    Item(maximum=2, number="", non_scored=True),
                    Item(maximum=4),
                ),
            ),
        ),
        columns=("1", "2"),
        marks=(5, 4),
        too_high=(0, 5),
        column="C",
    ),
    _PaperCase(
        id="pages with numbers of questions",
        sections=(
            Section(
                name="A",
                items=(
                    Item(type="IntroductionPage", number="1"),
                    Item(maximum=5),
                    Item(type="Source", number="2"),
                    Item(maximum=4),
                    Item(type="FinishPage", number="3"),
                ),
            ),
        ),
        columns=("1", "2"),
        marks=(5, 4),
        too_high=(0, 5),
        column="C",
    ),
    _PaperCase(
        id="awardedMark is weighted",
        sections=(Section(name="A", items=(Item(maximum=5, weight=2.0), Item(maximum=4))),),
        columns=("1", "2"),
        marks=(5, 4),
        too_high=(6, 0),
        column="B",
    ),
    _PaperCase(
        id="mark is weighted",
        sections=(
            Section(
                name="A", items=(Item(maximum=5, weight=0.5, weighted="mark"), Item(maximum=4))
            ),
        ),
        columns=("1", "2"),
        marks=(5, 4),
        too_high=(6, 0),
        column="B",
    ),
    _PaperCase(
        id="numbers with letters",
        sections=(
            Section(name="A", items=(Item(maximum=5, number="1a"), Item(maximum=4, number="1b"))),
        ),
        columns=("1a", "1b"),
        marks=(5, 4),
        too_high=(0, 5),
        column="C",
    ),
)


@pytest.mark.parametrize("case", _PAPERS, ids=lambda case: case.id)
def test_only_what_scores_is_a_question(case: _PaperCase, tmp_path: Path) -> None:
    paper = Paper("OPT-1", case.sections)
    service = Service(Session(keycode, paper=paper) for keycode in ("GOOD0001", _OVER_IN_A))
    heading = ",".join(f"Q{number}" for number in case.columns)
    sheet = tmp_path / "sheet.csv"
    sheet.write_text(
        f"Keycode,{heading}\nGOOD0001,{_cells(case.marks)}\n{_OVER_IN_A},{_cells(case.too_high)}\n"
    )
    with serving(service) as url:
        ran = papermarks(tmp_path, url, "ingest", str(sheet))
    assert ran.outcomes == {"GOOD0001": "accepted", _OVER_IN_A: "invalid"}, ran.output
    assert ran.submissions["GOOD0001"].get("proof") == "marks"
    assert ran.cells("mark-over-maximum") == [("sheet.csv", 3, case.column)]
    assert service.stored("GOOD0001") == [dict(zip(case.columns, case.marks, strict=True))]


def test_answers_are_accepted_as_they_read_back(tmp_path: Path) -> None:
    service = Service([Session("GOOD0001")])
    sheet = tmp_path / "answers.csv"
    answers = dict(zip(map(str, range(1, 6)), "ABCDA", strict=True))
    rows = "".join(f"GOOD0001,{question},{answer}\n" for question, answer in answers.items())
    sheet.write_text(f"Keycode,Question,Answer\n{rows}")
    with serving(service) as url:
        ran = papermarks(tmp_path, url, "ingest", str(sheet))
    assert ran.outcomes == {"GOOD0001": "accepted"}, ran.output
    assert service.stored("GOOD0001") == [answers]


# Results.


@pytest.mark.parametrize("gone_status", [404, 400])
def test_24_sessions_that_all_become_results_are_all_accepted(
    tmp_path: Path, gone_status: int
) -> None:
    rows = {keycode: _marks(at) for at, keycode in enumerate(keycodes("RESULT", 24), start=1)}
    service = Service(map(Session, rows), Shape(becomes_result=True, gone_status=gone_status))
    with serving(service) as url:
        ran = papermarks(tmp_path, url, "ingest", _one_sheet(tmp_path, rows))
    assert ran.code == 0, ran.err
    assert ran.outcomes == dict.fromkeys(rows, "accepted")
    assert len(service.posts) == 24
    assert {keycode: service.stored(keycode) for keycode in rows} == {
        keycode: [_content(marks)] for keycode, marks in rows.items()
    }


# Access.


def test_basic_switched_off_stops_the_run_and_names_the_causes(tmp_path: Path) -> None:
    service, ran = _three(Shape(basic_refused=True), tmp_path)
    assert ran.code == 4, ran.err
    assert not service.posts
    assert ran.outcomes == dict.fromkeys(_THREE, "failed")
    output = ran.output.lower()
    assert "password" in output
    assert "basic" in output
    assert "single sign-on" in output
    assert PASSWORD not in ran.output


# Time.


@pytest.mark.parametrize(
    ("windows_name", "iana_name"),
    [
        pytest.param("Tokyo Standard Time", "Asia/Tokyo", id="ahead of UTC"),
        pytest.param("Hawaiian Standard Time", "Pacific/Honolulu", id="behind UTC"),
        pytest.param("GMT Standard Time", "Europe/London", id="London"),
    ],
)
def test_the_completion_date_is_on_the_clock_of_surpass(
    tmp_path: Path, windows_name: str, iana_name: str
) -> None:
    zone = ZoneInfo(iana_name)
    before = dt.datetime.now(zone).replace(microsecond=0)
    service, ran = _three(Shape(), tmp_path, zone=windows_name)
    after = dt.datetime.now(zone)
    assert ran.code == 0, ran.err
    for post in service.posts:
        completed = dt.datetime.fromisoformat(post.query["completionDate"]).replace(tzinfo=zone)
        assert before <= completed <= after


def test_a_zone_that_cannot_be_known_is_said(tmp_path: Path) -> None:
    _, ran = _three(Shape(), tmp_path, zone="Neverland Standard Time")
    assert "Neverland Standard Time" in ran.output


def _switches() -> Iterator[str]:
    plain = Shape()
    for case in _CASES:
        for name in vars(plain):
            if getattr(case.shape, name) != getattr(plain, name):
                yield name


def test_each_switch_of_a_shape_is_met_by_a_story() -> None:
    assert {*_switches(), "basic_refused"} == set(vars(Shape()))

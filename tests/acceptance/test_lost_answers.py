"""Answers that are lost or untrue: stored once all the same, and 'accepted' means stored as sent.

For each fault of a POST one story: the file is handed in, then handed in again until nothing is
left to do; what is unconfirmed is read again by `confirm`. A person then settles what Surpass has
not taken, by `resolve`.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.acceptance.command import Ran
from tests.acceptance.documented import Service
from tests.acceptance.model import (
    PostFault,
    Session,
    Shape,
    keycodes,
)
from tests.acceptance.office import LATE_S, QUIET_PERIOD_S, TAKEN, Office, content_at, write_marks
from tests.acceptance.server import serving


@dataclass(frozen=True, kw_only=True)
class _Case:
    """What must have become of a session whose first POST met this fault."""

    fault: PostFault
    posts: int = 1
    first: set[str]  # its outcome in the run that met the fault
    # Its outcome in the last run: 'unchanged' is 'accepted, and not sent again'.
    last: set[str] = field(default_factory=lambda: TAKEN)
    stored: str = "as sent"  # or 'in part', 'nothing'


_CASES = (
    _Case(fault=PostFault.STORED_LATE, first={"accepted", "in_doubt"}),
    _Case(fault=PostFault.CUT_STORED_LATE, first={"accepted", "in_doubt"}),
    # The marks are there: it was taken, whatever the state.
    _Case(fault=PostFault.STATE_MOVES_LATER, first={"accepted"}),
    _Case(fault=PostFault.STATE_STAYS_OPEN, first={"accepted"}),
    # Surpass said that it took them, and shows nothing of them: a person must look.
    _Case(
        fault=PostFault.NOT_STORED,
        first={"unconfirmed"},
        last={"unconfirmed", "held"},
        stored="nothing",
    ),
    _Case(
        fault=PostFault.NOT_STORED_STATE_MOVES,
        first={"unconfirmed"},
        last={"unconfirmed", "held", "not_open"},
        stored="nothing",
    ),
    _Case(
        fault=PostFault.STORED_IN_PART,
        first={"unconfirmed"},
        last={"unconfirmed", "held", "not_open"},
        stored="in part",
    ),
    # Nothing came of it, which only the quiet period proves; then it is sent once more.
    _Case(fault=PostFault.BAD_GATEWAY, posts=2, first={"accepted", "in_doubt"}),
)
_OF_EACH = 2


def _of(fault: PostFault) -> list[tuple[int, str]]:
    """The sessions that meet this fault, with their row in the sheet."""
    places = [at for at, met in enumerate(_PLAN) if met is fault]
    return [(at, _CODES[at]) for at in places]


# Sessions with a fault alternate with good ones.
_PLAN = [met for fault in PostFault for met in (fault, None) for _ in range(_OF_EACH)]
_CODES = list(keycodes("LOST", len(_PLAN)))


@dataclass(frozen=True)
class _Story:
    service: Service
    first: Ran
    office: Office


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(Shape(), id="sessions stay"),
        pytest.param(Shape(becomes_result=True), id="sessions become results"),
    ],
)
def story(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> _Story:
    """Each fault met by some sessions; handed in until settled, then confirmed."""
    home = tmp_path_factory.mktemp("home")
    faults = {keycode: met for keycode, met in zip(_CODES, _PLAN, strict=True) if met}
    service = Service(map(Session, _CODES), request.param, faults=faults, late_s=LATE_S)
    with serving(service) as url:
        office = Office(home, url, write_marks(home / "marks.csv", _CODES))
        first = office.hand_in()
        time.sleep(QUIET_PERIOD_S)
        office.hand_in_until_settled()
        office.confirm()
        office.hand_in()
    return _Story(service, first, office)


def test_every_fault_has_its_case() -> None:
    assert [case.fault for case in _CASES] == list(PostFault)


def test_those_without_a_fault_are_accepted_at_once(story: _Story) -> None:
    good = [keycode for keycode, met in zip(_CODES, _PLAN, strict=True) if met is None]
    assert {story.first.outcomes[keycode] for keycode in good} == {"accepted"}
    assert {len(story.service.stored(keycode)) for keycode in good} == {1}


@pytest.mark.parametrize("case", _CASES, ids=lambda case: case.fault.name)
def test_what_becomes_of_a_fault(story: _Story, case: _Case) -> None:
    for at, keycode in _of(case.fault):
        assert len(story.service.posted()[keycode]) == case.posts
        assert story.first.outcomes[keycode] in case.first
        assert story.office.outcome(keycode) in case.last, story.office.submission(keycode)
        stored = story.service.stored(keycode)
        match case.stored:
            case "as sent":
                assert stored == [content_at(at)]
            case "in part":
                assert stored == [dict(list(content_at(at).items())[:2])]
            case _:
                assert stored == []


def test_a_second_post_comes_only_after_the_quiet_period(story: _Story) -> None:
    for _, keycode in _of(PostFault.BAD_GATEWAY):
        first, second = (post.at for post in story.service.posts if post.keycode == keycode)
        # The first may have been a while on its way before it was noted here.
        assert second - first > QUIET_PERIOD_S / 2


def test_what_a_person_finds_not_taken_is_sent_once_more(tmp_path: Path) -> None:
    faults = {"LOST0001": PostFault.NOT_STORED}
    codes = ["LOST0001", "LOST0002"]
    service = Service(map(Session, codes), faults=faults)
    with serving(service) as url:
        office = Office(tmp_path, url, write_marks(tmp_path / "marks.csv", codes))
        assert office.hand_in().outcomes["LOST0001"] == "unconfirmed"
        office.resolve("LOST0001", "not-taken")
        time.sleep(QUIET_PERIOD_S)
        last = office.hand_in()
    assert last.outcomes == {"LOST0001": "accepted", "LOST0002": "unchanged"}
    assert [len(service.stored(keycode)) for keycode in codes] == [1, 1]


def test_what_a_person_finds_taken_is_not_sent_again(tmp_path: Path) -> None:
    service = Service([Session("LOST0001")], faults={"LOST0001": PostFault.NOT_STORED_STATE_MOVES})
    with serving(service) as url:
        office = Office(tmp_path, url, write_marks(tmp_path / "marks.csv", ["LOST0001"]))
        assert office.hand_in().outcomes["LOST0001"] == "unconfirmed"
        office.resolve("LOST0001", "accepted")
        last = office.hand_in()
    assert last.outcomes == {"LOST0001": "unchanged"}
    assert len(service.posts) == 1

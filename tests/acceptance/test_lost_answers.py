"""Answers that are lost or untrue: stored once all the same, and 'accepted' means stored as sent.

For each fault of a POST one story: the file is handed in, then handed in again until nothing is
left to do; what is unconfirmed is read again by `confirm`. A person then settles what Surpass has
not taken, by `resolve`. At last the same with kills in between.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest

from pipeline.settings import Settings
from tests.acceptance.command import Ran, papermarks
from tests.acceptance.documented import Service
from tests.acceptance.model import (
    OPEN,
    Content,
    PostFault,
    Session,
    Shape,
    faults_by_share,
    keycodes,
)
from tests.acceptance.server import PASSWORD, USER, serving
from tests.kills.process import begin, kill_after

_QUIET_PERIOD_S = 1.0
_LATE_S = 0.3  # what comes late comes well within the quiet period
_QUICK = {
    "PAPERMARKS_QUIET_PERIOD": str(_QUIET_PERIOD_S),
    "PAPERMARKS_RETRY_WAIT": "0.05",
    "PAPERMARKS_STOP_AFTER": "1000",  # the faults are many, and meant
}
_SETTLED = {"accepted", "unchanged", "unconfirmed", "not_open", "held"}


def _marks(at: int) -> tuple[int | None, ...]:
    """No two neighbours alike, and more than zeros in each half: what was stored can be told."""
    return (1 + at % 5, 1 + at % 10, None if at % 3 == 0 else 4, 1 + at % 3, at % 7)


def _content(at: int) -> Content:
    return {str(question): mark for question, mark in enumerate(_marks(at), start=1)}


def _sheet(path: Path, codes: Iterable[str]) -> Path:
    rows = ["Keycode,Q1,Q2,Q3,Q4,Q5"]
    for at, keycode in enumerate(codes):
        rows.append(",".join((keycode, *("NA" if m is None else str(m) for m in _marks(at)))))
    path.write_text("\n".join(rows) + "\n")
    return path


class _Office:
    """Hands in one file, again and again, until nothing is left to do."""

    def __init__(self, home: Path, url: str, sheet: Path) -> None:
        self._home, self._url, self._sheet = home, url, sheet
        self._newest: dict[str, dict[str, object]] = {}
        self._run = ""

    def hand_in(self) -> Ran:
        ran = self._command("ingest", str(self._sheet))
        assert ran.code in {0, 1}, ran.err
        assert ran.report["balanced"] is True
        self._newest, self._run = ran.submissions, ran.folder.name
        return ran

    def hand_in_until_settled(self) -> None:
        for _ in range(6):
            if set(self.hand_in().outcomes.values()) <= _SETTLED:
                return
            time.sleep(_QUIET_PERIOD_S)
        pytest.fail(f"not settled after six runs: {self._newest}")

    def confirm(self) -> None:
        """Let what the last run left unconfirmed be read again."""
        ran = self._command("confirm", self._run)
        assert ran.code in {0, 1}, ran.err

    def resolve(self, keycode: str, verdict: str) -> None:
        ran = self._command("resolve", keycode, verdict, "--reason", "looked at it in Surpass")
        assert ran.code == 0, ran.err

    def outcome(self, keycode: str) -> str:
        return str(self._newest[keycode]["outcome"])

    def submission(self, keycode: str) -> Mapping[str, object]:
        return self._newest[keycode]

    def _command(self, *args: str) -> Ran:
        return papermarks(self._home, self._url, *args, **_QUICK)


def _waiting(service: Service, keycode: str) -> bool:
    """Whether Surpass still waits for that session's marks, and has none."""
    return service.session(keycode).state == OPEN and not service.stored(keycode)


# One fault at a time.


@dataclass(frozen=True, kw_only=True)
class _Case:
    """What must have become of a session whose first POST met this fault."""

    fault: PostFault
    posts: int
    first: set[str]  # its outcome in the run that met the fault
    last: set[str]  # its outcome in the last run: 'unchanged' is 'accepted, and not sent again'
    stored: str  # 'as sent', 'in part', 'nothing'


_TAKEN = {"accepted", "unchanged"}
_CASES = (
    _Case(
        fault=PostFault.STORED_LATE,
        posts=1,
        first={"accepted", "in_doubt"},
        last=_TAKEN,
        stored="as sent",
    ),
    _Case(
        fault=PostFault.CUT_STORED_LATE,
        posts=1,
        first={"accepted", "in_doubt"},
        last=_TAKEN,
        stored="as sent",
    ),
    # The marks are there: it was taken, whatever the state.
    _Case(
        fault=PostFault.STATE_MOVES_LATER,
        posts=1,
        first={"accepted"},
        last=_TAKEN,
        stored="as sent",
    ),
    _Case(
        fault=PostFault.STATE_STAYS_OPEN,
        posts=1,
        first={"accepted"},
        last=_TAKEN,
        stored="as sent",
    ),
    # Surpass said that it took them, and shows nothing of them: a person must look.
    _Case(
        fault=PostFault.NOT_STORED,
        posts=1,
        first={"unconfirmed"},
        last={"unconfirmed", "held"},
        stored="nothing",
    ),
    _Case(
        fault=PostFault.NOT_STORED_STATE_MOVES,
        posts=1,
        first={"unconfirmed"},
        last={"unconfirmed", "held", "not_open"},
        stored="nothing",
    ),
    _Case(
        fault=PostFault.STORED_IN_PART,
        posts=1,
        first={"unconfirmed"},
        last={"unconfirmed", "held", "not_open"},
        stored="in part",
    ),
    # Nothing came of it, which only the quiet period proves; then it is sent once more.
    _Case(
        fault=PostFault.BAD_GATEWAY,
        posts=2,
        first={"accepted", "in_doubt"},
        last=_TAKEN,
        stored="as sent",
    ),
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
    office: _Office


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
    service = Service(map(Session, _CODES), request.param, faults=faults, late_s=_LATE_S)
    with serving(service) as url:
        office = _Office(home, url, _sheet(home / "marks.csv", _CODES))
        first = office.hand_in()
        time.sleep(_QUIET_PERIOD_S)
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
                assert stored == [_content(at)]
            case "in part":
                assert stored == [dict(list(_content(at).items())[:2])]
            case _:
                assert stored == []


def test_a_second_post_comes_only_after_the_quiet_period(story: _Story) -> None:
    for _, keycode in _of(PostFault.BAD_GATEWAY):
        first, second = (post.at for post in story.service.posts if post.keycode == keycode)
        # The first may have been a while on its way before it was noted here.
        assert second - first > _QUIET_PERIOD_S / 2


def test_what_a_person_finds_not_taken_is_sent_once_more(tmp_path: Path) -> None:
    faults = {"LOST0001": PostFault.NOT_STORED}
    codes = ["LOST0001", "LOST0002"]
    service = Service(map(Session, codes), faults=faults)
    with serving(service) as url:
        office = _Office(tmp_path, url, _sheet(tmp_path / "marks.csv", codes))
        assert office.hand_in().outcomes["LOST0001"] == "unconfirmed"
        office.resolve("LOST0001", "not-taken")
        time.sleep(_QUIET_PERIOD_S)
        last = office.hand_in()
    assert last.outcomes == {"LOST0001": "accepted", "LOST0002": "unchanged"}
    assert [len(service.stored(keycode)) for keycode in codes] == [1, 1]


def test_what_a_person_finds_taken_is_not_sent_again(tmp_path: Path) -> None:
    service = Service([Session("LOST0001")], faults={"LOST0001": PostFault.NOT_STORED_STATE_MOVES})
    with serving(service) as url:
        office = _Office(tmp_path, url, _sheet(tmp_path / "marks.csv", ["LOST0001"]))
        assert office.hand_in().outcomes["LOST0001"] == "unconfirmed"
        office.resolve("LOST0001", "accepted")
        last = office.hand_in()
    assert last.outcomes == {"LOST0001": "unchanged"}
    assert len(service.posts) == 1


# All faults, and kill -9 between.


def _settings(home: Path, url: str) -> Settings:
    return Settings.model_validate(
        {
            "home": home / "papermarks",
            "surpass_url": url,
            "surpass_username": USER,
            "surpass_password": PASSWORD,
            "quiet_period": _QUIET_PERIOD_S,
            "retry_wait": 0.05,
            "stop_after": 1000,
            "batch_size": 25,
            "lease": 5,
        }
    )


def _wait_for_requests(service: Service, process: BaseProcess, count: int) -> None:
    wanted = len(service.requests) + count
    while len(service.requests) < wanted and process.exitcode is None:
        process.join(0.005)


def _killed(home: Path, shape: Shape, *, sessions: int, kills: int) -> None:
    seed = random.randrange(10**6)
    print(f"seed {seed}")
    rng = random.Random(seed)
    codes = list(keycodes("KILL", sessions))
    faults = faults_by_share(codes, share=0.4, seed=seed)
    service = Service(map(Session, codes), shape, faults=faults, late_s=_LATE_S)
    sheet = _sheet(home / "marks.csv", codes)
    with serving(service) as url:
        killed = 0
        for _ in range(kills):
            # Moments are counted in requests: they fall into the same places on a slow machine.
            process = begin(_settings(home, url), [sheet])
            _wait_for_requests(service, process, rng.randrange(1, 2 + sessions))
            killed += kill_after(process, rng.uniform(0, 0.02))
        assert killed, "no run was killed"
        _account(service, codes, faults, _to_the_end(service, home, url, sheet, codes))


def _to_the_end(
    service: Service, home: Path, url: str, sheet: Path, codes: list[str]
) -> dict[str, str]:
    """Plain runs, confirm, and a person for what Surpass still waits for; the last outcomes."""
    office = _Office(home, url, sheet)
    time.sleep(_QUIET_PERIOD_S)
    office.hand_in_until_settled()
    office.confirm()
    service.wait_for_late_ones()
    open_still = [keycode for keycode in codes if _waiting(service, keycode)]
    for keycode in open_still:
        assert office.outcome(keycode) not in _TAKEN, keycode
        office.resolve(keycode, "not-taken")
    if open_still:
        time.sleep(_QUIET_PERIOD_S)
        office.hand_in_until_settled()
    return {keycode: office.outcome(keycode) for keycode in codes}


def _account(
    service: Service,
    codes: list[str],
    faults: Mapping[str, PostFault],
    outcomes: Mapping[str, str],
) -> None:
    """Each stored once; what is called accepted was stored as sent, and nothing else is."""
    for at, keycode in enumerate(codes):
        stored, fault, outcome = service.stored(keycode), faults.get(keycode), outcomes[keycode]
        story = (keycode, fault, outcome, stored)
        if fault is PostFault.NOT_STORED_STATE_MOVES:
            assert stored == [], story  # Surpass takes no more marks for it
        else:
            assert len(stored) == 1, story
        assert (outcome in _TAKEN) == (stored == [_content(at)]), story


def test_40_sessions_with_all_faults_and_three_kills(tmp_path: Path) -> None:
    _killed(tmp_path, Shape(becomes_result=True), sessions=40, kills=3)


@pytest.mark.long
@pytest.mark.parametrize(
    "shape",
    [
        pytest.param(Shape(), id="sessions stay"),
        pytest.param(Shape(becomes_result=True, gone_status=400), id="sessions become results"),
        pytest.param(Shape(sections_before_marks=False), id="sections only with marks"),
        pytest.param(Shape(numbers_restart=True, errors_status=200), id="restart, errors with 200"),
    ],
)
def test_400_sessions_with_all_faults_and_ten_kills(tmp_path: Path, shape: Shape) -> None:
    _killed(tmp_path, shape, sessions=400, kills=10)

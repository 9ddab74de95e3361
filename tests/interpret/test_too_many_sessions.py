"""A file with more sessions than one may have is refused as a whole, and harms no other of the run.

The bound is set low here.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from pipeline.interpret import ReadingOptions
from schemas.rules import TOO_MANY_SESSIONS
from tests import forked
from tests.plain_environment import plain_environment
from tests.read.source_files import dropped, workbook
from tests.validate.prepared import prepared_paths
from tests.validate.refused import assert_refused

_MOST = 5
_REFERENCES, _OMR = "Candidate Ref,Q1", "file_id,input_path,output_path,score,Keycode,q1"
_LONG = "Keycode,Question,Mark"


def _csv(
    count: int, row: str = "{:05d}ABC,3", *, heading: str = "Keycode,Q1", first: int = 0
) -> str:
    rows = [row.format(number) for number in range(first, first + count)]
    return "\n".join([heading, *rows, ""])


def _long(count: int) -> str:
    return _csv(count, "{0:05d}ABC,1,3\n{0:05d}ABC,2,4\n{0:05d}ABC,3,5", heading=_LONG)


def _book(*firsts: int, count: int) -> bytes:
    """A sheet for each question."""
    return workbook(
        {
            f"Question {at}": [
                ["Keycode", f"Q{at}"],
                *([f"{n:05d}ABC", 3] for n in range(first, first + count)),
            ]
            for at, first in enumerate(firsts, start=1)
        }
    )


@dataclass(frozen=True)
class _Case:
    id: str
    contents: Sequence[str | bytes]
    refused: Collection[int] = ()  # files, by number
    becomes: dict[str, int] = field(default_factory=dict)  # submissions by outcome
    says: str = "6 sessions stand in this file; the most that one file may have is 5."


_GOOD = _csv(5, first=50)
_CASES = [
    _Case("wide, at the bound", [_csv(5)], becomes={"ready": 5}),
    _Case("wide, one more", [_csv(6)], {0}),
    _Case("long, at the bound", [_long(5)], becomes={"ready": 5}),
    _Case("long, one more", [_long(6)], {0}),
    _Case(
        "scanned sheets, at the bound",
        [_csv(5, "1,a,b,0,{:05d}ABC,A", heading=_OMR)],
        becomes={"ready": 5},
    ),
    _Case("scanned sheets, one more", [_csv(6, "1,a,b,0,{:05d}ABC,A", heading=_OMR)], {0}),
    _Case(
        "references, at the bound",
        [_csv(5, "STU-{:04d},3", heading=_REFERENCES)],
        becomes={"held": 5},
    ),
    _Case("references, one more", [_csv(6, "STU-{:04d},3", heading=_REFERENCES)], {0}),
    _Case(
        "three candidates with a session of each of two tests",
        [_csv(3, "STU-{0:04d},BIO,3\nSTU-{0:04d},CHEM,4", heading="Candidate Ref,Test,Q1")],
        {0},
    ),
    _Case("the same sessions in each sheet", [_book(0, 0, count=5)], becomes={"ready": 5}),
    _Case("others in each sheet", [_book(0, 3, count=3)], {0}),
    _Case("some in both sheets", [_book(0, 2, count=3)], becomes={"ready": 5}),
    _Case(
        "one keycode written in two ways",
        [_csv(5) + "00004abc,4\n"],
        becomes={"ready": 4, "held": 1},  # the question is given twice
    ),
    _Case(
        "rows of nobody do not count",
        [_csv(5, "{:05d}ABC,3,4", heading="Keycode,Q1,Q2") + ",1,2\n,1,2\n"],
        becomes={"ready": 4, "held": 1, "invalid": 2},  # the rows may be of the last candidate
    ),
    _Case("rows that are set aside do not count", [_csv(5) + "Maximum,9\n"], becomes={"ready": 5}),
    _Case("one of three files", [_GOOD, _csv(6), _csv(1, first=90)], {1}, {"ready": 6}),
    _Case("two of three files", [_csv(6), _GOOD, _csv(6, first=20)], {0, 2}, {"ready": 5}),
    _Case("the bound is of each file", [_GOOD, _csv(5)], becomes={"ready": 10}),
    _Case(
        "a session of the refused file stands in a good one",
        [_csv(6), _csv(2, first=5)],
        {0},
        {"held": 1, "ready": 1},
    ),
    _Case(
        "so does one whose keycode is not read there",
        [_csv(5) + "00050ABC (resit),7\n", _csv(2, first=50)],
        {0},
        {"held": 1, "ready": 1},
    ),
    _Case(
        "and a candidate who is named by a reference",
        [
            _csv(6, "STU-{:04d},3", heading=_REFERENCES),
            _csv(1, "STU-{:04d},3", heading=_REFERENCES, first=5),
        ],
        {0},
        {"held": 1},
    ),
    _Case(
        "nearly all of it is wrong, too",
        [_csv(7, "{:05d}ABC,-1"), _GOOD],
        {0},
        {"ready": 5},
        says="7 sessions stand in this file; the most that one file may have is 5.",
    ),
]


@pytest.mark.parametrize("case", _CASES, ids=lambda case: case.id)
def test_what_becomes_of_a_file_with_many_sessions(tmp_path: Path, case: _Case) -> None:
    paths = [
        dropped(tmp_path, each, f"{at}.{'csv' if isinstance(each, str) else 'xlsx'}")
        for at, each in enumerate(case.contents)
    ]
    came = prepared_paths(paths, ReadingOptions(max_sessions=_MOST))
    assert_refused(came, case.refused, case.becomes, more_than=_MOST)
    sources = came.validated.sources
    for at in case.refused:
        found = came.validated.findings
        (refusal,) = found[found["file"] == sources[at].source.name].to_dict("records")
        assert refusal["rule"] == TOO_MANY_SESSIONS
        assert refusal["message"] == f"{case.says} Nothing of it was used."
        assert {*sources[at].set_aside["reason"]} == {"heading", "too many sessions"}


def test_the_slip_of_a_refused_file_is_not_held_against_it(tmp_path: Path) -> None:
    path = dropped(tmp_path, _csv(6), "marks.csv")
    (tmp_path / "marks.csv.slip.toml").write_text("candidates = 7\n")
    came = prepared_paths([path], ReadingOptions(max_sessions=_MOST))
    assert came.validated.findings["rule"].tolist() == [TOO_MANY_SESSIONS]


@pytest.mark.parametrize("command", ["check", "inspect"])
def test_commands_heed_the_setting_and_say_what_to_do(tmp_path: Path, command: str) -> None:
    path = dropped(tmp_path, _csv(6))
    env = plain_environment(PAPERMARKS_HOME=str(tmp_path / "home"), PAPERMARKS_READ_SESSIONS="5")
    offline = ["--offline"] if command == "check" else []
    done = forked.papermarks(command, *offline, str(path), env=env)
    assert done.returncode == 3, done.stderr  # no source file could be used
    assert _CASES[1].says in " ".join(done.stdout.split())
    if command == "check":
        (folder,) = (path for path in (tmp_path / "home" / "reports").iterdir() if path.is_dir())
        assert {path.suffix for path in folder.iterdir()} == {".html", ".json", ".xlsx"}
        page = (folder / "reconciliation.html").read_text()
        assert "divide it into files of at most 5 sessions" in page
        assert "READ_SESSIONS" in page

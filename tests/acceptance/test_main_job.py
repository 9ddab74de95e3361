"""The main job as an office meets it: the command, files, a server, and the report."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from tests.acceptance.command import papermarks
from tests.acceptance.documented import Service
from tests.acceptance.model import Session, two_sections
from tests.acceptance.server import PASSWORD, serving

_LONG = """Keycode,Question,Mark
GOOD0001,1,3
GOOD0001,2,0
GOOD0002,1,5
GOOD0002,2,NA
HALF0001,1,18.5
HALF0001,2,4
TWICE001,1,2
TWICE001,2,2
TWICE001,1,3
TWICE001,2,2
NOSUCH01,1,1
NOSUCH01,2,1
MARKED01,1,4
MARKED01,2,4
OVERMAX1,1,9
OVERMAX1,2,1
,,
Total,,72
"""


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    """A long CSV and a wide workbook, with what goes wrong."""
    (tmp_path / "paper 1.csv").write_text(_LONG)
    workbook = Workbook()
    sheet = workbook.active
    assert sheet is not None
    for row in (
        ["Midshire, paper 2"],
        [],
        ["Keycode", "Name", "Q1", "Q2", "Q3", "Total"],
        ["GOOD0003", "A. Person", 1, 2, 3, 6],
        ["GOOD0004", "B. Person", 0, 10, "NA", 10],
        ["BLANK001", "C. Person", 4, None, 2, 6],
        ["ABSENT01", "D. Person", "ABS", None, None, None],
        [None, "Maximum", 5, 10, 5, 20],
    ):
        sheet.append(row)
    workbook.save(tmp_path / "paper 2.xlsx")
    return [str(tmp_path / "paper 1.csv"), str(tmp_path / "paper 2.xlsx")]


def _service() -> Service:
    first = two_sections("BIO-P1", (5,), (5,))
    second = two_sections("BIO-P2", (5, 10), (5,))
    return Service(
        [
            *(Session(f"GOOD000{number}", paper=first) for number in (1, 2)),
            *(Session(f"GOOD000{number}", paper=second) for number in (3, 4)),
            *(Session(keycode, paper=first) for keycode in ("HALF0001", "TWICE001", "OVERMAX1")),
            *(Session(keycode, paper=second) for keycode in ("BLANK001", "ABSENT01")),
            Session("MARKED01", paper=first, state="Marked"),
        ]
    )


_OUTCOMES = {
    "GOOD0001": "accepted",
    "GOOD0002": "accepted",
    "GOOD0003": "accepted",
    "GOOD0004": "accepted",
    "HALF0001": "invalid",
    "OVERMAX1": "invalid",
    "BLANK001": "invalid",
    "TWICE001": "held",
    "ABSENT01": "absent",
    "NOSUCH01": "not_open",
    "MARKED01": "not_open",
}


def test_each_good_session_is_posted_once_and_nothing_else(
    files: list[str], tmp_path: Path
) -> None:
    service = _service()
    with serving(service) as url:
        ran = papermarks(tmp_path, url, "ingest", *files)
    assert ran.code == 1, ran.err
    assert service.posted() == {
        "GOOD0001": [("ItemMarks", _body(3, 0))],
        "GOOD0002": [("ItemMarks", _body(5, None))],
        "GOOD0003": [("ItemMarks", _body(1, 2, 3))],
        "GOOD0004": [("ItemMarks", _body(0, 10, None))],
    }
    assert all(len(service.stored(keycode)) == 1 for keycode in service.posted())
    assert all(set(post.query) == {"completionDate"} for post in service.posts)
    _report_is_right(ran.report)
    book = load_workbook(ran.folder / "reconciliation.xlsx", read_only=True)
    assert (book.sheetnames[0], book.sheetnames[-1]) == ("To do", "Technical")
    book.close()


def _body(*marks: int | None) -> list[dict[str, object]]:
    return [{"questionNumber": str(at), "mark": mark} for at, mark in enumerate(marks, start=1)]


def _report_is_right(report: dict[str, Any]) -> None:
    assert report["balanced"] is True
    assert {s["keycode"]: s["outcome"] for s in report["submissions"]} == _OUTCOMES
    assert [
        (source["file"], source["layout"], source["rows_read"], source["rows_used"])
        for source in report["sources"]
    ] == [
        ("paper 1.csv", "marksheet-long", 19, 16),
        ("paper 2.xlsx", "marksheet-wide", 8, 4),
    ]
    totals = report["totals"]
    assert totals["entries"] == 16 + 12
    assert totals["rows_read"] == totals["rows_used"] + totals["rows_set_aside"] == 27
    assert totals["submissions"] == 11
    assert {name: count for name, count in totals["by_outcome"].items() if count} == {
        "accepted": 4,
        "invalid": 3,
        "held": 1,
        "not_open": 2,
        "absent": 1,
    }
    # HALF0001's 18.5 is no mark, so only its 4 counts.
    assert totals["marks_by_outcome"]["accepted"] == 3 + 0 + 5 + 6 + 10
    assert totals["marks_by_outcome"]["invalid"] == 4 + 10 + 6
    assert totals["marks_by_outcome"]["held"] == 9
    assert totals["marks_by_outcome"]["not_open"] == 2 + 8
    assert totals["marks_total"] == sum(totals["marks_by_outcome"].values()) == 63
    cells = {(f["rule"], f["file"], f["sheet"], f["row"], f["column"]) for f in report["findings"]}
    assert cells >= {
        ("mark-not-whole", "paper 1.csv", "", 6, "C"),
        ("mark-over-maximum", "paper 1.csv", "", 16, "C"),
        ("session-unknown", "paper 1.csv", "", 12, "A"),
        ("session-not-open", "paper 1.csv", "", 14, "A"),
        ("mark-blank", "paper 2.xlsx", "Sheet", 6, "D"),
        ("candidate-absent", "paper 2.xlsx", "Sheet", 7, "C"),
    }


def test_a_second_run_over_the_same_files_posts_nothing(files: list[str], tmp_path: Path) -> None:
    service = _service()
    with serving(service) as url:
        papermarks(tmp_path, url, "ingest", *files)
        posts = len(service.posts)
        again = papermarks(tmp_path, url, "ingest", *files)
    assert again.code == 1
    assert len(service.posts) == posts == 4


def test_a_check_reads_and_never_posts(files: list[str], tmp_path: Path) -> None:
    service = _service()
    with serving(service) as url:
        ran = papermarks(tmp_path, url, "check", *files, "--json")
    assert ran.code == 1
    assert {method for method, _ in service.requests} == {"GET"}
    assert json.loads(ran.out)["totals"]["by_outcome"]["ready"] == 4


def test_a_check_offline_asks_nobody(files: list[str], tmp_path: Path) -> None:
    ran = papermarks(tmp_path, "http://127.0.0.1:9", "check", "--offline", *files)
    assert ran.code == 1
    assert ran.report["totals"]["by_outcome"]["ready"] == 7


@dataclass(frozen=True)
class Stopped:
    variables: dict[str, str]
    code: int
    says: str


STOPPED = {
    "wrong-password": Stopped(
        variables={"PAPERMARKS_SURPASS_PASSWORD": "wrong"}, code=4, says="password"
    ),
    "nobody-at-the-address": Stopped(
        variables={"PAPERMARKS_SURPASS_URL": "http://127.0.0.1:9"}, code=4, says="no connection"
    ),
    "no-address": Stopped(variables={"PAPERMARKS_SURPASS_URL": ""}, code=2, says="surpass_url"),
    "not-encrypted": Stopped(
        variables={"PAPERMARKS_SURPASS_URL": "http://surpass.example"}, code=2, says="https://"
    ),
    "no-number": Stopped(
        variables={"PAPERMARKS_CONCURRENCY": "many"}, code=2, says="PAPERMARKS_CONCURRENCY"
    ),
}


@pytest.mark.parametrize("name", STOPPED)
def test_what_stops_a_run_has_its_exit_code_and_says_what_to_do(
    files: list[str], tmp_path: Path, name: str
) -> None:
    case = STOPPED[name]
    service = _service()
    with serving(service) as url:
        fast = {"PAPERMARKS_RETRY_WAIT": "0.01", "PAPERMARKS_MAX_ATTEMPTS": "2"}
        ran = papermarks(tmp_path, url, "ingest", *files, **(fast | case.variables))
    assert ran.code == case.code, ran.err
    assert case.says in ran.out + ran.err
    assert "Traceback" not in ran.err
    assert PASSWORD not in ran.out + ran.err
    assert not service.posts
    if case.code == 4:
        assert ran.report["balanced"] is True
        assert ran.report["totals"]["by_outcome"]["failed"] == 7


def test_files_that_cannot_be_read_end_with_their_own_code(tmp_path: Path) -> None:
    (tmp_path / "junk.xlsx").write_bytes(b"PK\x03\x04 no workbook")
    missing = tmp_path / "missing.csv"
    with serving(_service()) as url:
        ran = papermarks(tmp_path, url, "ingest", str(tmp_path / "junk.xlsx"), str(missing))
    assert ran.code == 3
    assert [finding["rule"] for finding in ran.report["findings"]] == ["file-unreadable"] * 2


def test_nothing_given_is_wrong_usage(tmp_path: Path) -> None:
    ran = papermarks(tmp_path, "http://127.0.0.1:9", "ingest")
    assert ran.code == 2

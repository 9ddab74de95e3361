"""The index of reports: every run with its verdict, from what is in the folder, in bounded work."""

from __future__ import annotations

import datetime as dt
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.account import Account
from pipeline.profile import Profile
from pipeline.report import index, write, write_index
from pipeline.report.atomic import write_bytes
from tests.report.html_page import Page
from tests.validate.prepared import prepared

_GOOD = "Keycode,Q1,Q2\nKEYCODE1,1,2\n"
_WRONG = "Keycode,Q1,Q2\nKEYCODE1,1,x\nKEYCODE2,3,4\n"


def _account(folder: Path, content: str, number: int, profile: Profile | None = None) -> Account:
    folder.mkdir(exist_ok=True)
    came = prepared(folder, content)
    reconciled = came.reconciled()
    started = dt.datetime(2025, 6, 2, 9, number, tzinfo=dt.UTC)
    run = replace(
        reconciled.run,
        id=f"20250602-09{number:02d}00-000{number}",
        started=started,
        profile=profile,
    )
    return came.account(replace(reconciled, run=run))


def _index(reports: Path) -> Page:
    return Page((reports / index.NAME).read_bytes())


def _rows(reports: Path) -> list[list[str]]:
    (table,) = _index(reports).tables()
    return table.body


@pytest.fixture
def accounts(tmp_path: Path) -> list[Account]:
    return [
        _account(tmp_path / "in", text, n) for n, text in enumerate((_GOOD, _WRONG, ""), start=1)
    ]


def test_it_lists_the_runs_with_verdicts_and_links_the_newest_first(
    accounts: list[Account], tmp_path: Path
) -> None:
    reports = tmp_path / "reports"
    for account in accounts:
        write(account, reports)
    assert [(row[1], row[2]) for row in _rows(reports)] == [
        (f"look {accounts[2].verdict}", "1.csv"),
        (f"to do {accounts[1].verdict}", "1.csv"),
        (f"done {accounts[0].verdict}", "1.csv"),
    ]
    page = _index(reports)
    links = [str(link.attributes["href"]) for link in page.all("a")]
    assert len(links) == 3 * 3
    assert all((reports / link).is_file() for link in links)
    assert not page.all("script")


def test_it_goes_by_what_is_there(accounts: list[Account], tmp_path: Path) -> None:
    reports = tmp_path / "reports"
    for account in accounts:
        write(account, reports)
    shutil.rmtree(reports / accounts[1].run.id)
    (reports / accounts[2].run.id / "reconciliation.html").write_bytes(b"\xff<meta name=")
    (reports / accounts[0].run.id / "reconciliation.html").unlink()
    (reports / "notes.txt").write_text("ours")
    (reports / "other").mkdir()
    write_index(reports)
    rows = _rows(reports)
    assert [row[1] for row in rows] == ["Open its page", "Its page is not here."]


def test_only_the_newest_are_read_and_the_others_counted(
    accounts: list[Account], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index, "MAX_RUNS", 2)
    reports = tmp_path / "reports"
    for account in accounts:
        write(account, reports)
    (table,) = _index(reports).tables()
    assert table.caption == "2 runs; 1 older in the folders beside this page"
    assert accounts[0].run.id not in _index(reports).text


def test_of_two_runs_that_end_at_once_none_is_left_out(
    accounts: list[Account], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reports = tmp_path / "reports"
    first, second, _ = accounts

    def write_late(path: Path, content: bytes) -> None:
        """The other run ends between the look at the folder and the writing of the index."""
        monkeypatch.setattr(index, "write_bytes", write_bytes)
        write(second, reports)
        write_bytes(path, content)

    monkeypatch.setattr(index, "write_bytes", write_late)
    write(first, reports)
    assert [row[1] for row in _rows(reports)] == [
        f"to do {second.verdict}",
        f"done {first.verdict}",
    ]


def test_a_profile_is_named_and_text_stays_text(tmp_path: Path) -> None:
    hostile = Profile("<b>live</b>", "red", "surpass.example")
    account = _account(tmp_path / "in", _GOOD, 1, hostile)
    write(replace(account, verdict='"><script>x</script>'), tmp_path / "reports")
    page = _index(tmp_path / "reports")
    assert not page.all("script", "b")
    assert "<B>LIVE</B>" in page.text
    assert '"><script>x</script>' in page.text


def test_a_report_is_there_also_where_the_index_cannot_be_written(
    accounts: list[Account], tmp_path: Path
) -> None:
    reports = tmp_path / "reports"
    (reports / index.NAME).mkdir(parents=True)
    folder = write(accounts[0], reports)
    assert (folder / "reconciliation.html").is_file()
    assert sorted(path.name for path in reports.iterdir()) == [folder.name, index.NAME]

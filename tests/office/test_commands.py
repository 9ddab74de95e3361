"""The commands ``template`` and ``outstanding``, as the office gives them."""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from openpyxl import load_workbook
from typer.testing import CliRunner

from flows.cli.app import app
from flows.cli.outstanding import outstanding
from flows.cli.template import Split, template
from pipeline.errors import InputError, Unauthorised
from pipeline.sandbox import Fault, FaultKind, Sandbox, SandboxSession
from schemas.states import TestState
from tests.ledger.running import ingested, outcomes, settings
from tests.serving import PASSWORD, USERNAME, served

PAPERS = {"BIO-1": {"1": 5, "2a": 3, "2b": 8}, "CHEM-1": {"1": 2}}


@pytest.fixture
def sandbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """Two papers of two centres; the commands find them in the environment."""
    sessions = [
        SandboxSession.paper(
            f"{form[:3]}{centre[0]}A{number:03d}"[:8],
            questions,
            candidate_reference=f"0{number}77",
            centre_reference=centre,
            test_reference=form[:3],
            test_form_reference=form,
        )
        for form, questions in PAPERS.items()
        for centre in ("NORTH", "SOUTH")
        for number in range(3)
    ]
    with served(sessions) as (sandbox, where):
        for name, value in {
            "HOME": str(tmp_path / "home"),
            "SURPASS_URL": where.url,
            "SURPASS_USERNAME": USERNAME,
            "SURPASS_PASSWORD": PASSWORD,
            "MAX_ATTEMPTS": "1",
        }.items():
            monkeypatch.setenv(f"PAPERMARKS_{name}", value)
        monkeypatch.chdir(tmp_path)
        yield sandbox


def fill(path: Path) -> None:
    """Every free cell with its column's maximum."""
    book = load_workbook(path)
    for sheet in book.worksheets[1:]:
        maxima = [cell.value for cell in sheet[3]]
        for row in sheet.iter_rows(4):
            for cell, maximum in zip(row, maxima, strict=True):
                if not cell.protection.locked:
                    cell.value = maximum
    book.save(path)


def test_a_template_that_is_filled_in_and_handed_in_is_accepted(
    sandbox: Sandbox, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    template()
    path = tmp_path / "mark-sheet.xlsx"
    assert "mark-sheet.xlsx" in capsys.readouterr().out
    fill(path)
    run_settings = settings(tmp_path / "home", os.environ["PAPERMARKS_SURPASS_URL"])
    became = outcomes(ingested(run_settings, [path]))
    assert became == {session.keycode: "accepted" for session in sandbox.sessions}
    for session in sandbox.sessions:
        assert session.marks == session.questions
    outstanding(as_json=True)
    assert json.loads(capsys.readouterr().out) == {"summary": [], "sessions": []}


def test_a_template_of_one_test_and_centre(sandbox: Sandbox, tmp_path: Path) -> None:
    template(test="BIO", centre="NORTH")
    book = load_workbook(tmp_path / "mark-sheet-BIO-NORTH.xlsx")
    assert book.sheetnames == ["Instructions", "BIO-1"]
    names = {row[0].value for row in book["BIO-1"].iter_rows(4)}
    wanted = {("BIO", "NORTH")}
    assert names == {
        session.keycode
        for session in sandbox.sessions
        if (session.test.reference, session.centre.reference) in wanted
    }


@pytest.mark.usefixtures("sandbox")
def test_a_sheet_with_marks_is_not_written_over(tmp_path: Path) -> None:
    path = tmp_path / "mine.xlsx"
    path.write_bytes(b"marks")
    with pytest.raises(InputError, match="--force"):
        template(output=path)
    assert path.read_bytes() == b"marks"
    template(output=path, force=True)
    assert load_workbook(path).sheetnames == ["Instructions", "BIO-1", "CHEM-1"]


@pytest.mark.usefixtures("sandbox")
@pytest.mark.parametrize(
    ("path", "expected"),
    [("marks.csv", "with .xlsx at the end"), ("nowhere/marks.xlsx", "cannot be written")],
)
def test_a_place_where_no_workbook_can_be_written(path: str, expected: str) -> None:
    with pytest.raises(InputError, match=expected):
        template(output=Path(path))


@pytest.mark.usefixtures("sandbox")
def test_a_template_of_nobody_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No session waits"):
        template(test="NONE")
    assert list(tmp_path.glob("*.xlsx")) == []


def test_what_could_not_be_read_is_told_and_left_out(
    sandbox: Sandbox, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sandbox.faults.set(Fault(FaultKind.ERROR_IN_200, keycode="BIONA001"))
    template(test="BIO", centre="NORTH")
    assert "1 of 3 sessions could not be read" in capsys.readouterr().err
    sheet = load_workbook(tmp_path / "mark-sheet-BIO-NORTH.xlsx")["BIO-1"]
    assert [row[0].value for row in sheet.iter_rows(4)] == ["BIONA000", "BIONA002"]


@pytest.mark.usefixtures("sandbox")
def test_wrong_credentials_make_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAPERMARKS_SURPASS_PASSWORD", "wrong")
    with pytest.raises(Unauthorised):
        template()
    assert list(tmp_path.glob("*.xlsx")) == []


@pytest.mark.usefixtures("sandbox")
def test_outstanding_in_files_has_the_candidates_and_the_terminal_has_not(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    outstanding(csv=tmp_path / "o.csv", excel=tmp_path / "o.xlsx")
    shown = capsys.readouterr().out
    outstanding(as_json=True)
    document = json.loads(capsys.readouterr().out)
    written = pd.read_csv(tmp_path / "o.csv", dtype=str)
    assert sorted(written["candidate"].unique()) == ["0077", "0177", "0277"]
    assert len(written) == len(document["sessions"]) == 12
    assert load_workbook(tmp_path / "o.xlsx")["Sessions"].max_row == 13
    assert "12 sessions wait for marks: 12 never seen." in shown
    assert {row["waiting"] for row in document["summary"]} == {3}
    for text in (shown, json.dumps(document)):
        assert "0177" not in text


@pytest.mark.usefixtures("sandbox")
def test_outstanding_of_one_centre(capsys: pytest.CaptureFixture[str]) -> None:
    outstanding(centre="SOUTH", as_json=True)
    document = json.loads(capsys.readouterr().out)
    assert {session["centre"] for session in document["sessions"]} == {"SOUTH"}
    assert len(document["sessions"]) == 6


def test_a_paper_and_centre_has_expected_and_done_and_the_day_on_which_it_is_voided(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PAPERMARKS_AUTO_VOID_DAYS", "30")
    first, second, *_ = sandbox.sessions
    sandbox.put_in_state(first.keycode, TestState.MARKED)
    sandbox.put_in_state(second.keycode, TestState.VOIDED)
    outstanding(as_json=True)
    document = json.loads(capsys.readouterr().out)
    counts = {
        (row["test"], row["centre"]): (row["expected"], row["done"], row["waiting"])
        for row in document["summary"]
    }
    assert counts.pop(("BIO", "NORTH")) == (2, 1, 1)
    assert set(counts.values()) == {(3, 0, 3)}
    last = {row["end_date"] or row["start_date"] for row in document["sessions"]}
    expected = {(dt.date.fromisoformat(day) + dt.timedelta(30)).isoformat() for day in last}
    assert {row["voids_on"] for row in document["sessions"]} == expected


@pytest.mark.parametrize("option", ["--excel", "--csv"])
def test_outstanding_never_writes_over_a_file_unasked(
    sandbox: Sandbox, tmp_path: Path, option: str
) -> None:
    path = tmp_path / "mark-sheet.xlsx"
    path.write_bytes(b"filled in")
    refused = CliRunner().invoke(app, ["outstanding", option, str(path)])
    assert isinstance(refused.exception, InputError)
    assert "--force" in str(refused.exception)
    assert path.read_bytes() == b"filled in"
    assert sandbox.journal.entries == ()
    CliRunner().invoke(app, ["outstanding", option, str(path), "--force"])
    assert path.read_bytes() != b"filled in"


def test_a_file_for_each_centre_and_only_one_form(
    sandbox: Sandbox, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    template(form="BIO-1", split=Split.CENTRE)
    names = ["mark-sheet-BIO-1-NORTH.xlsx", "mark-sheet-BIO-1-SOUTH.xlsx"]
    assert sorted(path.name for path in tmp_path.glob("*.xlsx")) == names
    shown = capsys.readouterr().out
    assert all(name in shown for name in names)
    keycodes = set()
    for name in names:
        book = load_workbook(tmp_path / name)
        assert book.sheetnames == ["Instructions", "BIO-1"]
        found = {row[0] for row in book["BIO-1"].iter_rows(4, values_only=True)}
        assert len(found) == 3
        keycodes |= found
    wanted = {s.keycode for s in sandbox.sessions if s.keycode.startswith("BIO")}
    assert keycodes == wanted
    with pytest.raises(InputError, match="--force"):
        template(form="BIO-1", split=Split.CENTRE)

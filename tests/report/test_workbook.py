"""The workbook: what it opens on, how it prints, where its links lead; LibreOffice reads it too."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from zipfile import ZipFile

import openpyxl
import pytest
from openpyxl.utils import range_boundaries
from openpyxl.worksheet.worksheet import Worksheet

from pipeline.account import Account
from pipeline.report import as_workbook
from pipeline.report.sheets import GREEN
from tests.report.samples import OMR, WIDE
from tests.validate.prepared import prepared

_OFFICE = shutil.which("soffice")
_A4_LANDSCAPE_POINTS = 842
_POINTS_OF_A_CHARACTER = 5.25  # of a column's width


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Account:
    return prepared(tmp_path_factory.mktemp("workbook"), WIDE, OMR, b"").account()


@pytest.fixture(scope="module")
def book(account: Account, tmp_path_factory: pytest.TempPathFactory) -> openpyxl.Workbook:
    content = as_workbook.build_workbook(account, tmp_path_factory.mktemp("book"))
    return openpyxl.load_workbook(io.BytesIO(content))


def _texts(sheet: Worksheet) -> list[str]:
    return [str(cell) for row in sheet.values for cell in row if cell]


def test_it_opens_on_the_verdict_and_ends_with_the_technical_part(
    book: openpyxl.Workbook, account: Account
) -> None:
    assert book.sheetnames == [
        "To do",
        "Outcomes",
        "To void",
        "Control totals",
        "Marks",
        "Submissions",
        "Findings",
        "Rows set aside",
        "Technical",
    ]
    assert book.active is book["To do"]
    first = _texts(book["To do"])
    assert first[0] == account.verdict
    assert "SHA-256" not in " ".join(
        text for sheet in book.worksheets[:-1] for text in _texts(sheet)
    )


def test_what_is_to_be_done_names_who_where_and_what(
    book: openpyxl.Workbook, account: Account
) -> None:
    rows = [row[:5] for row in book["To do"].iter_rows(values_only=True)]
    listed = rows[
        rows.index(("Who", "File and sheet", "Cells", "What is wrong", "What to do")) + 1 :
    ]
    stopping = [part for part in account.to_do if part.stops]
    assert [(row[0], row[2] or "") for row in listed[: len(stopping)]] == [
        ({"office": "Exam office"}.get(str(part.who), str(part.who).title()), ", ".join(part.cells))
        for part in stopping
    ]


def test_every_page_prints_readably_with_titles_run_date_and_number(
    book: openpyxl.Workbook, account: Account
) -> None:
    for sheet in book.worksheets:
        assert sheet.oddHeader is not None
        assert sheet.oddFooter is not None
        assert (sheet.page_setup.paperSize, sheet.page_setup.orientation) == (9, "landscape")
        assert account.run.id in str(sheet.oddHeader.left.text)
        assert re.search(r"2 June 2025, \d\d:30", str(sheet.oddHeader.right.text))
        assert sheet.oddFooter.right.text == "Page &P of &N"
        printed = (sheet.print_area or sheet.dimensions).split("!")[-1].replace("$", "")
        last = range_boundaries(printed)[2] or 0
        widths = [
            each.width
            for each in sheet.column_dimensions.values()
            for _ in range(each.min or 1, min(each.max or last, last) + 1)
        ]
        assert len(widths) == last
        width = sum(widths)
        margins = 72 * (sheet.page_margins.left + sheet.page_margins.right)
        scale = (_A4_LANDSCAPE_POINTS - margins) / (width * _POINTS_OF_A_CHARACTER)
        sizes = {cell.font.sz for row in sheet.iter_rows() for cell in row if cell.value}
        assert min(scale, 1) * min(sizes) >= 8.9, sheet.title  # points on paper
    for name in ("Submissions", "Findings", "Rows set aside", "Control totals"):
        assert book[name].print_title_rows == "$1:$1"
    for name in ("Submissions", "Findings", "Rows set aside"):
        sheet = book[name]
        assert sheet.freeze_panes == "A2"
        assert sheet.auto_filter.ref == sheet.dimensions
        assert all(cell.font.bold for cell in sheet[1])


def test_the_first_sheet_is_one_page_however_much_is_to_be_done(tmp_path: Path) -> None:
    marks = ("x", "-1", "04-May", "1.5", "?", "six;")
    files = [f"Keycode,Q1,Q2\nKEYC{n:04d},{marks[n % 6]},5\nKEYD{n:04d},3,5\n" for n in range(30)]
    account = prepared(tmp_path, *files).account()
    book = openpyxl.load_workbook(io.BytesIO(as_workbook.build_workbook(account, tmp_path)))
    sheet = book["To do"]
    heights = [sheet.row_dimensions[at].height or 15 for at in range(1, sheet.max_row + 1)]
    assert 300 < sum(heights) <= 595 - 72 * (0.75 + 0.6)
    assert re.search(r"\d+ more: see the sheet Findings", " ".join(_texts(sheet)))


def test_each_finding_leads_to_its_submission(book: openpyxl.Workbook, account: Account) -> None:
    findings, submissions = book["Findings"], book["Submissions"]
    heads = [cell.value for cell in findings[1]]
    keycode, number = heads.index("Keycode"), heads.index("Submission")
    led = 0
    for row in findings.iter_rows(min_row=2):
        link = row[keycode].hyperlink
        if row[number].value is None:
            assert link is None
        elif row[keycode].value:
            assert link is not None
            sheet, cell = str(link.location).split("!")
            assert (sheet, submissions[cell].value) == ("Submissions", row[number].value)
            led += 1
    assert led == account.findings["submission"].notna().sum() >= 3
    first = book["To do"]
    links = [cell.hyperlink for row in first.iter_rows() for cell in row if cell.hyperlink]
    assert len(links) == len(account.to_do)
    assert all(str(link.location).startswith("Findings!A") for link in links)


def test_a_rejected_file_shows_no_green(tmp_path: Path) -> None:
    content = as_workbook.build_workbook(prepared(tmp_path, b"").account(), tmp_path)
    with ZipFile(io.BytesIO(content)) as parts:
        assert GREEN not in parts.read("xl/styles.xml").decode()


def test_charts_are_native(account: Account, tmp_path: Path) -> None:
    with ZipFile(io.BytesIO(as_workbook.build_workbook(account, tmp_path))) as parts:
        charts = [name for name in parts.namelist() if name.startswith("xl/charts/chart")]
        assert len(charts) == 2  # outcomes, and the totals of the paper; its maxima are not told
        assert not [name for name in parts.namelist() if name.startswith("xl/media")]


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-x", "@SUM(A1)", "\t=1+1", "\r=1", "http://x.example"]
)
def test_text_is_inert(account: Account, tmp_path: Path, text: str) -> None:
    hostile = replace(
        account,
        submissions=account.submissions.assign(keycode=text, file=text, reason=text),
        findings=account.findings.assign(keycode=text, message=text, to_do=text),
        to_do=tuple(replace(part, file=text, message=text, to_do=text) for part in account.to_do),
        verdict=text,
    )
    content = as_workbook.build_workbook(hostile, tmp_path)
    with ZipFile(io.BytesIO(content)) as parts:
        for name in parts.namelist():
            if name.startswith("xl/worksheets/sheet"):
                assert b"<f>" not in parts.read(name)
            if name.endswith(".rels"):
                assert b"http://x.example" not in parts.read(name)
    book = openpyxl.load_workbook(io.BytesIO(content))
    assert all(cell.data_type != "f" for sheet in book for row in sheet.iter_rows() for cell in row)


@pytest.mark.long
@pytest.mark.skipif(_OFFICE is None, reason="no LibreOffice on this machine to open it with")
def test_libreoffice_opens_and_recalculates_it(account: Account, tmp_path: Path) -> None:
    (tmp_path / "reconciliation.xlsx").write_bytes(as_workbook.build_workbook(account, tmp_path))
    again = tmp_path / "again"
    command = [
        str(_OFFICE),
        f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}",
        "--headless",
    ]
    subprocess.run(  # noqa: S603  # our own command
        [*command, "--convert-to", "xlsx", "--outdir", str(again), "reconciliation.xlsx"],
        cwd=tmp_path,
        check=True,
        capture_output=True,
        timeout=180,
    )
    ours = openpyxl.load_workbook(tmp_path / "reconciliation.xlsx")
    theirs = openpyxl.load_workbook(again / "reconciliation.xlsx")
    assert theirs.sheetnames == ours.sheetnames
    for sheet in ours.worksheets:
        assert _texts(theirs[sheet.title]) == _texts(sheet)

"""What the page leaves out: how many there are, and where they are listed, if anywhere."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.report import as_page
from schemas.validation_options import ValidationOptions
from schemas.words import Outcome
from tests.read.source_files import dropped
from tests.report.html_page import Page
from tests.validate.prepared import prepared, prepared_paths


def test_what_is_left_out_is_counted(tmp_path: Path) -> None:
    rows = "".join(f"KEYC{n:04d},x,{n % 9}\n" for n in range(as_page.MAX_ROWS + 40))
    account = prepared(tmp_path, f"Keycode,Q1,Q2\n{rows}").account()
    page = Page(as_page.build_page(account))
    assert "40 more submissions: see the sheet Submissions in reconciliation.xlsx." in page.text
    more = (
        len(account.findings[account.findings["rule"] == "mark-not-a-number"]) - as_page.MAX_PLACES
    )
    assert f"{more} more: see Findings in reconciliation.xlsx." in page.text
    listed = page.table("Submissions that need somebody; the workbook has all")
    assert len(listed.body) == as_page.MAX_ROWS


def test_what_is_not_listed_one_by_one_is_not_said_to_be_in_the_workbook(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = as_page.MAX_PLACES + 10
    monkeypatch.setattr("pipeline.findings.MAX_LISTED", listed)
    monkeypatch.setattr("pipeline.validate.holding.MAX_LISTED", listed)
    rows = "".join(f"{n:05d}abc,{n % 9}\n" for n in range(listed + 70))
    account = prepared(tmp_path, f"Keycode,Q1\n{rows}").account()
    page = Page(as_page.build_page(account))
    assert "10 more: see Findings in reconciliation.xlsx." in page.text
    assert "70 more are counted, and not listed one by one." in page.text


def test_of_a_file_with_too_many_errors_the_page_leads_to_those_that_the_workbook_lists(
    tmp_path: Path,
) -> None:
    path = dropped(tmp_path, "Keycode,Q1\n" + "".join(f"{n:05d}ABC,-1\n" for n in range(60)))
    account = prepared_paths([path], options=ValidationOptions(max_errors=5)).account()
    page = Page(as_page.build_page(account))
    assert f"{20 - as_page.MAX_PLACES} more: see Findings in reconciliation.xlsx." in page.text
    assert "40 more are counted, and not listed one by one." in page.text


def test_of_what_surpass_left_undone_the_sheet_submissions_has_the_rest(tmp_path: Path) -> None:
    rows = "".join(f"KEYC{n:04d},{n % 9}\n" for n in range(as_page.MAX_PLACES + 10))
    came = prepared(tmp_path, f"Keycode,Q1\n{rows}")
    endings = tuple(replace(end, outcome=Outcome.REFUSED) for end in came.endings)
    page = Page(as_page.build_page(replace(came, endings=endings).account()))
    assert "10 more: see Submissions in reconciliation.xlsx." in page.text

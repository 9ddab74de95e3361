"""The account of a real run against the sandbox: what is missing, and a report without names."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path

from tests.ledger.running import ingested, session, settings, sheet
from tests.serving import served


def test_a_run_says_what_is_missing_where_the_office_wants_to_know(tmp_path: Path) -> None:
    sessions = [session(f"AAAA000{n}") for n in range(1, 5)]
    file = sheet(tmp_path / "marks.csv", {"AAAA0001": [1, 2], "AAAA0002": [3, "x"]})
    with served(sessions) as (_, where):
        office = settings(tmp_path / "home", where.url, count_expected=True)
        report = ingested(office, [file])
    run, (paper,) = report.account.controls.run, report.account.controls.papers
    for control in (run, paper):
        assert (control.expected, control.read.submissions, control.missing) == (4, 2, 2)
        assert (control.settled.submissions, control.open.submissions) == (1, 1)
    page = (report.folder / "reconciliation.html").read_text()
    assert "Expected in Surpass" in page


def test_without_the_setting_surpass_is_not_asked(tmp_path: Path) -> None:
    file = sheet(tmp_path / "marks.csv", {"AAAA0001": [1, 2]})
    with served([session("AAAA0001")]) as (sandbox, where):
        report = ingested(settings(tmp_path / "home", where.url), [file])
        assert {entry.keycode for entry in sandbox.journal.entries} == {"AAAA0001"}  # no list
    assert report.account.controls.run.missing is None
    assert "Expected in Surpass" not in (report.folder / "reconciliation.html").read_text()


def test_a_report_with_pseudonyms_names_nobody(tmp_path: Path) -> None:
    sessions = [session("AAAA0001"), session("AAAA0002")]
    rows: dict[str, Sequence[object]] = {
        "AAAA0001": [1, 2],
        "AAAA0002": [3, "x"],
        "AAAA0009": [3, 4],
    }
    file = sheet(tmp_path / "marks.csv", rows)
    home = tmp_path / "home"
    with served(sessions) as (_, where):
        office = settings(home, where.url, report_identities="pseudonym")
        first, second = ingested(office, [file]), ingested(office, [file])
    shown = []
    for report in (first, second):
        for view in ("reconciliation.json", "reconciliation.html"):
            assert not re.search("AAAA000", (report.folder / view).read_text())
        document = json.loads((report.folder / "reconciliation.json").read_text())
        shown.append([item["keycode"] for item in document["submissions"]])
        assert document["balanced"] is True
    assert shown[0] == shown[1]  # one key for all reports of an office
    assert len(set(shown[0])) == 3
